/* The tables of the matrix, which Python draws (matrix_html.py) with a button in each cell: what the keys do in them.
 *
 * The cell with the focus is told in words below its table, because its title is for the mouse alone.
 */

import { allIn, h, targetOf } from "./elements.js";
import { makeRovingTabindex } from "./roving_tabindex.js";

/** @import { Tree } from "./types.d.ts" */

/**
 * What Python has drawn as a tree.
 * @type {(tree: Tree) => Node | string}
 */
export function grow(tree) {
  if (typeof tree === "string") return tree;
  const [tag, attributes, ...children] = tree;
  return h(tag, attributes, children.map(grow));
}

/**
 * Makes each table one Tab stop, and calls `press` with the cell that is pressed, `attack|defence`. Returns the buttons.
 * @type {(root: Element, press: (key: string) => void) => Map<string, HTMLElement>}
 */
export function wireMatrix(root, press) {
  for (const box of allIn(root, ".fs-matrix-scroll")) {
    const rows = allIn(box, "tr").map((row) => [...row.children].slice(1).map(inPlace));
    const reading = h("p", { class: "fs-matrix-reading", "aria-hidden": "true" });
    box.after(reading);
    makeRovingTabindex(box, rows, rows[1][0]);
    box.addEventListener("focusin", (event) => {
      const node = targetOf(event);
      // A head that stays counts as seen wherever its window stands, so a browser does not go up to it by itself.
      if (node?.closest("thead")) {
        box.scrollTop = 0;
        node.scrollIntoView({ block: "nearest" });
      }
      reading.textContent = node?.getAttribute("title") ?? node?.getAttribute("aria-label") ?? "";
    });
    box.addEventListener("focusout", ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node && box.contains(relatedTarget))) reading.textContent = "";
    });
    box.addEventListener("click", (event) => {
      const key = targetOf(event)?.closest("[data-cell]")?.getAttribute("data-cell");
      if (key) press(key);
    });
  }
  return new Map(allIn(root, "[data-cell]").map((button) => [button.dataset.cell ?? "", button]));
}

/**
 * What can have the focus in this place of a table: its button or link, else the place itself.
 * @type {(place: Element) => HTMLElement}
 */
function inPlace(place) {
  const [inside = place] = place.children;
  if (!(inside instanceof HTMLElement)) throw new Error("a table of the matrix holds elements of HTML");
  return inside;
}

/**
 * Shows which cell is open.
 * @type {(buttons: Map<string, HTMLElement>, open: string) => void}
 */
export function markOpen(buttons, open) {
  for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === open));
}
