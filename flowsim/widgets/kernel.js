/* What a widget needs that stands in a notebook and asks its kernel. */

/** @import { Model } from "./types.d.ts" */

/**
 * JupyterLab takes plain keys for its own: an arrow key would go to another cell instead of another choice. It leaves out an
 * element with this attribute. Keys with Control, Alt or Meta stay JupyterLab's. It listens on the document, so this must
 * happen one level higher. `rootNow` gives the element that keeps its keys; a widget may stand in its page only later.
 * Returns the function that stops it.
 * @type {(rootNow: () => Element | null) => () => void}
 */
export function keepKeys(rootNow) {
  /** @type {(event: KeyboardEvent) => void} */
  const onKey = ({ target, ctrlKey, altKey, metaKey }) => {
    if (!(target instanceof Element) || !rootNow()?.contains(target)) return;
    target.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !altKey && !metaKey);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

const WATCHED = ".fs-bench-field select, .fs-bench-field input, .fs-bench-tick input, .widget-toggle-button";
const PATIENCE = 6000; // milliseconds
// The sentence is that of NEEDS_A_KERNEL in page.py, which stands in stored pages.
const NO_ANSWER = "The kernel has not answered. This needs a running kernel. Run this cell, and it works.";

/**
 * True while the kernel is known to be at work on something: an answer that is late then is no answer that never comes.
 * @type {(model: Pick<Model<object>, "widget_manager">) => boolean}
 */
const isBusy = ({ widget_manager: manager }) => manager?.kernel?.status === "busy";

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLButtonElement} Control */

/**
 * Watches controls of ipywidgets' own inside `rootNow`: one that was used and on which no answer comes is put back to what it
 * showed at the last answer, and `complain` is told. `answered` takes note of an answer.
 * @type {(model: Pick<Model<object>, "widget_manager">, rootNow: () => Element | null, complain: (text: string) => void) =>
 *   { answered(): void, stop(): void }}
 */
export function watchControls(model, rootNow, complain) {
  let timer = 0;
  let restoring = false;
  /** @type {Map<Control, string | boolean>} */
  let known = new Map();
  /** @type {(control: Control) => boolean} */
  const isPressed = (control) => control instanceof HTMLButtonElement || control.type === "checkbox" || control.type === "radio";
  /** @type {(control: Control) => string | boolean} */
  const shows = (control) => {
    if (control instanceof HTMLButtonElement) return control.classList.contains("mod-active");
    return control instanceof HTMLInputElement && isPressed(control) ? control.checked : control.value;
  };
  /** @type {() => Control[]} */
  const controls = () => [...(rootNow()?.querySelectorAll(WATCHED) ?? [])].filter((node) =>
    node instanceof HTMLInputElement || node instanceof HTMLSelectElement || node instanceof HTMLButtonElement);
  const note = () => {
    known = new Map(controls().map((control) => [control, shows(control)]));
  };
  const wait = () => {
    clearTimeout(timer);
    timer = window.setTimeout(() => (isBusy(model) ? wait() : restore()), PATIENCE);
  };
  const restore = () => {
    restoring = true;
    for (const [control, was] of known) {
      if (shows(control) === was) continue;
      // Of radio buttons the one that was chosen says so; the others follow.
      if (control.type === "radio" && was === false) continue;
      if (isPressed(control)) control.click();
      else {
        control.value = String(was);
        control.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }
    restoring = false;
    complain(NO_ANSWER);
  };
  /** @type {(event: Event) => void} */
  const onUse = ({ target }) => {
    if (restoring || !(target instanceof Element) || !rootNow()?.contains(target)) return;
    if (target.closest(".fs-player, .fs-bench-unasked")) return;
    wait();
  };
  /** @type {(event: Event) => void} */
  const onPress = (event) => {
    if (event.target instanceof Element && event.target.closest(".jupyter-button, .fs-bench-attack")) onUse(event);
  };
  window.addEventListener("change", onUse, true);
  window.addEventListener("click", onPress, true);
  return {
    answered() {
      clearTimeout(timer);
      requestAnimationFrame(note);
    },
    stop() {
      clearTimeout(timer);
      window.removeEventListener("change", onUse, true);
      window.removeEventListener("click", onPress, true);
    },
  };
}

/**
 * Asks the kernel one thing at a time. `paint(busy, complaint)` shows whether an answer is awaited, and what is wrong if
 * none comes. The kernel counts its answers in `answered`, so that one which changes nothing is noticed as well.
 * @type {(model: Pick<Model<object>, "send" | "widget_manager">, paint: (busy: boolean, complaint: string) => void) =>
 *   { ask(question: object): void, answered(): void, stop(): void }}
 */
export function makeKernelAsking(model, paint) {
  let timer = 0;
  let busy = false;
  const set = (/** @type {boolean} */ now, complaint = "") => {
    clearTimeout(timer);
    busy = now;
    paint(now, complaint);
  };
  const wait = () => {
    timer = window.setTimeout(() => (isBusy(model) ? wait() : set(false, NO_ANSWER)), PATIENCE);
  };
  return {
    ask(question) {
      if (busy) return;
      set(true);
      wait();
      try {
        model.send(question);
      } catch {
        set(false, NO_ANSWER);
      }
    },
    answered: () => set(false),
    stop: () => clearTimeout(timer),
  };
}

/**
 * Shows in `root` what the kernel answers: now, and after each answer. The keys that are pressed there stay there. `asking` is
 * what asks the kernel. Returns the function that ends it.
 * @type {(model: Pick<Model<object>, "on" | "off">, root: Element, paint: () => void, asking: { stop(): void }) => () => void}
 */
export function showAnswers(model, root, paint, asking) {
  const releaseKeys = keepKeys(() => root);
  model.on("change:answered", paint);
  paint();
  return () => {
    model.off("change:answered", paint);
    asking.stop();
    releaseKeys();
  };
}
