/* The panels of the card: each is a function from the view to elements. Only the one in view is built. */

import { copyOf } from "./copy.js";
import { code, h, icon, link, solid } from "./elements.js";
import { isPage, messageCard } from "./message.js";
import { rich, valueChip } from "./secrets.js";
import { CHECK_WORDS, cellOf, checksSummary, countChecks, decisiveCheck, statusOf } from "./trace.js";

export const PANELS = {
  message: messagePanel,
  checks: checksPanel,
  knows: knowsPanel,
  memory: memoryPanel,
  page: pagePanel,
};

const empty = (text) => h("p", { class: "fs-empty" }, text);
const tag = (text) => h("span", { class: "fs-tag" }, text);

function messagePanel(view) {
  const { event } = view;
  if (!event) return empty("Nothing has been sent yet.");
  if (!event.http.length) return empty("Nothing travels here: it happens inside one party.");
  return event.http.map((message) => messageCard(view, message));
}

/* ---- Checks ---- */

function checksPanel(view) {
  const { event, data, branch } = view;
  if (!event) return empty("Nothing has been checked yet.");
  if (!event.checks.length) return empty("Nobody checks anything here.");
  const items = event.checks.map((check) => checkItem(check, branch.find));
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

/* The check on which the step turned, in words. */
function decision(event) {
  const check = decisiveCheck(event);
  if (!check) return null;
  const words = check.decides ? "This one decides: " : "This one is off, and would have refused: ";
  return h("span", { class: "fs-decision", "data-testid": "decision" }, words, `“${check.title}”.`);
}

const FILTERS = { all: "All", failed: "Failed", off: "Switched off" };

/* Which checks are shown, and a button that opens or closes what all of them have compared. */
function checkFilter(items, lists, checks) {
  const counts = { ...countChecks(checks), all: checks.length };
  const show = (wanted) => {
    for (const { root, status } of items) root.hidden = wanted !== "all" && status !== wanted;
    for (const list of lists) list.hidden = !list.querySelector(".fs-check:not([hidden])");
    for (const node of buttons) node.setAttribute("aria-pressed", node.dataset.filter === wanted);
  };
  const buttons = Object.entries(FILTERS).map(([id, name]) => h("button", {
    type: "button", class: "fs-choice", "aria-pressed": "false", "aria-disabled": String(counts[id] === 0),
    "data-filter": id, "data-testid": `filter-${id}`, onclick: () => counts[id] > 0 && show(id),
  }, name, " ", h("span", { class: "fs-badge" }, counts[id])));
  const openAll = (event) => {
    const open = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", open);
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

const groupName = (check, data) =>
  check.step === 6 ? "On receiving the redirect (step 6)" : `${data.nameOf(check.actor)}, step ${data.stepName(check.step)}`;

function checkItem(check, find) {
  const status = statusOf(check);
  const wouldFail = status === "off" && check.passed === false;
  const detail = h("dl", { class: "fs-compare", hidden: true });
  const open = (wanted) => {
    if (wanted && !detail.firstChild) detail.append(...compared(check, find));
    detail.hidden = !wanted;
    title.setAttribute("aria-expanded", wanted);
  };
  const title = h("button", {
    type: "button", class: "fs-check-title", "aria-expanded": "false", title: "What was expected, and what came",
    onclick: () => open(detail.hidden),
  }, keepTogether(check.title, icon("down")));
  const word = check.decides ? "failed, decides" : wouldFail ? "switched off, would have failed" : CHECK_WORDS[status];
  const props = {
    class: `fs-check fs-check-${status} ${check.decides ? "fs-decides" : wouldFail ? "fs-would-fail" : ""}`,
    "data-testid": "check", "data-check": check.id, "data-status": status,
  };
  const root = h("li", props, icon(status), title, h("span", { class: "fs-check-word" }, word), link(check.clause),
    detail, check.decides && h("p", { class: "fs-answer" }, check.error ? ["the answer: ", code(check.error)] : check.answer));
  if (status === "failed" || wouldFail) open(true);
  return { check, status, root, open };
}

/* One under the other, in letters of one width, so that the eye finds the first difference. */
const compared = (check, find) => ["expected", "received"].flatMap((name) => [
  h("dt", {}, name), h("dd", {}, rich(check[name], find), copyOf(check[name], `what was ${name}`))]);

/* A text with something at its end that must not stand on a line of its own. */
function keepTogether(text, end) {
  const [, start, word] = /^(.*\s)?(\S*)$/s.exec(text.trimEnd());
  return [start, h("span", { class: "fs-last-word" }, word, end)];
}

/* ---- Who knows what, party by party, with the values; the table of all parties is the ledger beside the card. ---- */

function knowsPanel(view) {
  const { data, event, branch } = view;
  if (!event) return empty("Nobody holds a secret yet.");
  const { lanes } = data.payload;
  const thiefFirst = branch.attack ? lanes.toSorted((a, b) => (b.id === "attacker") - (a.id === "attacker")) : lanes;
  return [
    changes(lanes.map((lane) => [lane, learnedBy(lane, event)])),
    thiefFirst.map((lane) => holdings(lane, view)),
  ];
}

function holdings(lane, view) {
  const { data, event, branch, held } = view;
  const thief = lane.id === "attacker";
  if (thief && !branch.attack) return null;
  const rows = data.rows.map(({ kind }) => [kind, held.get(cellOf(lane.id, kind))]);
  const owned = rows.filter(([, entry]) => entry);
  const items = owned.map(([kind, entry]) => h("li", { class: entry.since === event.index ? "fs-new" : null },
    data.chip(kind), h("span", { class: "fs-held" },
      valueChip({ kind, run: entry.foreign ? "attacker" : "victim" }, entry.value),
      entry.foreign && tag("made up by the attacker"), entry.since === event.index && tag("new")),
    copyOf(entry.value, kind)));
  const others = new Set([...held.keys()].map((cell) => cell.split(" ")[1]));
  const lacked = rows.filter(([kind, entry]) => others.has(kind) && (!entry || entry.foreign)).map(([kind]) => kind);
  return party(lane,
    h("ul", { class: "fs-holdings" }, items.length ? items : h("li", { class: "fs-note" }, "none of these secrets")),
    thief && lacked.length > 0 && h("p", { class: "fs-lacks", "data-testid": "lacks" }, h("b", {}, "does not have: "),
      lacked.map((kind) => [data.chip(kind), " "])));
}

/* What a party has learned, as words: "code, state". The same value can be learned by two actors of one lane. */
const learnedBy = (lane, event) =>
  [...new Set(event.learned.filter((item) => item.lane === lane.id).map((item) => item.kind))].join(", ");

function party(lane, ...content) {
  const thief = lane.id === "attacker";
  return h("section", { class: `fs-party${thief ? " fs-thief" : ""}`, "data-lane": lane.id },
    h("h4", { class: "fs-group" }, thief && icon("skull"), lane.name), content);
}

/* What this step did to whom, before all that was there already. */
function changes(told) {
  const text = told.filter(([, words]) => words).map(([lane, words]) => `${lane.name}: ${words}`).join("; ");
  return h("p", { class: "fs-summary", "data-testid": "changes" }, text ? `In this step, ${text}.` : "Nothing changes in this step.");
}

/* ---- Memory ---- */

function memoryPanel(view) {
  const { data, event, before, branch } = view;
  if (!event) return empty("Nobody remembers anything of this login yet.");
  const parties = data.payload.lanes
    .map((lane) => [lane, memoryOf(event.memory[lane.id] ?? {}, before?.memory[lane.id] ?? {})])
    .filter(([, entries]) => entries.length);
  if (!parties.length) return empty("Nobody remembers anything of this login yet.");
  const rowOf = (entry) => memoryRow(entry, data, branch.find);
  return [
    changes(parties.map(([lane, entries]) => [lane, countedChanges(entries)])),
    parties.map(([lane, entries]) =>
      party(lane, h("dl", { class: "fs-memory", "data-testid": `memory-${lane.id}` }, entries.map(rowOf)))),
  ];
}

/* "2 new, 5 forgotten" */
const countedChanges = (entries) => ["new", "changed", "forgotten"]
  .map((change) => [entries.filter((entry) => entry.change === change).length, change])
  .filter(([count]) => count)
  .map((pair) => pair.join(" "))
  .join(", ");

function memoryOf(now, was) {
  return [...new Set([...Object.keys(now), ...Object.keys(was)])].map((name) => {
    const [after, earlier] = [own(now, name), own(was, name)];
    const change =
      after === earlier ? "" : earlier === undefined ? "new" : after === undefined ? "forgotten" : "changed";
    return { name, after, earlier, change };
  });
}

const own = (object, name) => (Object.hasOwn(object, name) ? object[name] : undefined);

function memoryRow({ name, after, earlier, change }, data, find) {
  const label = data.kinds.has(name) ? data.chip(name) : name;
  const value = after ?? earlier;
  return h("div", { class: change && `fs-${change}` }, h("dt", {}, label),
    h("dd", {}, h("span", { class: "fs-remembered" }, rich(value, find, name)), change && tag(change),
      change === "changed" && h("span", { class: "fs-was" }, "was ", rich(earlier, find, name)), copyOf(value, name)));
}

/* ---- Page: the frame can run nothing, send nothing, fetch nothing, and cannot be clicked. ---- */

const FRAME_RULES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

function pagePanel({ event: { http } }) {
  const before = (number) => http.slice(0, number).findLast((earlier) => earlier.kind === "request");
  return http.flatMap((message, number) => (isPage(message) ? [pageFigure(message, before(number))] : []));
}

function pageFigure(message, asked) {
  const frame = h("iframe", {
    class: "fs-user-page", sandbox: "", tabindex: "-1", inert: true, "data-testid": "page",
    title: "The page as the user sees it",
    srcdoc: `<!doctype html><meta http-equiv="Content-Security-Policy" content="${FRAME_RULES}">${message.body}`,
  });
  const bar = asked ? h("span", { class: "fs-address" }, asked.url.split("?")[0]) : "The page as the user sees it";
  return h("figure", { class: "fs-browser" }, h("figcaption", {}, bar), frame);
}
