/* An exercise: a question, answers to choose or a field to type one, and what the runs say to it. The kernel judges. */

import { allIn, h, marked } from "../front_end/static/elements.js";
import { makeKernelAsking, showAnswers } from "./kernel.js";

/** @import { Child } from "../front_end/static/types.d.ts" */
/** @import { ExerciseTraits, ExerciseView, Render } from "./types.d.ts" */

/** @type {Record<string, string>} */
const LOOK = { right: "fs-task-good", wrong: "fs-task-bad", "no answer": "fs-task-problem" };

let made = 0;

/** @type {Render<ExerciseTraits>} */
export function renderExercise({ model, el }) {
  const root = h("section", { class: "fs-task-choices fs-quiz fs-exercise", "data-testid": "exercise" });
  const complaint = h("div", { class: "fs-task-outcome fs-task-problem", role: "status", hidden: true });
  const asking = makeKernelAsking(model, (busy, text) => {
    for (const one of allIn(root, "button")) one.setAttribute("aria-disabled", String(busy));
    complaint.hidden = !text;
    complaint.textContent = text;
  });
  const name = `fs-exercise-${++made}`;
  const slots = [h("div", { class: "fs-quiz-top" }), h("div", { role: "status" }), h("div", { class: "fs-exercise-bar" })];
  root.append(...slots, complaint);
  let told = "";

  /** @type {(view: ExerciseView) => string | string[]} */
  const said = (view) => {
    const inputs = [...root.querySelectorAll("input")];
    if (view.kind === "value") return inputs[0]?.value ?? "";
    const chosen = inputs.filter((one) => one.checked).map((one) => one.value);
    return view.kind === "several" ? chosen : chosen[0] ?? "";
  };
  /** @type {(view: ExerciseView) => HTMLElement} */
  const choices = (view) => {
    const chosen = Array.isArray(view.chosen) ? view.chosen : [view.chosen];
    return h("fieldset", { class: "fs-exercise-options" },
      h("legend", {}, marked(view.question)),
      view.options.map(({ key, text }) =>
        h("label", {},
          h("input", { type: view.kind === "several" ? "checkbox" : "radio", name, value: key, checked: chosen.includes(key) }),
          h("span", {}, marked(text)))));
  };
  /** @type {(view: ExerciseView) => Child[]} */
  const asked = (view) => {
    const ask = () => asking.ask({ said: said(view) });
    const answer = h("button", { type: "button", class: "fs-task-button", onclick: ask }, "Answer");
    const hint = !view.hint && h("button", { type: "button", class: "fs-task-link", onclick: () => asking.ask({ hint: true }) }, "Hint");
    if (view.kind === "made") return [h("p", { class: "fs-exercise-question" }, marked(view.question)), h("div", { class: "fs-exercise-bar" }, hint)];
    if (view.kind !== "value") return [choices(view), h("div", { class: "fs-exercise-bar" }, answer, hint)];
    const field = h("input", {
      type: "text", id: name, value: String(view.chosen),
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Enter" && ask(),
    });
    field.autocomplete = "off";
    field.spellcheck = false;
    return [h("label", {}, h("span", { class: "fs-exercise-question" }, marked(view.question)), field),
      h("div", { class: "fs-exercise-bar" }, answer, hint)];
  };
  const paint = () => {
    asking.answered();
    const view = model.get("view");
    slots[0].replaceChildren(h("div", { class: "fs-quiz-head" }, h("span", {}, view.place)));
    const { outcome } = view;
    const now = JSON.stringify([outcome, view.hint]);
    const where = allIn(root, "button, input").indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    slots[2].replaceChildren(...asked(view).filter((one) => one instanceof Node),
      ...(view.hint ? [h("p", { class: "fs-exercise-hint", role: "status" }, "Hint: ", ...marked(view.hint))] : []));
    if (where >= 0) allIn(root, "button, input")[where]?.focus({ preventScroll: true });
    if (now !== told) {
      slots[1].replaceChildren(...(outcome ? [h("div", { class: `fs-task-outcome ${LOOK[outcome.state]}`, "data-testid": "outcome" },
        h("p", {}, outcome.lead && h("b", {}, `${outcome.lead} `), marked(outcome.text)),
        outcome.hint && !view.hint && h("p", {}, marked(outcome.hint)),
        outcome.kept && h("p", { class: "fs-exercise-kept" }, outcome.kept))] : []));
      told = now;
    }
  };
  root.insertBefore(slots[2], slots[1]);
  el.append(h("div", { class: "fs-task" }, root));
  return showAnswers(model, root, paint, asking);
}
