/* The branch on paper: a document to read, made when the page is printed, and gone afterwards (print.css). */

import { code, h, icon, solid } from "./elements.js";
import { route } from "./message.js";
import { prose, rich } from "./secrets.js";
import { cellOf, checksSummary, decisiveCheck } from "./trace.js";

/* `viewNow` gives the view to print, `picture` the diagram on the screen. */
export function makePaper(data, viewNow, picture) {
  const root = h("div", { class: "fs-paper", "data-testid": "paper" });
  const fill = () => root.replaceChildren(...sheets(data, viewNow(), picture()));
  const clear = () => root.replaceChildren();
  const media = window.matchMedia("print");
  const onMedia = ({ matches }) => (matches ? fill() : clear());
  const wired = [[window, "beforeprint", fill], [window, "afterprint", clear], [media, "change", onMedia]];
  for (const [target, name, action] of wired) target.addEventListener(name, action);
  const stop = () => wired.forEach(([target, name, action]) => target.removeEventListener(name, action));
  return { root, stop };
}

function sheets(data, view, picture) {
  const { branch } = view;
  const drawn = picture?.cloneNode(true);
  for (const node of drawn?.querySelectorAll(".is-now, .is-past, .is-future") ?? []) {
    node.classList.remove("is-now", "is-past", "is-future");
  }
  return solid([
    h("h2", { class: "fs-title" }, branch.title),
    h("p", { class: "fs-paper-verdict" }, h("b", {}, "Verdict. "), prose(branch.verdict.sentence, data.kinds)),
    drawn && h("figure", { class: "fs-paper-picture" }, drawn),
    branch.events.map((event) => paperStep(data, view, event)),
    h("h3", { class: "fs-title" }, "Who knows what, at the end"),
    paperLedger(data, branch),
  ]);
}

function paperStep(data, view, event) {
  const check = decisiveCheck(event);
  const number = solid([event.attack && icon("skull"), event.between ? " " : `${event.name}. `]);
  return h("section", { class: `fs-paper-step${event.attack ? " fs-thief" : ""}` },
    h("h3", { class: "fs-title" }, number, event.title),
    h("p", { class: "fs-note" }, route(view, event.from, event.to), " · ", event.label,
      event.clauses.map((clause) => [" · ", clause.label])),
    h("p", {}, prose(event.text, data.kinds)),
    event.checks.length > 0 && h("p", { class: "fs-note" }, `${checksSummary(event.checks)}.`),
    check && h("div", { class: "fs-paper-check" }, h("p", {}, icon("failed"), " ", h("b", {}, check.title),
      check.on ? ": failed" : ": switched off, would have failed"),
    h("p", {}, "expected ", rich(check.expected, view.branch.find)),
    h("p", {}, "received ", rich(check.received, view.branch.find)),
    check.decides && h("p", {}, check.error ? ["the answer: ", code(check.error)] : check.answer)));
}

function paperLedger(data, branch) {
  const held = branch.holdings.at(-1);
  const { lanes } = data.payload;
  const word = (entry) => (entry ? (entry.foreign ? "made up" : "knows") : "–");
  return h("table", {}, h("thead", {}, h("tr", {}, h("td"), lanes.map(({ name }) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, data.rows.map(({ kind }) => h("tr", {}, h("th", { scope: "row" }, data.chip(kind)),
      lanes.map(({ id }) => h("td", {}, word(held.get(cellOf(id, kind)))))))));
}
