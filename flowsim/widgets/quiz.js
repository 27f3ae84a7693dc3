/* The quiz: a statement, an answer, and what the runs say to it; at the end all answers. The kernel judges. */

import { allIn, anchor, h, solid } from "../front_end/static/elements.js";
import { makeKernelAsking, showAnswers } from "./kernel.js";

/** @import { Child } from "../front_end/static/types.d.ts" */
/** @import { Judged, QuizEnd, QuizStatement, QuizTraits, Render } from "./types.d.ts" */

/** @type {(said: boolean | null) => string} */
const saysOf = (said) => (said === null ? "–" : said ? "True" : "False");
/* How an answer came out: the class of what is said of it, what it begins with, and the mark at the end. */
const RIGHT = ["fs-task-good", "You were right. ", "fs-quiz-right", "✓ right"];
const WRONG = ["fs-task-bad", "You said otherwise. ", "fs-quiz-wrong", "✗ wrong"];
const UNSURE = ["fs-quiz-told", "", "fs-quiz-unsure", "○ unsure"];
/** @type {(told: Judged) => string[]} */
const cameOut = ({ right, said }) => (right ? RIGHT : said === null ? UNSURE : WRONG);

/** @type {Render<QuizTraits>} */
export function renderQuiz({ model, el }) {
  const root = h("section", { class: "fs-task-choices fs-quiz", "aria-label": "True or false?", "data-testid": "quiz" });
  const complaint = h("div", { class: "fs-task-outcome fs-task-problem", role: "status", hidden: true });
  const asking = makeKernelAsking(model, (busy, text) => {
    for (const one of allIn(root, "button")) one.setAttribute("aria-disabled", String(busy));
    complaint.hidden = !text;
    complaint.textContent = text;
  });
  /** @type {(text: string, question: object, kind?: string) => HTMLButtonElement} */
  const button = (text, question, kind = "fs-quiz-answer") =>
    h("button", { type: "button", class: kind, onclick: () => asking.ask(question) }, text);

  /** @type {(view: QuizStatement) => HTMLElement} */
  const head = ({ place, score, done }) =>
    h("div", { class: "fs-quiz-head" }, h("span", {}, place), h("span", { "data-testid": "score" }, score),
      h("progress", { value: done, "aria-label": "Answered so far" }));
  /** @type {(told: Judged) => HTMLElement} */
  const judged = (told) => {
    const { answer, reason, url, clause, lines } = told;
    const [look, lead] = cameOut(told);
    return h("div", { class: `fs-task-outcome ${look}`, "data-testid": "outcome" },
      h("p", {}, h("b", {}, lead), answer),
      h("p", {}, `${reason} `, anchor(url, clause)),
      h("ul", {}, lines.map(([name, came, sentence]) => h("li", {}, h("b", {}, name), `: ${came}. ${sentence}`))));
  };
  /** @type {(told: Judged, index: number) => HTMLElement} */
  const line = (told, index) => {
    const [, , look, sign] = cameOut(told);
    const go = button(told.text, { show: index + 1 }, "fs-task-link");
    return h("tr", {}, h("td", {}, go, " ", h("span", { class: "fs-quiz-clause" }, `(${told.clause})`)), h("td", {}, saysOf(told.said)), h("td", {}, saysOf(told.holds)),
      h("td", { class: look }, sign));
  };
  /** @type {(told: Judged[]) => HTMLElement} */
  const list = (told) =>
    h("div", { class: "fs-quiz-scroll", tabindex: "0", role: "region", "aria-label": "All answers" },
      h("table", {},
        h("thead", {}, h("tr", {}, ["Statement", "You said", "The runs say", "So you were"].map((text) =>
          h("th", { scope: "col" }, text)))),
        h("tbody", {}, told.map(line))));

  /** @type {(text: string) => HTMLElement} */
  const statement = (text) => h("h3", { tabindex: "-1" }, text);
  /** @type {(view: QuizStatement) => Child} */
  const back = ({ first }) => !first && button("Previous statement", { go: "back" }, "fs-task-link");
  /** @type {(view: QuizStatement) => Child} */
  const all = (view) => view.all && button("All answers", { go: "end" }, "fs-task-link");
  /**
   * What stands at the top, what is read aloud when it comes, and what can be pressed.
   * @type {{ asked(view: QuizStatement): Child[], judged(view: QuizStatement): Child[], end(view: QuizEnd): Child[] }}
   */
  const PAGES = {
    asked: (view) => [
      [head(view), view.rule && h("p", { class: "fs-quiz-rule" }, view.rule), statement(view.text)], null,
      [button("True", { said: true }), button("False", { said: false }), button("I do not know", { said: null }), back(view)],
    ],
    judged: (view) => [
      [head(view), statement(view.text)], judged(view.told[0]),
      [button(view.next, { go: "next" }, "fs-task-button"), back(view), all(view),
        h("span", {}, "Below: the run that decides it.",
          view.compare && [" Press ", h("kbd", {}, "c"), " in the player to compare it with another."])],
    ],
    end: (view) => [
      [statement(view.score), h("p", {}, "Choose a statement to see the run that decides it."), list(view.told)], null,
      button("Start again", { go: "again" }),
    ],
  };
  const slots = [h("div", { class: "fs-quiz-top" }), h("div", { role: "status" }), h("div", { class: "fs-quiz-bar" })];
  root.append(...slots, complaint);
  let painted = false;
  const paint = () => {
    const view = model.get("view");
    const inside = root.contains(document.activeElement);
    const page = view.kind === "end" ? PAGES.end(view) : PAGES[view.kind](view);
    page.forEach((children, number) => slots[number].replaceChildren(...solid(children)));
    asking.answered();
    // Whoever has just answered goes on from here, with the keys or by ear.
    const left = view.kind === "end" ? view.left : null;
    const next = left ? allIn(root, "table button")[left - 1] : allIn(root, view.kind === "judged" ? ".fs-task-button" : "h3")[0];
    if (painted && inside) next.focus({ preventScroll: !left });
    painted = true;
  };
  el.append(root);
  return showAnswers(model, root, paint, asking);
}
