// What tests need of a trace: an event of which only some members matter, and a finder of secrets.

import { secretFinder } from "../../flowsim/front_end/static/occurrences.js";

/** @import { EventJson } from "../../flowsim/front_end/static/payload.d.ts" */

/** @type {(members: Partial<EventJson>) => EventJson} */
export const event = (members) => ({
  index: 1, step: 1, name: String(members.step ?? 1), run: "victim", role: "login", attack: false, between: false,
  act: `step_${members.step ?? 1}`, title: "", label: "", text: "", clauses: [], from: "client", to: "server", before: "",
  after: "", outcome: "ok", now: 0, elapsed: 0, failed: false, lacked: null, http: [], checks: [], learned: [], memory_changes: {},
  ...members,
});

/** @type {(values: Record<string, string>, run?: string) => import("../../flowsim/front_end/static/types.d.ts").Find} */
export const finder = (values, run = "victim") =>
  secretFinder(Object.entries(values).map(([kind, value]) => ({ kind, value, run })));
