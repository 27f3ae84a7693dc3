/* Presenting: the player fills the screen and shows only what a room needs. How it looks is in presenter.css. */

import { code, h, icon, solid, treeOf } from "./elements.js";
import { valueChip } from "./secrets.js";
import { checksSummary, decisiveCheck, statusOf } from "./trace.js";

/** @import { Actions, Child, Find, Part, State, View } from "./types.d.ts" */

const HOLDS = 1500; // milliseconds

/**
 * Whether the player shows what a room needs: while presenting, and in its place on a slide.
 * @type {(state: State) => boolean}
 */
export const isRoomy = ({ presenting, inPlace }) => presenting || inPlace;

/**
 * Makes `root` fill the screen. Where the browser or the page around it does not let it, a layer above the page does.
 * `onLeave` is called when the reader leaves by the browser's own means. A browser also ends the full screen when a second
 * window opens: `hold` says so beforehand, and then the layer takes its place.
 * @type {(root: HTMLElement, onLeave: () => void) =>
 *   { enter(): Promise<void>, hold(): void, leave(): void, stop(): void }}
 */
export function makeStage(root, onLeave) {
  const isFull = () => treeOf(root)?.fullscreenElement === root;
  let full = false;
  let held = -Infinity;
  const enter = async () => {
    try {
      // A page that was only loaded may not fill the screen, and the browser would complain.
      if (navigator.userActivation?.isActive === false) throw new Error("no gesture");
      await root.requestFullscreen();
      full = true;
      overlay(false);
    } catch {
      overlay(true);
    }
  };
  /** @type {(on: boolean) => void} */
  const overlay = (on) => {
    if (!("popover" in root)) return;
    if (!on) root.removeAttribute("popover");
    else if (!root.popover) {
      root.popover = "manual";
      root.showPopover();
    }
  };
  const leave = () => {
    overlay(false);
    if (isFull()) document.exitFullscreen();
    full = false;
  };
  const onChange = () => {
    if (!full || isFull()) return;
    full = false;
    if (performance.now() - held < HOLDS) overlay(true);
    else onLeave();
  };
  const hold = () => {
    held = performance.now();
  };
  document.addEventListener("fullscreenchange", onChange);
  const stop = () => {
    leave();
    document.removeEventListener("fullscreenchange", onChange);
  };
  return { enter, hold, leave, stop };
}

const LEAST_FIT = 0.5;

/**
 * Sets the text beside the picture as large as it fits in there, so that none of it is cut off; nothing else changes size.
 * @type {(root: HTMLElement, place: HTMLElement) => { fit(presenting: boolean): void, stop(): void }}
 */
export function makeFit(root, place) {
  let inRoom = false;
  let planned = 0;
  /** @type {(share: number) => void} */
  const set = (share) => root.style.setProperty("--fs-fit", share.toFixed(3));
  const overflows = () => place.scrollHeight > place.clientHeight + 1;
  const measure = () => {
    set(1);
    if (!inRoom || !overflows()) return;
    let [fits, tooLarge] = [LEAST_FIT, 1];
    for (let turn = 0; turn < 6; turn += 1) {
      const share = (fits + tooLarge) / 2;
      set(share);
      if (overflows()) tooLarge = share;
      else fits = share;
    }
    set(fits);
  };
  /** @type {(presenting: boolean) => void} */
  const fit = (presenting) => {
    if (!presenting && !inRoom) return;
    inRoom = presenting;
    cancelAnimationFrame(planned);
    planned = requestAnimationFrame(measure);
  };
  const onResize = () => fit(inRoom);
  window.addEventListener("resize", onResize);
  const stop = () => {
    cancelAnimationFrame(planned);
    window.removeEventListener("resize", onResize);
  };
  return { fit, stop };
}

/**
 * In place of the tabs: how the checks of this step end, and the one check on which it turns.
 * @type {() => Part}
 */
export function makeDecision() {
  const root = h("div", { class: "fs-decision", "data-testid": "decision" });
  /** @type {string | null} */
  let painted = null;
  /** @type {(view: View) => void} */
  const paint = ({ state, event, branch, key }) => {
    root.hidden = !isRoomy(state) || !event?.checks.length;
    if (root.hidden || !event || painted === key) return;
    painted = key;
    const check = decisiveCheck(event);
    if (!check) {
      root.replaceChildren(h("p", { class: "fs-note" }, icon("passed"), " ", checksSummary(event.checks)));
      return;
    }
    root.replaceChildren(...solid([h("p", {}, h("b", { class: "fs-refused" }, icon("failed"), " ", check.title), " ",
      h("span", { class: "fs-note" }, statusOf(check) === "off" ? "switched off, would have failed" : "does not hold")),
    h("dl", { class: "fs-pair" }, h("dt", {}, "expected"), h("dd", {}, inBrief(check.expected, branch.find)),
      h("dt", {}, "received"), h("dd", {}, inBrief(check.received, branch.find))),
    check.decides && h("p", {}, check.error ? ["The answer: ", code(check.error)] : ["So ", check.answer, "."])]));
  };
  return { root, paint };
}

/**
 * A room reads no long values.
 * @type {(text: string, find: Find) => Child}
 */
const inBrief = (text, find) => find(text).map((piece) => (typeof piece === "string"
  ? piece.replace(/\S{25,}/g, (word) => `${word.slice(0, 16)}…${word.slice(-6)}`)
  : valueChip(piece.secret.kind, piece.text)));

/**
 * A black screen; any key, or a click, brings the picture back.
 * @type {(actions: Actions) => Part}
 */
export function makeBlank(actions) {
  const root = h("button", {
    type: "button", class: "fs-blank", "aria-label": "The screen is blank. Show it again.", onclick: actions.blank,
    "data-testid": "blank",
  });
  /** @type {(view: View) => void} */
  const paint = ({ state }) => {
    root.hidden = !state.blank;
  };
  return { root, paint };
}
