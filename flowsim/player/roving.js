/* One Tab stop for many things, in `rows` of equal length: the arrow keys go from one to the next, Home and End to the ends
   of a row, with Control to the first and the last of all. Tab comes back to the one that was left last.

   Source: the grid and the toolbar of the ARIA Authoring Practices Guide. */

function rove(root, rows, first = rows[0][0]) {
  const all = rows.flat();
  const stopAt = (node) => {
    for (const one of all) one.tabIndex = one === node ? 0 : -1;
  };
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
    if (all.includes(event.target)) stopAt(event.target);
  });
  root.addEventListener("keydown", (event) => {
    const y = rows.findIndex((row) => row.includes(event.target));
    if (y < 0 || event.altKey || event.metaKey) return;
    const next = target(event, rows[y].indexOf(event.target), y);
    if (next === null) return;
    event.preventDefault(); // At an edge the key must not scroll the page either.
    next?.focus();
    next?.scrollIntoView({ block: "nearest", inline: "nearest" }); // A head that its table keeps in view may be out of the window.
  });
  stopAt(first);
}
