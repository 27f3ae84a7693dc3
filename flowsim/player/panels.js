/* The panels of the card: each is a function from the view to elements. */

import { code, h, icon, link, solid } from "./elements.js";
import { isPage, messageCard } from "./message.js";
import { rich, valueChip } from "./secrets.js";
import { CHECK_WORDS, cellOf, checksSummary, statusOf } from "./trace.js";

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
  const groups = Map.groupBy(event.checks, (check) => `${check.step} ${check.actor}`);
  return [
    h("p", { class: "fs-summary", "data-testid": "checks-summary" }, checksSummary(event.checks)),
    [...groups.values()].map((checks) => [
      groups.size > 1 && h("h4", { class: "fs-group" }, groupName(checks[0], data)),
      h("ul", { class: "fs-checks" }, checks.map((check) => checkItem(check, branch.find))),
    ]),
  ];
}

const groupName = (check, data) =>
  check.step === 6 ? "On receiving the redirect (step 6)" : `${data.nameOf(check.actor)}, step ${check.step}`;

function checkItem(check, find) {
  const status = statusOf(check);
  const wouldFail = status === "off" && check.passed === false;
  const open = status === "failed" || wouldFail;
  const detail = h("dl", { class: "fs-compare", hidden: !open },
    h("dt", {}, "expected"), h("dd", {}, rich(check.expected, find)),
    h("dt", {}, "received"), h("dd", {}, rich(check.received, find)));
  const toggle = (event) => {
    detail.hidden = !detail.hidden;
    event.currentTarget.setAttribute("aria-expanded", !detail.hidden);
  };
  const title = open
    ? h("span", { class: "fs-check-title" }, check.title)
    : h("button", { type: "button", class: "fs-check-title", "aria-expanded": "false", onclick: toggle },
        keepTogether(check.title, icon("down")));
  const word = check.decides ? "failed, decides" : wouldFail ? "switched off, would have failed" : CHECK_WORDS[status];
  const props = {
    class: `fs-check fs-check-${status} ${check.decides ? "fs-decides" : wouldFail ? "fs-would-fail" : ""}`,
    "data-testid": "check", "data-check": check.id, "data-status": status,
  };
  return h("li", props, icon(status), title, h("span", { class: "fs-check-word" }, word), link(check.clause), detail,
    check.decides && check.error && h("p", { class: "fs-answer" }, "the answer: ", code(check.error)));
}

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
  return thiefFirst.map((lane) => {
    const held = data.rows.map(({ kind }) => [kind, view.held.get(cellOf(lane.id, kind))]).filter(([, entry]) => entry);
    if (!held.length && lane.id === "attacker" && !branch.attack) return null;
    const items = held.map(([kind, entry]) => h("li", {}, data.chip(kind), " ",
      valueChip({ kind, run: entry.foreign ? "attacker" : "victim" }, entry.value),
      entry.foreign && tag("made up by the attacker"), entry.since === event.index && tag("new")));
    return party(lane, h("ul", { class: "fs-holdings" },
      items.length ? items : h("li", { class: "fs-note" }, "none of these secrets")));
  });
}

function party(lane, content) {
  const thief = lane.id === "attacker";
  return h("section", { class: `fs-party${thief ? " fs-thief" : ""}`, "data-lane": lane.id },
    h("h4", { class: "fs-group" }, thief && icon("skull"), lane.name), content);
}

/* ---- Memory ---- */

function memoryPanel(view) {
  const { data, event, before, branch } = view;
  const blocks = !event ? [] : solid(data.payload.lanes.map((lane) => {
    const now = event.memory[lane.id] ?? {};
    const was = before?.memory[lane.id] ?? {};
    const names = [...new Set([...Object.keys(now), ...Object.keys(was)])];
    const rows = names.map((name) => memoryRow(name, now[name], was[name], data, branch.find));
    return names.length > 0 && party(lane, h("dl", { class: "fs-memory", "data-testid": `memory-${lane.id}` }, rows));
  }));
  return blocks.length ? blocks : empty("Nobody remembers anything of this login yet.");
}

function memoryRow(name, now, was, data, find) {
  const change = now === was ? "" : was === undefined ? "new" : now === undefined ? "forgotten" : "changed";
  const label = data.kinds.has(name) ? data.chip(name) : name;
  return h("div", { class: change && `fs-${change}` }, h("dt", {}, label),
    h("dd", {}, h("span", {}, rich(now ?? was, find, name)), change && tag(change)));
}

/* ---- Page: the frame can run nothing, send nothing, fetch nothing, and cannot be clicked. ---- */

const FRAME_RULES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

function pagePanel(view) {
  const { http } = view.event;
  return http.map((message, number) => {
    if (!isPage(message)) return null;
    const asked = http.slice(0, number).findLast((earlier) => earlier.kind === "request");
    const address = asked && h("span", { class: "fs-address" }, asked.url.split("?")[0]);
    const frame = h("iframe", {
      class: "fs-user-page", sandbox: "", tabindex: "-1", inert: true, "data-testid": "page",
      title: "The page as the user sees it",
      srcdoc: `<!doctype html><meta http-equiv="Content-Security-Policy" content="${FRAME_RULES}">${message.body}`,
    });
    return h("figure", { class: "fs-browser" }, h("figcaption", {}, address ?? "The page as the user sees it"), frame);
  });
}
