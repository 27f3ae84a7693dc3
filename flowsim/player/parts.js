/* The parts round the diagram. A part is { root, paint(view) }: it builds its elements once, then repaints them. */

import { makeTabs } from "./bar.js";
import { code, h, icon, link, mark, solid, unseen } from "./elements.js";
import { route } from "./message.js";
import { PANELS } from "./panels.js";
import { prose } from "./secrets.js";
import { cellOf, checksSummary, countChecks, whereText } from "./trace.js";

export function makeNotice() {
  const text = h("span");
  const root = h("p", { class: "fs-notice", "data-testid": "notice" }, icon("skull"), text);
  const paint = ({ state }) => {
    root.hidden = !state.notice;
    text.textContent = state.notice;
  };
  return { root, paint };
}

export function makeCard(data, actions, ids) {
  const number = h("span", { class: "fs-number" });
  const title = h("h3", { class: "fs-title", "data-testid": "title" });
  const text = h("p", { class: "fs-text", "data-testid": "text" });
  const meta = h("div", { class: "fs-meta" });
  const tabs = makeTabs("Details of this step", ids.panel, actions.tab);
  const panel = h("div",
    { class: "fs-panel", id: ids.panel, role: "tabpanel", tabindex: "0", "data-testid": "panel" });
  const root = h("section", { class: "fs-card", "aria-label": "This step", "data-testid": "card" },
    h("div", { class: "fs-head" }, h("div", { class: "fs-heading" }, number, title), text, meta), tabs.root, panel);

  const paintHead = ({ event, ...view }) => {
    mark(root, "fs-thief", event?.attack);
    number.replaceChildren(...(event ? marks(event) : [icon("next")]));
    title.textContent = event ? event.title : "Before the first step";
    text.replaceChildren(...prose(event ? event.text : OPENING_TEXT, data.kinds));
    meta.replaceChildren(...solid(event ? [!event.elapsed && route(view, event.from, event.to), event.clauses.map(link)] : []));
  };
  const paintPanel = (view) => {
    panel.setAttribute("aria-labelledby", `${ids.tab}-${view.tab}`);
    panel.replaceChildren(...solid(PANELS[view.tab](view)));
    cancelAnimationFrame(scrolling);
    scrolling = requestAnimationFrame(scroll);
  };
  /* To the check that decides, or would have, else to the top: in the frame that paints, so that the page is laid out
   * only once. */
  const scroll = () => {
    const decisive = panel.querySelector(".fs-decides, .fs-would-fail");
    panel.scrollTop = decisive ? decisive.offsetTop - (panel.clientHeight - decisive.offsetHeight) / 2 : 0;
  };
  new ResizeObserver(() => scroll()).observe(panel);
  let scrolling = 0;
  let headed = null;
  let paneled = null;
  const paint = (view) => {
    tabs.paint(view.tabs.map((tab) => cardTab(tab, view.event, ids)), view.tab);
    if (headed !== view.key) paintHead(view);
    if (paneled !== `${view.key} ${view.tab}`) paintPanel(view);
    headed = view.key;
    paneled = `${view.key} ${view.tab}`;
  };
  return { root, paint };
}

const OPENING_TEXT =
  "Nothing has happened yet. Press Next, or the right arrow key, and watch the login one message at a time.";

/* The number of the step, and the attacker's mark where the attacker acts. */
const marks = (event) =>
  solid([event.attack && [icon("skull"), unseen("attacker ")], event.elapsed > 0 && icon("clock"), !event.between && event.name]);

function cardTab(tab, event, ids) {
  const failed = tab.id === "checks" ? countChecks(event?.checks ?? []).failed : 0;
  const count = tab.id === "checks" ? (event?.checks.length ?? 0) : 0;
  return {
    ...tab, elementId: `${ids.tab}-${tab.id}`, testid: `tab-${tab.id}`, signature: [failed, count, tab.full],
    className: `${tab.full ? "" : "is-empty"} ${failed ? "is-failing" : ""}`,
    badge: count > 0 && (() => (failed ? [icon("failed"), failed, unseen(" failed")] : [count])),
  };
}

/* The ledger: a row for each secret, a column for each party. It always has all its rows, so that it fills in while
 * nothing moves. In the attacker's column an empty place says so as soon as somebody has the secret. */
const LEDGER_WORDS = {
  knows: "knows it", "made-up": "has one of its own making", lacks: "does not know it", nothing: "does not exist yet",
};

export function makeLedger(data) {
  const { lanes } = data.payload;
  const cells = [];
  const rows = data.rows.map(({ kind }) => h("tr", {}, h("th", { scope: "row" }, data.chip(kind)),
    lanes.map((lane) => {
      const cell = h("td", { class: thiefClass(lane), "data-kind": kind, "data-lane": lane.id });
      cells.push({ cell, kind, lane: lane.id });
      return cell;
    })));
  const heads = lanes.map((lane) =>
    h("th", { scope: "col", class: thiefClass(lane) }, lane.id === "attacker" && icon("skull"), lane.name));
  const root = h("section", { class: "fs-ledger", "data-testid": "ledger" }, h("table", {},
    h("caption", { class: "fs-unseen" }, "Who knows what"),
    h("thead", {}, h("tr", {}, h("td", {}, "Who knows what"), heads)), h("tbody", {}, rows)));

  const paint = (view) => {
    mark(root, "fs-no-thief", !view.branch.attack);
    const exists = new Set([...view.held.keys()].map((cell) => cell.split(" ")[1]));
    const lacked = view.event?.attack ? view.event.lacked : null;
    for (const { cell, kind, lane } of cells) {
      const entry = view.held.get(cellOf(lane, kind));
      const state = entry ? (entry.foreign ? "made-up" : "knows") : exists.has(kind) ? "lacks" : "nothing";
      mark(cell, "is-new", entry && entry.since === view.position);
      mark(cell, "is-missed", lane === "attacker" && kind === lacked && state !== "knows");
      if (cell.dataset.state === state) continue;
      cell.dataset.state = state;
      cell.replaceChildren(h("i", { "aria-hidden": "true" }), unseen(LEDGER_WORDS[state]));
    }
  };
  return { root, paint };
}

const thiefClass = (lane) => (lane.id === "attacker" ? "fs-thief" : null);

export function makeTimeline(data, actions) {
  const root = h("ol", { class: "fs-timeline", "aria-label": "Timeline", "data-testid": "timeline" });
  const segment = (events) => (event) => h("li", {}, h("button", {
    type: "button", class: `fs-segment${event.attack ? " fs-thief" : ""}`, title: event.title,
    "aria-label": `${event.attack ? "Attacker. " : ""}${whereText(events, event)}: ${event.title}`,
    "data-testid": "segment", "data-position": event.index, onclick: () => actions.go(event.index),
  }, h("i"), h("span", { "aria-hidden": "true" }, marks(event))));
  let built = null;
  const paint = (view) => {
    const focused = root.contains(document.activeElement);
    if (built !== view.branch.name) {
      built = view.branch.name;
      root.style.setProperty("--fs-count", view.branch.events.length);
      root.replaceChildren(...view.branch.events.map(segment(view.branch.events)));
    }
    for (const { firstChild: node } of root.children) {
      const index = Number(node.dataset.position);
      mark(node, "is-past", index < view.position);
      mark(node, "is-now", index === view.position);
      node.tabIndex = index === Math.max(1, view.position) ? 0 : -1;
      if (index === view.position) node.setAttribute("aria-current", "step");
      else node.removeAttribute("aria-current");
    }
    if (focused) root.querySelector("[tabindex='0']")?.focus({ preventScroll: true });
  };
  return { root, paint };
}

const TONES = ["good", "bad", "neutral"];

export function makeVerdict(data) {
  const root = h("section", { class: "fs-verdict", "aria-label": "Verdict", "data-testid": "verdict" });
  const factsOf = (verdict, attack) => solid([
    attack && ["The attacker holds ", listOf(verdict.attacker_holds, data.chip), "."],
    verdict.stopped_by && !verdict.sentence.includes(verdict.stopped_by_title) && [
      `Stopped at step ${data.stepName(verdict.stopped_at_step)} by “${verdict.stopped_by_title}”`,
      verdict.error && [", error ", code(verdict.error)], "."],
  ].map((fact) => fact && h("span", {}, fact)));
  let painted = null;
  const paint = (view) => {
    const { verdict, attack, name } = view.branch;
    if (painted === `${name} ${view.atEnd}`) return;
    painted = `${name} ${view.atEnd}`;
    root.dataset.tone = view.atEnd ? verdict.tone : "later";
    if (!view.atEnd) {
      root.replaceChildren(h("p", {}, "The verdict comes at the end."));
      return;
    }
    const [, opening, rest] = /^(.*?[.!?:](?=\s)|.*)([^]*)$/.exec(verdict.sentence);
    root.replaceChildren(icon(TONES.includes(verdict.tone) ? verdict.tone : "neutral"), h("div", {},
      h("p", {}, h("b", {}, prose(opening, data.kinds)), prose(rest, data.kinds)),
      h("p", { class: "fs-facts" }, factsOf(verdict, attack))));
  };
  /* Whoever has just come to the end gets to see it, also where the window ends above it. */
  const reveal = () => requestAnimationFrame(() => root.scrollIntoView({ block: "nearest" }));
  return { root, paint, reveal };
}

const listOf = (kinds, chip) =>
  kinds.length ? kinds.map((kind, number) => [number > 0 && " ", chip(kind)]) : "nothing";

/* What happened, for those who hear the page. */
export function makeVoice() {
  const root = h("div", { class: "fs-unseen", role: "status", "aria-live": "polite", "data-testid": "live" });
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
    ].filter(Boolean).join(" ");
    if (root.textContent !== text) root.textContent = text;
  };
  return { root, paint };
}
