/* The player in a notebook. The kernel is told of the view and may set it; a click waits for neither. */

import { mount } from "../front_end/static/player.js";

/** @import { MountOptions, Player } from "../front_end/static/types.d.ts" */
/** @import { PlayerTraits, Render } from "./types.d.ts" */

/** @type {Render<PlayerTraits>} */
function render({ model, el }) {
  const viewIn = () => ({ branch: model.get("branch"), position: model.get("position") });
  /** @type {MountOptions["onView"]} */
  const onView = (view) => {
    model.set(view);
    model.save_changes();
  };
  /** @type {(kept?: Player["kept"]) => Player} */
  const mounted = (kept) => mount(el, model.get("payload"), { view: viewIn(), onView, kept });
  let player = mounted();
  const build = () => {
    const focused = player.root.contains(document.activeElement);
    player.destroy();
    player = mounted(player.kept);
    if (focused) player.root.focus({ preventScroll: true });
  };
  const pull = () => player.show(viewIn());
  model.on("change:payload", build);
  model.on("change:branch change:position", pull);
  return () => {
    model.off("change:payload", build);
    model.off("change:branch change:position", pull);
    player.destroy();
  };
}

export default { render };
