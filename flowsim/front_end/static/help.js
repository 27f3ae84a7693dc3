/* The list of all keys, as a dialog. The browser keeps the focus inside it, closes it on Escape, and gives the focus back. */

import { h } from "./elements.js";
import { KEYS, PRESENTER_KEYS } from "./keys.js";

/** @import { KeyRow } from "./types.d.ts" */

/** @type {Record<string, string>} */
const KEY_NAMES = {
  " ": "Space", ".": ". (full stop)", ArrowRight: "Right arrow", ArrowLeft: "Left arrow", ArrowUp: "Up arrow",
  ArrowDown: "Down arrow", PageUp: "Page Up", PageDown: "Page Down",
};
/** @type {(key: string) => string} */
const keyName = (key) => KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
const DIGITS = { keys: ["0", "1"], text: "and so on: to the step of that number; 1 and soon after it 0 is step 10" };
const MORE = { keys: ["Tab"], text: "to the next control; inside a row of tabs the arrow keys go from tab to tab" };

/** @type {(id: string, more?: Pick<KeyRow, "keys" | "text">[]) => { root: HTMLDialogElement, open(presenting: boolean): void }} */
export function makeHelp(id, more = []) {
  /** @type {(row: Pick<KeyRow, "keys" | "text">) => HTMLElement} */
  const row = ({ keys, text }) => h("div", {},
    h("dt", {}, keys.map((key, number) => [number > 0 && " ", h("kbd", {}, keyName(key))])), h("dd", {}, text));
  const close = h("button", { type: "button", class: "fs-button", onclick: () => root.close() }, "Close");
  /** @type {(name: string, rows: Pick<KeyRow, "keys" | "text">[]) => HTMLElement} */
  const list = (name, rows) => h("section", {}, h("h4", { class: "fs-group" }, name), h("dl", {}, rows.map(row)));
  const always = list("In the player", [...KEYS, ...more, DIGITS, MORE]);
  const onStage = list("While presenting", PRESENTER_KEYS);
  const lists = h("div", { class: "fs-key-lists" });
  /** @type {HTMLDialogElement} */
  const root = h("dialog", { class: "fs-help", "aria-labelledby": id, "data-testid": "keys" },
    h("header", {}, h("h3", { id, class: "fs-title" }, "Keys"), close),
    lists);
  // First what is of use now.
  /** @type {(presenting: boolean) => void} */
  const open = (presenting) => {
    lists.replaceChildren(...(presenting ? [onStage, always] : [always, onStage]));
    if (!root.open) root.showModal();
  };
  return { root, open };
}
