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

const PATIENCE = 6000; // milliseconds
// The sentence is that of NEEDS_A_KERNEL in page.py, which stands in stored pages.
const NO_ANSWER = "The kernel has not answered. This needs a running kernel. Run this cell, and it works.";

/**
 * Asks the kernel one thing at a time. `paint(busy, complaint)` shows whether an answer is awaited, and what is wrong if
 * none comes. The kernel counts its answers in `answered`, so that one which changes nothing is noticed as well.
 * @type {(model: Pick<Model<object>, "send">, paint: (busy: boolean, complaint: string) => void) =>
 *   { ask(question: object): void, answered(): void, stop(): void }}
 */
export function makeAsking(model, paint) {
  let timer = 0;
  let busy = false;
  const set = (/** @type {boolean} */ now, complaint = "") => {
    clearTimeout(timer);
    busy = now;
    paint(now, complaint);
  };
  return {
    ask(question) {
      if (busy) return;
      set(true);
      timer = window.setTimeout(() => set(false, NO_ANSWER), PATIENCE);
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
