/* Elements: the only way from a string to the page.
 *
 * Everything in a payload is data, and an attacker may have chosen it. It reaches the page as text nodes and through
 * the few attributes that are named in these files. No string is ever read as HTML.
 */

/** @import { Clause } from "./payload.d.ts" */
/** @import { Child, Props } from "./types.d.ts" */

export const SVG = "http://www.w3.org/2000/svg";

/** @type {(node: Element, props: object, children: Child[]) => void} */
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...solid(children));
}

/**
 * What is left of nested lists of elements and texts without the parts that are not wanted: `wanted && h("b")`.
 * @type {(child: Child) => (Node | string)[]}
 */
export function solid(child) {
  if (isList(child)) return child.flatMap(solid);
  if (typeof child === "number") return [String(child)];
  return child ? [child] : [];
}

/** @type {(child: Child) => child is readonly Child[]} */
const isList = (child) => Array.isArray(child);

/** What stands between backticks is code. @type {(text: string) => Child[]} */
export const marked = (text) => text.split("`").map((part, index) => (index % 2 ? h("code", {}, part) : part));

/**
 * An element of HTML.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Props} [props]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  fill(node, props, children);
  return node;
}

/**
 * An element of SVG.
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} props
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function s(tag, props, ...children) {
  const node = document.createElementNS(SVG, tag);
  fill(node, props, children);
  return node;
}

/** @type {(text: string) => HTMLElement} */
export const visuallyHidden = (text) => h("span", { class: "fs-visually-hidden" }, text);
/** @type {(text: string) => HTMLElement} */
export const code = (text) => h("code", { class: "fs-code" }, text);
/** @type {(node: Element, name: string, on: unknown) => void} */
export const mark = (node, name, on) => void node.classList.toggle(name, Boolean(on));

/**
 * The element of this id, which the page has.
 * @type {(id: string) => HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no element "${id}"`);
  return node;
}

/**
 * The elements of HTML inside this one that a selector names.
 * @type {(root: Element, selector: string) => HTMLElement[]}
 */
export const allIn = (root, selector) => [...root.querySelectorAll(selector)].filter((node) => node instanceof HTMLElement);

/**
 * The element that an event is about, also where it stands in a shadow root and the listener outside of it.
 * @type {(event: Event) => Element | null}
 */
export const targetOf = (event) => {
  const target = event.composedPath()[0] ?? event.target;
  return target instanceof Element ? target : null;
};

/**
 * What this element stands in: the page, or a shadow root in it; null for one that stands nowhere yet.
 * @type {(node: Node) => DocumentOrShadowRoot | null}
 */
export const treeOf = (node) => {
  const tree = node.getRootNode();
  return tree instanceof Document || tree instanceof ShadowRoot ? tree : null;
};

/**
 * How much larger than it is laid out an element is seen: a slide may be scaled as a whole.
 * @type {(node: HTMLElement) => number}
 */
export const scaleOf = (node) => node.getBoundingClientRect().width / node.offsetWidth || 1;

/**
 * Whether the focus is in this element.
 * @type {(node: Node) => boolean}
 */
export const hasFocus = (node) => node.contains(treeOf(node)?.activeElement ?? null);

/** Drawn here, because symbols are missing from the fonts of many machines. */
export const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11.5 2.5v11L4 8z",
  next: "M4.5 2.5v11L12 8z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  play: "M4 2v12l10-6z",
  pause: "M3.5 2.5h3.2v11H3.5zM9.3 2.5h3.2v11H9.3z",
  present: "M1 2h14v9.6H9l2 3H9.6L8 12.2l-1.6 2.4H5l2-3H1zm1.7 1.7v6.2h10.6V3.7z",
  help:
    "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6zm-.9 7.9h1.8v1.7H7.1zM8 3.9c1.6 0 " +
    "2.7.9 2.7 2.2 0 1-.6 1.5-1.2 2-.5.3-.6.5-.6 1V9.4H7.2v-.6c0-1 .5-1.4 1.1-1.8.4-.3.6-.5.6-.9 0-.4-.3-.7-.9-.7s-1 " +
    ".3-1.1.9L5.2 6c.2-1.3 1.2-2.1 2.8-2.1z",
  compare: "M1.5 2.5h5.3v11H1.5zm1.6 1.6v7.8h2.1V4.1zm6.1-1.6h5.3v11H9.2z",
  differs: "M2 4.6h7.1l1.6-3.1 1.4.8-1.2 2.3H14v1.8H9.9L8.7 9H14v1.8H7.8l-1.9 3.7-1.4-.8 1.5-2.9H2V9h4.9l1.3-2.6H2z",
  clock: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.7a5.3 5.3 0 1 1 0 10.6A5.3 5.3 0 0 1 8 2.7zM7.2 4.2v4.2l3 2.6 1-1.2-2.4-2V4.2z",
  arrow: "M1 7h9V3.5L15 8l-5 4.5V9H1z",
  down: "m3 5.5 5 5 5-5-1.2-1.2L8 8.1 4.2 4.3z",
  skull:
    "M8 1C4.3 1 1.8 3.4 1.8 6.6c0 2 1 3.6 2.7 4.5v1.4c0 .4.3.7.7.7h.9v1.6h1.3v-1.6h1.2v1.6h1.3v-1.6h.9" +
    "c.4 0 .7-.3.7-.7v-1.4c1.7-.9 2.7-2.5 2.7-4.5C14.2 3.4 11.7 1 8 1zM5.5 5.2a1.6 1.6 0 1 1 0 3.2 " +
    "1.6 1.6 0 0 1 0-3.2zm5 0a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2zM8 8.7l1 1.9H7z",
  passed: "m2 8.6 1.5-1.5 3 3L12.6 4 14 5.4l-7.5 7.5z",
  failed: "M3.4 2 8 6.6 12.6 2 14 3.4 9.4 8l4.6 4.6-1.4 1.4L8 9.4 3.4 14 2 12.6 6.6 8 2 3.4z",
  none: "M3 7h10v2H3z",
  unknown: "M6.9 11.6h2.2v2.2H6.9zM8 1.8c2.5 0 4.2 1.4 4.2 3.5 0 1.6-.8 2.4-1.9 3.2-.9.6-1.2 1-1.2 1.7H7c0-1.7.7-2.4 1.7-3.1.9-.6 1.3-1 1.3-1.7 0-.9-.8-1.5-2-1.5-1.3 0-2.1.7-2.2 2H3.7C3.8 3.4 5.4 1.8 8 1.8z",
  off:
    "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2c1.1 0 2.1.4 2.9.9l-7 7A5 5 0 0 1 8 3zm0 10c-1.1 0-2.1-.4-2.9-.9l7-7" +
    "A5 5 0 0 1 8 13z",
  eye:
    "M8 3C4.5 3 1.7 5.3.5 8c1.2 2.7 4 5 7.5 5s6.3-2.3 7.5-5c-1.2-2.7-4-5-7.5-5zm0 8.3a3.3 3.3 0 1 1 0-6.6 3.3 3.3 0 " +
    "0 1 0 6.6zm0-5a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4z",
  good: "M8 .8 2 3v4.5c0 3.7 2.5 6.5 6 7.7 3.5-1.2 6-4 6-7.7V3zm-.9 10.3L4.2 8.2 5.4 7l1.7 1.7L10.8 5 12 6.2z",
  bad: "M8 1 .6 14.3h14.8zM7.2 5.8h1.6v4.3H7.2zm0 5.3h1.6v1.6H7.2z",
  copy: "M5 1h9v11h-3v3H2V4h3zm1.5 3H11v6.5h1.5v-8h-6zm-3 1.5v8h6v-8z",
  neutral: "M3 1h1.6v1H13l-2 3 2 3H4.6v7H3z",
};

/** @type {(name: keyof typeof ICONS) => SVGElement} */
export const icon = (name) =>
  s("svg", { class: "fs-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));

/**
 * A link that opens beside this page.
 * @type {(url: string, ...children: Child[]) => HTMLAnchorElement}
 */
export const anchor = (url, ...children) =>
  h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);

/**
 * A clause as a link to where it can be read.
 * @type {(clause: Clause) => HTMLElement}
 */
export function link({ label, url }) {
  if (!/^https:\/\//.test(url)) return h("span", { class: "fs-clause" }, label);
  const node = anchor(url, label, visuallyHidden(" (opens in a new tab)"));
  node.className = "fs-clause";
  return node;
}

/** @type {(name: string, iconName: keyof typeof ICONS, action: () => void, props: Props, text?: Child) => HTMLButtonElement} */
export function button(name, iconName, action, props, text) {
  const all = { type: "button", class: "fs-button", title: name, "aria-label": text ? null : name, ...props };
  return h("button", { ...all, onclick: action }, icon(iconName), text);
}

/**
 * A button that does nothing now keeps its place in the order of focus.
 * @type {(node: Element, off: boolean) => void}
 */
export const disable = (node, off) => node.setAttribute("aria-disabled", String(off));
