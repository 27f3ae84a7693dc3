/* The matrix as a table in which every cell is a button: it chooses its attack and its defence. All text is set as text. */

const h = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

function render({ model, el }) {
  const pick = (attack, defence) => {
    // The same cell twice is another choice for whoever has changed the boxes in between.
    model.set("chosen", []);
    model.set("chosen", [attack, defence]);
    model.save_changes();
    paint();
  };
  const head = ({ name, title, url }) =>
    h("th", { scope: "col" }, h("a", { href: url, title, target: "_blank", rel: "noopener noreferrer" }, name));
  const cell = (attack, one) =>
    one === null
      ? h("td", {}, "·")
      : h("td", {},
          h("button", { type: "button", title: one.told, "aria-label": one.told, "data-cell": `${attack}|${one.defence}`,
            class: one.works ? "fs-lab-works" : "fs-lab-stops", onclick: () => pick(attack, one.defence) }, one.mark));
  const table = ({ heading, defences, rows }) =>
    h("div", { class: "fs-lab-scroll" },
      h("table", {}, h("caption", {}, heading),
        h("thead", {}, h("tr", {}, h("td", {}), ...defences.map(head))),
        h("tbody", {}, ...rows.map(({ attack, title, cells }) =>
          h("tr", {}, h("th", { scope: "row", title }, attack), ...cells.map((one) => cell(attack, one)))))));
  const root = h("details", { class: "fs-lab-matrix", "data-testid": "lab-matrix" },
    h("summary", {}, "The matrix: every attack against every defence. A cell plays its run."),
    ...model.get("tables").map(table));
  const paint = () => {
    const [attack, defence] = model.get("chosen");
    for (const button of root.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.cell === `${attack}|${defence}`));
    }
  };
  // JupyterLab takes plain keys for its own; it leaves out an element with this attribute.
  root.setAttribute("data-lm-suppress-shortcuts", "true");
  el.append(root);
  model.on("change:chosen", paint);
  paint();
  return () => model.off("change:chosen", paint);
}

export default { render };
