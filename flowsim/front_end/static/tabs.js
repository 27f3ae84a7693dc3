/* What the tabs of the card show: for each a function from the view to elements. Only the one in view is built. */

import { copyOf } from "./copy.js";
import { code, h, icon, link } from "./elements.js";
import { isPage, messageCard } from "./message.js";
import { rich, valueChip } from "./secrets.js";
import { CHECK_WORDS, cellOf, checksSummary, countChecks, decisiveCheck, kindsHeld, statusOf } from "./trace.js";

/** @import { CheckJson, EventJson, Lane, RequestJson } from "./payload.d.ts" */
/** @import { Child, Data, Find, Held, Props, TabId, View, Words } from "./types.d.ts" */
/** @import { Status } from "./trace.js" */

/** @type {Record<TabId, (view: View) => Child>} */
export const PANELS = {
  message: messagePanel,
  checks: checksPanel,
  knows: knowsPanel,
  memory: memoryPanel,
  page: pagePanel,
};

/**
 * @param {string} id
 * @returns {id is TabId}
 */
export const isTab = (id) => id in PANELS;

/** @type {(text: string) => HTMLElement} */
const empty = (text) => h("p", { class: "fs-empty" }, text);
/** @type {(text: string) => HTMLElement} */
const tag = (text) => h("span", { class: "fs-tag" }, text);

/** @type {(view: View) => Child} */
function messagePanel(view) {
  const { event } = view;
  if (!event) return empty("Nothing has been sent yet.");
  if (event.unseen) return empty("The wire does not show this.");
  if (!event.http.length) return empty("Nothing travels here: it happens inside one party.");
  return event.http.map((message) => messageCard(view, message));
}

/* ---- Checks ---- */

/** @typedef {{ check: CheckJson, status: Status, root: HTMLElement, open(wanted: boolean): void }} CheckItem */

/** @type {(view: View) => Child} */
function checksPanel(view) {
  const { event, data, branch } = view;
  if (!event) return empty("Nothing has been checked yet.");
  if (!event.checks.length) return empty("Nobody checks anything here.");
  const items = event.checks.map((check) => checkItem(check, branch.find, data.words));
  const groups = Map.groupBy(items, ({ check }) => `${check.step} ${check.actor}`);
  const lists = [...groups.values()].map((some) => h("section", {},
    groups.size > 1 && h("h4", { class: "fs-group" }, groupName(some[0].check, data)),
    h("ul", { class: "fs-checks" }, some.map((item) => item.root))));
  return [
    h("p", { class: "fs-summary", "data-testid": "checks-summary" }, checksSummary(event.checks), decision(event)),
    items.length > 1 && checkFilter(items, lists, event.checks),
    lists,
  ];
}

/**
 * The check on which the step turned, in words.
 * @type {(event: EventJson) => HTMLElement | null}
 */
function decision(event) {
  const check = decisiveCheck(event);
  if (!check) return null;
  const words = check.decides ? "This one decides: " : "This one is off, and would have refused: ";
  return h("span", { class: "fs-decision", "data-testid": "decision" }, words, `“${check.title}”.`);
}

/** @type {["all" | Status, string][]} */
const FILTERS = [["all", "All"], ["failed", "Failed"], ["off", "Switched off"]];

/**
 * Which checks are shown, and a button that opens or closes what all of them have compared.
 * @type {(items: CheckItem[], lists: HTMLElement[], checks: CheckJson[]) => HTMLElement}
 */
function checkFilter(items, lists, checks) {
  const counts = { ...countChecks(checks), all: checks.length };
  /** @type {(wanted: string) => void} */
  const show = (wanted) => {
    for (const { root, status } of items) root.hidden = wanted !== "all" && status !== wanted;
    for (const list of lists) list.hidden = !list.querySelector(".fs-check:not([hidden])");
    for (const node of buttons) node.setAttribute("aria-pressed", String(node.dataset.filter === wanted));
  };
  const buttons = FILTERS.map(([id, name]) => h("button", {
    type: "button", class: "fs-choice", "aria-pressed": "false", "aria-disabled": String(counts[id] === 0),
    "data-filter": id, "data-testid": `filter-${id}`, onclick: () => counts[id] > 0 && show(id),
  }, name, " ", h("span", { class: "fs-badge" }, counts[id])));
  const openAll = () => {
    const open = values.getAttribute("aria-pressed") !== "true";
    values.setAttribute("aria-pressed", String(open));
    for (const item of items) item.open(open);
  };
  const values = h("button", {
    type: "button", class: "fs-choice fs-choice-values", "aria-pressed": "false", "data-testid": "all-values",
    onclick: openAll,
  }, "Show all values");
  show("all");
  return h("div", { class: "fs-filter" },
    h("span", { class: "fs-choices", role: "group", "aria-label": "Which checks to show" }, buttons), values);
}

/** @type {(check: CheckJson, data: Data) => string} */
const groupName = (check, data) =>
  check.step === 6 ? "On receiving the redirect (step 6)" : `${data.nameOf(check.actor)}, step ${data.stepName(check.step)}`;

/** @type {(check: CheckJson, find: Find, words: Words) => CheckItem} */
function checkItem(check, find, words) {
  const status = statusOf(check);
  const wouldFail = status === "off" && check.passed === false;
  const detail = h("dl", { class: "fs-compare", hidden: true });
  /** @type {(wanted: boolean) => void} */
  const open = (wanted) => {
    if (wanted && !detail.firstChild) detail.append(...compared(check, find));
    detail.hidden = !wanted;
    title.setAttribute("aria-expanded", String(wanted));
  };
  const title = h("button", {
    type: "button", class: "fs-check-title", "aria-expanded": "false", title: "What was expected, and what came",
    onclick: () => open(Boolean(detail.hidden)),
  }, keepTogether(check.title, icon("down")));
  const word = check.decides ? "failed, decides" : wouldFail ? "switched off, would have failed" : CHECK_WORDS[status];
  /** @type {Props} */
  const props = {
    class: `fs-check fs-check-${status} ${check.decides ? "fs-decides" : wouldFail ? "fs-would-fail" : ""}`,
    "data-testid": "check", "data-check": check.id, "data-status": status,
  };
  const root = h("li", props, icon(status), title, h("span", { class: "fs-check-word" }, status === "none" ? words.button(word) : word), link(check.clause),
    detail, check.decides && h("p", { class: "fs-answer" }, check.error ? ["the answer: ", code(check.error)] : check.answer));
  if (status === "failed" || wouldFail) open(true);
  return { check, status, root, open };
}

/**
 * One under the other, in letters of one width, so that the eye finds the first difference.
 * @type {(check: CheckJson, find: Find) => HTMLElement[]}
 */
const compared = ({ id, expected, received }, find) => [
  ...Object.entries({ expected, received }).flatMap(([name, text]) => [
    h("dt", {}, name), h("dd", {}, rich(text, find), copyOf(text, `what was ${name}`))]),
  h("dt", {}, "id"), h("dd", { "data-testid": "check-id" }, id),
];

/**
 * A text with something at its end that must not stand on a line of its own.
 * @type {(text: string, end: Node) => Child}
 */
function keepTogether(text, end) {
  const [, start, word] = /^(.*\s)?(\S*)$/s.exec(text.trimEnd()) ?? [];
  return [start, h("span", { class: "fs-last-word" }, word, end)];
}

/* ---- Who knows what, party by party, with the values; the table of all parties is the ledger beside the card. ---- */

/** @type {(view: View) => Child} */
function knowsPanel(view) {
  const { data, event, branch } = view;
  if (!event) return empty("Nobody holds a secret yet.");
  const { lanes } = data.payload;
  const attackerFirst = branch.attack ? lanes.toSorted((a, b) => Number(b.id === "attacker") - Number(a.id === "attacker")) : lanes;
  return [
    changes(lanes.map((lane) => [lane, learnedBy(lane, event)])),
    attackerFirst.map((lane) => holdings(lane, view, event)),
  ];
}

/** @type {(lane: Lane, view: View, now: EventJson) => HTMLElement | null} */
function holdings(lane, view, now) {
  const { data, branch, held } = view;
  const isAttacker = lane.id === "attacker";
  if (isAttacker && !branch.attack) return null;
  /** @type {(kind: string) => Held | undefined} */
  const heldOf = (kind) => held.get(cellOf(lane.id, kind));
  const items = data.rows.flatMap(({ kind }) => {
    const entry = heldOf(kind);
    if (!entry) return [];
    const isNew = entry.since === now.index;
    return [h("li", { class: isNew ? "fs-new" : null }, data.chip(kind),
      h("span", { class: "fs-held" }, valueChip(kind, entry.value), isNew && tag("new")),
      copyOf(entry.value, kind))];
  });
  const others = kindsHeld(held);
  const lacked = data.rows.map(({ kind }) => kind).filter((kind) => others.has(kind) && !heldOf(kind));
  const unseen = branch.trace.unseen?.includes(lane.id);
  const rest = unseen ? `${items.length ? "what else it holds is " : ""}unknown: the wire does not show it` : "none of these secrets";
  return party(lane,
    h("ul", { class: "fs-holdings" }, items, (unseen || !items.length) && h("li", { class: "fs-note" }, rest)),
    isAttacker && lacked.length > 0 && h("p", { class: "fs-lacks", "data-testid": "lacks" }, h("b", {}, "does not have: "),
      lacked.map((kind) => [data.chip(kind), " "])));
}

/**
 * What a party has learned, as words: "code, state". The same value can be learned by two actors of one lane.
 * @type {(lane: Lane, event: EventJson) => string}
 */
const learnedBy = (lane, event) =>
  [...new Set(event.learned.filter((item) => item.lane === lane.id).map((item) => item.kind))].join(", ");

/** @type {(lane: Lane, ...content: Child[]) => HTMLElement} */
function party(lane, ...content) {
  const isAttacker = lane.id === "attacker";
  return h("section", { class: `fs-party${isAttacker ? " fs-attacker" : ""}`, "data-lane": lane.id },
    h("h4", { class: "fs-group" }, isAttacker && icon("skull"), lane.name), content);
}

/**
 * What this step did to whom, before all that was there already.
 * @type {(told: [Lane, string][]) => HTMLElement}
 */
function changes(told) {
  const text = told.filter(([, words]) => words).map(([lane, words]) => `${lane.name}: ${words}`).join("; ");
  return h("p", { class: "fs-summary", "data-testid": "changes" }, text ? `In this step, ${text}.` : "Nothing changes in this step.");
}

/* ---- Memory ---- */

/** @typedef {{ name: string, after?: string, earlier?: string, change: "" | "new" | "changed" | "forgotten" }} Remembered */

/** @type {(view: View) => Child} */
function memoryPanel(view) {
  const { data, event, memory, memoryBefore, branch } = view;
  if (!event) return empty("Nobody remembers anything of this login yet.");
  const parties = data.payload.lanes
    .map((lane) => ({ lane, entries: memoryOf(memory[lane.id] ?? {}, memoryBefore[lane.id] ?? {}) }))
    .filter(({ entries }) => entries.length);
  if (!parties.length) return empty("Nobody remembers anything of this login yet.");
  /** @type {(entry: Remembered) => HTMLElement} */
  const rowOf = (entry) => memoryRow(entry, data, branch.find);
  return [
    changes(parties.map(({ lane, entries }) => [lane, countedChanges(entries)])),
    parties.map(({ lane, entries }) =>
      party(lane, h("dl", { class: "fs-memory", "data-testid": `memory-${lane.id}` }, entries.map(rowOf)))),
  ];
}

/**
 * "2 new, 5 forgotten"
 * @type {(entries: Remembered[]) => string}
 */
const countedChanges = (entries) => ["new", "changed", "forgotten"]
  .map((change) => ({ change, count: entries.filter((entry) => entry.change === change).length }))
  .filter(({ count }) => count)
  .map(({ change, count }) => `${count} ${change}`)
  .join(", ");

/** @type {(now: Record<string, string>, was: Record<string, string>) => Remembered[]} */
function memoryOf(now, was) {
  return [...new Set([...Object.keys(now), ...Object.keys(was)])].map((name) => {
    const [after, earlier] = [own(now, name), own(was, name)];
    const change =
      after === earlier ? "" : earlier === undefined ? "new" : after === undefined ? "forgotten" : "changed";
    return { name, after, earlier, change };
  });
}

/** @type {(object: Record<string, string>, name: string) => string | undefined} */
const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

/** @type {(entry: Remembered, data: Data, find: Find) => HTMLElement} */
function memoryRow({ name, after, earlier = "", change }, data, find) {
  const label = data.kinds.has(name) ? data.chip(name) : name;
  const value = after ?? earlier;
  return h("div", { class: change && `fs-${change}` }, h("dt", {}, label),
    h("dd", {}, h("span", { class: "fs-remembered" }, rich(value, find, name)), change && tag(change),
      change === "changed" && h("span", { class: "fs-was" }, "was ", rich(earlier, find, name)), copyOf(value, name)));
}

/* ---- Page: the frame can run nothing, send nothing, fetch nothing, and cannot be clicked. ---- */

const FRAME_RULES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

// A browser reaches out for these before it looks at the rules; a template may become a part of the page when it is read.
const REACHING_OUT = "iframe, frame, frameset, fencedframe, object, embed, link, meta, base, script, template";

/** @type {(page: string) => string} */
function withinItself(page) {
  const read = new DOMParser().parseFromString(page, "text/html");
  for (const element of read.querySelectorAll(REACHING_OUT)) element.remove();
  return read.documentElement.outerHTML;
}

/** @type {(view: View) => Child} */
function pagePanel({ event }) {
  const http = event?.http ?? [];
  /** @type {(number: number) => RequestJson | undefined} */
  const before = (number) => http.slice(0, number).findLast((earlier) => earlier.kind === "request");
  return http.flatMap((message, number) => 
    message.kind === "response" && isPage(message) ? [pageFigure(message.body, before(number))] : []);
}

/** @type {(page: string, asked: RequestJson | undefined) => HTMLElement} */
function pageFigure(page, asked) {
  const frame = h("iframe", {
    class: "fs-user-page", sandbox: "", tabindex: "-1", inert: true, "data-testid": "page",
    title: "The page as the user sees it",
    srcdoc: `<!doctype html><meta http-equiv="Content-Security-Policy" content="${FRAME_RULES}">${withinItself(page)}`,
  });
  const bar = asked ? h("span", { class: "fs-address" }, asked.url.split("?")[0]) : "The page as the user sees it";
  return h("figure", { class: "fs-browser" }, h("figcaption", {}, bar), frame);
}
