/* A question of its own in a notebook. The kernel is told what was said; nothing waits for it. */

import { mountQuestion } from "../front_end/static/question.js";
import { keepKeys } from "./kernel.js";

/** @import { PredictTraits, Render } from "./types.d.ts" */

const LOOKED = -1;

/** @type {Render<PredictTraits>} */
export function renderPrediction({ model, el }) {
  const said = () => {
    const told = model.get("said");
    return told === null ? undefined : told === LOOKED ? null : told;
  };
  const mounted = mountQuestion(el, model.get("asked"), said(), (answer) => {
    model.set({ said: answer ?? LOOKED });
    model.save_changes();
  });
  const pull = () => mounted.show(said());
  const releaseKeys = keepKeys(() => mounted.root);
  model.on("change:said", pull);
  return () => {
    model.off("change:said", pull);
    releaseKeys();
    mounted.root.remove();
  };
}
