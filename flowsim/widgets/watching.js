/* Watching a live world in a notebook: the kernel says that something has changed, and on asking what. */

import { makeAsking } from "../front_end/static/asking.js";
import { mountLive } from "../front_end/static/live.js";

/** @import { NewPart } from "../front_end/static/types.d.ts" */
/** @import { Render, WatchTraits } from "./types.d.ts" */

/** @type {Render<WatchTraits>} */
export function renderWatching({ model, el }) {
  const first = model.get("first");
  const watched = mountLive(el, first, {
    onAttack(attack) {
      model.set({ attack });
      model.save_changes();
    },
  });
  // Each view asks for itself: what one has, another that was opened later has not.
  const view = crypto.randomUUID();
  /** @type {((part: NewPart) => void) | null} */
  let told = null;
  /** @type {(answer: { to: string, part: NewPart }) => void} */
  const answered = ({ to, part }) => {
    if (to === view) told?.(part);
  };
  /** @type {(since: string) => Promise<NewPart>} */
  const partSince = (since) => new Promise((resolve) => {
    told = resolve;
    model.send({ view, since });
  });
  const ask = makeAsking(partSince, (payload) => payload && watched.update(payload), first);
  const changed = () => void ask();
  model.on("msg:custom", answered);
  model.on("change:changes", changed);
  changed();
  return () => {
    model.off("msg:custom", answered);
    model.off("change:changes", changed);
    watched.destroy();
  };
}
