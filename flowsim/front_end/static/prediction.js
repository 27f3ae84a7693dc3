/* Predict, then see: a question about the branch in view, asked before its outcome is there to be seen.
 *
 * Until it is answered, the player has nothing of what comes: in place of the whole branch it is given what there was of it
 * when the question is asked (`before` of the question). So there is nothing for a diagram, a text or a printer to hide.
 */

import { h } from "./elements.js";
import { makeQuestion } from "./question.js";

/** @import { AskJson, Payload } from "./payload.d.ts" */
/** @import { Actions, Answers, Data, Part, View } from "./types.d.ts" */

/**
 * The payload as it may be shown while some questions are open.
 * @type {(payload: Payload, answers: Answers) => Payload}
 */
export function shownOf(payload, answers) {
  const before = new Map();
  for (const ask of payload.asks ?? []) {
    if (ask.branch in answers) continue;
    for (const branch of ask.before) {
      const known = before.get(branch.name);
      if (!known || branch.trace.events.length < known.trace.events.length) before.set(branch.name, branch);
    }
  }
  return before.size ? { ...payload, branches: payload.branches.map((branch) => before.get(branch.name) ?? branch) } : payload;
}

/**
 * The question that hides the rest of this branch, if one does.
 * @type {(payload: Payload, answers: Answers, branch: string) => AskJson | undefined}
 */
export const openAsk = (payload, answers, branch) => (payload.asks ?? []).find((ask) =>
  !(ask.branch in answers) && ask.before.some(({ name }) => name === branch));

/** @type {(data: Data, actions: Actions) => Part & { focus(): void }} */
export function makePrediction(data, actions) {
  /** @type {AskJson | undefined} */
  let shown;
  const panel = makeQuestion(data.kinds, (said) => shown && actions.predict(shown.branch, said));
  /** @type {string | null} */
  let painted = null;
  /** @type {(view: View) => void} */
  const paint = ({ state: { answers }, branch }) => {
    const { payload } = data;
    shown = openAsk(payload, answers, branch.name)
      ?? (payload.asks ?? []).find((ask) => ask.branch === branch.name && ask.branch in answers);
    const said = shown && answers[shown.branch];
    const key = JSON.stringify([shown?.branch, said === undefined ? "open" : said]);
    if (key === painted) return;
    painted = key;
    panel.paint(shown, said, shown && goTo(shown));
  };
  /** @type {(ask: AskJson) => HTMLElement} */
  const goTo = (ask) => h("button", {
    type: "button", class: "fs-button", "data-testid": "decided", onclick: () => actions.open(ask.branch, ask.decided_at),
  }, "See where it is decided");
  return { root: panel.root, paint, focus: panel.focus };
}
