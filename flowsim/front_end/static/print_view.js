/* The branch on paper: a document to read, made when the page is printed, and gone afterwards (print.css). */

import { HEAD, ROW } from "./diagram.js";
import { code, h, icon, solid } from "./elements.js";
import { route } from "./message.js";
import { prose, rich } from "./secrets.js";
import { checksSummary, decisiveCheck, knowledgeOf } from "./trace.js";

/** @import { EventJson } from "./payload.d.ts" */
/** @import { Child, Data, ReadyBranch, View } from "./types.d.ts" */

/**
 * `viewNow` gives the view to print, `picture` the diagram on the screen.
 * @type {(data: Data, viewNow: () => View, picture: () => SVGElement | null) => { root: HTMLElement, stop(): void }}
 */
export function makePrintView(data, viewNow, picture) {
  const root = h("div", { class: "fs-print", "data-testid": "print-view" });
  const fill = () => root.replaceChildren(...sheets(data, viewNow(), picture()));
  const clear = () => root.replaceChildren();
  const media = window.matchMedia("print");
  const onMedia = () => (media.matches ? fill() : clear());
  /** @type {[EventTarget, string, () => void][]} */
  const wired = [[window, "beforeprint", fill], [window, "afterprint", clear], [media, "change", onMedia]];
  for (const [target, name, action] of wired) target.addEventListener(name, action);
  const stop = () => {
    for (const [target, name, action] of wired) target.removeEventListener(name, action);
  };
  return { root, stop };
}

/** @type {(data: Data, view: View, picture: SVGElement | null) => (Node | string)[]} */
function sheets(data, view, picture) {
  const { branch } = view;
  const drawn = picture && /** @type {SVGElement} */ (picture.cloneNode(true));
  for (const node of drawn?.querySelectorAll(".is-now, .is-past, .is-future, .is-cut") ?? []) {
    node.classList.remove("is-now", "is-past", "is-future", "is-cut");
  }
  // On paper nothing scrolls: the heads of the lanes stand where they were drawn, and letters are as they were drawn.
  const heads = drawn?.querySelector(".fs-heads");
  heads?.removeAttribute("transform");
  heads?.classList.remove("fs-afloat");
  drawn?.style.removeProperty("--fs-letters");
  for (const label of drawn?.querySelectorAll(".label text") ?? []) label.removeAttribute("transform");
  return solid([
    h("h2", { class: "fs-title" }, branch.experiment),
    h("p", { class: "fs-print-verdict" }, h("b", {}, "Verdict. "), prose(branch.verdict.sentence, data.kinds)),
    branch.went_wrong && h("p", { class: "fs-print-verdict" }, prose(branch.went_wrong, data.kinds)),
    drawn && partsOf(drawn).map((part) => h("figure", { class: "fs-print-picture" }, part)),
    branch.events.map((event) => printedStep(data, view, event)),
    h("h3", { class: "fs-title" }, "Who knows what, at the end"),
    printedLedger(data, branch),
  ]);
}

const ROWS_ON_A_SHEET = 22;

/**
 * A picture too long for a sheet, in parts that each have the heads of the lanes.
 * @type {(picture: SVGElement) => SVGElement[]}
 */
function partsOf(picture) {
  if (!(picture instanceof SVGSVGElement)) return [picture];
  const { x, y, width, height } = picture.viewBox.baseVal;
  const most = ROWS_ON_A_SHEET * ROW;
  const count = Math.ceil((height - HEAD) / most);
  return Array.from({ length: Math.max(1, count) }, (_, number) => {
    const part = /** @type {SVGElement} */ (picture.cloneNode(true));
    const down = number * most;
    part.setAttribute("viewBox", `${x} ${y + down} ${width} ${Math.min(most, height - HEAD - down) + HEAD}`);
    const heads = part.querySelector(".fs-heads");
    heads?.setAttribute("transform", `translate(0 ${down})`);
    heads?.classList.add("fs-afloat");
    return part;
  });
}

/** @type {(data: Data, view: View, event: EventJson) => HTMLElement} */
function printedStep(data, view, event) {
  const check = decisiveCheck(event);
  /** @type {Child} */
  const number = [event.attack && icon("skull"), event.between ? " " : `${event.name}. `];
  return h("section", { class: `fs-print-step${event.attack ? " fs-attacker" : ""}` },
    h("h3", { class: "fs-title" }, number, event.title),
    h("p", { class: "fs-note" }, route(view, event.from, event.to), " · ", event.label,
      event.clauses.map((clause) => [" · ", clause.label])),
    h("p", {}, prose(event.text, data.kinds)),
    event.checks.length > 0 && h("p", { class: "fs-note" }, `${checksSummary(event.checks)}.`),
    check && h("div", { class: "fs-print-check" }, h("p", {}, icon("failed"), " ", h("b", {}, check.title),
      check.on ? ": failed" : ": switched off, would have failed"),
    h("p", {}, "expected ", rich(check.expected, view.branch.find)),
    h("p", {}, "received ", rich(check.received, view.branch.find)),
    check.decides && h("p", {}, check.error ? ["the answer: ", code(check.error)] : check.answer)));
}

/** @type {(data: Data, branch: ReadyBranch) => HTMLElement} */
function printedLedger(data, branch) {
  const held = branch.holdings[branch.events.length];
  const { lanes } = data.payload;
  const words = { knows: "knows", unknown: "unknown", lacks: "–", nothing: "–" };
  return h("table", {}, h("thead", {}, h("tr", {}, h("td"), lanes.map(({ name }) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, data.rows.map(({ kind }) => h("tr", {}, h("th", { scope: "row" }, data.chip(kind)),
      lanes.map(({ id }) => h("td", {}, words[knowledgeOf(branch, held, id, kind)]))))));
}
