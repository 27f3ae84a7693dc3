/* Two branches side by side, event by event, and in words what differs. */

import { isShown } from "./bar.js";
import { alignedEvents, differencesOf } from "./difference.js";
import { allIn, h, icon, mark, scaleOf, visuallyHidden } from "./elements.js";
import { route } from "./message.js";
import { CHECK_WORDS, branchOf, checksSummary } from "./trace.js";

/** @import { Branch, EventJson } from "./payload.d.ts" */
/** @import { Difference, Pair } from "./difference.js" */
/** @import { Actions, Child, Data, Part, ReadyBranch, Side, State, View } from "./types.d.ts" */
/** @import { Status } from "./trace.js" */


/** @typedef {{ pair: Pair, found: Difference[] }} Row */

/** @type {(data: Data, actions: Actions, state: State) => Part} */
export function makeComparison(data, actions, state) {
  const picks = [sideSelect("left", actions), sideSelect("right", actions)];
  const body = h("tbody");
  const heads = picks.map(({ label }) => h("th", { scope: "col" }, label));
  const summary = h("p", { class: "fs-versus-summary", "data-testid": "compare-summary" });
  const table = h("table", {}, h("caption", { class: "fs-visually-hidden" }, "Two branches, step by step"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Step"), heads, h("th", { scope: "col" }, "What differs"))), body);
  const root = h("section", { class: "fs-versus", "aria-label": "Comparison of two branches", "data-testid": "comparison" },
    h("div", { class: "fs-picks" }, picks.map((pick) => pick.root)), summary, table);
  /** @type {string | null} */
  let built = null;

  /** @type {(view: View) => void} */
  const paint = (view) => {
    root.hidden = !state.comparing;
    if (root.hidden) return;
    const shown = data.payload.branches.filter((branch) => isShown(branch, state));
    const sides = sidesOf(shown, state).map((name) => branchOf(data, name));
    const signature = JSON.stringify([shown, sides].map((branches) => branches.map(({ name, trace }) => [name, trace.events.length])));
    if (signature !== built) build(view, shown, sides);
    built = signature;
    for (const row of body.rows) {
      const here = allIn(row, "[data-branch]").some(({ dataset }) =>
        dataset.branch === state.branch && Number(dataset.position) === state.position);
      mark(row, "is-now", here);
      if (here && state.position) keepRowInSight(row);
    }
  };

  /**
   * Scrolls the comparison where it has a box of its own, and never the page around it.
   * @type {(row: HTMLElement) => void}
   */
  const keepRowInSight = (row) => {
    const box = root.getBoundingClientRect();
    const own = row.getBoundingClientRect();
    // While presenting the heads stay, and a row may not stand behind them.
    const top = Math.max(box.top, heads[0].getBoundingClientRect().bottom);
    const scale = scaleOf(root);
    if (own.top < top) root.scrollTop += (own.top - top) / scale;
    else if (own.bottom > box.bottom) root.scrollTop += (own.bottom - box.bottom) / scale;
  };

  /** @type {(view: View, shown: Branch[], sides: ReadyBranch[]) => void} */
  const build = (view, shown, sides) => {
    picks.forEach((pick, side) => pick.paint(shown, sides[side]));
    const [left, right] = sides;
    const rows = alignedEvents(left.events, right.events)
      .map((pair) => ({ pair, found: differencesOf(pair, left.find, right.find) }));
    const first = rows.findIndex(({ found }) => found.length);
    const count = rows.filter(({ found }) => found.length).length;
    summary.replaceChildren(...(count
      ? [icon("differs"), ` ${count} of ${rows.length} rows differ. The first one comes ${rowName(rows[first].pair)}.`]
      : [icon("passed"), " Nothing differs."]));
    body.replaceChildren(...rows.map((row, number) => pairRow(view, sides, row, number === first)), verdictRow(sides));
  };

  /** @type {(view: View, sides: ReadyBranch[], row: Row, first: boolean) => HTMLElement} */
  const pairRow = (view, sides, { pair, found }, first) => {
    const attack = pair.some((event) => event?.attack);
    return h("tr", {
      class: `fs-pair-row${found.length ? " fs-differs" : ""}${first ? " fs-first" : ""}`, "data-testid": "compare-row",
      "data-differs": String(found.length > 0), "data-first": String(first),
    },
    h("th", { scope: "row" }, attack && icon("skull"), rowName(pair).replace(/^at step |step /, "")),
    pair.map((event, side) => eventCell(view, event, sides[side], actions)),
    h("td", {}, first && h("span", { class: "fs-tag" }, "first difference"), differencesList(view, found, sides)));
  };
  return { root, paint };
}

/**
 * The two that are compared: what the reader has chosen, else the first one and the one that is open.
 * @type {(shown: Branch[], state: State) => [string, string]}
 */
function sidesOf(shown, state) {
  const names = shown.map(({ name }) => name);
  /** @type {(wanted: string | null) => string | undefined} */
  const chosen = (wanted) => names.find((name) => name === wanted);
  const left = chosen(state.left) ?? (state.right === names[0] ? names[1] : names[0]);
  const open = state.branch === left ? names.find((name) => name !== left) : state.branch;
  return [left, chosen(state.right) ?? open ?? left];
}

/**
 * Where one chooses a branch to compare.
 * @type {(side: Side, actions: Actions) =>
 *   { root: HTMLElement, label: HTMLElement, paint(shown: Branch[], branch: Branch): void }}
 */
function sideSelect(side, actions) {
  const label = h("span");
  /** @type {HTMLSelectElement} */
  const select = h("select", {
    class: "fs-pick", "data-testid": `compare-${side}`, onchange: () => actions.choose(side, select.value),
  });
  const root = h("label", {}, side === "left" ? "Compare " : "with ", select);
  /** @type {(shown: Branch[], branch: Branch) => void} */
  const paint = (shown, branch) => {
    select.replaceChildren(...shown.map(({ name, title }) => h("option", { value: name }, title)));
    select.value = branch.name;
    label.textContent = branch.title;
  };
  return { root, label, paint };
}

/** @type {(pair: Pair) => string} */
const rowName = (pair) => {
  const event = pair[0] ?? pair[1];
  return event.between ? `after step ${event.name}` : `at step ${event.name}`;
};

/** @type {(view: View, event: EventJson | null, branch: Branch, actions: Actions) => HTMLElement} */
function eventCell(view, event, branch, actions) {
  if (!event) return h("td", { class: "fs-note" }, "—", visuallyHidden(" nothing here"));
  const go = () => actions.open(branch.name, event.index);
  return h("td", { class: event.attack ? "fs-attacker" : null, "data-branch": branch.name, "data-position": event.index },
    h("button", { type: "button", class: "fs-versus-title", onclick: go, title: "Open this step" }, event.title),
    h("div", { class: "fs-note" }, route(view, event.from, event.to)),
    event.failed && h("div", { class: "fs-refused" }, icon("failed"), " refused"));
}

/** @type {(view: View, found: Difference[], sides: Branch[]) => HTMLElement} */
function differencesList(view, found, sides) {
  if (!found.length) return h("span", { class: "fs-note" }, "the same");
  return h("ul", {}, found.map((one) => h("li", {}, wordsFor(view, one, sides))));
}

/** @type {(text: string) => HTMLElement} */
const titled = (text) => h("b", {}, "“", text, "”");

/** @type {Record<string, string>} */
const PLACES = { sent: "sent", answer: "in the answer" };

/** @type {(view: View, one: Difference, sides: Branch[]) => Child} */
function wordsFor(view, one, sides) {
  const { data } = view;
  /** @type {(event: EventJson) => HTMLElement} */
  const wayOf = (event) => route(view, event.from, event.to);
  /** @type {(side: Side) => Child} */
  const onlyIn = (side) => ["only in ", titled(sides[side === "left" ? 0 : 1].title)];
  /** @type {(names: string[]) => Child} */
  const things = (names) => names.map((word, number) => [
    number > 0 && " ", data.kinds.has(word) ? data.chip(word) : h("code", { class: "fs-code" }, word)]);
  switch (one.what) {
    case "event": return onlyIn(one.only);
    case "parties": return ["another way: ", wayOf(one.left), " / ", wayOf(one.right)];
    case "status": return ["answered with ", one.left ?? "nothing", " / ", one.right ?? "nothing"];
    case "knowledge": return [`${data.nameOf(one.lane)} learns `, things(one.names), " ", onlyIn(one.only)];
    case "parameter": return one.only
      ? [things(one.names), ` ${PLACES[one.place]} `, onlyIn(one.only)]
      : [things(one.names), " has another value: ", shortly(one.left), " / ", shortly(one.right)];
    case "check": return ["check “", one.title, "”: ", checkWord(one.left), " / ", checkWord(one.right)];
    case "checks": return [`${checksSummary(one.checks)}; `, onlyIn(one.only)];
    default: return one.only === "left" ? "refused / goes on" : "goes on / refused";
  }
}

/** @type {(value: string) => HTMLElement} */
const shortly = (value) => h("code", { class: "fs-code" }, value.length > 30 ? `${value.slice(0, 28)}…` : value);

/** @type {(status: Status) => HTMLElement} */
const checkWord = (status) =>
  h("span", { class: `fs-status fs-status-${status}` }, CHECK_WORDS[status]);

/** @type {(sides: ReadyBranch[]) => HTMLElement} */
function verdictRow(sides) {
  return h("tr", { class: "fs-verdicts" }, h("th", { scope: "row" }, "Verdict"),
    sides.map(({ verdict }) => h("td", { class: `fs-tone-${verdict.tone === "bad" ? "bad" : "good"}` }, verdict.sentence)),
    h("td", {}, sides[0].verdict.sentence === sides[1].verdict.sentence ? "the same" : "another end"));
}
