/* Copying: a small button for each long value and each message, which says what it has done to eyes and ears. */

import { h, icon } from "./elements.js";

const COPIED_FOR = 1600;
const SHORT = 12;

/* `textOf` makes the text when it is wanted. With a label the button shows it; without one, only the icon. */
export function copyButton(textOf, name, label) {
  const says = h("span", { class: "fs-copy-says" }, label);
  const sign = h("span", { class: "fs-copy-sign" }, icon("copy"));
  const props = {
    type: "button", class: `fs-copy${label ? "" : " fs-copy-value"}`, title: name, "aria-label": label ? null : name,
    "data-testid": "copy",
  };
  const act = async () => {
    const text = textOf();
    const done = await toClipboard(text, node);
    sign.replaceChildren(icon(done ? "passed" : "failed"));
    says.textContent = done ? "copied" : "not copied";
    node.classList.add("is-done");
    say(node, done ? `${name}: copied` : `${name}: this browser does not let a page copy`);
    clearTimeout(later);
    later = setTimeout(reset, COPIED_FOR);
  };
  const reset = () => {
    sign.replaceChildren(icon("copy"));
    says.textContent = label ?? "";
    node.classList.remove("is-done");
  };
  let later = 0;
  const node = h("button", { ...props, onclick: act }, sign, says);
  return node;
}

/* A place for one value: what is long or a secret can be copied, a word of a few letters need not be. */
export const copyOf = (text, name) => (String(text).length > SHORT ? copyButton(() => String(text), `Copy ${name}`) : null);

async function toClipboard(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, near);
  }
}

/* A page without that interface (plain http), or without the right to it: select the text somewhere, and copy that. */
function copySelected(text, near) {
  const field = h("textarea", { class: "fs-unseen", readonly: true, "aria-hidden": "true" });
  field.value = text;
  near.after(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  near.focus({ preventScroll: true });
  return done;
}

/* Says something to those who hear the page. The region has to be there before its text comes. */
export function say(node, text) {
  const player = node.closest(".fs-player");
  if (!player) return;
  let region = player.querySelector(".fs-said");
  if (!region) {
    region = h("div", { role: "status", "data-testid": "said" });
    region.className = "fs-said fs-unseen";
    player.append(region);
  }
  region.textContent = "";
  setTimeout(() => region.replaceChildren(text), 60);
}
