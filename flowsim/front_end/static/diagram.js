/* The diagram, as Graphviz has drawn it. Its SVG is copied element by element, and only what draws comes along: no
 * script, no link, no handler, no id, no style. */

import { ICONS, SVG, h, mark, s, scaleOf, targetOf } from "./elements.js";
import { isRoomy } from "./presenter.js";
import { quoted } from "./occurrences.js";
import { kindClass } from "./secrets.js";

/** @import { Actions, Data, Part, ReadyBranch, View } from "./types.d.ts" */

/** @typedef {{ node: SVGElement, index: number }} Row */
/**
 * What is drawn of a branch; `svg` is null where its picture is none.
 * @typedef {{ svg: SVGSVGElement | null, rows: Row[], heads: SVGElement | null }} Drawing
 */

const ELEMENTS = new Set(
  ["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan", "title"],
);
const ATTRIBUTES = new Set((
  "class d points x y x1 y1 x2 y2 dx dy cx cy r rx ry width height viewBox transform fill stroke stroke-width " +
  "stroke-dasharray fill-opacity stroke-opacity opacity text-anchor font-family font-size font-weight"
).split(" "));

/**
 * @template {Element} Made
 * @param {Element} node
 * @param {(text: string) => (Node | string)[]} cutText
 * @param {Made} made
 * @returns {Made}
 */
function copyInto(node, cutText, made) {
  for (const { name, value } of node.attributes) {
    if (ATTRIBUTES.has(name) && !/url\s*\(/i.test(value)) made.setAttribute(name, value);
  }
  for (const child of node.childNodes) {
    if (child instanceof Text) {
      made.append(...(node.localName === "text" ? cutText(child.data) : [child.data]));
    } else if (child instanceof Element && child.namespaceURI === SVG) {
      const inner = () => copyInto(child, cutText, document.createElementNS(SVG, child.localName));
      if (ELEMENTS.has(child.localName)) made.append(inner());
      else if (child.localName === "a") made.append(...inner().childNodes);
    }
  }
  return made;
}

/**
 * Returns a function that gives the names of secrets in a label the colour of their chips.
 * @type {(kinds: Set<string>) => (text: string) => (Node | string)[]}
 */
function colourNames(kinds) {
  const names = [...kinds].filter((kind) => kind !== "data").sort((a, b) => b.length - a.length);
  if (!names.length) return (text) => [text];
  const pattern = new RegExp(`\\b(${names.map(quoted).join("|")})\\b`);
  return (text) => text.split(pattern)
    .map((part, number) => (number % 2 ? s("tspan", { class: kindClass(part) }, part) : part));
}

/**
 * A picture that Graphviz has drawn, as elements of this page; null for a text that is none.
 * @type {(svg: string, kinds: Set<string>) => SVGSVGElement | null}
 */
export function drawing(svg, kinds) {
  // A strict Content-Security-Policy would report the style of the picture, which is left out anyway.
  const plain = svg.replace(/^(<svg\b[^>]*?) style="[^"]*"/, "$1");
  const parsed = new DOMParser().parseFromString(plain, "image/svg+xml").documentElement;
  if (parsed.localName !== "svg" || parsed.namespaceURI !== SVG) return null;
  const made = copyInto(parsed, colourNames(kinds), document.createElementNS(SVG, "svg"));
  made.querySelector(":scope > title")?.remove();
  made.setAttribute("class", "fs-svg");
  made.setAttribute("aria-hidden", "true");
  for (const name of ["width", "height"]) made.removeAttribute(name);
  for (const text of made.querySelectorAll(".badge.attack text")) {
    const [x, y] = ["x", "y"].map((name) => Number(text.getAttribute(name)));
    if (text.textContent === "!") text.replaceWith(skullAt(x, y));
  }
  return made;
}

/**
 * The names of the lanes, in a group of their own on top of all else: they stay in view when a long picture scrolls.
 * @type {(svg: SVGSVGElement) => SVGElement}
 */
function lanesOnTop(svg) {
  const names = [...svg.querySelectorAll("g.node.lane")];
  const { x, width, height } = svg.viewBox.baseVal;
  const heads = s("g", { class: "fs-heads" },
    s("rect", { class: "fs-heads-ground", x, y: -height, width, height: HEAD }), ...names);
  svg.querySelector("g")?.append(heads);
  return heads;
}

/**
 * The mark of an attacker's act that is none of the steps; a font would have no such sign.
 * @type {(x: number, y: number) => SVGElement}
 */
const skullAt = (x, y) =>
  s("path", { class: "fs-skull", d: ICONS.skull, transform: `translate(${x - 9.6} ${y - 14.4}) scale(1.2)` });

/**
 * A dot that goes along the arrow once (details in player.css). A path that is not plain numbers has none.
 * @type {(row: SVGElement) => SVGElement | null}
 */
function travellerOn(row) {
  const path = row.querySelector("path")?.getAttribute("d") ?? "";
  if (!/^[MCLcl\d\s.,-]+$/.test(path)) return null;
  const dot = s("circle", { class: `fs-traveller${row.classList.contains("attack") ? " fs-attacker" : ""}`, r: 6.5 });
  dot.style.offsetPath = `path("${path}")`;
  dot.addEventListener("animationend", () => dot.remove());
  return dot;
}

/** @type {(node: Element | null | undefined) => number} */
const indexOf = (node) => Number(/\bevent-(\d+)\b/.exec(node?.getAttribute("class") ?? "")?.[1]);
const SMALLEST = 12.5;
// In a room a letter is a share of the picture on the wall, and it grows with the type of all the rest.
const SHARE_OF_THE_PICTURE = 0.0134;
const SHARE_OF_THE_TYPE = 0.715;
const DRAWN_AT = 15;
export const HEAD = 50; // above the first row of a picture
export const ROW = 42; // from one row to the next
const TRACK = 32; // of each login, where there are several

/** @type {(data: Data, actions: Actions) => Part & { readonly picture: SVGElement | null, resize(): void, stop(): void }} */
export function makeDiagram(data, actions) {
  const root = h("div", { class: "fs-diagram", role: "img", "data-testid": "diagram" });
  /** @type {WeakMap<ReadyBranch, Drawing>} */
  const drawings = new WeakMap();
  /** @type {Drawing | null} */
  let shown = null;
  /** @type {ReadyBranch | null} */
  let painted = null;
  let inRoom = false;
  /** @type {SVGElement | null} */
  let traveller = null;
  /** @type {{ name: string | null, position: number }} */
  let last = { name: null, position: 0 };

  /** @type {(branch: ReadyBranch) => Drawing} */
  const drawn = (branch) => {
    const known = drawings.get(branch);
    if (known) return known;
    const svg = drawing(branch.svg, data.kinds);
    const groups = [...(svg?.querySelectorAll("[class*='event-']") ?? [])].filter((node) => node instanceof SVGElement);
    const made = { svg, rows: groups.map((node) => ({ node, index: indexOf(node) })), heads: svg && lanesOnTop(svg) };
    drawings.set(branch, made);
    return made;
  };

  /* In a narrow place the letters grow against the picture, so that they stay readable; a label stays inside it. */
  const fit = () => {
    const svg = shown?.svg;
    const box = svg?.viewBox.baseVal;
    if (!svg || !box?.width) return;
    const { width, height } = svg.getBoundingClientRect();
    const scale = Math.min(width / box.width, height / box.height) / scaleOf(root);
    if (!scale) return;
    const smallest = inRoom
      ? Math.max(SHARE_OF_THE_PICTURE * (root.closest(".fs-player")?.clientWidth ?? 0), SHARE_OF_THE_TYPE * parseFloat(getComputedStyle(root).fontSize))
      : SMALLEST;
    // Two rows are 42 apart, so taller letters would touch.
    svg.style.setProperty("--fs-letters", `${Math.min(24, Math.max(DRAWN_AT, smallest / scale))}px`);
    const tracks = svg.querySelectorAll(".track").length;
    for (const label of svg.querySelectorAll(".label text")) {
      if (!(label instanceof SVGTextElement)) continue;
      label.removeAttribute("transform");
      const own = label.getBBox();
      // The current label is bold, so it will need a little more.
      const spare = own.width * 0.04;
      const left = box.x + 46 + TRACK * tracks - own.x + spare;
      const right = box.x + box.width - 6 - own.x - own.width - spare;
      const shift = left > 0 ? left : Math.min(0, right);
      if (shift) label.setAttribute("transform", `translate(${shift} 0)`);
    }
  };
  const keepHeads = () => {
    const box = shown?.svg?.viewBox.baseVal;
    const seen = shown?.svg?.getBoundingClientRect().width;
    if (!shown?.heads || !box?.width || !seen) return;
    const width = seen / scaleOf(root);
    const down = root.scrollTop * (box.width / width);
    mark(shown.heads, "fs-afloat", down > 0);
    shown.heads.setAttribute("transform", `translate(0 ${down})`);
    trim(HEAD * (width / box.width));
  };
  /* In a room no row stands half under the heads or half below the edge: it would only be a riddle. */
  /** @type {(headHeight: number) => void} */
  const trim = (headHeight) => {
    const { top, bottom } = root.getBoundingClientRect();
    const long = inRoom && root.scrollHeight > root.clientHeight + 1;
    const out = new Set();
    for (const { node, index } of long ? shown?.rows ?? [] : []) {
      if (!node.classList.contains("band")) continue;
      const own = node.getBoundingClientRect();
      if (own.top < top + headHeight * scaleOf(root) - 2 || own.bottom > bottom + 1) out.add(index);
    }
    for (const { node, index } of shown?.rows ?? []) mark(node, "is-cut", out.has(index));
  };
  /* What scrolls must be within reach of the keys. */
  const settle = () => {
    keepHeads();
    if (root.scrollHeight > root.clientHeight) root.tabIndex = 0;
    else root.removeAttribute("tabindex");
  };
  root.addEventListener("scroll", keepHeads, { passive: true });
  const observer = new ResizeObserver(() => {
    fit();
    settle();
  });
  observer.observe(root);

  root.addEventListener("click", (event) => {
    const index = indexOf(targetOf(event)?.closest("[class*='event-']"));
    if (index) actions.go(index);
  });

  /** @type {(position: number, name: string) => SVGElement | undefined} */
  const rowAt = (position, name) =>
    shown?.rows.find(({ node, index }) => index === position && node.classList.contains(name))?.node;
  /**
   * Only forwards: going back is not what happened.
   * @type {(view: View) => void}
   */
  const travel = ({ branch, position }) => {
    const forward = last.name !== null && position > (last.name === branch.name ? last.position : branch.shared);
    const moved = last.name !== branch.name || last.position !== position;
    last = { name: branch.name, position };
    if (!moved) return;
    traveller?.remove();
    const row = forward ? rowAt(position, "msg") : undefined;
    traveller = row ? travellerOn(row) : null;
    if (row && traveller) row.parentNode?.append(traveller);
  };

  /**
   * A long story scrolls inside its box, so that the current row is in the middle. It stays where it is as long as that
   * row is in sight with a row above and below it: nothing slides away under the pointer.
   * @type {(position: number) => void}
   */
  const reveal = (position) => {
    if (root.scrollHeight <= root.clientHeight) {
      keepHeads();
      return;
    }
    const box = root.getBoundingClientRect();
    const own = rowAt(position, "band")?.getBoundingClientRect();
    const heads = shown?.heads?.getBoundingClientRect().height ?? 0;
    const inSight = own && own.top - own.height >= box.top + heads && own.bottom + own.height <= box.bottom;
    if (!inSight) root.scrollTop = own ? root.scrollTop + (own.top - box.top - (box.height + heads - own.height) / 2) / scaleOf(root) : 0;
    keepHeads();
  };
  let scrolling = 0;

  /** @type {(view: View) => void} */
  const paint = (view) => {
    if (inRoom !== isRoomy(view.state)) {
      inRoom = isRoomy(view.state);
      requestAnimationFrame(() => {
        fit();
        settle();
      });
    }
    if (painted !== view.branch) {
      painted = view.branch;
      shown = drawn(view.branch);
      root.replaceChildren(shown.svg ?? h("p", { class: "fs-empty" }, "There is no picture of this branch."));
      const label = `Sequence diagram of “${view.branch.title}”. The timeline leads through the same events.`;
      root.setAttribute("aria-label", label);
      fit();
      settle();
    }
    mark(root, "fs-hide-future", view.state.hideFuture);
    for (const { node, index } of shown?.rows ?? []) {
      mark(node, "is-past", index < view.position);
      mark(node, "is-now", index === view.position);
      mark(node, "is-future", index > view.position);
    }
    travel(view);
    cancelAnimationFrame(scrolling);
    scrolling = requestAnimationFrame(() => reveal(view.position));
  };
  return {
    root,
    paint,
    get picture() {
      return shown?.svg ?? null;
    },
    resize() {
      fit();
      settle();
    },
    stop: () => observer.disconnect(),
  };
}
