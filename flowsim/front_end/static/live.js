/* The player of a live world: what the player shows, and above it what only a live one needs: to follow, to stay with one
 * login, and to turn an attacker loose.
 */

import { h, mark } from "./elements.js";
import { arrived, atTheEnd, endOf, grown, whereTo } from "./following.js";
import { mount } from "./player.js";

/** @import { Opened, Payload } from "./payload.d.ts" */
/** @import { Following, LivePlayer, LiveOptions, Player } from "./types.d.ts" */

/**
 * Builds a live player in `el`; `update` shows it what has come since.
 * @type {(el: HTMLElement, payload: Payload, options?: LiveOptions) => LivePlayer}
 */
export function mountLive(el, payload, options = {}) {
  /** @type {Following} */
  const mode = { follow: true, pinned: null };
  /** @type {Payload} */
  let shown = payload;
  /** @type {Player | null} */
  let player = null;
  let missed = 0;

  const follow = h("button", {
    type: "button", class: "fs-button", "aria-pressed": "true", "data-testid": "follow", onclick: () => setFollow(!mode.follow),
    title: "Follow: go to each event as it comes in (L)",
  }, "Follow");
  const pin = h("button", {
    type: "button", class: "fs-button", "aria-pressed": "false", "data-testid": "pin", onclick: () => setPinned(mode.pinned === null),
    title: "Stay with this login while others go on (P)",
  }, "Stay with this login");
  const news = h("p", { class: "fs-live-news", role: "status", "aria-live": "polite", "data-testid": "news" });
  const attack = attackChoice(payload, (name) => options.onAttack?.(name));
  const waiting = h("div", { class: "fs-live-waiting", "data-testid": "waiting" });
  const place = h("div");
  const root = h("section", { class: "fs-live", "aria-label": "A live world" },
    h("div", { class: "fs-live-bar", role: "group", "aria-label": "Watching" }, follow, pin, attack.root, news), waiting, place);

  const paint = () => {
    follow.setAttribute("aria-pressed", String(mode.follow));
    pin.setAttribute("aria-pressed", String(mode.pinned !== null));
    mark(follow, "is-on", mode.follow);
    mark(pin, "is-on", mode.pinned !== null);
    pin.hidden = shown.branches.length < 2;
    const text = missed ? `${missed} new ${missed === 1 ? "event" : "events"} since you stopped following.` : "";
    if (news.textContent !== text) news.textContent = text;
    const empty = shown.branches.length === 0;
    follow.hidden = empty;
    waiting.hidden = !empty;
    if (empty) waiting.replaceChildren(h("h2", {}, "Nothing has happened yet"), h("p", {}, shown.waiting ?? ""));
    attack.paint(shown);
  };
  /** @type {(on: boolean) => void} */
  const setFollow = (on) => {
    mode.follow = on;
    missed = 0;
    const newest = mode.pinned ?? grown(null, shown).at(-1);
    if (on && player && newest !== undefined) player.show(endOf(shown, newest));
    paint();
  };
  /** @type {(on: boolean) => void} */
  const setPinned = (on) => {
    mode.pinned = on && player ? player.view.branch : null;
    paint();
  };
  /** @type {(view: Opened) => void} */
  const moved = (view) => {
    if (mode.pinned !== null) mode.pinned = view.branch;
    if (mode.follow && !atTheEnd(shown, view)) mode.follow = false;
    options.onView?.(view);
    paint();
  };
  /** @type {(event: KeyboardEvent) => void} */
  const keyed = (event) => {
    const typing = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = { l: () => setFollow(!mode.follow), p: () => setPinned(mode.pinned === null) }[event.key.toLowerCase()];
    if (!act || !player) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  const build = () => {
    if (player || !shown.branches.length) return;
    player = mount(place, shown, { view: endOf(shown, grown(null, shown).at(-1) ?? ""), onView: moved });
  };
  root.addEventListener("keydown", keyed, true);
  el.append(root);
  build();
  paint();

  return {
    root,
    get view() {
      return player ? player.view : { branch: "", position: 0 };
    },
    update(next) {
      const before = shown;
      shown = next;
      if (player && !next.branches.length) {
        player.destroy();
        player = null;
      } else if (player) {
        const view = whereTo(before, next, player.view, mode);
        if (!mode.follow) missed += arrived(before, next);
        player.refresh(next, view);
      }
      build();
      paint();
    },
    show: (view) => player?.show(view),
    destroy() {
      root.removeEventListener("keydown", keyed, true);
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
  const select = h("select", {
    class: "fs-live-attack", "data-testid": "attack", onchange: () => pick(choice.value || null),
  }, h("option", { value: "" }, "nobody"), attacks.map(({ name, title }) => h("option", { value: name }, title)));
  const choice = /** @type {HTMLSelectElement} */ (select);
  const root = h("label", { class: "fs-live-loose", hidden: !attacks.length }, "Turn loose on the next login: ", select);
  /** @type {(now: Payload) => void} */
  const paint = (now) => {
    choice.value = now.attack ?? "";
    mark(root, "is-on", Boolean(now.attack));
  };
  return { root, paint };
}
