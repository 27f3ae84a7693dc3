/* Several logins of one user: the steps of each, side by side, and where each goes on. Not there where there is one login. */

import { allIn, h, mark } from "./elements.js";

/** @import { EventJson } from "./payload.d.ts" */
/** @import { Actions, Part, ReadyBranch, View } from "./types.d.ts" */

const LOGIN_COLOURS = 6;

/**
 * The names of the logins in the order in which they begin.
 * @type {(events: EventJson[]) => string[]}
 */
export const loginsOf = (events) => [...new Set(events.flatMap(({ login }) => (login ? [login] : [])))];

/**
 * The class with the colour of a login, which is that of its track in the diagram; null where there is one login.
 * @type {(events: EventJson[], event: EventJson | null) => string | null}
 */
export function loginClass(events, event) {
  return event?.login ? `fs-login-${loginsOf(events).indexOf(event.login) % LOGIN_COLOURS}` : null;
}

/**
 * The name of a login on its colour.
 * @type {(events: EventJson[], event: EventJson) => HTMLElement | null}
 */
export const loginTag = (events, event) =>
  event.login ? h("span", { class: `fs-login ${loginClass(events, event)}`, "data-testid": "login" }, event.login) : null;

/** @type {(actions: Actions) => Part} */
export function makeLogins(actions) {
  const root = h("section", { class: "fs-logins", "aria-label": "The logins of this user", "data-testid": "logins" });
  /** @type {(event: EventJson) => HTMLElement} */
  const stepOf = (event) => h("button", {
    type: "button", class: `fs-login-step${event.failed ? " is-failed" : ""}`, title: event.title, "data-position": event.index,
    "aria-label": `${event.login}, ${event.between ? event.title : `step ${event.name}`}${event.failed ? ", refused" : ""}`,
    onclick: () => actions.go(event.index),
  }, event.between ? "…" : event.name, event.failed && "✗");
  /** @type {(events: EventJson[], login: string) => HTMLElement} */
  const rowOf = (events, login) => {
    const own = events.filter((event) => event.login === login);
    const next = h("button", {
      type: "button", class: "fs-login-next", "data-login": login, "aria-label": `Go to the next step of ${login}`,
      title: `Go to the next step of ${login}`,
    }, "next");
    next.addEventListener("click", () => actions.go(Number(next.dataset.position)));
    return h("div", { class: `fs-login-row ${loginClass(events, own[0])}` }, loginTag(events, own[0]),
      h("span", { class: "fs-login-steps" }, own.map(stepOf)), next);
  };
  /** @type {ReadyBranch | null} */
  let built = null;
  /** @type {(view: View) => void} */
  const paint = ({ branch, position }) => {
    const { events } = branch;
    if (built !== branch) {
      built = branch;
      const logins = loginsOf(events);
      root.hidden = logins.length < 2;
      root.replaceChildren(...logins.map((login) => rowOf(events, login)));
    }
    for (const step of allIn(root, ".fs-login-step")) {
      const index = Number(step.dataset.position);
      mark(step, "is-future", index > position);
      mark(step, "is-now", index === position);
      if (index === position) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
    for (const next of allIn(root, ".fs-login-next")) {
      const coming = events.find(({ index, login }) => login === next.dataset.login && index > position);
      next.dataset.position = String(coming?.index ?? position);
      next.toggleAttribute("disabled", !coming);
    }
  };
  return { root, paint };
}
