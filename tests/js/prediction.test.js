import assert from "node:assert/strict";
import test from "node:test";

import { openAsk, shownOf } from "../../flowsim/front_end/static/prediction.js";
import { outcomeOf } from "../../flowsim/front_end/static/question.js";
import { event } from "./kit.js";

/** @import { AskJson, Branch, Payload } from "../../flowsim/front_end/static/payload.d.ts" */

/** @type {(name: string, count: number) => Branch} */
const branch = (name, count) => /** @type {Branch} */ (/** @type {unknown} */ ({
  name, trace: { events: Array.from({ length: count }, (_, index) => event({ index: index + 1 })) },
}));
/** @type {(name: string, before: Branch[]) => AskJson} */
const ask = (name, before) => ({
  name, branch: name, at: 1, question: "Who wins?", choices: ["Yes", "No"], right: 1, why: "", decided_at: 2, before,
});
/** @type {(asks: AskJson[]) => Payload} */
const payload = (asks) => /** @type {Payload} */ (/** @type {unknown} */ ({
  asks, branches: [branch("login", 9), branch("stolen", 8), branch("again", 7)],
}));
/** @type {(shown: Payload) => number[]} */
const lengths = (shown) => shown.branches.map(({ trace }) => trace.events.length);

test("until it is answered, a question has the beginnings of its branches stand for them", () => {
  const asked = payload([ask("stolen", [branch("stolen", 3), branch("again", 3)])]);
  assert.deepEqual(lengths(shownOf(asked, {})), [9, 3, 3]);
  assert.deepEqual(lengths(shownOf(asked, { stolen: 1 })), [9, 8, 7]);
  assert.deepEqual(lengths(shownOf(asked, { stolen: null })), [9, 8, 7]);
});

test("of two open questions the one that shows less decides, and each is open until it is answered itself", () => {
  const asked = payload([ask("stolen", [branch("stolen", 3), branch("again", 5)]), ask("again", [branch("again", 2)])]);
  assert.deepEqual(lengths(shownOf(asked, {})), [9, 3, 2]);
  assert.deepEqual(lengths(shownOf(asked, { again: 0 })), [9, 3, 5]);
  assert.deepEqual(lengths(shownOf(asked, { stolen: 0 })), [9, 8, 2]);
});

test("a branch is asked about as long as something of it is hidden", () => {
  const asked = payload([ask("stolen", [branch("stolen", 3), branch("again", 3)])]);
  assert.equal(openAsk(asked, {}, "again"), asked.asks[0]);
  assert.equal(openAsk(asked, {}, "login"), undefined);
  assert.equal(openAsk(asked, { stolen: 0 }, "again"), undefined);
});

test("what was said stands beside what came; to look is no answer", () => {
  const one = ask("stolen", []);
  assert.deepEqual(outcomeOf(one, 1), { kind: "right", said: "No", came: "No" });
  assert.deepEqual(outcomeOf(one, 0), { kind: "wrong", said: "Yes", came: "No" });
  assert.deepEqual(outcomeOf(one, null), { kind: "unsaid", said: "nothing", came: "No" });
});
