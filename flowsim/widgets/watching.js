/* Watching a live world in a notebook: the kernel hands over what has changed, and the reader says who is loose. */

import { mountLive } from "../front_end/static/live.js";

/** @import { Render, WatchTraits } from "./types.d.ts" */

/** @type {Render<WatchTraits>} */
function render({ model, el }) {
  const watched = mountLive(el, model.get("payload"), {
    onAttack(attack) {
      model.set({ attack });
      model.save_changes();
    },
  });
  const changed = () => watched.update(model.get("payload"));
  model.on("change:payload", changed);
  return () => {
    model.off("change:payload", changed);
    watched.destroy();
  };
}

export default { render };
