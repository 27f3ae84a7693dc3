/* From the payload and the state to what is shown. Everything here is computed; nothing here touches the page. */

import { makeAsk } from "./fields.js";
import { isPage } from "./message.js";
import { isForeign, nameChip, secretFinder } from "./secrets.js";

/* The payload made ready once: branches by name, who holds what at each position, the names of the parties. */
export function prepare(payload) {
  const names = new Map(payload.lanes.map((lane) => [lane.id, lane.name]));
  names.set("user", names.get("user") ?? names.get("browser"));
  const seen = new Set(payload.branches.flatMap((branch) =>
    branch.trace.events.flatMap((event) => event.learned.map((item) => item.kind))));
  const kinds = new Set(payload.secrets.map((secret) => secret.kind));
  return {
    payload,
    branches: new Map(payload.branches.map((branch) => [branch.name, prepareBranch(branch)])),
    kinds,
    ask: makeAsk(payload.fields, kinds),
    // A row that stays empty in every branch (no client_secret, no refresh_token) is left out.
    rows: payload.secrets.filter((secret) => seen.has(secret.kind)),
    stepName: (number) => payload.steps.find((step) => step.number === number)?.name ?? String(number),
    nameOf: (id) => names.get(id) ?? String(id),
    chip: (kind) => nameChip(kind, payload.secrets.find((secret) => secret.kind === kind)?.name),
  };
}

function prepareBranch(branch) {
  const { events, secrets, verdict } = branch.trace;
  const holdings = [new Map()];
  for (const event of events) {
    const held = new Map(holdings.at(-1));
    for (const item of event.learned) {
      const cell = cellOf(item.lane, item.kind);
      const entry = { value: item.value, foreign: isForeign(item, secrets), since: event.index };
      const before = held.get(cell);
      if (!before || (before.foreign && !entry.foreign)) held.set(cell, entry);
    }
    holdings.push(held);
  }
  return { ...branch, events, verdict, holdings, find: secretFinder(secrets) };
}

/* What comes later has steps of its own, which are counted on from these eleven. */
const LAST_OF_THE_LOGIN = 11;

export const cellOf = (lane, kind) => `${lane} ${kind}`;

export function viewOf(data, state) {
  const branch = data.branches.get(state.branch);
  const { position } = state;
  const event = branch.events[position - 1] ?? null;
  const view = {
    data, state, branch, position, event,
    before: branch.events[position - 2] ?? null,
    key: `${branch.name} ${position}`,
    atEnd: position === branch.events.length,
    held: branch.holdings[position],
    where: whereText(branch.events, event),
  };
  view.tabs = tabsOf(event);
  view.tab = chooseTab(view);
  return view;
}

export function whereText(events, event) {
  if (!event) return "Start";
  if (!event.between) return event.step > LAST_OF_THE_LOGIN ? `Step ${event.name}` : `Step ${event.name} of ${LAST_OF_THE_LOGIN}`;
  return capital(moment(events, event.index - 1));
}

/* When it is that so many events have happened: "after step 6". */
export function moment(events, count) {
  const last = events.slice(0, count).findLast((event) => !event.between);
  return last ? `after step ${last.name}` : "before step 1";
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/* Which tabs there are, and which of them have something to say about this event. */
function tabsOf(event) {
  const page = Boolean(event?.http.some(isPage));
  return [
    { id: "message", name: "Message", full: Boolean(event?.http.length) },
    { id: "checks", name: "Checks", full: Boolean(event?.checks.length) },
    { id: "knows", name: "Who knows what", full: Boolean(event?.learned.length) },
    { id: "memory", name: "Memory", full: Boolean(event) },
    ...(page ? [{ id: "page", name: "Page", full: true }] : []),
  ];
}

/* A reader's choice stays from step to step; where that tab is empty, the first one that is not stands in for it. */
function chooseTab({ state, tabs, key }) {
  const picked = tabs.find((tab) => tab.id === state.tab);
  if (picked && (picked.full || state.pickedAt === key)) return picked.id;
  return (tabs.find((tab) => tab.full) ?? tabs[0]).id;
}

/* ---- Checks ---- */

export const CHECK_WORDS = { passed: "passed", failed: "failed", none: "not applicable", off: "switched off" };

export function statusOf(check) {
  if (!check.on) return "off";
  if (check.passed === null) return "none";
  return check.passed ? "passed" : "failed";
}

export function countChecks(checks) {
  const counts = { passed: 0, failed: 0, none: 0, off: 0 };
  for (const check of checks) counts[statusOf(check)] += 1;
  return counts;
}

export function checksSummary(checks) {
  const counts = Object.entries(countChecks(checks)).filter(([, count]) => count);
  const parts = counts.map(([status, count]) => `${count} ${CHECK_WORDS[status]}`);
  return `${checks.length} ${checks.length === 1 ? "check" : "checks"}: ${parts.join(", ")}`;
}

/* The check on which an event turns: the one that refused it, else one that is off and would have. */
export const decisiveCheck = (event) =>
  event.checks.find((check) => check.decides) ??
  event.checks.find((check) => statusOf(check) === "off" && check.passed === false);
