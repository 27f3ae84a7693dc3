/* A roving tabindex: many things are one Tab stop, and the arrow keys go from one to the next.
 *
 * Source: the grid and the toolbar of the ARIA Authoring Practices Guide.
 */

/**
 * The things stand in `rows` of equal length. Home and End go to the ends of a row, with Control to the first and the last
 * of all. Tab comes back to the one that was left last.
 * @type {(root: HTMLElement, rows: HTMLElement[][], first?: HTMLElement) => void}
 */
export function makeRovingTabindex(root, rows, first = rows[0][0]) {
  const all = rows.flat();
  /** @type {(node: EventTarget | null) => void} */
  const stopAt = (node) => {
    for (const one of all) one.tabIndex = one === node ? 0 : -1;
  };
  /** @type {(event: KeyboardEvent, x: number, y: number) => HTMLElement | undefined | null} */
  const target = ({ key, ctrlKey }, x, y) => {
    switch (key) {
      case "ArrowLeft": return rows[y][x - 1];
      case "ArrowRight": return rows[y][x + 1];
      case "ArrowUp": return rows[y - 1]?.[x];
      case "ArrowDown": return rows[y + 1]?.[x];
      case "Home": return ctrlKey ? all[0] : rows[y][0];
      case "End": return ctrlKey ? all.at(-1) : rows[y].at(-1);
      default: return null;
    }
  };
  root.addEventListener("focusin", (event) => {
    if (all.some((one) => one === event.target)) stopAt(event.target);
  });
  root.addEventListener("keydown", (event) => {
    const y = rows.findIndex((row) => row.some((one) => one === event.target));
    if (y < 0 || event.altKey || event.metaKey) return;
    const next = target(event, rows[y].findIndex((one) => one === event.target), y);
    if (next === null) return;
    event.preventDefault(); // At an edge the key must not scroll the page either.
    next?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" }); // A head that its table keeps in view may be out of the window.
  });
  stopAt(first);
}
