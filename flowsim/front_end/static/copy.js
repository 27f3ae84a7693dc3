/* Copying: a small button for each long value and each message, which says what it has done to eyes and ears. */

import { h, icon } from "./elements.js";

const COPIED_FOR = 1600; // milliseconds
const SHORT = 12;

/**
 * `textOf` makes the text when it is wanted. With a label the button shows it; without one, only the icon.
 * @type {(textOf: () => string, name: string, label?: string) => HTMLButtonElement}
 */
export function copyButton(textOf, name, label) {
  const says = h("span", { class: "fs-copy-says" }, label);
  const sign = h("span", { class: "fs-copy-sign" }, icon("copy"));
  const act = async () => {
    const text = textOf();
    const done = await toClipboard(text, node);
    sign.replaceChildren(icon(done ? "passed" : "failed"));
    says.textContent = done ? "copied" : "not copied";
    node.classList.add("is-done");
    announce(node, done ? `${name}: copied` : `${name}: this browser does not let a page copy`);
    clearTimeout(later);
    later = window.setTimeout(reset, COPIED_FOR);
  };
  const reset = () => {
    sign.replaceChildren(icon("copy"));
    says.textContent = label ?? "";
    node.classList.remove("is-done");
  };
  let later = 0;
  const node = h("button", {
    type: "button", class: `fs-copy${label ? "" : " fs-copy-value"}`, title: name, "aria-label": label ? null : name,
    "data-testid": "copy", onclick: act,
  }, sign, says);
  return node;
}

/**
 * A place for one value: what is long or a secret can be copied, a word of a few letters need not be.
 * @type {(text: string, name: string) => HTMLButtonElement | null}
 */
export const copyOf = (text, name) => (text.length > SHORT ? copyButton(() => text, `Copy ${name}`) : null);

/** @type {(text: string, near: HTMLElement) => Promise<boolean>} */
async function toClipboard(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, near);
  }
}

/**
 * A page without that interface (plain http), or without the right to it: select the text somewhere, and copy that.
 * @type {(text: string, near: HTMLElement) => boolean}
 */
function copySelected(text, near) {
  const field = h("textarea", { class: "fs-visually-hidden", readonly: true, "aria-hidden": "true" });
  field.value = text;
  near.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  near.focus({ preventScroll: true });
  return done;
}

/**
 * Says something to those who hear the page. The region has to be there before its text comes.
 * @type {(node: Element, text: string) => void}
 */
export function announce(node, text) {
  const player = node.closest(".fs-player");
  if (!player) return;
  const region = player.querySelector(".fs-announced")
    ?? h("div", { class: "fs-announced fs-visually-hidden", role: "status", "data-testid": "announced" });
  if (!region.parentNode) player.append(region);
  region.textContent = "";
  setTimeout(() => region.replaceChildren(text), 60);
}
