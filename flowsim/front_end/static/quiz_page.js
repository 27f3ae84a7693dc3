/* The quiz as a page: each statement with three buttons, and after the answer what the runs say and the runs themselves. */

import { anchor, byId, h } from "./elements.js";
import { mount } from "./player.js";
import { openPool } from "./pool.js";
import { findLms, startReport } from "./scorm.js";

/** @import { Player } from "./types.d.ts" */
/** @import { Answer } from "./scorm.js" */

/**
 * @typedef {{ name: string, text: string, holds: boolean, answer: string, reason: string, clause: string, url: string,
 *   lines: [string, string, string][], part: number }} Statement
 */

/** @type {{ alone: boolean, statements: Statement[] }} */
const { alone, statements } = JSON.parse(byId("quiz").textContent);
byId("home").hidden = alone;
const lms = findLms(window);
const report = lms && startReport(lms, statements.map((one) => ({ name: one.name, right: one.holds })));
/** @type {Promise<(number: number) => any> | null} */
let pool = null;
/** @type {{ player: Player, place: HTMLElement } | null} */
let opened = null;
/** @type {Map<string, Answer>} */
const answers = new Map();

function score() {
  const right = statements.filter((one) => answers.get(one.name) === one.holds).length;
  byId("score").textContent = `${answers.size} of ${statements.length} answered, ${right} right`;
}

/** @type {(one: Statement, place: HTMLElement) => Promise<void>} */
async function show(one, place) {
  pool ??= openPool(byId("packed-runs").textContent);
  const payload = (await pool)(one.part);
  opened?.player.destroy();
  opened?.place.replaceChildren();
  opened = { player: mount(place, payload, { view: payload.view }), place };
}

/** @type {(one: Statement, said: Answer) => HTMLElement} */
function outcome(one, said) {
  const [look, lead] = said === null ? ["unsure", ""] : said === one.holds ? ["held", "You were right. "] : ["lost", "You said otherwise. "];
  const place = h("div", {});
  /** @type {(event: Event) => void} */
  const open = (event) => {
    const pressed = /** @type {HTMLElement} */ (event.currentTarget);
    pressed.hidden = true;
    show(one, place).catch((error) => place.replaceChildren(`The player cannot show it here: ${error.message}.`));
  };
  return h("div", {},
    h("div", { class: `outcome ${look}` }, h("b", {}, lead, one.answer), h("p", {}, `${one.reason} `, anchor(one.url, one.clause)),
      h("ul", {}, one.lines.map(([name, came, sentence]) => h("li", {}, h("b", {}, name), `: ${came}. ${sentence}`)))),
    h("button", { type: "button", onclick: open }, "Step through the run that decides it"), place);
}

/** @type {(one: Statement, index: number) => HTMLElement} */
function card(one, index) {
  const told = h("div", { role: "status" });
  /** @type {(said: Answer) => void} */
  const answered = (said) => {
    answers.set(one.name, said);
    for (const [button, value] of buttons) {
      button.setAttribute("aria-pressed", String(value === said));
      button.disabled = true;
    }
    told.replaceChildren(outcome(one, said));
    score();
  };
  /** @type {(text: string, said: Answer) => [HTMLButtonElement, Answer]} */
  const choice = (text, said) => [
    h("button", { type: "button", "aria-pressed": "false", onclick: () => {
      if (answers.has(one.name)) return;
      answered(said);
      report?.answer(index, said);
      told.tabIndex = -1;
      told.focus({ preventScroll: true });
    } }, text),
    said,
  ];
  const buttons = [choice("True", true), choice("False", false), choice("I do not know", null)];
  const before = report?.kept.get(one.name);
  if (before !== undefined) answered(before);
  return h("section", { class: "statement", "aria-label": `Statement ${index + 1}`, id: one.name },
    h("p", { class: "text" }, `${index + 1}. ${one.text}`), h("div", {}, buttons.map(([button]) => button)), told);
}

byId("statements").append(...statements.map(card));
score();
window.addEventListener("pagehide", () => report?.leave());
