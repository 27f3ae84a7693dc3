/* The player of a live world: what the player shows, and above it what only a live one needs: to follow, to stay with one
 * login, and to turn an attacker loose.
 */

import { h, mark, targetOf } from "./elements.js";
import { arrived, endOf, goesAlong, keeping, missedBy, newest, newsOf, whereTo } from "./following.js";
import { mount } from "./player.js";

/** @import { Opened, Payload } from "./payload.d.ts" */
/** @import { Following, LivePlayer, LiveOptions, Player } from "./types.d.ts" */

const LIVE_KEYS = [
  { keys: ["l"], text: "follow what comes in, or stay here" },
  { keys: ["s"], text: "stay with this login while others go on, or go to all of them" },
];

/**
 * Builds a live player in `el`; `update` shows it what has come since.
 * @type {(el: HTMLElement, payload: Payload, options?: LiveOptions) => LivePlayer}
 */
export function mountLive(el, payload, options = {}) {
  /** @type {Following} */
  const mode = { follow: true, pinned: null, latest: newest(payload) ?? "" };
  /** @type {Payload} */
  let shown = payload;
  /** @type {Player | null} */
  let player = null;
  let missed = 0;

  const follow = h("button", {
    type: "button", class: "fs-button", "data-testid": "follow", onclick: () => setFollow(!mode.follow),
    title: "Go to each event as it comes in (L)",
  }, "Follow");
  const pin = h("button", {
    type: "button", class: "fs-button", "data-testid": "pin", onclick: () => setPinned(mode.pinned === null),
    title: "Stay with this login while others go on (S)",
  }, "Stay with this login");
  const news = h("p", { class: "fs-live-news", role: "status", "aria-live": "polite", "data-testid": "news" });
  const attack = attackChoice(payload, (name) => options.onAttack?.(name));
  const waiting = h("div", { class: "fs-player fs-live-waiting", "data-testid": "waiting" });
  const place = h("div");
  const root = h("section", { class: "fs-live", "aria-label": "A live world" },
    h("div", { class: "fs-player fs-live-bar", role: "group", "aria-label": "Watching" },
      h("h2", { class: "fs-visually-hidden" }, "Watched live"), follow, pin, attack.root, news),
    waiting, place);

  const paint = () => {
    follow.setAttribute("aria-pressed", String(mode.follow));
    pin.setAttribute("aria-pressed", String(mode.pinned !== null));
    const text = newsOf(missed, mode);
    if (news.textContent !== text) news.textContent = text;
    const empty = shown.branches.length === 0;
    follow.hidden = pin.hidden = empty;
    waiting.hidden = !empty;
    if (empty && !waiting.firstChild) {
      waiting.append(h("h3", { class: "fs-title" }, "Nothing has happened yet"), h("p", { class: "fs-text" }, shown.waiting ?? ""));
    }
    attack.paint(shown);
  };
  const goToEnd = () => player?.show(endOf(shown, mode.pinned ?? mode.latest));
  /** @type {(on: boolean) => void} */
  const setFollow = (on) => {
    mode.follow = on;
    missed = 0;
    if (on) goToEnd();
    paint();
  };
  /** @type {(on: boolean) => void} */
  const setPinned = (on) => {
    mode.pinned = on && player ? player.view.branch : null;
    missed = 0;
    if (mode.follow) goToEnd();
    paint();
  };
  /** @type {(view: Opened) => void} */
  const moved = (view) => {
    if (mode.pinned !== null) mode.pinned = view.branch;
    if (mode.follow && !goesAlong(shown, view, mode)) {
      mode.follow = false;
      missed = 0;
    }
    paint();
  };
  /** @type {(event: KeyboardEvent) => void} */
  const keyed = (event) => {
    const target = targetOf(event);
    const ours = root.contains(target) || (options.alone && (target === document.body || target === document.documentElement));
    if (!player || !ours || target?.closest("dialog, input, select, textarea")) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === "l") setFollow(!mode.follow);
    else if (key === "s") setPinned(mode.pinned === null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const build = () => {
    if (player || !shown.branches.length) return;
    player = mount(place, shown, { view: endOf(shown, mode.latest), onView: moved, alone: options.alone, moreKeys: LIVE_KEYS });
  };
  // On the window, as those of the player (keys.js): JupyterLab listens on the document.
  window.addEventListener("keydown", keyed, true);
  el.append(root);
  build();
  paint();

  return {
    root,
    update(next) {
      const before = shown;
      mode.latest = newest(next, arrived(before, next).keys()) ?? mode.latest;
      missed += missedBy(before, next, mode);
      shown = player ? keeping(before, next, player.view.branch) : next;
      player?.refresh(shown, whereTo(before, shown, player.view, mode));
      build();
      paint();
    },
    destroy() {
      window.removeEventListener("keydown", keyed, true);
      player?.destroy();
      root.remove();
    },
  };
}

/**
 * Which attacker is loose. Where the world knows none, there is nothing to choose.
 * @type {(payload: Payload, pick: (name: string | null) => void) => { root: HTMLElement, paint(payload: Payload): void }}
 */
function attackChoice(payload, pick) {
  const attacks = payload.attacks ?? [];
  /** @type {string | null | undefined} */
  let painted;
  /** @type {HTMLSelectElement} */
  const select = h("select", {
    class: "fs-live-attack", "data-testid": "attack",
    onchange: () => {
      // The next payload says whether it came to that.
      painted = undefined;
      pick(select.value || null);
    },
  }, h("option", { value: "" }, "nobody"), attacks.map(({ name, title }) => h("option", { value: name }, title)));
  const root = h("label", { class: "fs-live-loose", hidden: !attacks.length }, "Turn loose on the next login: ", select);
  /** @type {(now: Payload) => void} */
  const paint = (now) => {
    const loose = now.attack ?? null;
    mark(root, "is-on", Boolean(loose));
    if (painted !== loose) select.value = loose ?? "";
    painted = loose;
  };
  return { root, paint };
}
