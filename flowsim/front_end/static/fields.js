/* What each name in a message is for: the name is a button, and opens its explanation below its own line.
 *
 * The same name means different things in different places, so the payload's table has a place for each: fields.py says
 * which places there are, and this file finds out where in a message we are.
 */

import { announce } from "./copy.js";
import { h, link } from "./elements.js";
import { prose } from "./secrets.js";

/** @import { Payload, Places } from "./payload.d.ts" */
/** @import { Ask, PlaceFinder } from "./types.d.ts" */

/**
 * A query that goes to no endpoint of the server's is its answer. A form that a redirect has sent on is still the form it
 * was.
 * @type {(places: Places) => PlaceFinder}
 */
export function makePlaces({ endpoints }) {
  /** @type {(address: string) => string | undefined} */
  const endpointOf = (address) => {
    const path = /^(?:[a-z][a-z0-9+.-]*:)?(?:\/\/[^/?#]*)?([^?#]*)/i.exec(address)?.[1] ?? "";
    return Object.hasOwn(endpoints, path) ? endpoints[path] : undefined;
  };
  return {
    ofQuery: (address) => endpointOf(address) ?? "authorization response",
    ofForm: (address, form) =>
      endpointOf(address) ?? (new URLSearchParams(form).has("decision") ? "consent form" : "login form"),
  };
}

/** @type {(payload: Payload, kinds: Set<string>) => Ask} */
export function makeAsk({ fields, places }, kinds) {
  const anyCase = new Set(places.any_case);
  /** @type {(place: string, name: string) => string} */
  const keyOf = (place, name) => `${place}\n${anyCase.has(place) ? name.toLowerCase() : name}`;
  /** @type {Map<string, string[]>} */
  const known = new Map();
  for (const [place, names] of Object.entries(fields)) {
    for (const [name, field] of Object.entries(names)) known.set(keyOf(place, name), field);
  }
  return (place, name, shown = name) => {
    const field = known.get(keyOf(place, name));
    if (!field) return h("span", { class: "fs-key" }, shown);
    /** @type {HTMLButtonElement} */
    const asked = h("button", {
      type: "button", class: "fs-key fs-ask", "aria-expanded": "false", title: "What is this?", "data-testid": "ask",
      onclick: () => toggleExplanation(asked, name, field, kinds),
    }, shown);
    return asked;
  };
}

let explained = 0;

/**
 * One is open at a time, so that a message keeps its shape.
 * @type {(asked: HTMLElement, name: string, field: string[], kinds: Set<string>) => void}
 */
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
  asked.closest(".fs-line")?.after(box);
  asked.setAttribute("aria-expanded", "true");
  asked.setAttribute("aria-controls", id);
  announce(asked, `${name}. ${text.replaceAll("`", "")}`);
}
