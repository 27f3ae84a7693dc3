import assert from "node:assert/strict";
import { test } from "node:test";

import { loginClass, loginsOf } from "../../flowsim/front_end/static/logins.js";

/** @import { EventJson } from "../../flowsim/front_end/static/payload.d.ts" */

/** @type {(login?: string) => EventJson} */
const event = (login) => /** @type {EventJson} */ ({ login });

test("logins are named in the order in which they begin, and what belongs to none is left out", () => {
  assert.deepEqual(loginsOf([event("tab 2"), event("tab 1"), event(), event("tab 2")]), ["tab 2", "tab 1"]);
  assert.deepEqual(loginsOf([event(), event()]), []);
});

test("each login has the colour of its track in the diagram, which come again after the sixth", () => {
  const events = ["1", "2", "3", "4", "5", "6", "7"].map((number) => event(`tab ${number}`));
  assert.equal(loginClass(events, events[1]), "fs-login-1");
  assert.equal(loginClass(events, events[6]), "fs-login-0");
  assert.equal(loginClass(events, event()), null);
  assert.equal(loginClass(events, null), null);
});
