/* Two branches side by side, event by event, and in words what differs. */

import { isShown } from "./bar.js";
import { h, icon, mark, unseen } from "./elements.js";
import { route } from "./message.js";
import { CHECK_WORDS, checksSummary, statusOf } from "./trace.js";

/* ---- Which event stands beside which: the pairs that fit best, in the order of both. ---- */

const likeness = (left, right) => {
  if (left.step !== right.step) return 0;
  const sameAct = left.act === right.act ? 4 : !left.between && !right.between ? 2 : 0;
  return sameAct && sameAct + (left.run === right.run ? 1 : 0);
};

/* Returns [left, right] pairs; where one of the two has no counterpart the other is null. */
function aligned(lefts, rights) {
  const best = Array.from({ length: lefts.length + 1 }, () => new Array(rights.length + 1).fill(0));
  for (let i = lefts.length - 1; i >= 0; i -= 1) {
    for (let j = rights.length - 1; j >= 0; j -= 1) {
      const alike = likeness(lefts[i], rights[j]);
      best[i][j] = Math.max(best[i + 1][j], best[i][j + 1], alike && alike + best[i + 1][j + 1]);
    }
  }
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

const isPair = (best, i, j, alike) => alike > 0 && best[i][j] === alike + best[i + 1][j + 1];

/* ---- What differs between two events: a list of { only, name, left, right, tone }. ---- */

/* Everything that one event sends, by name. A secret's value is replaced by what it is, so that two runs which drew
 * different random numbers are not different for that. */
function sentBy(event, find) {
  const sent = new Map();
  const note = (name, value) => sent.set(name, plainly(value, find));
  for (const message of event.http) {
    const where = message.kind === "response" ? "answer" : "sent";
    if (message.kind === "response") note("status", String(message.status));
    for (const [name, value] of parametersOf(message)) note(`${where}\n${name}`, value);
  }
  return sent;
}

const plainly = (text, find) =>
  find(text).map((piece) => (typeof piece === "string" ? piece : nameOfSecret(piece.secret))).join("");

/* Tokens are the victim's whoever gets them. */
const nameOfSecret = ({ kind, run }) => (/_token$/.test(kind) ? kind : `the ${run}'s ${kind}`);

function parametersOf(message) {
  const address = message.url ?? headerValue(message, "location");
  const query = address.includes("?") ? [...new URLSearchParams(address.slice(address.indexOf("?")))] : [];
  const type = headerValue(message, "content-type");
  const form = type.startsWith("application/x-www-form-urlencoded") ? [...new URLSearchParams(message.body)] : [];
  return [...query, ...form, ...jsonMembers(message.body, type)];
}

const headerValue = (message, wanted) =>
  (message.headers ?? []).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";

function jsonMembers(body, type) {
  if (!/\bjson\b/.test(type)) return [];
  try {
    return Object.entries(JSON.parse(body) ?? {}).map(([name, value]) => [name, JSON.stringify(value)]);
  } catch {
    return [];
  }
}

function differencesOf(left, right, leftFind, rightFind) {
  const sent = sentDifferences(sentBy(left, leftFind), sentBy(right, rightFind));
  return [
    ...partyDifferences(left, right),
    ...sent,
    ...knowledgeDifferences(left, right, sent),
    ...checkDifferences(left, right),
    ...(left.failed === right.failed ? [] : [{ what: "refusal", left: left.failed, right: right.failed }]),
  ];
}

function partyDifferences(left, right) {
  if (left.from === right.from && left.to === right.to) return [];
  return [{ what: "parties", left, right }];
}

function sentDifferences(lefts, rights) {
  const found = new Map();
  for (const key of new Set([...lefts.keys(), ...rights.keys()])) {
    const [left, right] = [lefts.get(key), rights.get(key)];
    if (left === right) continue;
    const [place, name] = key.split("\n");
    const only = left === undefined ? "right" : right === undefined ? "left" : key;
    const group = found.get(`${place} ${only}`) ?? { what: name ? "parameter" : "status", place, names: [], left, right };
    group.names.push(name);
    found.set(`${place} ${only}`, group);
  }
  return [...found.values()];
}

/* Who learns what only on one side, and not by a parameter that is in the list already. */
function knowledgeDifferences(left, right, sent) {
  const told = new Set(sent.flatMap(({ names }) => names));
  const gains = ({ learned }) => new Set(learned.map(({ lane, kind }) => `${lane} ${kind}`));
  const [lefts, rights] = [gains(left), gains(right)];
  const found = new Map();
  for (const gain of new Set([...lefts, ...rights])) {
    const [lane, kind] = gain.split(" ");
    if (lefts.has(gain) === rights.has(gain) || told.has(kind)) continue;
    const only = lefts.has(gain) ? "left" : "right";
    const group = found.get(`${lane} ${only}`) ?? { what: "knowledge", lane, names: [], [only]: true };
    group.names.push(kind);
    found.set(`${lane} ${only}`, group);
  }
  return [...found.values()];
}

function checkDifferences(left, right) {
  const byId = ({ checks }) => new Map(checks.map((check) => [check.id, check]));
  const [lefts, rights] = [byId(left), byId(right)];
  const ids = [...new Set([...lefts.keys(), ...rights.keys()])];
  const both = ids.filter((id) => lefts.has(id) && rights.has(id)).map((id) => ({
    what: "check", name: lefts.get(id).title, left: statusOf(lefts.get(id)), right: statusOf(rights.get(id)),
  }));
  const alone = [[lefts, rights], [rights, lefts]].map(([here, there], number) => {
    const checks = [...here.values()].filter((check) => !there.has(check.id));
    return { what: "checks", checks, [number ? "right" : "left"]: checks };
  });
  return [...both.filter(({ left, right }) => left !== right), ...alone.filter(({ checks }) => checks.length)];
}

/* ---- On the page ---- */

export function makeComparison(data, actions, state) {
  const picks = ["left", "right"].map((side) => sideSelect(side, actions));
  const body = h("tbody");
  const heads = picks.map(({ label }) => h("th", { scope: "col" }, label));
  const summary = h("p", { class: "fs-versus-summary", "data-testid": "compare-summary" });
  const table = h("table", {}, h("caption", { class: "fs-unseen" }, "Two branches, step by step"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Step"), heads, h("th", { scope: "col" }, "What differs"))), body);
  const root = h("section", { class: "fs-versus", "aria-label": "Comparison of two branches", "data-testid": "comparison" },
    h("div", { class: "fs-picks" }, picks.map((pick) => pick.root)), summary, table);
  let built = null;

  const paint = (view) => {
    root.hidden = !state.comparing;
    if (root.hidden) return;
    const shown = data.payload.branches.filter((branch) => isShown(branch, state));
    const sides = sidesOf(shown, state).map((name) => data.branches.get(name));
    const signature = JSON.stringify([shown, sides].map((branches) => branches.map(({ name }) => name)));
    if (signature !== built) build(view, shown, sides);
    built = signature;
    for (const row of body.rows) {
      const here = [...row.querySelectorAll("[data-branch]")].some(({ dataset }) =>
        dataset.branch === state.branch && Number(dataset.position) === state.position);
      mark(row, "is-now", here);
      if (here && state.position) row.scrollIntoView({ block: "nearest" });
    }
  };

  const build = (view, shown, sides) => {
    picks.forEach((pick, side) => pick.paint(shown, sides[side]));
    const rows = aligned(...sides.map(({ events }) => events)).map((pair) => ({ pair, found: differing(pair, sides) }));
    const first = rows.findIndex(({ found }) => found);
    const count = rows.filter(({ found }) => found).length;
    summary.replaceChildren(...(count
      ? [icon("differs"), ` ${count} of ${rows.length} rows differ. The first one comes ${rowName(rows[first].pair)}.`]
      : [icon("passed"), " Nothing differs."]));
    body.replaceChildren(...rows.map((row, number) => pairRow(view, sides, row, number === first)), verdictRow(view, sides));
  };

  const pairRow = (view, sides, { pair, found }, first) => {
    const attack = pair.some((event) => event?.attack);
    return h("tr", {
      class: `fs-pair-row${found ? " fs-differs" : ""}${first ? " fs-first" : ""}`, "data-testid": "compare-row",
      "data-differs": String(Boolean(found)), "data-first": String(first),
    },
    h("th", { scope: "row" }, attack && icon("skull"), rowName(pair).replace(/^at step |step /, "")),
    pair.map((event, side) => eventCell(view, event, sides[side], actions)),
    h("td", {}, first && h("span", { class: "fs-tag" }, "first difference"), differencesList(view, found, sides)));
  };
  return { root, paint };
}

/* The two that are compared: what the reader has chosen, else the first one and the one that is open. */
function sidesOf(shown, state) {
  const names = shown.map(({ name }) => name);
  const chosen = (name) => (names.includes(name) ? name : undefined);
  const left = chosen(state.left) ?? (state.right === names[0] ? names[1] : names[0]);
  const open = state.branch === left ? names.find((name) => name !== left) : state.branch;
  return [left, chosen(state.right) ?? open];
}

function sideSelect(side, actions) {
  const label = h("span");
  const select = h("select", {
    class: "fs-pick", "data-testid": `compare-${side}`, onchange: () => actions.choose(side, select.value),
  });
  const root = h("label", {}, side === "left" ? "Compare " : "with ", select);
  const paint = (shown, branch) => {
    select.replaceChildren(...shown.map(({ name, title }) => h("option", { value: name }, title)));
    select.value = branch.name;
    label.textContent = branch.title;
  };
  return { root, label, paint };
}

const rowName = ([left, right]) => {
  const event = left ?? right;
  return event.between ? `after step ${event.name}` : `at step ${event.name}`;
};

/* Null where nothing differs. */
function differing([left, right], sides) {
  if (!left || !right) return [{ what: "event", left, right }];
  const found = differencesOf(left, right, sides[0].find, sides[1].find);
  return found.length ? found : null;
}

function eventCell(view, event, branch, actions) {
  if (!event) return h("td", { class: "fs-note" }, "—", unseen(" nothing here"));
  const go = () => actions.open(branch.name, event.index);
  return h("td", { class: event.attack ? "fs-thief" : null, "data-branch": branch.name, "data-position": event.index },
    h("button", { type: "button", class: "fs-versus-title", onclick: go, title: "Open this step" }, event.title),
    h("div", { class: "fs-note" }, route(view, event.from, event.to)),
    event.failed && h("div", { class: "fs-refused" }, icon("failed"), " refused"));
}

function differencesList(view, found, sides) {
  if (!found) return h("span", { class: "fs-note" }, "the same");
  return h("ul", {}, found.map((one) => h("li", {}, wordsFor(view, one, sides))));
}

const titled = (text) => h("b", {}, "“", text, "”");

const PLACES = { sent: "sent", answer: "in the answer" };

function wordsFor(view, { what, name, names, lane, place, checks, left, right }, sides) {
  const { data } = view;
  const [one, other] = sides.map(({ title }) => title);
  const only = left === undefined || left === null ? other : right === undefined || right === null ? one : null;
  const thing = (word) => (data.kinds.has(word) ? data.chip(word) : h("code", { class: "fs-code" }, word));
  const things = (names ?? []).map((word, number) => [number > 0 && " ", thing(word)]);
  switch (what) {
    case "event": return ["only in ", titled(only)];
    case "parties": return ["another way: ", route(view, left.from, left.to), " / ", route(view, right.from, right.to)];
    case "status": return ["answered with ", left ?? "nothing", " / ", right ?? "nothing"];
    case "knowledge": return [`${data.nameOf(lane)} learns `, things, " only in ", titled(only)];
    case "parameter": return only
      ? [things, ` ${PLACES[place]} only in `, titled(only)]
      : [things, " has another value: ", shortly(left), " / ", shortly(right)];
    case "check": return ["check “", name, "”: ", checkWord(left), " / ", checkWord(right)];
    case "checks": return [`${checksSummary(checks)}; only in `, titled(only)];
    default: return [left ? "refused / goes on" : "goes on / refused"];
  }
}

const shortly = (value) => h("code", { class: "fs-code" }, value.length > 30 ? `${value.slice(0, 28)}…` : value);

const checkWord = (status) =>
  h("span", { class: `fs-status fs-status-${status}` }, CHECK_WORDS[status]);

function verdictRow(view, sides) {
  return h("tr", { class: "fs-verdicts" }, h("th", { scope: "row" }, "Verdict"),
    sides.map(({ verdict }) => h("td", { class: `fs-tone-${verdict.tone === "bad" ? "bad" : "good"}` }, verdict.sentence)),
    h("td", {}, sides[0].verdict.sentence === sides[1].verdict.sentence ? "the same" : "another end"));
}
