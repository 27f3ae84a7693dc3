/* The whole branch as text, for those who read it rather than look: it says what the picture says, one line an event. */

import { h, mark } from "./elements.js";
import { capital, decisiveCheck, moment } from "./trace.js";

/** @import { EventJson } from "./payload.d.ts" */
/** @import { Data, Part, ReadyBranch, View } from "./types.d.ts" */

/**
 * The line of one event, as one string.
 * @type {(data: Data, events: EventJson[], event: EventJson) => string}
 */
export function lineOf(data, events, event) {
  const where = event.between ? capital(moment(events, event.index - 1)) : `Step ${event.name}`;
  const check = decisiveCheck(event);
  const gains = event.learned.filter(({ lane }) => lane === "attacker").map(({ kind }) => kind);
  return [
    `${where}${event.attack ? ", attacker" : ""}. ${data.nameOf(event.from)} to ${data.nameOf(event.to)}: ${event.title}`,
    ` (${event.label.replace(/\s+/g, " ")}).`,
    event.failed ? " Refused." : "",
    check ? ` Check “${check.title}”: ${check.on ? "failed" : "switched off, would have failed"}.` : "",
    gains.length ? ` The attacker now has ${gains.join(", ")}.` : "",
  ].join("");
}

/** @type {(data: Data) => Part} */
export function makeTranscript(data) {
  const list = h("ol");
  const verdict = h("p");
  const root = h("details", { class: "fs-transcript", "data-testid": "transcript" }, h("summary", {}, "As text"), list, verdict);
  /** @type {ReadyBranch | null} */
  let painted = null;
  /** @type {View | null} */
  let latest = null;
  /** @type {(view: View) => void} */
  const paint = (view) => {
    latest = view;
    if (!root.open) return;
    const { branch } = view;
    if (painted !== branch) {
      painted = branch;
      list.replaceChildren(...branch.events.map((event) => h("li", {}, lineOf(data, branch.events, event))));
      verdict.textContent = [`Verdict: ${branch.verdict.sentence}`, branch.went_wrong].filter(Boolean).join(" ");
    }
    [...list.children].forEach((item, number) => {
      const now = number + 1 === view.position;
      mark(item, "is-now", now);
      if (now) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
  };
  root.addEventListener("toggle", () => latest && paint(latest));
  return { root, paint };
}
