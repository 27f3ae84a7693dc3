import assert from "node:assert/strict";
import test from "node:test";

import {
  arrived, endOf, goesAlong, keeping, merged, missedBy, newest, newsOf, whereTo,
} from "../../flowsim/front_end/static/following.js";
import { checksSummary, knowledgeOf, prepare, statusOf } from "../../flowsim/front_end/static/trace.js";
import { event } from "./kit.js";

/** @import { Branch, CheckJson, Payload } from "../../flowsim/front_end/static/payload.d.ts" */

/**
 * A branch with an event at each of these seconds.
 * @type {(name: string, ...seconds: number[]) => Branch}
 */
const branch = (name, ...seconds) => ({
  name, title: name, experiment: "", attack: false, hidden: false, inject: null, shared: 0, inject_at: null, notes: [], svg: "",
  trace: /** @type {Branch["trace"]} */ (/** @type {unknown} */ ({
    name, settings: {}, secrets: [], verdict: {}, events: seconds.map((now, number) => event({ index: number + 1, now })),
  })),
});
/** @type {(...branches: Branch[]) => Payload} */
const payload = (...branches) => ({
  version: 1, lanes: [], steps: [], last_step_of_login: 11, secrets: [], fields: {}, places: { endpoints: {}, any_case: [] }, words: [],
  branches, asks: [], view: { branch: "", position: 0 }, live: true,
});
const NOTHING = payload();
const ONE = payload(branch("a", 1, 2));
const GROWN = payload(branch("a", 1, 2, 5), branch("b", 4));
const follows = { follow: true, pinned: null, latest: "a" };
const stays = { follow: false, pinned: null, latest: "a" };
const pinned = { follow: true, pinned: "a", latest: "a" };
const at = (/** @type {string} */ name, /** @type {number} */ position) => ({ branch: name, position });

test("who follows is taken to the end of the branch in which something happened last", () => {
  assert.deepEqual(whereTo(NOTHING, ONE, at("", 0), follows), at("a", 2));
  assert.deepEqual(whereTo(ONE, GROWN, at("a", 2), follows), at("a", 3));
  assert.deepEqual(whereTo(ONE, payload(branch("a", 1, 2), branch("b", 2)), at("a", 2), follows), at("b", 1));
});

test("a branch that has not grown takes nobody away, though its last event is later", () => {
  const before = payload(branch("a", 1, 2), branch("b", 9));
  assert.deepEqual(whereTo(before, payload(branch("a", 1, 2, 3), branch("b", 9)), at("b", 1), follows), at("a", 3));
});

test("of two branches that grew within a second the one that began last is the newest", () => {
  assert.deepEqual(whereTo(ONE, payload(branch("a", 1, 2, 5), branch("b", 5)), at("a", 2), follows), at("b", 1));
});

test("who does not follow stays at their event, however much comes in and wherever", () => {
  for (const position of [0, 1, 2]) assert.deepEqual(whereTo(ONE, GROWN, at("a", position), stays), at("a", position));
});

test("where nothing has come in nobody moves, whoever they are", () => {
  for (const mode of [follows, stays, pinned]) assert.deepEqual(whereTo(ONE, ONE, at("a", 1), mode), at("a", 1));
});

test("who has pinned a branch follows that one and no other", () => {
  assert.deepEqual(whereTo(ONE, GROWN, at("a", 2), pinned), at("a", 3));
  assert.deepEqual(whereTo(ONE, payload(branch("a", 1, 2), branch("b", 4)), at("a", 2), pinned), at("a", 2));
  assert.deepEqual(whereTo(ONE, GROWN, at("a", 1), { ...pinned, follow: false }), at("a", 1));
});

test("a reader goes along as long as they stand at the end of the newest branch, or of the pinned one", () => {
  const mode = { ...follows, latest: "b" };
  assert.equal(goesAlong(GROWN, at("b", 1), mode), true);
  assert.equal(goesAlong(GROWN, at("b", 0), mode), false);
  assert.equal(goesAlong(GROWN, at("a", 3), mode), false);
  assert.equal(goesAlong(GROWN, at("a", 3), { ...mode, pinned: "a" }), true);
  assert.equal(goesAlong(GROWN, at("a", 2), { ...mode, pinned: "a" }), false);
});

test("what was missed is what came in where the reader was not taken", () => {
  assert.equal(missedBy(ONE, GROWN, follows), 0);
  assert.equal(missedBy(ONE, GROWN, stays), 2);
  assert.equal(missedBy(ONE, GROWN, pinned), 1);
  assert.equal(missedBy(ONE, GROWN, { ...pinned, follow: false }), 2);
  assert.equal(missedBy(GROWN, GROWN, stays), 0);
});

test("what was missed is told in words, and nothing where it is nothing", () => {
  assert.equal(newsOf(0, stays), "");
  assert.equal(newsOf(1, stays), "1 new event since you stopped following.");
  assert.equal(newsOf(12, stays), "12 new events since you stopped following.");
  assert.equal(newsOf(2, pinned), "2 new events in other logins.");
});

test("what has arrived is counted by branch, and a branch that has gone counts for nothing", () => {
  assert.deepEqual([...arrived(null, ONE)], [["a", 2]]);
  assert.deepEqual([...arrived(ONE, GROWN)], [["a", 1], ["b", 1]]);
  assert.deepEqual([...arrived(GROWN, payload(branch("b", 4, 6)))], [["b", 1]]);
  assert.equal(newest(NOTHING), undefined);
  assert.equal(newest(GROWN), "a");
});

test("a branch that the world does not show any more stays while the reader looks at it", () => {
  const later = payload(branch("b", 4), branch("c", 7));
  assert.deepEqual(keeping(GROWN, later, "a").branches.map(({ name }) => name), ["a", "b", "c"]);
  assert.equal(keeping(GROWN, later, "b"), later);
  assert.equal(keeping(null, later, "a"), later);
  assert.deepEqual(whereTo(GROWN, keeping(GROWN, later, "a"), at("a", 2), stays), at("a", 2));
});

test("of a part that came the rest is what there was, in the order that it names", () => {
  const words = [{ name: "code", also: [], text: "", clause: null, in_prose: [] }];
  const whole = merged(null, { ...GROWN, words, order: ["a", "b"], since: "1" });
  const part = { ...payload(branch("b", 4, 6), branch("c", 7)), order: ["c", "b", "a"], since: "2" };
  const after = merged(whole, part);
  assert.deepEqual(after.branches.map(({ name, trace }) => [name, trace.events.length]), [["c", 1], ["b", 2], ["a", 3]]);
  assert.equal(after.branches[2], whole.branches[0]);
  assert.equal(after.words, words);
  assert.deepEqual(merged(after, { ...part, branches: [], order: ["b"] }).branches.map(({ name }) => name), ["b"]);
  assert.deepEqual(endOf(after, "nowhere"), at("nowhere", 0));
});

test("a branch that has not changed is not made ready again", () => {
  const first = prepare(GROWN);
  const [a, b] = GROWN.branches;
  const next = prepare(payload(a, branch("b", 4, 6)), first.branches);
  assert.equal(next.branches.get("a"), first.branches.get("a"));
  assert.notEqual(next.branches.get("b"), first.branches.get(b.name));
  assert.equal(next.branches.get("b")?.events.length, 2);
});

test("of a party whose memory the wire does not show nobody says that it lacks a secret", () => {
  const learned = { lane: "client", actor: "client", kind: "code", value: "c", name: "", run: "victim" };
  const one = branch("a", 1);
  one.trace.unseen = ["browser", "client"];
  one.trace.events = [event({ learned: [/** @type {never} */ (learned)] })];
  const ready = /** @type {NonNullable<ReturnType<typeof prepare>["branches"] extends Map<string, infer R> ? R : never>} */ (
    prepare(payload(one)).branches.get("a"));
  const [before, after] = ready.holdings;
  assert.equal(knowledgeOf(ready, before, "browser", "code"), "nothing");
  assert.deepEqual(["client", "browser", "server"].map((lane) => knowledgeOf(ready, after, lane, "code")), ["knows", "unknown", "lacks"]);
  assert.equal(knowledgeOf({ ...ready, trace: { ...one.trace, unseen: undefined } }, after, "browser", "code"), "lacks");
});

test("a check that nobody saw is unknown, neither passed nor off", () => {
  const check = /** @type {CheckJson} */ (/** @type {unknown} */ ({ passed: null, on: true, decides: false, unknown: true }));
  assert.deepEqual([check, { ...check, on: false }, { ...check, unknown: false }].map(statusOf), ["unknown", "unknown", "none"]);
  assert.equal(checksSummary([check, check]), "2 checks: 2 unknown");
});
