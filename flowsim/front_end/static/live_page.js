/* The page on which a live world is watched: it hears that something has changed, and asks what. */

import { makeAsking } from "./asking.js";
import { byId } from "./elements.js";
import { mountLive } from "./live.js";

/** @import { LivePlayer, NewPart } from "./types.d.ts" */

const BETWEEN_TRIES = 2000; // milliseconds between two tries to hear of changes
/** @type {LivePlayer | null} */
let watched = null;
const lost = byId("lost");

/** @type {(since: string) => Promise<NewPart>} */
async function partSince(since) {
  const answer = await fetch(`payload?since=${encodeURIComponent(since)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  return answer.json();
}

const ask = makeAsking(partSince, (payload) => {
  lost.hidden = payload !== null;
  if (!payload) return;
  if (watched) watched.update(payload);
  else watched = mountLive(byId("player"), payload, { onAttack: turnLoose, alone: true });
});

/** @type {(name: string | null) => Promise<void>} */
async function turnLoose(name) {
  try {
    await fetch("attack", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) });
  } finally {
    await ask();
  }
}

// A browser tries again by itself where the connection breaks, and gives up where the server refuses it.
function hear() {
  const source = new EventSource("changes");
  for (const name of ["open", "message"]) source.addEventListener(name, () => void ask());
  source.addEventListener("error", () => {
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(hear, BETWEEN_TRIES);
  });
}
hear();
