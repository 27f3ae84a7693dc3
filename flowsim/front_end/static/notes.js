/* Speaker notes in a second window: what to say, what comes next, and a clock. Nothing of them is on the wall.
 *
 * A page that stands alone opens itself once more, with #notes behind its address; the two talk by postMessage, which works
 * for files too, and over a BroadcastChannel where somebody has opened the address by hand. A player inside another page
 * has no address of its own: it writes into an empty window.
 */

import { branchOf, prepare, viewOf } from "./trace.js";
import { h, solid } from "./elements.js";
import { prose } from "./secrets.js";

/** @import { Opened, Payload } from "./payload.d.ts" */
/** @import { Actions, Data, PlainAction, State, View } from "./types.d.ts" */

export const NOTES_HASH = "#notes";
const WINDOW = "popup,width=760,height=640";
const NAME = "flowsim-notes";
/**
 * What the notes may ask of the player.
 * @type {Record<string, PlainAction>}
 */
const NOTES_KEYS = {
  ArrowRight: "next", ArrowDown: "next", PageDown: "next", " ": "next", Enter: "next",
  ArrowLeft: "back", ArrowUp: "back", PageUp: "back", Home: "first", End: "last", a: "inject", b: "blank", ".": "blank",
};
const STYLE = `:root { color-scheme: light dark; }
body { margin: 0; padding: 1.2em 1.5em; font: 21px/1.5 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.25em; } p { margin: 0.6em 0; }
.fs-notes-said { font-size: 1.15em; }
.fs-notes-bar { display: flex; flex-wrap: wrap; gap: 0.6em; align-items: center; margin-bottom: 1em; }
.fs-notes-clock { margin-left: auto; font-size: 1.7em; font-variant-numeric: tabular-nums; }
.fs-notes-soft { color: light-dark(#555, #aaa); font-size: 0.9em; }
.fs-chip { font: 600 0.92em ui-monospace, monospace; }
button { padding: 0.3em 0.9em; font: inherit; }`;

/**
 * What the notes show. `ask` passes on what the speaker wants the player to do.
 * @type {(ask: (action: PlainAction) => void) => {
 *   root: HTMLElement, paint(view: View): void, tick(): void, key(event: KeyboardEvent): void }}
 */
function makeNotesView(ask) {
  let started = Date.now();
  const clock = h("button", {
    type: "button", class: "fs-notes-clock", "data-testid": "notes-clock", title: "Time since the start; a click begins anew",
    onclick() {
      started = Date.now();
      tick();
    },
  });
  const tick = () => {
    const seconds = Math.floor((Date.now() - started) / 1000);
    clock.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const experiment = h("p", { class: "fs-notes-soft" });
  const title = h("h1", { "data-testid": "notes-title" });
  const said = h("p", { class: "fs-notes-said", "data-testid": "notes-said" });
  const coming = h("p", { class: "fs-notes-soft", "data-testid": "notes-next" });
  /** @type {(text: string, action: PlainAction) => HTMLElement} */
  const control = (text, action) => h("button", { type: "button", onclick: () => ask(action), "data-testid": `notes-do-${action}` }, text);
  const root = h("main", { class: "fs-notes-window" },
    h("div", { class: "fs-notes-bar" }, control("Back", "back"), control("Next", "next"), control("Blank", "blank"), clock),
    experiment, title, said, coming);
  /** @type {(view: View) => void} */
  const paint = ({ data, branch, event, where, position }) => {
    experiment.textContent = branch.experiment;
    title.textContent = `${where}${event ? `: ${event.title}` : ""}`;
    const step = data.payload.steps.find(({ number }) => number === (event?.step ?? 1));
    said.replaceChildren(...solid(prose((event && branch.notes[position - 1]) || (step?.notes ?? ""), data.kinds)));
    coming.textContent = `Next: ${branch.events[position]?.title ?? "nothing, this is the end."}`;
  };
  /** @type {(event: KeyboardEvent) => void} */
  const key = (event) => {
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = NOTES_KEYS[name];
    const isClock = event.target === clock && (name === " " || name === "Enter");
    if (event.ctrlKey || event.altKey || event.metaKey || isClock || !(action || name === "F5")) return;
    event.preventDefault();
    if (action) ask(action);
  };
  tick();
  return { root, paint, tick, key };
}

/** @type {(view: ReturnType<typeof makeNotesView>, target: Window) => void} */
function furnish(view, target) {
  const page = target.document;
  page.title = "Speaker notes";
  const look = page.createElement("style");
  look.textContent = STYLE;
  page.head.append(look);
  page.body.replaceChildren(view.root);
  target.addEventListener("keydown", view.key);
  const ticking = target.setInterval(view.tick, 1000);
  target.addEventListener("pagehide", () => target.clearInterval(ticking));
}

/** @type {() => BroadcastChannel | null} */
function channelOfThisPage() {
  try {
    return new BroadcastChannel(`flowsim ${window.location.pathname}`);
  } catch {
    return null;
  }
}

/**
 * The player's side. `addressed` says whether the page stands alone; `open` says whether there is a window now.
 * @type {(data: Data, state: State, actions: Actions, addressed: boolean) =>
 *   { open(): boolean, paint(view: View): void, stop(): void }}
 */
export function makeNotesLink(data, state, actions, addressed) {
  /** @type {MessageEventSource | null} */
  let other = null;
  /** @type {{ view: ReturnType<typeof makeNotesView>, target: Window } | null} */
  let own = null;
  const channel = addressed ? channelOfThisPage() : null;
  const send = () => {
    const told = { flowsim: "view", branch: state.branch, position: state.position };
    /** @type {Window | null} */ (other)?.postMessage(told, "*");
    channel?.postMessage(told);
  };
  /** @type {(event: MessageEvent) => void} */
  const hear = ({ data: told, source }) => {
    if (told?.flowsim !== "notes") return;
    if (source) {
      // Only a window that this page has opened.
      if (/** @type {Window} */ (source).opener !== window) return;
      other = source;
    }
    if (Object.values(NOTES_KEYS).includes(told.action)) actions[/** @type {PlainAction} */ (told.action)]();
    send();
  };
  if (addressed) window.addEventListener("message", hear);
  channel?.addEventListener("message", hear);
  const open = () => {
    try {
      const address = addressed ? `${window.location.href.split("#")[0]}${NOTES_HASH}` : "";
      const target = window.open(address, NAME, WINDOW);
      if (!target) return false;
      if (addressed) other = target;
      else {
        own = { view: makeNotesView((action) => actions[action]()), target };
        furnish(own.view, target);
        own.view.paint(viewOf(data, state));
      }
      return true;
    } catch {
      return false; // A frame may open a window and yet not write into it.
    }
  };
  /** @type {(view: View) => void} */
  const paint = (view) => {
    if (own && !own.target.closed) own.view.paint(view);
    if (addressed) send();
  };
  const stop = () => {
    window.removeEventListener("message", hear);
    channel?.close();
  };
  return { open, paint, stop };
}

/**
 * The page as speaker notes: it follows the player, and can steer it.
 * @type {(payload: Payload) => void}
 */
export function mountNotes(payload) {
  const data = prepare(payload);
  const channel = channelOfThisPage();
  /** @type {(message: object) => void} */
  const send = (message) => {
    if (window.opener && !window.opener.closed) window.opener.postMessage({ flowsim: "notes", ...message }, "*");
    else channel?.postMessage({ flowsim: "notes", ...message });
  };
  const view = makeNotesView((action) => send({ action }));
  /** @type {(opened: Partial<Opened>) => void} */
  const follow = ({ branch = "", position = 0 }) => {
    if (!data.branches.has(branch) || !Number.isInteger(position)) return;
    const last = branchOf(data, branch).events.length;
    view.paint(viewOf(data, { ...EMPTY, branch, position: Math.min(Math.max(0, position), last) }));
  };
  /** @type {(event: MessageEvent) => void} */
  const hear = ({ data: told, source }) => {
    if (told?.flowsim === "view" && (!source || source === window.opener)) follow(told);
  };
  window.addEventListener("message", hear);
  channel?.addEventListener("message", hear);
  furnish(view, window);
  follow(payload.view);
  // The player may have been loaded anew, and then does not know of this window.
  const greet = () => send({});
  greet();
  window.setInterval(greet, 2000);
}

/** @type {State} */
const EMPTY = {
  branch: "", position: 0, tab: "message", pickedAt: null, hideFuture: false, speed: 1, detailed: false, comparing: false,
  left: null, right: null, answers: {}, playing: false, presenting: false, inPlace: false, blank: false, size: 1,
  notice: "", noticed: "", revealed: new Set(),
};
