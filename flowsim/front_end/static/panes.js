/* The panes round the diagram, which are always there: the card with its tabs, the ledger, the timeline, the verdict. */

import { makeTabs } from "./bar.js";
import { allIn, code, h, hasFocus, icon, link, mark, solid, visuallyHidden } from "./elements.js";
import { loginClass, loginTag } from "./logins.js";
import { route } from "./message.js";
import { openAsk } from "./prediction.js";
import { prose } from "./secrets.js";
import { PANELS } from "./tabs.js";
import { cellOf, checksSummary, countChecks, cutSentence, knowledgeOf, whereText } from "./trace.js";

/** @import { TabItem } from "./bar.js" */
/** @import { EventJson, Kind, Lane, VerdictJson } from "./payload.d.ts" */
/** @import { Actions, Child, Data, Part, ReadyBranch, Tab, View } from "./types.d.ts" */

/** @type {() => Part} */
export function makeNotice() {
  const text = h("span");
  const root = h("p", { class: "fs-notice", "data-testid": "notice" }, icon("skull"), icon("help"), text);
  /** @type {(view: View) => void} */
  const paint = ({ state }) => {
    root.hidden = !state.notice;
    root.dataset.about = state.noticed;
    text.textContent = state.notice;
  };
  return { root, paint };
}

/** @type {(data: Data, actions: Actions, ids: { panel: string, tab: string }) => Part} */
export function makeCard(data, actions, ids) {
  const number = h("span", { class: "fs-number" });
  const login = h("span", { class: "fs-login-place" });
  const title = h("h3", { class: "fs-title", "data-testid": "title" });
  const text = h("p", { class: "fs-text", "data-testid": "text" });
  const written = h("div", { class: "fs-console", "data-testid": "console" });
  const meta = h("div", { class: "fs-meta" });
  const tabs = makeTabs("Details of this step", ids.panel, actions.tab);
  const panel = h("div",
    { class: "fs-panel", id: ids.panel, role: "tabpanel", tabindex: "0", "data-testid": "panel" });
  const root = h("section", { class: "fs-card", "aria-label": "This step", "data-testid": "card" },
    h("div", { class: "fs-head" }, h("div", { class: "fs-heading" }, number, login, title), text, written, meta), tabs.root, panel);

  /** @type {(view: View) => void} */
  const paintHead = (view) => {
    const { event } = view;
    mark(root, "fs-attacker", event?.attack);
    number.replaceChildren(...(event ? marks(event) : [icon("next")]));
    login.replaceChildren(...solid(event && loginTag(view.branch.events, event)));
    login.hidden = !event?.login;
    title.textContent = event ? event.title : "Before the first step";
    text.replaceChildren(...solid(prose(event ? event.text : OPENING_TEXT, data.kinds)));
    data.words.mark(text);
    const lines = event?.console ?? [];
    written.hidden = !lines.length;
    written.replaceChildren(h("b", {}, "The browser’s console"), ...lines.map((line) => h("code", {}, line)));
    meta.replaceChildren(...solid(event && [!event.elapsed && route(view, event.from, event.to), event.clauses.map(link)]));
  };
  /** @type {(view: View) => void} */
  const paintPanel = (view) => {
    panel.setAttribute("aria-labelledby", `${ids.tab}-${view.tab}`);
    panel.replaceChildren(...solid(PANELS[view.tab](view)));
    cancelAnimationFrame(scrolling);
    scrolling = requestAnimationFrame(scroll);
  };
  // To the check that decides, or would have, else to the top: in the frame that paints, so that the page is laid out
  // only once.
  const scroll = () => {
    const [decisive] = allIn(panel, ".fs-decides, .fs-would-fail");
    panel.scrollTop = decisive ? decisive.offsetTop - (panel.clientHeight - decisive.offsetHeight) / 2 : 0;
  };
  new ResizeObserver(() => scroll()).observe(panel);
  let scrolling = 0;
  /** @type {string | null} */
  let headed = null;
  /** @type {string | null} */
  let paneled = null;
  /** @type {EventJson | null} */
  let told = null;
  let content = "";
  /** @type {(view: View) => void} */
  const paint = (view) => {
    tabs.paint(view.tabs.map((tab) => cardTab(tab, view.event, ids)), view.tab);
    // In a live world what is told of an event may change, when later ones show what it was.
    if (told !== view.event) {
      const now = JSON.stringify([view.event, view.memory, view.memoryBefore]);
      if (now !== content) headed = paneled = null;
      [told, content] = [view.event, now];
    }
    if (headed !== view.key) paintHead(view);
    if (paneled !== `${view.key} ${view.tab}`) paintPanel(view);
    headed = view.key;
    paneled = `${view.key} ${view.tab}`;
  };
  return { root, paint };
}

const OPENING_TEXT =
  "Nothing has happened yet. Press Next, or the right arrow key, and watch the login one message at a time.";

/**
 * The number of the step, and the attacker's mark where the attacker acts.
 * @type {(event: EventJson) => (Node | string)[]}
 */
const marks = (event) =>
  solid([event.attack && [icon("skull"), visuallyHidden("attacker ")], event.elapsed > 0 && icon("clock"), !event.between && event.name]);

/** @type {(tab: Tab, event: EventJson | null, ids: { tab: string }) => TabItem} */
function cardTab(tab, event, ids) {
  const failed = tab.id === "checks" ? countChecks(event?.checks ?? []).failed : 0;
  const count = tab.id === "checks" ? (event?.checks.length ?? 0) : 0;
  return {
    ...tab, elementId: `${ids.tab}-${tab.id}`, testid: `tab-${tab.id}`, signature: [failed, count, tab.full],
    className: `${tab.full ? "" : "is-empty"} ${failed ? "is-failing" : ""}`,
    badge: count > 0 && (() => (failed ? [icon("failed"), failed, visuallyHidden(" failed")] : [count])),
  };
}

/* The ledger: a row for each secret, a column for each party. It always has all its rows, so that it fills in while
 * nothing moves. In the attacker's column an empty place says so as soon as somebody has the secret. */
const LEDGER_WORDS = {
  knows: "knows it", lacks: "does not know it", nothing: "does not exist yet", unknown: "unknown: the wire does not show it",
};

const FEW_LANES = 5; // in the ledger's head, side by side

/** @type {(data: Data) => Part} */
export function makeLedger(data) {
  const { lanes } = data.payload;
  /** @type {{ cell: HTMLElement, kind: string, lane: string }[]} */
  let cells = [];
  /** @type {(kind: string, lane: Lane) => HTMLElement} */
  const cellFor = (kind, lane) => {
    const cell = h("td", { class: attackerClass(lane), "data-kind": kind, "data-lane": lane.id });
    cells.push({ cell, kind, lane: lane.id });
    return cell;
  };
  const heads = lanes.map((lane) =>
    h("th", { scope: "col", class: attackerClass(lane) }, lane.id === "attacker" && icon("skull"),
      h("span", {}, data.words.button(lane.name))));
  const body = h("tbody");
  const legend = h("p", { class: "fs-note fs-legend", "data-testid": "legend" }, h("b", {}, "?"), ` ${LEDGER_WORDS.unknown}`);
  const root = h("section", { class: ["fs-ledger", lanes.length > FEW_LANES && "fs-many"].filter(Boolean).join(" "), "data-testid": "ledger" }, h("table", {},
    h("caption", { class: "fs-visually-hidden" }, "Who knows what"),
    h("thead", {}, h("tr", {}, h("td", {}, data.words.button("Who knows what")), heads)), body),
  data.payload.live && legend);
  // Where something was hidden, there may be more secrets than before.
  /** @type {Kind[] | null} */
  let built = null;
  const build = () => {
    if (built === data.rows) return;
    built = data.rows;
    cells = [];
    body.replaceChildren(...built.map(({ kind }) =>
      h("tr", {}, h("th", { scope: "row" }, data.chip(kind)), lanes.map((lane) => cellFor(kind, lane)))));
  };

  /** @type {(view: View) => void} */
  const paint = (view) => {
    build();
    mark(root, "fs-no-attacker", !view.branch.attack);
    const lacked = view.event?.attack ? view.event.lacked : null;
    for (const { cell, kind, lane } of cells) {
      const entry = view.held.get(cellOf(lane, kind));
      const state = knowledgeOf(view.branch, view.held, lane, kind);
      mark(cell, "is-new", entry && entry.since === view.position);
      mark(cell, "is-missed", lane === "attacker" && kind === lacked && state !== "knows");
      if (cell.dataset.state === state) continue;
      cell.dataset.state = state;
      cell.title = state === "unknown" ? LEDGER_WORDS.unknown : "";
      cell.replaceChildren(h("i", { "aria-hidden": "true" }), visuallyHidden(LEDGER_WORDS[state]));
    }
    legend.hidden = !cells.some(({ cell }) => cell.dataset.state === "unknown");
  };
  return { root, paint };
}

/** @type {(lane: Lane) => string | null} */
const attackerClass = (lane) => (lane.id === "attacker" ? "fs-attacker" : null);

/** @type {(data: Data, actions: Actions) => Part} */
export function makeTimeline(data, actions) {
  const root = h("ol", { class: "fs-timeline", "aria-label": "Timeline", "data-testid": "timeline" });
  /** @type {(events: EventJson[], event: EventJson) => HTMLElement} */
  const segment = (events, event) => h("li", {}, h("button", {
    type: "button", class: `fs-segment${event.attack ? " fs-attacker" : ""} ${loginClass(events, event) ?? ""}`.trim(), title: event.title,
    "aria-label": `${event.attack ? "Attacker. " : ""}${whereText(data, events, event)}: ${event.title}`,
    "data-testid": "segment", "data-position": event.index, onclick: () => actions.go(event.index),
  }, h("i"), h("span", { "aria-hidden": "true" }, marks(event))));
  /** @type {ReadyBranch | null} */
  let built = null;
  /** @type {(view: View) => void} */
  const paint = (view) => {
    const { events } = view.branch;
    const focused = hasFocus(root);
    if (built !== view.branch) {
      built = view.branch;
      root.style.setProperty("--fs-count", String(events.length));
      root.replaceChildren(...events.map((event) => segment(events, event)));
    }
    for (const node of allIn(root, ".fs-segment")) {
      const index = Number(node.dataset.position);
      mark(node, "is-past", index < view.position);
      mark(node, "is-now", index === view.position);
      node.tabIndex = index === Math.max(1, view.position) ? 0 : -1;
      if (index === view.position) node.setAttribute("aria-current", "step");
      else node.removeAttribute("aria-current");
    }
    if (focused) allIn(root, "[tabindex='0']")[0]?.focus({ preventScroll: true });
  };
  return { root, paint };
}

/** @type {(data: Data) => Part} */
export function makeVerdict(data) {
  const root = h("section", { class: "fs-verdict", "aria-label": "Verdict", "data-testid": "verdict" });
  /** @type {(verdict: VerdictJson) => Child} */
  const stoppedBy = ({ sentence, stopped_by_title: title, stopped_at_step: step, error }) =>
    title !== null && step !== null && !sentence.includes(title) &&
    h("span", {}, `Stopped at step ${data.stepName(step)} by “${title}”`, error && [", error ", code(error)], ".");
  /** @type {(verdict: VerdictJson, attack: boolean) => Child} */
  const factsOf = (verdict, attack) => [
    attack && h("span", {}, "The attacker holds ", listOf(verdict.attacker_holds, data.chip), "."), stoppedBy(verdict)];
  /** @type {VerdictJson | null | undefined} */
  let painted;
  /** @type {(view: View) => void} */
  const paint = (view) => {
    const { verdict, attack, name, went_wrong: wrong } = view.branch;
    // The question stands above, and what is not answered has no verdict.
    root.hidden = Boolean(openAsk(data.payload, view.state.answers, name));
    const reached = view.atEnd ? verdict : null;
    if (painted === reached) return;
    painted = reached;
    root.dataset.tone = view.atEnd ? verdict.tone : "later";
    if (!view.atEnd) {
      root.replaceChildren(h("p", {}, "The verdict comes at the end."));
      return;
    }
    const { opening, rest } = cutSentence(verdict.sentence);
    root.replaceChildren(icon(verdict.tone), h("div", {},
      h("p", {}, h("b", {}, prose(opening, data.kinds)), prose(rest, data.kinds)),
      wrong && h("p", { class: "fs-why", "data-testid": "why" }, prose(wrong, data.kinds)),
      h("p", { class: "fs-facts" }, factsOf(verdict, attack))));
  };
  return { root, paint };
}

/** @type {(kinds: string[], chip: (kind: string) => Node) => Child} */
const listOf = (kinds, chip) =>
  kinds.length ? kinds.map((kind, number) => [number > 0 && " ", chip(kind)]) : "nothing";

/**
 * What happened, for those who hear the page.
 * @type {() => Part}
 */
export function makeLiveRegion() {
  const root = h("div", { class: "fs-visually-hidden", role: "status", "aria-live": "polite", "data-testid": "live" });
  /** @type {(view: View) => void} */
  const paint = ({ state, event, data, where, atEnd, branch }) => {
    const gains = (event?.learned ?? []).filter((item) => item.lane === "attacker").map((item) => item.kind);
    const refusing = event?.checks.find((check) => check.decides);
    const text = [
      state.notice,
      `${event?.attack ? "Attacker. " : ""}${where}: ${event ? event.title : "nothing has happened yet"}.`,
      event?.checks.length && `${checksSummary(event.checks)}.`,
      refusing && `Refused, because this does not hold: ${refusing.title}.`,
      gains.length && `${data.nameOf("attacker")} now has: ${gains.join(", ")}.`,
      atEnd && `Verdict: ${branch.verdict.sentence}`,
      atEnd && branch.went_wrong,
    ].filter(Boolean).join(" ");
    if (root.textContent !== text) root.textContent = text;
  };
  return { root, paint };
}
