/* The bar: what steers, and the branches. */

import { SPEEDS } from "./autoplay.js";
import { allIn, button, disable, h, hasFocus, icon, mark } from "./elements.js";
import { openAsk } from "./prediction.js";

/** @import { Branch } from "./payload.d.ts" */
/** @import { Actions, Child, Data, Part, Props, State, View } from "./types.d.ts" */

/**
 * A tab of a row: `signature` is what else of it may change, so that it is built again.
 * @typedef {object} TabItem
 * @property {string} id
 * @property {string} name
 * @property {string} testid
 * @property {string} [elementId]
 * @property {string} [className]
 * @property {Parameters<typeof icon>[0]} [icon]
 * @property {false | (() => Child)} [badge]
 * @property {unknown[]} [signature]
 */

/**
 * A row of tabs: the Tab key reaches one of them, the arrow keys go to the others (see keys.js).
 * @type {(label: string, panelId: string, pick: (id: string) => void) =>
 *   { root: HTMLElement, paint(items: TabItem[], selected: string): void }}
 */
export function makeTabs(label, panelId, pick) {
  const root = h("div", { class: "fs-tabs", role: "tablist", "aria-label": label });
  const tabs = () => allIn(root, "[role='tab']");
  /** @type {string | null} */
  let built = null;
  /** @type {(item: TabItem) => HTMLElement} */
  const tabOf = (item) => h("button", {
    type: "button", role: "tab", id: item.elementId, class: `fs-tab ${item.className ?? ""}`, "aria-controls": panelId,
    "data-testid": item.testid, "data-id": item.id, onclick: () => pick(item.id),
  }, item.icon && icon(item.icon), item.name, item.badge && h("span", { class: "fs-badge" }, item.badge()));
  /** @type {(items: TabItem[], selected: string) => void} */
  const paint = (items, selected) => {
    const signature = JSON.stringify(items.map(({ id, signature: more }) => [id, more]));
    if (signature !== built) {
      const focused = hasFocus(root);
      root.replaceChildren(...items.map(tabOf));
      if (focused) tabs().find((tab) => tab.dataset.id === selected)?.focus({ preventScroll: true });
      built = signature;
    }
    for (const tab of tabs()) {
      const on = tab.dataset.id === selected;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      mark(tab, "is-on", on);
      if (on) keepInSight(root, tab);
    }
  };
  return { root, paint };
}

/**
 * Scrolls the row, and nothing else, as far as this tab of it needs.
 * @type {(root: HTMLElement, tab: HTMLElement) => void}
 */
function keepInSight(root, tab) {
  const above = tab.offsetTop;
  const below = above + tab.offsetHeight - root.clientHeight;
  if (root.scrollTop > above || root.scrollTop < below) root.scrollTop = root.scrollTop > above ? above : below;
}

/** The tab that is no branch. A branch may have any name, so its id is none that a branch's tab can have. */
export const COMPARE = "\u0000compare";

/** @type {(data: Data, actions: Actions, ids: { main: string }) => Part} */
export function makeBar(data, actions, ids) {
  const first = button("To the start (Home)", "first", actions.first, { "data-testid": "first" });
  const back = button("Back (left arrow)", "back", actions.back, { "data-testid": "back" }, "Back");
  const last = button("To the end (End)", "last", actions.last, { "data-testid": "last" });
  const next = h("button", {
    type: "button", class: "fs-button fs-go", title: "Next (right arrow)", onclick: actions.next, "data-testid": "next",
  }, "Next", icon("next"));
  const play = makePlay(actions);
  const step = h("b", { "data-testid": "where" });
  const phrase = h("span", { class: "fs-phrase", "data-testid": "phrase" });
  /** @type {(testid: string) => Props} */
  const quiet = (testid) => ({ class: "fs-button fs-quiet", "data-testid": testid });
  const hide = button("Hide what comes next, to predict it first (H)", "eye", actions.toggleFuture,
    quiet("hide-future"), h("span", {}, "Hide what comes next"));
  const present = button("Present on the full screen (F)", "present", actions.present, quiet("present"));
  const help = button("All keys (?)", "help", actions.help, quiet("help"));
  const inject = data.payload.branches.some((branch) => branch.inject !== null) && button("Inject the attacker (A)", "skull", actions.inject,
    { class: "fs-button fs-inject", "data-testid": "inject" }, "Inject the attacker");
  const experiment = h("p", { class: "fs-experiment", "data-testid": "experiment" });
  const tabs = makeTabs("Branches", ids.main, actions.branch);
  const steer = h("div", { class: "fs-steer", role: "group", "aria-label": "Steps" }, first, back, next, last, play.root,
    h("div", { class: "fs-where" }, step, phrase));
  const root = h("div", { class: "fs-bar" }, steer,
    h("div", { class: "fs-change" }, h("div", { class: "fs-tools" }, hide, present, help), inject, tabs.root), experiment);

  /** @type {(view: View) => void} */
  const paint = (view) => {
    const { state } = view;
    for (const node of [first, back]) disable(node, view.position === 0);
    // Where a question stands between the reader and what comes, Next leads to it.
    const asked = openAsk(data.payload, state.answers, view.branch.name);
    disable(next, view.atEnd && !asked);
    disable(last, view.atEnd);
    play.paint(state);
    step.textContent = view.where;
    experiment.textContent = view.branch.experiment;
    // The verdict in brief, because the whole of it may stand below the window, and no click moves the reader there.
    const { tone, sentence } = view.branch.verdict;
    phrase.dataset.tone = view.atEnd ? tone : "";
    phrase.title = view.atEnd ? sentence : "";
    phrase.textContent = view.atEnd
      ? sentence
      : (view.event?.label ?? "nothing has happened yet").replace(/\s+/g, " ");
    if (!view.atEnd) view.data.words.mark(phrase);
    hide.setAttribute("aria-pressed", String(state.hideFuture));
    present.setAttribute("aria-pressed", String(state.presenting));
    // Where an attacker is in already there is no button.
    if (inject) inject.hidden = view.branch.inject === null;
    const shown = data.payload.branches.filter((branch) => isShown(branch, state));
    tabs.root.hidden = shown.length < 2;
    /** @type {TabItem[]} */
    const items = shown.map(({ name, title, attack }) => ({
      id: name, name: title, testid: "branch", icon: attack ? "skull" : undefined, className: attack ? "fs-attacker" : "",
      signature: [title, attack],
    }));
    items.push({ id: COMPARE, name: "Compare", testid: "compare", icon: "compare" });
    tabs.paint(items, state.comparing ? COMPARE : view.branch.name);
  };
  return { root, paint };
}

/**
 * A hidden branch shows once the reader has opened it.
 * @type {(branch: Branch, state: State) => boolean}
 */
export const isShown = (branch, state) => !branch.hidden || state.revealed.has(branch.name);

/**
 * One button that plays and pauses, and the pace.
 * @type {(actions: Actions) => { root: HTMLElement, paint(state: State): void }}
 */
function makePlay(actions) {
  const toggle = h("button", { type: "button", class: "fs-button", onclick: actions.play, "data-testid": "play" });
  /** @type {HTMLSelectElement} */
  const pace = h("select", {
    class: "fs-pace", "aria-label": "Speed", title: "Speed", "data-testid": "speed",
    onchange: () => actions.speed(Number(pace.value)),
  }, SPEEDS.map((speed) => h("option", { value: speed }, `${speed}×`)));
  /** @type {boolean | null} */
  let painted = null;
  /** @type {(state: State) => void} */
  const paint = ({ playing, speed }) => {
    if (painted === playing) return;
    painted = playing;
    const name = playing ? "Pause (space bar)" : "Play (space bar)";
    toggle.title = name;
    toggle.setAttribute("aria-label", name);
    toggle.replaceChildren(icon(playing ? "pause" : "play"));
    pace.value = String(speed);
  };
  return { root: h("div", { class: "fs-play" }, toggle, pace), paint };
}
