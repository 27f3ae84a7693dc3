/* From the payload and the state to what is shown. Everything here is computed; nothing here touches the page. */

import { makeAsk, makePlaces } from "./fields.js";
import { makeWords } from "./words.js";
import { isPage } from "./message.js";
import { secretFinder } from "./occurrences.js";
import { kindClass, nameChip } from "./secrets.js";

/** @import { Branch, CheckJson, EventJson, Payload } from "./payload.d.ts" */
/** @import { Data, Held, Memory, ReadyBranch, State, Tab, TabId, View } from "./types.d.ts" */

/**
 * The payload made ready once: branches by name, who holds what at each position, the names of the parties. Of the
 * branches that are `ready` already, one that has not changed stays as it is.
 * @type {(payload: Payload, ready?: Map<string, ReadyBranch>) => Data}
 */
export function prepare(payload, ready) {
  const names = new Map(payload.lanes.map((lane) => [lane.id, lane.name]));
  // The user stands in the browser's lane.
  names.set("user", names.get("user") ?? names.get("browser") ?? "user");
  const seen = new Set(payload.branches.flatMap((branch) =>
    branch.trace.events.flatMap((event) => event.learned.map((item) => item.kind))));
  const kinds = new Set(payload.secrets.map((secret) => secret.kind));
  const words = makeWords(payload.words);
  return {
    payload,
    branches: new Map(payload.branches.map((branch) => [branch.name, readyBranch(branch, ready?.get(branch.name))])),
    kinds,
    ask: makeAsk(payload, kinds),
    places: makePlaces(payload.places),
    // A row that stays empty in every branch (no client_secret, no refresh_token) is left out.
    rows: payload.secrets.filter((secret) => seen.has(secret.kind)),
    stepName: (number) => payload.steps.find((step) => step.number === number)?.name ?? String(number),
    nameOf: (id) => names.get(id) ?? id,
    words,
    chip: (kind) => {
      const name = payload.secrets.find((secret) => secret.kind === kind)?.name ?? kind;
      return words.find(kind) ? words.button(name, kind, `fs-chip fs-term ${kindClass(kind)}`) : nameChip(kind, name);
    },
  };
}

/** @type {(branch: Branch, ready?: ReadyBranch) => ReadyBranch} */
function readyBranch(branch, ready) {
  if (ready?.trace === branch.trace && ready.svg === branch.svg) return ready;
  const { events, secrets, verdict } = branch.trace;
  /** @type {Map<string, Held>} */
  let held = new Map();
  const holdings = [held];
  for (const event of events) {
    held = new Map(held);
    for (const { lane, kind, value } of event.learned) {
      const cell = cellOf(lane, kind);
      if (!held.has(cell)) held.set(cell, { value, since: event.index });
    }
    holdings.push(held);
  }
  return { ...branch, events, verdict, holdings, memories: memoriesOf(events), find: secretFinder(secrets) };
}

/**
 * What is remembered at each position: the changes of each event, applied to what was remembered before it.
 * @type {(events: Pick<EventJson, "memory_changes">[]) => Memory[]}
 */
export function memoriesOf(events) {
  /** @type {Memory[]} */
  const memories = [{}];
  for (const event of events) memories.push(patched(memories[memories.length - 1], event.memory_changes));
  return memories;
}

/**
 * A JSON merge patch (RFC 7396) of two levels. A name may be one that every object has, so nothing is assigned.
 * @type {(before: Memory, changes: EventJson["memory_changes"]) => Memory}
 */
function patched(before, changes) {
  const lanes = Object.entries(changes).map(([lane, facts]) =>
    /** @type {const} */ ([lane, facts && withoutNulls({ ...(Object.hasOwn(before, lane) ? before[lane] : {}), ...facts })]));
  return withoutNulls({ ...before, ...Object.fromEntries(lanes) });
}

/**
 * @template T
 * @param {Record<string, T | null>} object
 * @returns {Record<string, T>}
 */
function withoutNulls(object) {
  return Object.fromEntries(Object.entries(object).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/**
 * The key of what a lane holds of a kind.
 * @type {(lane: string, kind: string) => string}
 */
export const cellOf = (lane, kind) => `${lane} ${kind}`;

/**
 * The kinds of which anybody holds one.
 * @type {(held: Map<string, Held>) => Set<string>}
 */
export const kindsHeld = (held) => new Set([...held.keys()].map((cell) => cell.slice(cell.indexOf(" ") + 1)));

/**
 * What can be said of a party and a kind of secret. Of a party whose memory the wire does not show nobody can say that it
 * lacks what exists.
 * @type {(branch: ReadyBranch, held: Map<string, Held>, lane: string, kind: string) => "knows" | "unknown" | "lacks" | "nothing"}
 */
export function knowledgeOf(branch, held, lane, kind) {
  if (held.has(cellOf(lane, kind))) return "knows";
  if (!kindsHeld(held).has(kind)) return "nothing";
  return branch.trace.unseen?.includes(lane) ? "unknown" : "lacks";
}

/**
 * The branch of this name, which the payload has.
 * @type {(data: Data, name: string) => ReadyBranch}
 */
export function branchOf(data, name) {
  const branch = data.branches.get(name);
  if (!branch) throw new Error(`there is no branch "${name}"`);
  return branch;
}

/** @type {(data: Data, state: State) => View} */
export function viewOf(data, state) {
  const branch = branchOf(data, state.branch);
  const { position } = state;
  const event = branch.events[position - 1] ?? null;
  const key = `${branch.name} ${position}`;
  const tabs = tabsOf(event);
  return {
    data, state, branch, position, event, key, tabs,
    memory: branch.memories[position],
    memoryBefore: branch.memories[Math.max(0, position - 1)],
    atEnd: position === branch.events.length,
    held: branch.holdings[position],
    where: whereText(data, branch.events, event),
    tab: chooseTab(state, tabs, key),
  };
}

/** @type {(data: Data, events: EventJson[], event: EventJson | null) => string} */
export function whereText({ payload }, events, event) {
  if (!event) return "Start";
  const inTab = event.login ? ` · ${event.login}` : "";
  if (event.between) return capital(moment(events, event.index - 1)) + inTab;
  // What comes before or later has steps of its own, which are counted on from those of the login.
  const last = payload.last_step_of_login;
  return (event.step > last ? `Step ${event.name}` : `Step ${event.name} of ${last}`) + inTab;
}

/**
 * When it is that so many events have happened: "after step 6".
 * @type {(events: EventJson[], count: number) => string}
 */
export function moment(events, count) {
  const last = events.slice(0, count).findLast((event) => !event.between);
  return last ? `after step ${last.name}` : "before step 1";
}

/**
 * A verdict's first sentence, and what comes after it.
 * @type {(text: string) => { opening: string, rest: string }}
 */
export function cutSentence(text) {
  const [, opening = text, rest = ""] = /^(.*?[.!?:](?=\s)|.*)([^]*)$/.exec(text) ?? [];
  return { opening, rest };
}

/** @type {(text: string) => string} */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Which tabs there are, and which of them have something to say about this event.
 * @type {(event: EventJson | null) => Tab[]}
 */
function tabsOf(event) {
  /** @type {Tab[]} */
  const tabs = [
    { id: "message", name: "Message", full: Boolean(event?.http.length) },
    { id: "checks", name: "Checks", full: Boolean(event?.checks.length) },
    { id: "knows", name: "Who knows what", full: Boolean(event?.learned.length) },
    { id: "memory", name: "Memory", full: Boolean(event) },
  ];
  if (event?.http.some(isPage)) tabs.push({ id: "page", name: "Page", full: true });
  return tabs;
}

/**
 * A reader's choice stays from step to step; where that tab is empty, the first one that is not stands in for it.
 * @type {(state: State, tabs: Tab[], key: string) => TabId}
 */
function chooseTab(state, tabs, key) {
  const picked = tabs.find((tab) => tab.id === state.tab);
  if (picked && (picked.full || state.pickedAt === key)) return picked.id;
  return (tabs.find((tab) => tab.full) ?? tabs[0]).id;
}

/* ---- Checks ---- */

/** @typedef {keyof typeof CHECK_WORDS} Status */

export const CHECK_WORDS = {
  passed: "passed", failed: "failed", none: "not applicable", off: "switched off", unknown: "unknown",
};
/** @type {Status[]} */
const STATUSES = ["passed", "failed", "none", "off", "unknown"];

/** @type {(check: CheckJson) => Status} */
export function statusOf(check) {
  if (check.unknown) return "unknown";
  if (!check.on) return "off";
  if (check.passed === null) return "none";
  return check.passed ? "passed" : "failed";
}

/** @type {(checks: CheckJson[]) => Record<Status, number>} */
export function countChecks(checks) {
  const counts = { passed: 0, failed: 0, none: 0, off: 0, unknown: 0 };
  for (const check of checks) counts[statusOf(check)] += 1;
  return counts;
}

/** @type {(checks: CheckJson[]) => string} */
export function checksSummary(checks) {
  const counts = countChecks(checks);
  const parts = STATUSES.filter((status) => counts[status]).map((status) => `${counts[status]} ${CHECK_WORDS[status]}`);
  return `${checks.length} ${checks.length === 1 ? "check" : "checks"}: ${parts.join(", ")}`;
}

/**
 * The check on which an event turns: the one that refused it, else one that is off and would have.
 * @type {(event: EventJson) => CheckJson | undefined}
 */
export const decisiveCheck = (event) =>
  event.checks.find((check) => check.decides) ??
  event.checks.find((check) => statusOf(check) === "off" && check.passed === false);
