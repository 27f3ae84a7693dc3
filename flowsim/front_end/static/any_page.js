/* The player in any page: this module and a trace are enough.
 *
 *   <flowsim-player src="trace.json"></flowsim-player>   where one writes HTML
 *   play(element, trace, options)                        where one writes JavaScript
 *   { render }, what it exports by default                where a page takes widgets as anywidget describes them
 *
 * The player stands in a shadow root, so that no style of the page reaches it and none of its own the page. Python joins
 * these files, and puts PLAYER_STYLES and TRACE_VERSION before them (any_page.py).
 */

/* global PLAYER_STYLES, TRACE_VERSION */

import { h } from "./elements.js";
import { mount } from "./player.js";

/** @import { Payload } from "./payload.d.ts" */
/** @import { Player } from "./types.d.ts" */

/**
 * What one may ask of a player, as texts or as JSON has them: the place to begin at; its name in the address of the page,
 * or `address: false` to leave the address alone; the theme; whether it is for a room; what of it is left out.
 * @typedef {object} PlayOptions
 * @property {string} [branch]
 * @property {string | number} [step]
 * @property {string} [id]
 * @property {boolean} [address]
 * @property {"light" | "dark" | "page"} [theme]
 * @property {boolean} [presenter]
 * @property {string | string[]} [hide]
 */

/** @typedef {{ ready: Promise<boolean>, show(place: { branch?: string, step?: string | number }): void, destroy(): void }} Playing */

const TAG = "flowsim-player";
const THEMES = ["light", "dark", "page"];
const PARTS = ["picture", "details", "ledger", "timeline", "verdict", "text", "future"];
const OPTIONS = ["branch", "step", "id", "address", "theme", "presenter", "hide"];
const LONGEST = 200; // characters of what somebody else wrote, in a sentence of ours
const WRITTEN_BY = "expected the trace.json that “flowsim run --player FOLDER” writes";

/** What is wrong, as a sentence for the page. */
class Unplayable extends Error {}

/**
 * Puts a player into this element: the trace is what “flowsim run --player” has written, or the address of it. `ready`
 * says whether the player stands there; what is wrong stands in its place as a sentence.
 * @type {(element: Element | ShadowRoot, trace: unknown, options?: PlayOptions) => Playing}
 */
export function play(element, trace, options = {}) {
  if (!(element instanceof Element || element instanceof ShadowRoot)) {
    throw new TypeError("play(element, trace) expects an element of the page to stand in; there is none here");
  }
  const frame = makeFrame(element);
  /** @type {Player | null} */
  let player = null;
  let gone = false;
  const name = claim(options);
  const begin = async () => {
    try {
      frame.follow(THEMES.find((theme) => theme === options.theme) ?? "page");
      const wanted = checked(options);
      const payload = checkedTrace(isAddress(trace) ? await fetched(trace) : trace);
      if (gone) return false;
      player = mounted(frame.place, payload, wanted, name);
      // A deck of slides has measured this place before, and measures again.
      window.dispatchEvent(new Event("resize"));
      if (player.linked) frame.host.scrollIntoView({ block: "nearest" });
      return true;
    } catch (error) {
      if (!(error instanceof Unplayable)) console.error(error);
      const damaged = `The player cannot show this trace; ${WRITTEN_BY}.`;
      if (!gone) frame.place.replaceChildren(h("p", { class: "fs-wrong", role: "alert" }, error instanceof Unplayable ? error.message : damaged));
      return false;
    }
  };
  return {
    ready: begin(),
    show({ branch, step }) {
      const found = player?.find({ branch, step: textOr(step) });
      if (typeof found === "string") throw new RangeError(found);
      if (found) player?.show(found);
    },
    destroy() {
      gone = true;
      player?.destroy();
      frame.remove();
      if (name !== null) names.delete(name);
    },
  };
}

/** @type {(value: unknown) => string | undefined} */
const textOr = (value) => (value === undefined || value === null || value === "" ? undefined : String(value));
/** @type {(text: unknown) => string} */
const quote = (text) => `“${String(text).slice(0, LONGEST)}${String(text).length > LONGEST ? "…" : ""}”`;
/** @type {(trace: unknown) => trace is string | URL} */
const isAddress = (trace) => typeof trace === "string" || trace instanceof URL;

/* ---- Its name in the address of the page: no two players have the same, and of those without one the first is meant. ---- */

/** @type {Set<string>} */
const names = new Set();

/** @type {(options: PlayOptions) => string | null} */
function claim({ id, address }) {
  const name = String(id ?? "");
  if (address === false || names.has(name)) return null;
  names.add(name);
  return name;
}

/** @type {(options: PlayOptions) => { place: { branch?: string, step?: string }, presenter: boolean, hide: string[] }} */
function checked({ branch, step, theme = "page", presenter = false, hide = [] }) {
  if (!THEMES.includes(theme)) throw new Unplayable(`There is no theme ${quote(theme)}; expected one of: ${THEMES.join(", ")}.`);
  const hidden = (Array.isArray(hide) ? hide : String(hide).split(/[\s,]+/)).map(String).filter(Boolean);
  const unknown = hidden.find((part) => !PARTS.includes(part));
  if (unknown) throw new Unplayable(`The player has no part ${quote(unknown)} to hide; expected some of: ${PARTS.join(", ")}.`);
  return { place: { branch: textOr(branch), step: textOr(step) }, presenter: Boolean(presenter), hide: hidden };
}

/** @type {(place: HTMLElement, payload: Payload, wanted: ReturnType<typeof checked>, name: string | null) => Player} */
function mounted(place, payload, { place: start, presenter, hide }, name) {
  const player = mount(place, payload, {
    link: name === null ? undefined : { name }, shared: true, inPlace: presenter, kept: { hideFuture: hide.includes("future") },
  });
  for (const part of hide) player.root.classList.add(`fs-without-${part}`);
  if (player.linked || (!start.branch && !start.step)) return player;
  const found = player.find(start);
  if (typeof found !== "string") player.show(found);
  else {
    player.destroy();
    throw new Unplayable(found);
  }
  return player;
}

/* ---- The trace ---- */

/** @type {(address: string | URL) => Promise<unknown>} */
async function fetched(address) {
  if (!URL.canParse(String(address), document.baseURI)) throw new Unplayable(`The trace ${quote(address)} is no address; name it as in a link.`);
  const url = new URL(address, document.baseURI);
  const named = quote(url.protocol === "data:" ? "data:" : url);
  if (url.protocol === "file:") {
    throw new Unplayable(`The trace ${named} lies on a disk, and a browser fetches nothing from there: serve the folder, for example with “python -m http.server”.`);
  }
  /** @type {Response} */
  let answer;
  /** @type {string} */
  let text;
  try {
    answer = await fetch(url);
    text = await answer.text();
  } catch {
    throw new Unplayable(`The trace ${named} could not be fetched: nothing answers there, or it stands on another site that does not share it (CORS), or this page may not fetch it (Content-Security-Policy, connect-src).`);
  }
  if (!answer.ok) throw new Unplayable(`The trace ${named} could not be fetched: the server answers ${answer.status}; check the address.`);
  try {
    return JSON.parse(text);
  } catch {
    throw new Unplayable(`What stands at ${named} is no JSON; ${WRITTEN_BY}.`);
  }
}

/** @type {(trace: any) => Payload} */
function checkedTrace(trace) {
  if (trace === null || typeof trace !== "object" || Array.isArray(trace)) throw new Unplayable(`This is no trace; ${WRITTEN_BY}.`);
  if ("scenario" in trace && "events" in trace) {
    throw new Unplayable(`This is the trace of “flowsim run --json”, without what a player shows beside it; ${WRITTEN_BY}.`);
  }
  const { version } = trace;
  if (Number.isInteger(version) && version !== TRACE_VERSION) {
    const [age, help] = version < TRACE_VERSION
      ? ["an older", "write the trace anew with “flowsim run --player FOLDER”"]
      : ["a newer", "take the flowsim-player.mjs that was written with it"];
    throw new Unplayable(`This trace is from ${age} flowsim: it has version ${version}, and this player reads version ${TRACE_VERSION}; ${help}.`);
  }
  const missing = ["version", "lanes", "steps", "secrets", "branches"].filter((one) => !(one in trace));
  if (missing.length) throw new Unplayable(`This is no trace for a player, for it has no ${missing.join(", no ")}; ${WRITTEN_BY}.`);
  if (!Array.isArray(trace.branches) || !trace.branches.length) throw new Unplayable(`This trace has no branch to show; ${WRITTEN_BY}.`);
  return trace;
}

/* ---- Where it stands: an element of the page with a shadow root, and in that a place to which nothing is handed down. ---- */

/** @type {(element: Element | ShadowRoot) => { host: HTMLElement, place: HTMLElement, follow(theme: string): void, remove(): void }} */
function makeFrame(element) {
  const host = h("div", { class: "flowsim-host" });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [playerSheet()];
  const colour = h("span", { class: "fs-page-colour" });
  const place = h("div", { class: "fs-any-page" });
  root.append(colour, place);
  element.append(host);
  // Light letters stand on a dark ground: so any page says which theme it has, and its new colour comes as a transition.
  const asPage = () => {
    place.dataset.theme = isLight(getComputedStyle(colour).borderTopColor) ? "dark" : "light";
  };
  const seen = new ResizeObserver(asPage);
  return {
    host,
    place,
    follow(theme) {
      if (theme !== "page") {
        place.dataset.theme = theme;
        return;
      }
      asPage();
      colour.addEventListener("transitionend", asPage);
      seen.observe(host);
    },
    remove() {
      seen.disconnect();
      host.remove();
    },
  };
}

/**
 * Whether this colour is nearer to white, as a browser writes it: rgb(255, 255, 255) or color(srgb 1 1 1).
 * @type {(colour: string) => boolean}
 */
function isLight(colour) {
  const [red, green, blue] = (colour.match(/[\d.]+(?:e-\d+)?/g) ?? []).map(Number);
  const most = colour.startsWith("color") ? 1 : 255;
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / most > 0.5;
}

/** @type {CSSStyleSheet | null} */
let sheet = null;
/** One for all players; a sheet that a script makes is no inline style, so a strict Content-Security-Policy lets it be. */
function playerSheet() {
  sheet ??= sheetOf(PLAYER_STYLES);
  return sheet;
}

/** @type {(css: string) => CSSStyleSheet} */
function sheetOf(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

/* ---- As an element of HTML ---- */

/** @type {(element: Element) => PlayOptions} */
function optionsOf(element) {
  const given = OPTIONS.filter((name) => element.hasAttribute(name)).map((name) => [name, element.getAttribute(name)]);
  const { address, presenter, ...texts } = Object.fromEntries(given);
  return { ...texts, address: address !== "false" && address !== "off", presenter: presenter !== undefined && presenter !== "false" };
}

const beside = () => new URL("trace.json", import.meta.url);

/** What the element has inside it is for browsers in which this module does not run. */
class PlayerElement extends HTMLElement {
  static observedAttributes = ["src", ...OPTIONS];
  /** @type {Playing | null} */
  #playing = null;
  #root = this.attachShadow({ mode: "open" });
  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheetOf(":host { display: block; } :host([hidden]) { display: none; }")];
  }
  connectedCallback() {
    this.#playing ??= play(this.#root, this.getAttribute("src") ?? beside(), optionsOf(this));
  }
  disconnectedCallback() {
    this.#playing?.destroy();
    this.#playing = null;
  }
  attributeChangedCallback() {
    if (!this.#playing) return;
    this.disconnectedCallback();
    this.connectedCallback();
  }
}
// A page may have taken this module from two places.
if (!customElements.get(TAG)) customElements.define(TAG, PlayerElement);

/* ---- As a widget: the model has `trace` or its address `src`, and the options by their names. ---- */

/** @type {(context: { model: { get(name: string): any }, el: HTMLElement }) => () => void} */
function render({ model, el }) {
  const options = Object.fromEntries(OPTIONS.map((name) => [name, model.get(name) ?? undefined]));
  return play(el, model.get("trace") ?? model.get("src") ?? beside(), options).destroy;
}

export default { render };
