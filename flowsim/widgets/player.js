/* The player in a notebook. The kernel is told of the view and may set it; a click waits for neither. */

import { mount } from "../front_end/static/player.js";

/** @import { MountOptions, Player } from "../front_end/static/types.d.ts" */
/** @import { PlayerTraits, Render } from "./types.d.ts" */

/** @type {Render<PlayerTraits>} */
export function renderPlayer({ model, el }) {
  const viewIn = () => ({ branch: model.get("branch"), position: model.get("position") });
  /** @type {MountOptions["onView"]} */
  const onView = (view) => {
    model.set(view);
    model.save_changes();
  };
  /** @type {MountOptions["onAnswer"]} */
  const onAnswer = (branch, said) => {
    model.set({ answers: { ...model.get("answers"), [branch]: said } });
    model.save_changes();
  };
  /** @type {(kept?: Partial<Player["kept"]>) => Player} */
  const mounted = (kept) =>
    mount(el, model.get("payload"), { view: viewIn(), onView, onAnswer, kept: { ...kept, answers: { ...model.get("answers") } } });
  let player = mounted();
  const build = () => {
    const focused = player.root.contains(document.activeElement);
    player.destroy();
    player = mounted(player.kept);
    if (focused) player.root.focus({ preventScroll: true });
  };
  const pull = () => player.show(viewIn());
  // An answer that was given in another view of this player, or in Python.
  const hear = () => {
    if (JSON.stringify(player.kept.answers) !== JSON.stringify(model.get("answers"))) build();
  };
  model.on("change:payload", build);
  model.on("change:branch change:position", pull);
  model.on("change:answers", hear);
  return () => {
    model.off("change:payload", build);
    model.off("change:branch change:position", pull);
    model.off("change:answers", hear);
    player.destroy();
  };
}
