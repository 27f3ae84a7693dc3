/* Keys: they belong to the player while the focus is inside it, and always where the page holds nothing else. */

import { allIn, targetOf } from "./elements.js";

/** @import { Actions, KeyRow, PlainAction, State } from "./types.d.ts" */

/**
 * What each key does, in the order of the help. A key is named as the browser names it; letters are lower case.
 * @type {KeyRow[]}
 */
export const KEYS = [
  { keys: ["ArrowRight"], action: "next", text: "one step on" },
  { keys: ["ArrowLeft"], action: "back", text: "one step back" },
  { keys: ["Home"], action: "first", text: "to the start" },
  { keys: ["End"], action: "last", text: "to the end" },
  { keys: [" ", "p"], action: "play", text: "play, or pause" },
  { keys: ["a"], action: "inject", text: "inject the attacker now" },
  { keys: ["c"], action: "compare", text: "compare two branches, or stop comparing" },
  { keys: ["h"], action: "toggleFuture", text: "hide what comes next, or show it" },
  { keys: ["f"], action: "present", text: "present on the full screen, or stop presenting" },
  { keys: ["n"], action: "notes", text: "speaker notes, what comes next and a clock, in a second window" },
  { keys: ["?"], action: "help", text: "this list" },
];
/** @type {KeyRow[]} */
export const PRESENTER_KEYS = [
  { keys: ["PageDown", "ArrowDown"], action: "next", text: "one step on, as a clicker sends it" },
  { keys: ["PageUp", "ArrowUp"], action: "back", text: "one step back, as a clicker sends it" },
  { keys: ["d"], action: "details", text: "show message, checks and page in place of the table, or hide them" },
  { keys: [".", "b"], action: "blank", text: "blank the screen; any key brings it back" },
  { keys: ["+", "="], action: "larger", text: "larger type; 0 sets it back" },
  { keys: ["-"], action: "smaller", text: "smaller type; 0 sets it back" },
  { keys: ["F5"], action: "start", text: "a clicker's key to start: present, and never load the page again" },
  { keys: ["Escape"], action: "leave", text: "stop presenting" },
];

/** @type {(...rows: KeyRow[]) => Map<string, PlainAction>} */
const table = (...rows) => new Map(rows.flatMap(({ keys, action }) => keys.map((key) => [key, action])));
const ALWAYS = table(...KEYS);
const PRESENTING = table(...KEYS, ...PRESENTER_KEYS);

/**
 * Inside a row of tabs the arrow keys go from tab to tab.
 * @type {(target: Element, key: string) => boolean}
 */
function onTabKey(target, key) {
  const list = target.closest("[role='tablist']");
  if (!list) return false;
  const tabs = allIn(list, "[role='tab']");
  const at = tabs.findIndex((tab) => tab.contains(target));
  /** @type {Record<string, number>} */
  const ways = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 };
  const next = key in ways ? tabs.at(ways[key] % tabs.length) : undefined;
  if (!next) return false;
  next.click();
  // The click may have built the row anew.
  allIn(list, "[role='tab']").find((tab) => tab.dataset.id === next.dataset.id)?.focus();
  return true;
}

/** @type {(target: Element, key: string, actions: Actions, state: State) => boolean} */
function onPlayerKey(target, key, actions, state) {
  const name = key.length === 1 ? key.toLowerCase() : key;
  const action = (state.presenting ? PRESENTING : ALWAYS).get(name);
  // The space bar presses the button that has the focus.
  if (name === " " && target.closest("button, a, summary")) return false;
  if (action) actions[action]();
  else if (/^[0-9]$/.test(name)) actions.digit(name);
  else return false;
  return true;
}

const START = "F5"; // with Shift as well

/**
 * JupyterLab listens on the document, so keys are caught one level higher, on the window: a plain "a" would add a cell to
 * the notebook. Keys with Control, Alt or Meta stay the host's. `alone` says that the page holds nothing but this player;
 * `shared` that a key which means nothing to the player goes on to the page, such as a slide's. Returns the function that
 * stops listening.
 * @type {(root: HTMLElement, actions: Actions, state: State, how: { alone: boolean, shared: boolean }) => () => void}
 */
export function listen(root, actions, state, { alone, shared }) {
  let presented = false;
  /** @type {(event: KeyboardEvent) => void} */
  const onKey = (event) => {
    const target = targetOf(event);
    const isOurs = root.contains(target) || ((state.presenting || alone) && (target === document.body || target === document.documentElement));
    if (!target || !isOurs || event.ctrlKey || event.altKey || event.metaKey) return;
    presented ||= state.presenting;
    const inBox = Boolean(target.closest("dialog, select, input, textarea"));
    // A box that is open takes the Escape.
    if (!shared || inBox || root.querySelector(":popover-open")) event.stopPropagation();
    // A page that has been presented is not loaded again by a clicker: its start key starts the presentation.
    if (event.key === START && presented) {
      event.preventDefault();
      actions.start();
      return;
    }
    if (event.shiftKey && event.key.length > 1) return;
    if (inBox) return;
    if (state.blank) actions.blank();
    else if (!onTabKey(target, event.key) && !onPlayerKey(target, event.key, actions, state)) return;
    event.stopPropagation();
    event.preventDefault();
  };
  const start = () => window.addEventListener("keydown", onKey, true);
  const stop = () => window.removeEventListener("keydown", onKey, true);
  if (alone) start();
  else root.addEventListener("focusin", start);
  // While presenting there is nothing else the keys could be for.
  root.addEventListener("focusout", () => !state.presenting && !alone && stop());
  // After a click with the mouse the arrow keys mean steps again, also where it was a tab that was clicked.
  root.addEventListener("click", (event) => {
    if (event.detail > 0 && targetOf(event)?.closest(".fs-tab, .fs-diagram")) root.focus({ preventScroll: true });
  });
  return stop;
}
