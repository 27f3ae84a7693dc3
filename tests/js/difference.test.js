import assert from "node:assert/strict";
import test from "node:test";

import { alignedEvents, differencesOf } from "../../flowsim/front_end/static/difference.js";
import { event, finder } from "./kit.js";

/** @import { CheckJson, EventJson, RequestJson } from "../../flowsim/front_end/static/payload.d.ts" */

const none = finder({});
const act = { between: true, act: "read_request", attack: true };

/** @type {(lefts: EventJson[], rights: EventJson[]) => string} */
const drawn = (lefts, rights) =>
  alignedEvents(lefts, rights).map((pair) => pair.map((one) => (one ? one.act : "-")).join("|")).join(" ");

/** @type {(body: string) => RequestJson} */
const form = (body) => ({
  from: "client", to: "server", kind: "request", method: "POST", url: "https://s.example/oauth/token", body,
  headers: [["Content-Type", "application/x-www-form-urlencoded"]],
});

/** @type {(id: string, passed: boolean | null, on?: boolean) => CheckJson} */
const check = (id, passed, on = true) => ({
  id, actor: "server", step: 8, clause: { label: "", url: "" }, title: `title of ${id}`, error: null, refusal: "stop", answer: null, expected: "",
  received: "", passed, on, decides: passed === false && on,
});

test("the same events stand beside each other, and what one side has alone stands alone", () => {
  const login = [1, 2, 3].map((step) => event({ step }));
  const attacked = [login[0], login[1], event({ step: 2, ...act }), login[2]];
  assert.equal(drawn(login, attacked), "step_1|step_1 step_2|step_2 -|read_request step_3|step_3");
  assert.equal(drawn(attacked, login), "step_1|step_1 step_2|step_2 read_request|- step_3|step_3");
});

test("an act of an attacker is no counterpart of a step with the same number", () => {
  assert.equal(drawn([event({ step: 7, ...act })], [event({ step: 7 })]), "read_request|- -|step_7");
});

test("of two that fit, the one of the same run is the counterpart", () => {
  const [own, other] = [event({ step: 8 }), event({ step: 8, run: "attacker" })];
  assert.deepEqual(alignedEvents([own], [other, own]), [[null, other], [own, own]]);
});

test("an alignment loses nothing and keeps both orders", () => {
  const lefts = [1, 2, 2, 5, 6, 7, 6].map((step, index) => event({ step, index }));
  const rights = [2, 1, 2, 6, 6, 8].map((step, index) => event({ step, index }));
  const pairs = alignedEvents(lefts, rights);
  assert.deepEqual(pairs.flatMap(([left]) => left ?? []), lefts);
  assert.deepEqual(pairs.flatMap(([, right]) => right ?? []), rights);
  assert.ok(pairs.every(([left, right]) => !left || !right || left.step === right.step));
});

test("a pair without a counterpart differs in that alone", () => {
  assert.deepEqual(differencesOf([event({}), null], none, none), [{ what: "event", only: "left" }]);
  assert.deepEqual(differencesOf([null, event({})], none, none), [{ what: "event", only: "right" }]);
});

test("two runs that drew different random numbers do not differ for that", () => {
  const [left, right] = ["aaaaaaaaaa", "bbbbbbbbbb"].map((code) => event({ http: [form(`code=${code}`)] }));
  assert.deepEqual(differencesOf([left, right], finder({ code: "aaaaaaaaaa" }), finder({ code: "bbbbbbbbbb" })), []);
  const mine = finder({ code: "bbbbbbbbbb" }, "lured");
  assert.deepEqual(differencesOf([left, right], finder({ code: "aaaaaaaaaa" }), mine), [
    { what: "parameter", place: "sent", names: ["code"], only: null, left: "the victim's code", right: "the lured's code" },
  ]);
});

test("parameters that only one side sends stand together, and are not told of again as what was learned", () => {
  const learned = [{ actor: "server", lane: "server", kind: "code_verifier", value: "x" }];
  const left = event({ http: [form("code=1&code_verifier=2&resource=3")], learned });
  const right = event({ http: [form("code=1")] });
  const [one, ...more] = differencesOf([left, right], none, none);
  assert.deepEqual(more, []);
  assert.partialDeepStrictEqual(one, { what: "parameter", names: ["code_verifier", "resource"], only: "left" });
});

test("what only one side learns is told once for each lane", () => {
  const learned = ["code", "state"].map((kind) => ({ actor: "attacker", lane: "attacker", kind, value: "x" }));
  assert.deepEqual(differencesOf([event({}), event({ learned: [...learned, learned[0]] })], none, none), [
    { what: "knowledge", lane: "attacker", only: "right", names: ["code", "state"] },
  ]);
});

test("checks differ by how they end, and by being there", () => {
  const left = event({ checks: [check("a", true), check("b", true), check("c", null)] });
  const right = event({ checks: [check("a", false), check("b", true), check("d", true)], failed: true });
  assert.deepEqual(differencesOf([left, right], none, none), [
    { what: "check", title: "title of a", left: "passed", right: "failed" },
    { what: "checks", checks: [check("c", null)], only: "left" },
    { what: "checks", checks: [check("d", true)], only: "right" },
    { what: "refusal", only: "right" },
  ]);
});

test("answers differ by their status, and parties by their way", () => {
  /** @type {(status: number) => EventJson} */
  const answered = (status) => event({
    http: [{ from: "server", to: "client", kind: "response", status, reason: "", headers: [], body: "" }],
  });
  assert.deepEqual(differencesOf([answered(200), answered(400)], none, none), [{ what: "status", left: "200", right: "400" }]);
  const [way, other] = [event({}), event({ to: "api" })];
  assert.deepEqual(differencesOf([way, other], none, none), [{ what: "parties", left: way, right: other }]);
});
