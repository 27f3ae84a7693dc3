/* The diagram, as Graphviz has drawn it. Its SVG is copied element by element, and only what draws comes along: no
 * script, no link, no handler, no id, no style. */

import { ICONS, SVG, h, mark, s } from "./elements.js";
import { kindClass, quoted } from "./secrets.js";

const ELEMENTS = new Set(
  ["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan", "title"],
);
const ATTRIBUTES = new Set((
  "class d points x y x1 y1 x2 y2 dx dy cx cy r rx ry width height viewBox transform fill stroke stroke-width " +
  "stroke-dasharray fill-opacity stroke-opacity opacity text-anchor font-family font-size font-weight"
).split(" "));

function copy(node, cutText) {
  const made = document.createElementNS(SVG, node.localName);
  for (const { name, value } of node.attributes) {
    if (ATTRIBUTES.has(name) && !/url\s*\(/i.test(value)) made.setAttribute(name, value);
  }
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      made.append(...(node.localName === "text" ? cutText(child.data) : [child.data]));
    } else if (child.namespaceURI === SVG && ELEMENTS.has(child.localName)) made.append(copy(child, cutText));
    else if (child.namespaceURI === SVG && child.localName === "a") made.append(...copy(child, cutText).childNodes);
  }
  return made;
}

/* Returns a function that gives the names of secrets in a label the colour of their chips. */
function colourNames(kinds) {
  const names = [...kinds].filter((kind) => kind !== "data").sort((a, b) => b.length - a.length);
  if (!names.length) return (text) => [text];
  const pattern = new RegExp(`\\b(${names.map(quoted).join("|")})\\b`);
  return (text) => text.split(pattern)
    .map((part, number) => (number % 2 ? s("tspan", { class: kindClass(part) }, part) : part));
}

function drawing(svg, kinds) {
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  if (parsed.localName !== "svg" || parsed.namespaceURI !== SVG) return null;
  const made = copy(parsed, colourNames(kinds));
  made.setAttribute("class", "fs-svg");
  made.setAttribute("aria-hidden", "true");
  for (const name of ["width", "height"]) made.removeAttribute(name);
  for (const text of made.querySelectorAll(".badge.attack text")) {
    const [x, y] = ["x", "y"].map((name) => Number(text.getAttribute(name)));
    if (text.textContent === "!") text.replaceWith(skullAt(x, y));
  }
  return made;
}

/* The names of the lanes, in a group of their own on top of all else: they stay in view when a long picture scrolls. */
function lanesOnTop(svg) {
  const names = [...svg.querySelectorAll("g.node.lane")];
  const { x, width, height } = svg.viewBox.baseVal;
  const heads = s("g", { class: "fs-heads" },
    s("rect", { class: "fs-heads-ground", x, y: -height, width, height: HEAD }), ...names);
  svg.querySelector("g")?.append(heads);
  return heads;
}

/* The mark of an attacker's act that is none of the eleven steps; a font would have no such sign. */
const skullAt = (x, y) =>
  s("path", { class: "fs-skull", d: ICONS.skull, transform: `translate(${x - 9.6} ${y - 14.4}) scale(1.2)` });

/* A dot that goes along the arrow once (details in player.css). A path that is not plain numbers has none. */
function travellerOn(row) {
  const path = row?.querySelector("path")?.getAttribute("d") ?? "";
  if (!/^[MCLcl\d\s.,-]+$/.test(path)) return null;
  const dot = s("circle", { class: `fs-traveller${row.classList.contains("attack") ? " fs-thief" : ""}`, r: 6.5 });
  dot.style.offsetPath = `path("${path}")`;
  dot.addEventListener("animationend", () => dot.remove());
  return dot;
}

const indexOf = (node) => Number(/\bevent-(\d+)\b/.exec(node?.getAttribute("class") ?? "")?.[1]);
const SMALLEST = 12.5;
const SMALLEST_IN_A_ROOM = 19;
const DRAWN_AT = 15;
const HEAD = 50;  // above the first row of a picture

export function makeDiagram(data, actions) {
  const root = h("div", { class: "fs-diagram", role: "img", "data-testid": "diagram" });
  const drawings = new Map();
  let shown = null;
  let painted = null;
  let inRoom = false;
  let traveller = null;
  let last = { name: null, position: 0 };

  const drawn = (branch) => {
    if (!drawings.has(branch.name)) {
      const svg = drawing(branch.svg, data.kinds);
      const groups = [...(svg?.querySelectorAll("[class*='event-']") ?? [])];
      const rows = groups.map((node) => ({ node, index: indexOf(node) }));
      drawings.set(branch.name, { svg, rows, heads: svg && lanesOnTop(svg) });
    }
    return drawings.get(branch.name);
  };

  /* In a narrow place the letters grow against the picture, so that they stay readable; a label stays inside it. */
  const fit = () => {
    const box = shown?.svg?.viewBox.baseVal;
    if (!box?.width) return;
    const { width, height } = shown.svg.getBoundingClientRect();
    const scale = Math.min(width / box.width, height / box.height);
    if (!scale) return;
    const smallest = inRoom ? SMALLEST_IN_A_ROOM : SMALLEST;
    // Two rows are 42 apart, so taller letters would touch.
    shown.svg.style.setProperty("--fs-letters", `${Math.min(24, Math.max(DRAWN_AT, smallest / scale))}px`);
    for (const label of shown.svg.querySelectorAll(".label text")) {
      label.removeAttribute("transform");
      const own = label.getBBox();
      // The current label is bold, so it will need a little more.
      const spare = own.width * 0.04;
      const left = box.x + 46 - own.x + spare;
      const right = box.x + box.width - 6 - own.x - own.width - spare;
      const shift = left > 0 ? left : Math.min(0, right);
      if (shift) label.setAttribute("transform", `translate(${shift} 0)`);
    }
  };
  const keepHeads = () => {
    const box = shown?.svg?.viewBox.baseVal;
    const width = shown?.svg?.getBoundingClientRect().width;
    if (!box?.width || !width) return;
    const down = root.scrollTop * (box.width / width);
    mark(shown.heads, "fs-afloat", down > 0);
    shown.heads.setAttribute("transform", `translate(0 ${down})`);
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
    const index = indexOf(event.target.closest("[class*='event-']"));
    if (index) actions.go(index);
  });

  /* Only forwards: going back is not what happened. */
  const travel = ({ branch, position }) => {
    const forward = last.name !== null && position > (last.name === branch.name ? last.position : branch.shared);
    const moved = last.name !== branch.name || last.position !== position;
    last = { name: branch.name, position };
    if (!moved) return;
    traveller?.remove();
    const row = forward && shown.rows.find(({ node, index }) => index === position && node.classList.contains("msg"));
    traveller = row ? travellerOn(row.node) : null;
    if (traveller) row.node.parentNode.append(traveller);
  };

  /* A long story scrolls inside its box, so that the current row is in the middle; a short one has nothing to scroll. */
  const reveal = (position) => {
    if (root.scrollHeight <= root.clientHeight) return;
    const row = shown.rows.find(({ node, index }) => index === position && node.classList.contains("band"));
    const [box, own] = [root.getBoundingClientRect(), row?.node.getBoundingClientRect()];
    root.scrollTop = own ? root.scrollTop + own.top - box.top - (box.height - own.height) / 2 : 0;
  };
  let scrolling = 0;

  const paint = (view) => {
    if (inRoom !== view.state.presenting) {
      inRoom = view.state.presenting;
      requestAnimationFrame(fit);
    }
    if (painted !== view.branch.name) {
      painted = view.branch.name;
      shown = drawn(view.branch);
      root.replaceChildren(shown.svg ?? h("p", { class: "fs-empty" }, "There is no picture of this branch."));
      const label = `Sequence diagram of “${view.branch.title}”. The timeline leads through the same events.`;
      root.setAttribute("aria-label", label);
      fit();
      settle();
    }
    mark(root, "fs-hide-future", view.state.hideFuture);
    for (const { node, index } of shown.rows) {
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
      return shown?.svg;
    },
    stop: () => observer.disconnect(),
  };
}
