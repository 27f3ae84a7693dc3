import assert from "node:assert/strict";
import test from "node:test";

import { stepNames } from "../../flowsim/front_end/static/address.js";

/** @type {(...names: string[]) => { name: string, between: boolean }[]} A name in brackets is an act after that step. */
const events = (...names) => names.map((name) => ({ name: name.replace(/[()]/g, ""), between: name.startsWith("(") }));

test("a step is named as people say it, an act by its place after a step", () => {
  assert.deepEqual(stepNames(events("1", "2", "(2)", "(2)", "3")), ["1", "2", "2.1", "2.2", "3"]);
});

test("a second event of the same step, and acts after it, have a number of their own", () => {
  assert.deepEqual(stepNames(events("6", "(6)", "6", "(6)")), ["6", "6.1", "6~2", "6.1~2"]);
});

test("an act before the first step stands after the start, which is 0", () => {
  assert.deepEqual(stepNames(events("(1)", "1")), ["0.1", "1"]);
});
