/* The tree of what a search has tried: boxes that Graphviz has placed, to be walked with the arrow keys.
 *
 * Source: the tree view of the ARIA Authoring Practices Guide. The kernel draws anew what is folded open.
 */

import { drawing } from "../front_end/static/diagram.js";
import { h, s, solid } from "../front_end/static/elements.js";

/** @import { SearchBox, SearchTree } from "./types.d.ts" */

const HOW_TO_WALK = "Arrow keys go from box to box. Enter opens one in the player. Space shows or folds what is behind it.";

/**
 * `ask` sends a question to the kernel. What comes back is the element of the tree, and what shows another one in it.
 * @type {(ask: (question: object) => void) => { node: HTMLElement, show(tree: SearchTree | null): void }}
 */
export function makeSearchTree(ask) {
  const picture = h("div", { class: "fs-tree-scroll" });
  const about = h("div", { class: "fs-tree-about" });
  const node = h("div", { class: "fs-tree", "data-testid": "tree" },
    h("h3", {}, "The tree of what was tried"), h("p", { class: "fs-tree-keys" }, HOW_TO_WALK), picture, about);
  /** @type {SearchBox[]} */
  let boxes = [];
  /** @type {Map<string, SVGElement>} */
  let shapes = new Map();
  let at = "";
  let drawn = "";

  /** @type {(box: SearchBox) => void} */
  const act = (box) => (box.opens ? ask({ open: box.key }) : box.unfolds && ask({ fold: box.key }));
  /** @type {(key: string, focus: boolean) => void} */
  const stand = (key, focus) => {
    const box = boxes.find((one) => one.key === key) ?? boxes[0];
    at = box.key;
    for (const [name, shape] of shapes) shape.setAttribute("tabindex", name === at ? "0" : "-1");
    describe(box);
    if (!focus) return; // What nobody looks for is not brought into view.
    shapes.get(at)?.focus({ preventScroll: true });
    shapes.get(at)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  /** @type {(box: SearchBox) => void} */
  const describe = (box) => {
    /** @type {(text: string, question: object) => HTMLElement} */
    const button = (text, question) => h("button", { type: "button", class: "fs-task-link", onclick: () => ask(question) }, text);
    about.replaceChildren(...solid([
      h("p", {}, box.text),
      h("p", { class: "fs-quiz-bar" },
        box.opens && button("Open it in the player", { open: box.key }),
        box.unfolds && button(box.unfolded ? "Fold what is behind it" : "Show what is behind it", { fold: box.key })),
    ]));
  };
  /** Where an arrow key leads. @type {(key: string, box: SearchBox) => string | undefined} */
  const target = (key, box) => {
    const place = boxes.indexOf(box);
    switch (key) {
      case "ArrowDown": return boxes[place + 1]?.key;
      case "ArrowUp": return boxes[place - 1]?.key;
      case "ArrowLeft": return box.under;
      case "ArrowRight": return boxes.find((one) => one.under === box.key)?.key;
      case "Home": return boxes[0].key;
      case "End": return boxes.at(-1)?.key;
      default: return undefined;
    }
  };
  picture.addEventListener("keydown", (event) => {
    const box = boxes.find((one) => one.key === at);
    if (!box || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter") act(box);
    else if (event.key === " " || (event.key === "ArrowRight" && box.unfolds && !box.unfolded)) {
      if (box.unfolds) ask({ fold: box.key });
    } else if (event.key === "ArrowLeft" && box.unfolded) ask({ fold: box.key });
    else {
      const next = target(event.key, box);
      if (next === undefined) return;
      if (next) stand(next, true);
    }
    event.preventDefault();
  });

  picture.addEventListener("focusin", ({ target: found }) => {
    const box = boxes.find((one) => shapes.get(one.key) === found);
    if (box && box.key !== at) stand(box.key, false);
  });

  /** @type {(svg: SVGSVGElement) => void} */
  const prepare = (svg) => {
    const { width, height } = svg.viewBox.baseVal;
    svg.setAttribute("class", "fs-tree-svg");
    svg.setAttribute("width", String(width));
    svg.setAttribute("height", String(height));
    svg.removeAttribute("aria-hidden");
    svg.setAttribute("role", "tree");
    svg.setAttribute("aria-label", "The tree of what was tried");
    for (const shape of svg.querySelectorAll("g.box")) {
      const place = Number(/\bbox-(\d+)\b/.exec(shape.getAttribute("class") ?? "")?.[1]);
      const box = boxes[place];
      if (!box || !(shape instanceof SVGElement)) continue;
      shapes.set(box.key, shape);
      shape.setAttribute("role", "treeitem");
      shape.setAttribute("aria-level", String(box.level));
      shape.setAttribute("aria-label", box.text);
      if (box.unfolds) shape.setAttribute("aria-expanded", String(box.unfolded));
      shape.addEventListener("click", () => {
        stand(box.key, true);
        if (!box.opens && box.unfolds) ask({ fold: box.key });
      });
    }
    // Who hears the picture hears the boxes in the order in which the arrow keys go through them.
    for (const { key } of boxes) {
      const shape = shapes.get(key);
      shape?.parentNode?.append(shape);
    }
  };
  return {
    node,
    show(tree) {
      node.hidden = !tree;
      if (!tree) return;
      const focused = picture.contains(document.activeElement);
      if (tree.svg !== drawn || !shapes.size) {
        boxes = tree.boxes;
        shapes = new Map();
        drawn = tree.svg;
        const svg = tree.svg ? drawing(tree.svg, new Set()) : null;
        if (svg) prepare(svg);
        picture.replaceChildren(svg ?? h("pre", {}, tree.text));
        if (boxes.length) stand(at, focused);
      }
      for (const [key, shape] of shapes) {
        shape.toggleAttribute("aria-current", key === tree.opened);
        shape.querySelector(".fs-tree-eye")?.remove();
        if (key !== tree.opened) continue;
        const { x, y } = /** @type {SVGGraphicsElement} */ (shape).getBBox();
        shape.append(s("circle", { class: "fs-tree-eye", cx: x + 9, cy: y + 9, r: 6 }));
      }
    },
  };
}
