/* The page on which a live world is watched: it hears that something has changed, and asks what. */

import { byId } from "./elements.js";
import { merged } from "./following.js";
import { mountLive } from "./live.js";

/** @import { Payload } from "./payload.d.ts" */
/** @import { LivePlayer } from "./types.d.ts" */

const BETWEEN_QUESTIONS = 250; // milliseconds between two questions
/** @type {Payload | null} */
let known = null;
/** @type {LivePlayer | null} */
let watched = null;
let since = "";
let asking = false;
let again = false;
const lost = byId("lost");

async function ask() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(`payload?since=${encodeURIComponent(since)}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const part = await answer.json();
    known = merged(known, part);
    since = part.since;
    if (watched) watched.update(known);
    else watched = mountLive(byId("player"), known, { onAttack: turnLoose });
    lost.hidden = true;
  } catch {
    lost.hidden = false;
  }
  await new Promise((resolve) => setTimeout(resolve, BETWEEN_QUESTIONS));
  asking = false;
  if (again) {
    again = false;
    void ask();
  }
}

/** @type {(name: string | null) => Promise<void>} */
async function turnLoose(name) {
  await fetch("attack", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name }) });
  await ask();
}

const source = new EventSource("changes");
source.addEventListener("message", () => void ask());
source.addEventListener("open", () => void ask());
source.addEventListener("error", () => {
  lost.hidden = false;
});
