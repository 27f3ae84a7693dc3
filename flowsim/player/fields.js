/* What each name in a message is for: the name is a button, and opens its explanation below its own line.
 *
 * The same name means different things in different places, so the payload's table has a place for each: fields.py says
 * which places there are, and this file finds out where in a message we are.
 */

import { say } from "./copy.js";
import { h, link } from "./elements.js";
import { prose } from "./secrets.js";

const ENDPOINTS = new Map([
  ["/authorize", "authorization request"],
  ["/oauth/par", "authorization request"],
  ["/login", "login form"],
  ["/consent", "consent form"],
  ["/oauth/token", "token request"],
  ["/oauth/revoke", "revocation request"],
]);
const ANY_CASE = new Set(["request header", "response header", "Set-Cookie", "WWW-Authenticate"]);

/* What the query of this address is. */
export const placeOf = (address) => endpointOf(address) ?? "authorization response";

/* What a form sent to this address is; one that a redirect has sent on is still the form it was. */
export function placeOfForm(address, form) {
  return endpointOf(address) ?? (new URLSearchParams(form).has("decision") ? "consent form" : "login form");
}

function endpointOf(address) {
  const [, path] = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i.exec(address);
  return ENDPOINTS.get(path);
}

/* Returns ask(place, name, shown): the name as a button that explains it, or as plain text where nothing is known. */
export function makeAsk(fields, kinds) {
  const known = new Map();
  for (const [place, names] of Object.entries(fields ?? {})) {
    for (const [name, field] of Object.entries(names)) known.set(fieldKey(place, name), field);
  }
  return (place, name, shown = name) => {
    const field = known.get(fieldKey(place, name));
    if (!field) return h("span", { class: "fs-key" }, shown);
    const props = {
      type: "button", class: "fs-key fs-ask", "aria-expanded": "false", title: "What is this?", "data-testid": "ask",
      onclick: (event) => toggleExplanation(event.currentTarget, name, field, kinds),
    };
    return h("button", props, shown);
  };
}

const fieldKey = (place, name) => `${place}\n${ANY_CASE.has(place) ? name.toLowerCase() : name}`;

let explained = 0;

/* One is open at a time, so that a message keeps its shape. */
function toggleExplanation(asked, name, [text, label, url], kinds) {
  const wasOpen = asked.getAttribute("aria-expanded") === "true";
  const card = asked.closest(".fs-panel");
  card?.querySelector(".fs-explanation")?.remove();
  const before = card?.querySelector(".fs-ask[aria-expanded='true']");
  before?.setAttribute("aria-expanded", "false");
  before?.removeAttribute("aria-controls");
  if (wasOpen) return;
  const id = `fs-explained-${(explained += 1)}`;
  const box = h("div", { class: "fs-explanation", id, role: "note", "aria-label": name, "data-testid": "explanation" },
    h("b", {}, name), " ", prose(text, kinds), " ", link({ label, url }));
  asked.closest(".fs-line").after(box);
  asked.setAttribute("aria-expanded", "true");
  asked.setAttribute("aria-controls", id);
  say(asked, `${name}. ${text.replaceAll("`", "")}`);
}
