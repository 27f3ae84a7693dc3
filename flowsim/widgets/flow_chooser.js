/* Asks the questions of a table, one after the other. The way taken so far is the list `answers`: their numbers. */

import { allIn, anchor, h, solid } from "../front_end/static/elements.js";

/** @import { Clause } from "../front_end/static/payload.d.ts" */
/** @import { FlowAnswer, FlowOutcome, FlowQuestion, FlowTable, FlowTraits, Render } from "./types.d.ts" */

/** @type {(clauses: Clause[]) => (string | Node)[]} */
const links = (clauses) => clauses.flatMap((clause) => [" ", anchor(clause.url, clause.label)]);

/**
 * The questions that were asked with their answers, and the place where one stands now: a question or an outcome.
 * @type {(table: FlowTable, answers: number[]) =>
 *   { steps: { question: FlowQuestion, answer: FlowAnswer }[], question?: FlowQuestion, outcome?: FlowOutcome }}
 */
function walk(table, answers) {
  const steps = [];
  let name = table.start;
  for (const number of answers) {
    const question = table.questions[name];
    const answer = question.answers[number];
    steps.push({ question, answer });
    name = answer.to;
  }
  return { steps, question: table.questions[name], outcome: table.outcomes[name] };
}

/** @type {Render<FlowTraits>} */
export function renderFlowChooser({ model, el }) {
  const root = h("section", { class: "fs-flow", "aria-label": "Which flow?", "data-testid": "flow-chooser" });
  el.append(root);
  /** @type {(answers: number[]) => void} */
  const go = (answers) => {
    model.set({ answers });
    model.save_changes();
  };
  /** @type {(step: { question: FlowQuestion, answer: FlowAnswer }, number: number) => HTMLElement} */
  const asked = (step, number) =>
    h("li", {},
      h("span", { class: "fs-flow-asked" }, `${step.question.text} `), h("strong", {}, step.answer.text),
      h("button", { type: "button", class: "fs-flow-change", "aria-label": `Change the answer to: ${step.question.text}`,
        onclick: () => go(model.get("answers").slice(0, number)) }, "change"),
      h("p", {}, step.answer.reason, links(step.answer.clauses)));
  /** @type {(question: FlowQuestion) => HTMLElement} */
  const choices = (question) =>
    h("div", { class: "fs-flow-answers", role: "group", "aria-label": question.text },
      question.answers.map((answer, number) =>
        h("button", { type: "button", class: "fs-flow-answer", onclick: () => go([...model.get("answers"), number]) },
          answer.text)));
  /** @type {(outcome: FlowOutcome) => HTMLElement} */
  const found = (outcome) =>
    h("div", { class: "fs-flow-outcome", "data-testid": "flow-outcome" },
      h("h3", { tabindex: "-1", class: "fs-flow-now" }, outcome.title),
      h("p", {}, outcome.text),
      h("p", {}, outcome.pkce, links(outcome.clauses)),
      outcome.code
        ? [h("p", { class: "fs-flow-soft" }, "To see this login, run:"), h("pre", {}, h("code", {}, outcome.code))]
        : h("p", { class: "fs-flow-soft" }, "flowsim does not play this flow."));

  let painted = false;
  const paint = () => {
    const answers = model.get("answers");
    const { steps, question, outcome } = walk(model.get("table"), answers);
    const back = h("button", { type: "button", title: "Take the last answer back", onclick: () => go(answers.slice(0, -1)) }, "Back");
    const again = h("button", { type: "button", title: "Forget all answers", onclick: () => go([]) }, "Start again");
    back.disabled = again.disabled = !answers.length;
    root.replaceChildren(...solid([h("ol", { class: "fs-flow-steps" }, steps.map(asked)),
      question && [h("h3", { tabindex: "-1", class: "fs-flow-now" }, question.text), choices(question)],
      outcome && found(outcome), h("div", { class: "fs-flow-bar" }, back, again)]));
    // Whoever has just answered goes on from the next question, with the keys or by ear.
    if (painted) allIn(root, ".fs-flow-now")[0].focus({ preventScroll: true });
    painted = true;
  };
  model.on("change:answers", paint);
  paint();
  return () => model.off("change:answers", paint);
}
