/* Secrets: a value has the same chip wherever it shows, so every text is searched for every value of the trace. */

import { code, h, visuallyHidden } from "./elements.js";

/** @import { SecretJson } from "./payload.d.ts" */
/** @import { Child, Find } from "./types.d.ts" */

/**
 * The class of a kind, which gives its chip colour, border and shape (player.css).
 * @type {(kind: string) => string}
 */
export const kindClass = (kind) => (/^\w+$/.test(kind) ? `fs-c-${kind}` : "");

/** @type {(kind: string, text?: string) => HTMLElement} */
export const nameChip = (kind, text = kind) => h("span", { class: `fs-chip ${kindClass(kind)}` }, text);

const LONG = 30;
/** @type {(text: string) => string} */
const shorten = (text) => (text.length > LONG ? `${text.slice(0, 12)}…${text.slice(-6)}` : text);

/**
 * A long value shows its two ends; a click shows all of it.
 * @type {(text: string, className: string, prefix?: Child) => HTMLElement}
 */
function expandable(text, className, prefix) {
  if (text.length <= LONG) return h("span", { class: className }, prefix, text);
  const shown = h("span", {}, shorten(text));
  const toggle = () => {
    const open = chip.getAttribute("aria-expanded") !== "true";
    chip.setAttribute("aria-expanded", String(open));
    shown.textContent = open ? text : shorten(text);
  };
  const props = { type: "button", class: className, title: text, "aria-expanded": "false", onclick: toggle };
  const chip = h("button", props, prefix, shown);
  return chip;
}

/** @type {(kind: string, text: string) => HTMLElement} */
export function valueChip(kind, text) {
  const chip = expandable(text, `fs-chip fs-value ${kindClass(kind)}`, visuallyHidden(`${kind}: `));
  chip.title = `${kind}\n${text}`;
  return chip;
}

/**
 * The secret that a text is from its first to its last character, or undefined.
 * @type {(text: string, find: Find) => SecretJson | undefined}
 */
export function wholeSecret(text, find) {
  const [piece, ...more] = find(text);
  return more.length || typeof piece === "string" ? undefined : piece?.secret;
}

/**
 * Text for the page: values of secrets as chips, other long values shortened.
 * @type {(text: string, find: Find, hint?: string) => Child}
 */
export function rich(text, find, hint) {
  return find(text, hint).map((piece) => {
    if (typeof piece !== "string") return valueChip(piece.secret.kind, piece.text);
    return piece
      .split(/([^\s"'=&;,<>()]{61,})/)
      .map((part, number) => (number % 2 ? expandable(part, "fs-long") : part));
  });
}

/**
 * Prose: `code_verifier` in backquotes is the name of a thing.
 * @type {(text: string, kinds: Set<string>) => Child}
 */
export function prose(text, kinds) {
  return text
    .split(/`([^`]+)`/)
    .map((part, number) => (number % 2 === 0 ? part : kinds.has(part) ? nameChip(part) : code(part)));
}
