/* Runs in the page that legibility.py opens: measures each step of a run as a room sees it.
 *
 * Frames are run here and now instead of sixty times a second, so that a step costs no more than its layout.
 */

const FRAMES = new Map();
let frames = 0;
window.requestAnimationFrame = (action) => {
  frames += 1;
  FRAMES.set(frames, action);
  return frames;
};
window.cancelAnimationFrame = (number) => FRAMES.delete(number);
function runFrames() {
  while (FRAMES.size) for (const [number, action] of [...FRAMES]) {
    if (FRAMES.delete(number)) action(performance.now());
  }
}

// The window is as large as the screen would be.
Element.prototype.requestFullscreen = () => Promise.reject(new Error("not here"));
let player = null;
window.loaded = [];
const rectOf = (node) => node.getBoundingClientRect();
const inside = (inner, outer, spare = 1.5) => inner.left >= outer.left - spare && inner.right <= outer.right + spare
  && inner.top >= outer.top - spare && inner.bottom <= outer.bottom + spare;
const narrower = (a, b) => ({ left: Math.max(a.left, b.left), right: Math.min(a.right, b.right),
  top: Math.max(a.top, b.top), bottom: Math.min(a.bottom, b.bottom) });

/** The part of the window in which this element's text can be seen. */
function clipOf(node, known) {
  if (known.has(node)) return known.get(node);
  let clip = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  if (node.parentElement) clip = clipOf(node.parentElement, known);
  if (getComputedStyle(node).overflow !== "visible") clip = narrower(clip, rectOf(node));
  known.set(node, clip);
  return clip;
}

/** Texts of HTML that cannot be read whole. */
function cutTexts(root) {
  const known = new Map();
  const found = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    const holder = text.parentElement;
    if (!text.data.trim() || holder.closest("svg, option, select, dialog, .fs-visually-hidden")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const clip = clipOf(holder, known);
    for (const rect of range.getClientRects()) {
      // A line's box is a little higher than its letters.
      const letters = { left: rect.left, right: rect.right, top: rect.top + 0.12 * rect.height, bottom: rect.bottom - 0.08 * rect.height };
      if (rect.width && !inside(letters, clip)) {
        found.push(`${holder.className || holder.localName}: ${text.data.slice(0, 60)}`);
        break;
      }
    }
  }
  return found;
}

/** What of the diagram is too small, cut, or out of view. */
function diagramOf(root, position) {
  const diagram = root.querySelector(".fs-diagram");
  const svg = diagram.querySelector("svg");
  const view = rectOf(diagram);
  const scale = rectOf(svg).width / svg.viewBox.baseVal.width;
  const found = { share: Infinity, smallest: "", cut: [], away: [], short: 0 };
  const headTexts = [...svg.querySelectorAll(".lane text")];
  const under = Math.max(...[...svg.querySelectorAll(".lane")].map((lane) => rectOf(lane).bottom));
  for (const text of svg.querySelectorAll("text")) {
    const style = getComputedStyle(text);
    if (style.visibility === "hidden") continue;
    const share = parseFloat(style.fontSize) * scale / innerWidth;
    if (share < found.share) Object.assign(found, { share, smallest: text.textContent });
    const own = rectOf(text);
    const head = headTexts.includes(text);
    if (!inside(own, view) || (!head && own.top + 3 < under)) found.cut.push(`diagram: ${text.textContent}`);
    const holder = text.closest(".lane, .badge");
    if (holder) {
      const shape = rectOf(holder.querySelector("path, polygon, ellipse"));
      if (own.width > shape.width) found.cut.push(`diagram, wider than its box: ${text.textContent}`);
    }
    if (text.textContent.endsWith("…") && text.closest(".label")) found.short += 1;
  }
  for (const text of headTexts) if (!inside(rectOf(text), view)) found.away.push(`lane ${text.textContent}`);
  const band = svg.querySelector(`.band.event-${position}`);
  if (position && (!band || band.classList.contains("is-cut") || !inside(rectOf(band), view))) found.away.push("current row");
  return found;
}

/** Segments of the timeline whose numbers run into each other. */
function crowded(root) {
  let last = -Infinity;
  const found = [];
  for (const span of root.querySelectorAll(".fs-segment > span")) {
    const parts = [...span.childNodes].filter((node) => !(node instanceof HTMLElement)).map((node) => {
      const range = document.createRange();
      range.selectNode(node);
      return range.getBoundingClientRect();
    });
    if (parts.length && Math.min(...parts.map(({ left }) => left)) < last - 0.5) found.push(`timeline: ${span.textContent}`);
    last = Math.max(last, ...parts.map(({ right }) => right));
  }
  return found;
}

/* Two steps that show the same picture and the same words are one step to the eye; it is measured once at each size. */
const pictures = new Map();
const known = new Map();
function seenIn(root, svg, position) {
  if (!pictures.has(svg)) pictures.set(svg, pictures.size);
  const texts = [".fs-bar", ".fs-notice", ".fs-head", ".fs-decision", ".fs-verdict", ".fs-timeline", ".fs-ledger th"]
    .flatMap((part) => [...root.querySelectorAll(part)].map((node) => (node.hidden ? "" : node.textContent)));
  const missed = root.querySelectorAll(".is-missed").length;
  return JSON.stringify([innerWidth, innerHeight, pictures.get(svg), position, missed, texts]);
}

window.measure = (payload) => {
  player?.destroy();
  player = window.mount(document.getElementById("player"), payload, {});
  const { root } = player;
  root.querySelector("[data-testid=present]").click();
  const results = [];
  for (const branch of payload.branches) {
    for (let position = 0; position <= branch.trace.events.length; position += 1) {
      player.show({ branch: branch.name, position });
      const key = seenIn(root, branch.svg, position);
      if (!known.has(key)) {
        runFrames();
        const { share, smallest, cut, away, short } = diagramOf(root, position);
        known.set(key, {
          share, smallest, away, short,
          cut: [...cut, ...crowded(root), ...cutTexts(root.querySelector(".fs-frame"))],
          fit: Number(root.style.getPropertyValue("--fs-fit") || 1),
          text: parseFloat(getComputedStyle(root.querySelector(".fs-text")).fontSize) / innerWidth,
        });
      }
      results.push({ branch: branch.title, position, ...known.get(key) });
    }
  }
  return results;
};
window.measureAt = (number) => window.measure(JSON.parse(window.loaded[number]));
