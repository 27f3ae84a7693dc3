/* A search: what is asked, how far it is, the answer, and the tree of what was tried. The kernel searches and plays. */

import { allIn, h, solid } from "../front_end/static/elements.js";
import { makeKernelAsking, showAnswers } from "./kernel.js";
import { makeSearchTree } from "./search_tree.js";

/** @import { Child } from "../front_end/static/types.d.ts" */
/** @import { Render, SearchAnswer, SearchTraits, SearchView } from "./types.d.ts" */

/** @type {Record<SearchAnswer["kind"], string>} */
const LOOK_OF_ANSWER = { found: "fs-task-bad", none: "fs-task-good", ended: "fs-task-problem" };

/** @type {Render<SearchTraits>} */
export function renderSearch({ model, el }) {
  const root = h("section", { class: "fs-task-choices fs-search", "aria-label": "Search for an attack", "data-testid": "search" });
  const complaint = h("div", { class: "fs-task-outcome fs-task-problem", role: "status", hidden: true });
  const asking = makeKernelAsking(model, (busy, text) => {
    for (const one of allIn(root, "button")) one.setAttribute("aria-disabled", String(busy));
    complaint.hidden = !text;
    complaint.textContent = text;
  });
  const top = h("div", { class: "fs-search-top" });
  const bar = h("progress", { "aria-label": "How much is done, as far as that can be told" });
  const far = h("span", { "data-testid": "progress" });
  const left = h("span", {});
  const cancel = h("button", { type: "button", class: "fs-task-button", onclick: () => asking.ask({ go: "cancel" }) }, "Cancel");
  const underWay = h("div", { class: "fs-search-progress", hidden: true }, bar, h("p", {}, far, left), cancel);
  const said = h("div", { role: "status", "data-testid": "answer" });
  const below = h("div", { class: "fs-search-below" });
  const tree = makeSearchTree((question) => asking.ask(question));
  root.append(top, underWay, said, below, tree.node, complaint);

  /** @type {(view: SearchView) => Child[]} */
  const head = (view) => [
    h("p", { class: "fs-search-question", tabindex: "-1" }, view.question),
    h("details", {}, h("summary", {}, "Where the attacker stands"),
      h("dl", {}, view.positions.map(([name, can]) => [h("dt", {}, name), h("dd", {}, can)]))),
    view.kind === "asked" &&
      h("p", {}, h("button", { type: "button", class: "fs-task-button", onclick: () => asking.ask({ go: "begin" }) }, "Search")),
  ];
  /** @type {(answer: SearchAnswer) => Child[]} */
  const numbers = (answer) => [
    h("table", {}, h("thead", {}, h("tr", {}, ["After", "Worlds"].map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, answer.levels.map(([moves, worlds]) => h("tr", {}, h("th", { scope: "row" }, moves), h("td", {}, worlds))))),
    h("details", {}, h("summary", {}, "What was not tried"), h("ul", {}, answer.left_out.map((one) => h("li", {}, one)))),
  ];
  let painted = "";
  const paint = () => {
    const view = model.get("view");
    const inside = root.contains(document.activeElement);
    if (view.kind !== painted) top.replaceChildren(...solid(head(view)));
    underWay.hidden = view.kind !== "under way";
    if (view.progress) {
      bar.value = view.kind === painted ? Math.max(bar.value, view.progress.part) : view.progress.part;
      far.textContent = `${view.progress.worlds}, ${view.progress.depth}`;
      left.textContent = view.progress.left && `, ${view.progress.left}`;
    }
    if (view.kind !== painted) {
      const { answer } = view;
      said.replaceChildren(...solid([
        view.problem && h("div", { class: "fs-task-outcome fs-task-problem" }, view.problem),
        answer && h("div", { class: `fs-task-outcome ${LOOK_OF_ANSWER[answer.kind]}` },
          h("p", {}, h("b", {}, answer.text)), h("p", {}, answer.meaning)),
      ]));
      below.replaceChildren(...solid(answer && numbers(answer)));
    }
    tree.show(view.tree);
    asking.answered();
    if (painted && painted !== view.kind && inside && !root.contains(document.activeElement)) {
      (view.kind === "under way" ? cancel : allIn(root, ".fs-search-question")[0]).focus({ preventScroll: true });
    }
    painted = view.kind;
  };
  el.append(root);
  return showAnswers(model, root, paint, asking);
}
