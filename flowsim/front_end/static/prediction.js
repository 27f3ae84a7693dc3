/* Predict, then see: a question about the branch in view, asked before its outcome is there to be seen.
 *
 * Until it is answered, the player has nothing of what comes: in place of the whole branch it is given what there was of it
 * when the question is asked (`before` of the question). So there is nothing for a diagram, a text or a printer to hide.
 */

import { h, icon, mark, solid } from "./elements.js";
import { prose } from "./secrets.js";

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

/**
 * What was said, beside what came, and why.
 * @type {(ask: AskJson, said: number | null) => { kind: "right" | "wrong" | "unsaid", said: string, came: string }}
 */
export function outcomeOf({ choices, right }, said) {
  const kind = said === null ? "unsaid" : said === right ? "right" : "wrong";
  return { kind, said: said === null ? "nothing" : choices[said], came: choices[right] };
}

/** @type {(data: Data, actions: Actions) => Part & { focus(): void }} */
export function makePrediction(data, actions) {
  const question = h("b", { class: "fs-predict-question", "data-testid": "question" });
  const choices = h("div", { class: "fs-predict-choices", role: "group", "data-testid": "choices" });
  const asking = h("div", { class: "fs-predict-asking" }, h("p", {}, h("span", { class: "fs-tag" }, "Predict first"), " ", question), choices);
  const outcome = h("div", { class: "fs-predict-outcome", role: "status", "data-testid": "predicted" });
  const root = h("section", { class: "fs-predict", "aria-label": "Prediction", "data-testid": "prediction" }, asking, outcome);
  /** @type {string | null} */
  let painted = null;

  /** @type {(ask: AskJson) => void} */
  const paintAsking = (ask) => {
    question.textContent = ask.question;
    choices.setAttribute("aria-label", ask.question);
    choices.replaceChildren(
      ...ask.choices.map((text, index) => h("button", {
        type: "button", class: "fs-button fs-predict-choice", "data-testid": "choice", onclick: () => actions.predict(ask.branch, index),
      }, text)),
      h("button", { type: "button", class: "fs-predict-skip", "data-testid": "skip", onclick: () => actions.predict(ask.branch, null) },
        "See it without answering"));
  };
  /** @type {(ask: AskJson, said: number | null) => void} */
  const paintOutcome = (ask, said) => {
    const { kind, said: words, came } = outcomeOf(ask, said);
    const lead = kind === "unsaid" ? "You did not answer." : [h("span", { class: "fs-note" }, "You said "), h("b", {}, words), "."];
    outcome.replaceChildren(...solid([
      kind === "unsaid" ? icon("eye") : icon(kind === "right" ? "passed" : "failed"),
      h("div", {},
        h("p", {}, h("span", { class: "fs-note" }, "Asked: "), ask.question, " ", lead, " ",
          h("span", { class: "fs-note" }, "What came: "), h("b", { "data-testid": "came" }, came), "."),
        h("p", {}, h("span", { class: "fs-note" }, "Why: "), prose(ask.why, data.kinds))),
      h("button", {
        type: "button", class: "fs-button", "data-testid": "decided", onclick: () => actions.open(ask.branch, ask.decided_at),
      }, "See where it is decided"),
    ]));
    outcome.dataset.kind = kind;
  };
  /** @type {(view: View) => void} */
  const paint = ({ state, branch }) => {
    const open = openAsk(data.payload, state.answers, branch.name);
    const done = (data.payload.asks ?? []).find((ask) => ask.branch === branch.name && ask.branch in state.answers);
    const key = JSON.stringify([open?.branch, done?.branch, done && state.answers[done.branch]]);
    if (key === painted) return;
    const focused = asking.contains(document.activeElement);
    painted = key;
    root.hidden = !open && !done;
    asking.hidden = !open;
    outcome.hidden = Boolean(open) || !done;
    mark(root, "is-open", open);
    if (open) paintAsking(open);
    else choices.replaceChildren();
    if (!open && done) paintOutcome(done, state.answers[done.branch]);
    else outcome.replaceChildren();
    // Whoever has just answered goes on from here, with the keys or by ear.
    if (focused && !outcome.hidden) outcome.querySelector("button")?.focus({ preventScroll: true });
  };
  const focus = () => choices.querySelector("button")?.focus({ preventScroll: true });
  return { root, paint, focus };
}
