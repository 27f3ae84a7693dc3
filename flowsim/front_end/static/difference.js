/* Which events of two branches belong together, and what differs between them. */

import { headerOf } from "./message.js";
import { statusOf } from "./trace.js";

/** @import { CheckJson, EventJson, LearnedJson, MessageJson, SecretJson } from "./payload.d.ts" */
/** @import { Status } from "./trace.js" */
/** @import { Find, Side } from "./types.d.ts" */

/** @typedef {[EventJson, EventJson] | [EventJson, null] | [null, EventJson]} Pair */

/**
 * One thing that differs. `only` is the side that has it; null, or no such member, where both have it and it differs.
 * @typedef {{ what: "event", only: Side }
 *   | { what: "parties", left: EventJson, right: EventJson }
 *   | { what: "status", left?: string, right?: string }
 *   | { what: "parameter", place: string, names: string[], only: Side | null, left: string, right: string }
 *   | { what: "knowledge", lane: string, names: string[], only: Side }
 *   | { what: "check", title: string, left: Status, right: Status }
 *   | { what: "checks", checks: CheckJson[], only: Side }
 *   | { what: "refusal", only: Side }} Difference
 */

/* ---- Which event stands beside which: the pairs that fit best, in the order of both. ---- */

/** @type {(left: EventJson, right: EventJson) => number} */
const likeness = (left, right) => {
  if (left.step !== right.step) return 0;
  const sameAct = left.act === right.act ? 4 : !left.between && !right.between ? 2 : 0;
  return sameAct && sameAct + (left.run === right.run ? 1 : 0);
};

/**
 * The events in pairs; where one of the two has no counterpart the other is null.
 * @type {(lefts: EventJson[], rights: EventJson[]) => Pair[]}
 */
export function alignedEvents(lefts, rights) {
  /** @type {number[][]} How well the rest fits, from these two on. */
  const best = Array.from({ length: lefts.length + 1 }, () => new Array(rights.length + 1).fill(0));
  for (let i = lefts.length - 1; i >= 0; i -= 1) {
    for (let j = rights.length - 1; j >= 0; j -= 1) {
      const alike = likeness(lefts[i], rights[j]);
      best[i][j] = Math.max(best[i + 1][j], best[i][j + 1], alike && alike + best[i + 1][j + 1]);
    }
  }
  /** @type {Pair[]} */
  const pairs = [];
  let [i, j] = [0, 0];
  while (i < lefts.length || j < rights.length) {
    if (j === rights.length) pairs.push([lefts[i++], null]);
    else if (i === lefts.length) pairs.push([null, rights[j++]]);
    else if (isPair(best, i, j, likeness(lefts[i], rights[j]))) pairs.push([lefts[i++], rights[j++]]);
    else if (best[i][j] === best[i + 1][j]) pairs.push([lefts[i++], null]);
    else pairs.push([null, rights[j++]]);
  }
  return pairs;
}

/** @type {(best: number[][], i: number, j: number, alike: number) => boolean} */
const isPair = (best, i, j, alike) => alike > 0 && best[i][j] === alike + best[i + 1][j + 1];

/* ---- What differs between two events ---- */

/**
 * What differs in a pair, each side with the finder of its own branch. Empty where nothing does.
 * @type {(pair: Pair, leftFind: Find, rightFind: Find) => Difference[]}
 */
export function differencesOf([left, right], leftFind, rightFind) {
  if (!left || !right) return [{ what: "event", only: left ? "left" : "right" }];
  const sent = sentDifferences(sentBy(left, leftFind), sentBy(right, rightFind));
  return [
    ...partyDifferences(left, right),
    ...sent,
    ...knowledgeDifferences(left, right, sent),
    ...checkDifferences(left, right),
    ...refusalDifferences(left, right),
  ];
}

/** @type {(left: EventJson, right: EventJson) => Difference[]} */
const partyDifferences = (left, right) =>
  left.from === right.from && left.to === right.to ? [] : [{ what: "parties", left, right }];

/** @type {(left: EventJson, right: EventJson) => Difference[]} */
const refusalDifferences = (left, right) =>
  left.failed === right.failed ? [] : [{ what: "refusal", only: left.failed ? "left" : "right" }];

/**
 * Everything that one event sends, by place and name. A secret's value is replaced by what it is, so that two runs which
 * drew different random numbers are not different for that.
 * @type {(event: EventJson, find: Find) => Map<string, string>}
 */
function sentBy(event, find) {
  const sent = new Map();
  for (const message of event.http) {
    const isAnswer = message.kind === "response";
    if (isAnswer) sent.set("status", String(message.status));
    for (const [name, value] of parametersOf(message)) {
      sent.set(`${isAnswer ? "answer" : "sent"}\n${name}`, plainly(value, find));
    }
  }
  return sent;
}

/** @type {(text: string, find: Find) => string} */
const plainly = (text, find) =>
  find(text).map((piece) => (typeof piece === "string" ? piece : nameOfSecret(piece.secret))).join("");

/**
 * Tokens are the victim's whoever gets them.
 * @type {(secret: SecretJson) => string}
 */
const nameOfSecret = ({ kind, run }) => (/_token$/.test(kind) ? kind : `the ${run}'s ${kind}`);

/** @type {(message: MessageJson) => [string, string][]} */
function parametersOf(message) {
  const address = message.kind === "response" ? headerOf(message, "location") : message.url;
  const body = message.kind === "opening" ? "" : message.body;
  const query = address.includes("?") ? [...new URLSearchParams(address.slice(address.indexOf("?")))] : [];
  const type = headerOf(message, "content-type");
  const form = type.startsWith("application/x-www-form-urlencoded") ? [...new URLSearchParams(body)] : [];
  return [...query, ...form, ...jsonMembers(body, type)];
}

/** @type {(body: string, type: string) => [string, string][]} */
function jsonMembers(body, type) {
  if (!/\bjson\b/.test(type)) return [];
  try {
    return Object.entries(JSON.parse(body) ?? {}).map(([name, value]) => [name, JSON.stringify(value)]);
  } catch {
    return [];
  }
}

/**
 * What only one side sends stands together, place by place.
 * @type {(lefts: Map<string, string>, rights: Map<string, string>) => Difference[]}
 */
function sentDifferences(lefts, rights) {
  /** @type {Map<string, Difference & { names?: string[] }>} */
  const found = new Map();
  for (const key of new Set([...lefts.keys(), ...rights.keys()])) {
    const [left, right] = [lefts.get(key), rights.get(key)];
    if (left === right) continue;
    const [place, name] = key.split("\n");
    const only = left === undefined ? "right" : right === undefined ? "left" : null;
    const group = found.get(`${place} ${only}`);
    if (name === undefined) found.set(key, { what: "status", left, right });
    else if (only && group) group.names?.push(name);
    else {
      found.set(only ? `${place} ${only}` : key,
        { what: "parameter", place, names: [name], only, left: left ?? "", right: right ?? "" });
    }
  }
  return [...found.values()];
}

/**
 * Who learns what only on one side, and not by a parameter that is in the list already.
 * @type {(left: EventJson, right: EventJson, sent: Difference[]) => Difference[]}
 */
function knowledgeDifferences(left, right, sent) {
  const told = new Set(sent.flatMap((one) => (one.what === "parameter" ? one.names : [])));
  /** @type {(some: LearnedJson[], others: LearnedJson[], only: Side) => { lane: string, kind: string, only: Side }[]} */
  const gains = (some, others, only) => some
    .filter(({ lane, kind }) => !told.has(kind) && !others.some((other) => other.lane === lane && other.kind === kind))
    .map(({ lane, kind }) => ({ lane, kind, only }));
  const alone = [...gains(left.learned, right.learned, "left"), ...gains(right.learned, left.learned, "right")];
  return [...Map.groupBy(alone, ({ lane, only }) => `${lane} ${only}`).values()].map((group) => (
    { what: "knowledge", lane: group[0].lane, only: group[0].only, names: [...new Set(group.map(({ kind }) => kind))] }));
}

/** @type {(left: EventJson, right: EventJson) => Difference[]} */
function checkDifferences(left, right) {
  /** @type {(checks: CheckJson[], others: CheckJson[], only: Side) => Difference[]} */
  const alone = (checks, others, only) => {
    const missing = checks.filter(({ id }) => !others.some((other) => other.id === id));
    return missing.length ? [{ what: "checks", checks: missing, only }] : [];
  };
  /** @type {Difference[]} */
  const both = left.checks.flatMap((one) => {
    const other = right.checks.find(({ id }) => id === one.id);
    if (!other || statusOf(one) === statusOf(other)) return [];
    return [{ what: "check", title: one.title, left: statusOf(one), right: statusOf(other) }];
  });
  return [...both, ...alone(left.checks, right.checks, "left"), ...alone(right.checks, left.checks, "right")];
}
