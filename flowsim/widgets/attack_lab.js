/* The choices of the attack lab: an attack, the defences against it, a prediction; and the matrix, whose cells choose both.

   All text is set as text. Nothing is decided here: "run" is asked of the kernel, and `result` is what came of it. */

const h = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
};
const link = (url, text) => h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);

const PREDICTIONS = { "": "I do not know yet", works: "it works", stopped: "it is stopped" };
let labs = 0;

function render({ model, el }) {
  const attacks = model.get("attacks");
  const defences = model.get("defences");
  const group = `fs-lab-prediction-${(labs += 1)}`;
  const attack = () => attacks.find(({ name }) => name === select.value);
  const ask = (defencesChosen, predicted) =>
    model.send({ attack: select.value, defences: defencesChosen, predicted });

  const select = h("select", { "aria-label": "Attack", onchange: () => ask([], "") },
    ...attacks.map(({ name, title }) => h("option", { value: name }, `${name}: ${title}`)));
  const told = h("p", { class: "fs-lab-told" });
  const boxes = h("fieldset", { class: "fs-lab-defences" });
  const about = h("p", { class: "fs-lab-about", role: "note" });
  const radio = ([value, text]) =>
    h("label", {}, h("input", { type: "radio", name: group, value, checked: value === "" }), text);
  const prediction = h("fieldset", { class: "fs-lab-prediction" },
    h("legend", {}, "Your prediction"), ...Object.entries(PREDICTIONS).map(radio));
  const predicted = () => prediction.querySelector(":checked").value;
  const ticked = () => [...boxes.querySelectorAll(":checked")].map(({ value }) => value);
  const run = h("button", { type: "button", class: "fs-lab-run", onclick: () => ask(ticked(), predicted()) }, "Run the attack");
  const outcome = h("div", { class: "fs-lab-outcome", role: "status", "data-testid": "outcome" });

  const explain = (name) => {
    const { title, clause, url, answers } = defences[name];
    const other = (one) => h("button", { type: "button", onclick: () => choose(one, name) }, one);
    about.replaceChildren(h("b", {}, name), `: ${title} (`, link(url, clause), "). ",
      answers.length ? "Alone it answers " : "Alone it answers no attack.",
      ...answers.flatMap((one, index) => [index ? ", " : "", other(one)]), answers.length ? "." : "");
  };
  const box = (name) => {
    const { title } = defences[name];
    const look = () => explain(name);
    return h("label", { class: "fs-lab-defence", onpointerenter: look },
      h("input", { type: "checkbox", value: name, onfocus: look }), h("span", {}, h("b", {}, name), h("span", {}, title)));
  };
  const choose = (chosen, defence) => {
    select.value = chosen;
    ask(defence === "none" ? [] : [defence], "");
  };

  const head = (name) =>
    h("th", { scope: "col" }, h("a", { href: defences[name].url, title: defences[name].title, target: "_blank",
      rel: "noopener noreferrer" }, name));
  const cell = (row, one) =>
    one === null
      ? h("td", {}, "·")
      : h("td", {}, h("button", { type: "button", title: one.told, "aria-label": one.told,
          "data-cell": `${row}|${one.defence}`, class: one.works ? "fs-lab-works" : "fs-lab-stops",
          onclick: () => choose(row, one.defence) }, one.mark));
  const table = ({ heading, defences: names, rows }) =>
    h("div", { class: "fs-lab-scroll", tabindex: "0", role: "region", "aria-label": heading },
      h("table", {}, h("caption", {}, heading),
        h("thead", {}, h("tr", {}, h("td", {}), ...names.map(head))),
        h("tbody", {}, ...rows.map(({ attack: row, title, cells }) =>
          h("tr", {}, h("th", { scope: "row", title }, row), ...cells.map((one) => cell(row, one)))))));
  const matrix = h("details", { class: "fs-lab-matrix", "data-testid": "lab-matrix" },
    h("summary", {}, "Or choose in the matrix: every attack against every defence"), ...model.get("tables").map(table));

  const paintAttack = () => {
    select.value = model.get("attack");
    const { about: story, reach, defences: offered } = attack();
    told.replaceChildren(story, h("small", {}, ...reach.flatMap(([position, can]) =>
      [h("b", {}, `Position ${position}`), ` ${can}. `])));
    const now = [...boxes.querySelectorAll("input")].map(({ value }) => value);
    if (now.join() !== offered.join()) boxes.replaceChildren(h("legend", {}, "Defences"), ...offered.map(box));
    const chosen = model.get("ticked");
    for (const input of boxes.querySelectorAll("input")) input.checked = chosen.includes(input.value);
    for (const button of matrix.querySelectorAll("button")) {
      const [row, defence] = button.dataset.cell.split("|");
      button.setAttribute("aria-pressed", String(row === select.value && defence === (chosen.join() || "none")));
    }
    about.replaceChildren("Point at a defence, or reach it with Tab: here stands which attacks it answers.");
  };
  const paintResult = () => {
    const { kind, lead, text, where, clause, url } = model.get("result");
    outcome.className = `fs-lab-outcome fs-lab-${kind}`;
    outcome.hidden = !kind;
    outcome.replaceChildren(...(kind ? [h("b", {}, lead), " ", text] : []),
      ...(where ? [h("br", {}), where, " ", link(url, clause)] : []));
    prediction.querySelector("input").checked = true;
  };
  const root = h("div", { class: "fs-lab-choices", "data-lm-suppress-shortcuts": "true" },
    h("label", { class: "fs-lab-attack" }, h("span", {}, "Attack"), select), told, matrix, boxes, about,
    h("div", { class: "fs-lab-go" }, prediction, run), outcome);
  el.append(root);
  model.on("change:shown", paintAttack);
  model.on("change:result", paintResult);
  paintAttack();
  paintResult();
  return () => {
    model.off("change:shown", paintAttack);
    model.off("change:result", paintResult);
  };
}

export default { render };
