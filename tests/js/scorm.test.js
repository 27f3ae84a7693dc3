// What a page tells a learning platform, taken by the SCORM 1.2 run-time of scorm-again, which checks every value.

import assert from "node:assert/strict";
import test from "node:test";

import * as scorm12 from "scorm-again/scorm12";

import { findLms, startReport, timespan } from "../../flowsim/front_end/static/scorm.js";

const ASKED = [{ name: "one", right: true }, { name: "two", right: false }, { name: "three", right: true }];

/** @type {(suspended?: string) => any} */
function platform(suspended = "") {
  const api = new /** @type {any} */ (scorm12).Scorm12API({ autocommit: false, logLevel: 5 });
  if (suspended) api.loadFromJSON({ suspend_data: suspended, core: { entry: "resume" } }, "cmi");
  return api;
}

test("each answer is reported, and the whole is complete when all are answered", () => {
  const api = platform();
  const report = startReport(api, ASKED, () => 0);
  const core = api.cmi.core;
  assert.deepEqual([core.lesson_status, core.score.raw], ["incomplete", "0"]);
  report.answer(0, true);
  report.answer(2, false);
  assert.deepEqual([core.lesson_status, core.score.raw, api.cmi.suspend_data], ["incomplete", "33", "t-f"]);
  report.answer(1, null);
  assert.deepEqual([core.lesson_status, core.score.raw, core.score.min, core.score.max], ["completed", "33", "0", "100"]);
  // To the page an answer is write-only; the platform reads it when it stores all.
  const { interactions } = JSON.parse(JSON.stringify(api.cmi));
  const told = Object.values(interactions).map((/** @type {any} */ one) => [one.id, one.type, one.result]);
  assert.deepEqual(told, [["one", "true-false", "correct"], ["three", "true-false", "wrong"], ["two", "true-false", "neutral"]]);
  assert.equal(api.lastErrorCode, "0");
  report.leave();
  report.leave();
  assert.equal(api.isTerminated(), true);
});

test("who comes back finds the answers that were given", () => {
  const report = startReport(platform("t-n"), ASKED);
  assert.deepEqual([...report.kept], [["one", true], ["three", null]]);
});

test("what another version kept is not read", () => {
  assert.equal(startReport(platform("tttt"), ASKED).kept.size, 0);
  assert.deepEqual([...startReport(platform("tx?"), ASKED).kept], [["one", true]]);
});

test("a value that the platform refuses would be seen here", () => {
  const api = platform();
  startReport(api, ASKED);
  assert.equal(api.LMSSetValue("cmi.core.lesson_status", "finished"), "false");
  assert.notEqual(api.LMSGetLastError(), "0");
});

test("the platform is looked for in the windows around this one and in the one that opened it, and no farther", () => {
  const top = { API: platform() };
  Object.assign(top, { parent: top });
  const inner = { parent: { parent: top } };
  const alone = { parent: /** @type {any} */ (null) };
  alone.parent = alone;
  const foreign = { parent: { get API() { throw new Error("another origin"); } } };
  assert.equal(findLms(inner), top.API);
  assert.equal(findLms({ ...alone, parent: null, opener: inner }), top.API);
  assert.equal(findLms(alone), null);
  assert.equal(findLms(foreign), null);
});

test("a time is written as SCORM has it", () => {
  assert.deepEqual([0, 61_000, 3_723_999, 36e9 * 2].map(timespan), ["0000:00:00", "0000:01:01", "0001:02:03", "9999:00:00"]);
});
