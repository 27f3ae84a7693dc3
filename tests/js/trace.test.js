import assert from "node:assert/strict";
import test from "node:test";

import { checksSummary, decisiveCheck, moment, statusOf } from "../../flowsim/front_end/static/trace.js";
import { findJwts } from "../../flowsim/front_end/static/tokens.js";
import { event } from "./kit.js";

const check = {
  id: "a", actor: "server", step: 8, clause: { label: "", url: "" }, title: "", error: null, refusal: "stop", answer: null, expected: "", received: "",
  passed: true, on: true, decides: false,
};
const [failed, off, wouldFail, skipped] = [
  { ...check, passed: false, decides: true }, { ...check, on: false }, { ...check, on: false, passed: false },
  { ...check, passed: null },
];

test("a check that is switched off is off, however it would end", () => {
  assert.deepEqual([check, failed, off, wouldFail, skipped].map(statusOf), ["passed", "failed", "off", "off", "none"]);
});

test("checks in one sentence, only of what there is", () => {
  assert.equal(checksSummary([check]), "1 check: 1 passed");
  assert.equal(checksSummary([failed, check, off, skipped, check]),
    "5 checks: 2 passed, 1 failed, 1 not applicable, 1 switched off");
});

test("a step turns on the check that decides, else on one that is off and would have", () => {
  assert.equal(decisiveCheck(event({ checks: [wouldFail, failed] })), failed);
  assert.equal(decisiveCheck(event({ checks: [check, wouldFail] })), wouldFail);
  assert.equal(decisiveCheck(event({ checks: [check, off, skipped] })), undefined);
});

test("a moment is told by the last step before it", () => {
  const events = [event({ step: 1, between: true }), event({ step: 1 }), event({ step: 2 }), event({ step: 2, between: true })];
  assert.deepEqual([0, 1, 2, 3, 4].map((count) => moment(events, count)),
    ["before step 1", "before step 1", "after step 1", "after step 2", "after step 2"]);
});

/** @type {(value: unknown) => string} */
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("a token in a text is found once and decoded; what only looks like one is left", () => {
  const text = `${part({ alg: "none" })}.${part({ sub: "Zoë" })}.c2ln`;
  assert.deepEqual(findJwts(`a ${text} b ${text}\n${part({ a: 1 })}.eyJ.x`),
    [{ text, header: { alg: "none" }, claims: { sub: "Zoë" }, signature: "c2ln" }]);
  assert.deepEqual(findJwts(`${part({ alg: "none" })}.${part([1])}.c2ln`), []);
  assert.deepEqual(findJwts(""), []);
});
