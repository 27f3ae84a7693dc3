/* A question with its choices, and, once it is answered, what was said beside what came, and why. */

import { h, hasFocus, icon, mark, solid } from "./elements.js";
import { prose } from "./secrets.js";

/** @import { QuestionJson } from "./payload.d.ts" */
/** @import { Child } from "./types.d.ts" */

/**
 * What was said, beside what came; null is for a reader who only looks.
 * @type {(question: Pick<QuestionJson, "choices" | "right">, said: number | null) =>
 *   { kind: "right" | "wrong" | "unsaid", said: string, came: string }}
 */
export function outcomeOf({ choices, right }, said) {
  const kind = said === null ? "unsaid" : said === right ? "right" : "wrong";
  return { kind, said: said === null ? "nothing" : choices[said], came: choices[right] };
}

/**
 * `onAnswer` is told the place of the choice, or null. `paint` shows a question, open while `said` is undefined; `more` is
 * what stands beside its outcome.
 * @type {(kinds: Set<string>, onAnswer: (said: number | null) => void) => {
 *   root: HTMLElement, paint(question: QuestionJson | undefined, said: number | null | undefined, more?: Child): void, focus(): void }}
 */
export function makeQuestion(kinds, onAnswer) {
  const asked = h("b", { "data-testid": "question" });
  const choices = h("div", { class: "fs-predict-choices", role: "group", "data-testid": "choices" });
  const asking = h("div", { class: "fs-predict-asking" },
    h("p", {}, h("span", { class: "fs-tag" }, "Predict first"), " ", asked), choices);
  const outcome = h("div", { class: "fs-predict-outcome", role: "status", "data-testid": "predicted" });
  const root = h("section", { class: "fs-predict", "aria-label": "Prediction", "data-testid": "prediction" }, asking, outcome);

  /** @type {(question: QuestionJson) => void} */
  const paintAsking = (question) => {
    asked.textContent = question.question;
    choices.setAttribute("aria-label", question.question);
    choices.replaceChildren(
      ...question.choices.map((text, index) => h("button", {
        type: "button", class: "fs-button fs-predict-choice", "data-testid": "choice", onclick: () => onAnswer(index),
      }, text)),
      h("button", { type: "button", class: "fs-predict-skip", "data-testid": "skip", onclick: () => onAnswer(null) },
        "See it without answering"));
  };
  /** @type {(question: QuestionJson, answer: number | null, more: Child) => void} */
  const paintOutcome = (question, answer, more) => {
    const { kind, said, came } = outcomeOf(question, answer);
    /** @type {(text: string) => HTMLElement} */
    const label = (text) => h("span", { class: "fs-note" }, text);
    outcome.replaceChildren(...solid([
      icon(kind === "unsaid" ? "eye" : kind === "right" ? "passed" : "failed"),
      h("div", {},
        h("p", {}, label("Asked: "), question.question),
        h("p", {}, kind === "unsaid" ? "You did not answer." : [label("You said: "), h("b", {}, said), "."], " ",
          label("What came: "), h("b", { "data-testid": "came" }, came), "."),
        question.why && h("p", {}, label("Why: "), prose(question.why, kinds))),
      more,
    ]));
    outcome.dataset.kind = kind;
  };
  return {
    root,
    paint(question, said, more) {
      const focused = hasFocus(asking);
      const open = said === undefined;
      root.hidden = !question;
      asking.hidden = !open;
      outcome.hidden = open;
      mark(root, "is-open", open);
      choices.replaceChildren();
      outcome.replaceChildren();
      if (question && open) paintAsking(question);
      if (question && !open) paintOutcome(question, said, more);
      // Whoever has just answered goes on from here, with the keys or by ear.
      if (!focused || open) return;
      const next = outcome.querySelector("button");
      if (next) next.focus({ preventScroll: true });
      else {
        outcome.tabIndex = -1;
        outcome.focus({ preventScroll: true });
      }
    },
    focus: () => choices.querySelector("button")?.focus({ preventScroll: true }),
  };
}

/**
 * A question that stands alone: what it is about comes below it once it is answered. `shown` is that, as HTML.
 * @type {(el: HTMLElement, asked: { question: QuestionJson, shown: string }, said?: number | null,
 *   onAnswer?: (said: number | null) => void) => { root: HTMLElement, show(said: number | null | undefined): void }}
 */
export function mountQuestion(el, { question, shown }, said, onAnswer) {
  const below = h("div", { class: "fs-predict-shown", "data-testid": "shown", tabindex: "0", role: "region", "aria-label": "What came" });
  /** @type {(answer: number | null | undefined) => void} */
  const show = (answer) => {
    panel.paint(question, answer);
    below.hidden = answer === undefined || !shown;
    below.replaceChildren();
    if (!below.hidden) below.append(...new DOMParser().parseFromString(`<div>${shown}</div>`, "text/html").body.childNodes);
  };
  const panel = makeQuestion(new Set(), (answer) => {
    show(answer);
    onAnswer?.(answer);
  });
  const root = h("div", { class: "fs-player fs-asked-alone", "data-testid": "asked" }, panel.root, below);
  el.append(root);
  show(said);
  return { root, show };
}
