/* The choices of the attack lab: an attack, the defences against it, a prediction; and the matrix, whose cells choose both.

   Choosing happens here and asks nobody. What came of a run comes from the kernel, as `result`. */

const PREDICTIONS = { "": "I do not know yet", works: "it works", stopped: "it is stopped" };
const LOOKS = { works: "bad", stopped: "good", problem: "problem" };
let labs = 0;

function render({ model, el }) {
  const { attacks, defences } = model.get("offered");
  const all = attacks.flatMap(([, inside]) => inside);
  const aboutId = `fs-lab-about-${(labs += 1)}`;
  const attack = () => all.find(({ name }) => name === select.value);

  const select = h("select", { "aria-label": "Attack", onchange: () => offer([]) },
    ...attacks.map(([gain, inside]) =>
      h("optgroup", { label: gain },
        ...inside.map(({ name, title }) => h("option", { value: name }, `${name}: ${title}`)))));
  const told = h("p", { class: "fs-lab-told" });
  const boxes = h("fieldset", { class: "fs-lab-defences" });
  const about = h("p", { class: "fs-lab-about", role: "note", id: aboutId });
  const radio = ([value, text]) =>
    h("label", {}, h("input", { type: "radio", name: "prediction", value, checked: value === "" }), text);
  const prediction = h("fieldset", { class: "fs-lab-prediction" },
    h("legend", {}, "Your prediction"), ...Object.entries(PREDICTIONS).map(radio));
  const score = h("span", { class: "fs-lab-score", "data-testid": "score" });
  const run = h("button", { type: "submit", class: "fs-task-button" });
  const outcome = h("div", { class: "fs-task-outcome", role: "status", "data-testid": "outcome" });

  const ticked = () => [...boxes.querySelectorAll(":checked")].map(({ value }) => value);
  const runIt = () =>
    asking.ask({ attack: select.value, defences: ticked(), predicted: prediction.querySelector(":checked").value });
  const runCell = (name, defence) => asking.ask({ attack: name, defences: defence === "none" ? [] : [defence], predicted: "" });

  /* What is said of a defence leaves out the attack in view, or there were nothing to predict. */
  const explain = (name) => {
    const { title, clause, url, answers } = defences[name];
    const others = answers.filter((one) => one !== select.value);
    const go = (one) => {
      select.focus({ preventScroll: true }); // This button goes with the attack it speaks of.
      runCell(one, name);
    };
    const other = (one) => h("button", { type: "button", class: "fs-task-link", onclick: () => go(one) }, one);
    about.replaceChildren(h("b", {}, name), `: ${title} (`, link(url, clause), "). ",
      others.length ? "Other attacks that it stops when it stands alone: " : "Standing alone it stops no other attack",
      ...others.flatMap((one, index) => (index ? [", ", other(one)] : [other(one)])), ".");
  };
  const box = (name) =>
    h("label", { class: "fs-lab-defence" },
      h("input", { type: "checkbox", value: name, "aria-describedby": aboutId, onfocus: () => explain(name) }),
      h("span", {}, h("b", {}, name), h("span", {}, defences[name].title)));
  let offered = "";
  /* Offers the defences of the attack that is chosen, with these ticked. */
  const offer = (chosen) => {
    if (offered !== select.value) {
      const { about: story, reach, defences: names } = attack();
      offered = select.value;
      told.replaceChildren(story, h("small", {}, ...reach.flatMap(([position, can]) =>
        [h("b", {}, `Position ${position}`), ` ${can}. `])));
      boxes.replaceChildren(h("legend", {}, "Defences"), ...names.map(box));
      about.replaceChildren("Tick a defence, or reach it with Tab, and here stands which attacks it stops.");
    }
    for (const input of boxes.querySelectorAll("input")) input.checked = chosen.includes(input.value);
  };

  const head = (name) =>
    h("th", { scope: "col" }, Object.assign(link(defences[name].url, name), { title: defences[name].title }));
  const cell = (row, one) =>
    one === null
      ? h("td", {}, "·")
      : h("td", {}, h("button", { type: "button", title: one.told, "aria-label": one.told,
          "data-cell": `${row}|${one.defence}`, class: one.works ? "fs-lab-works" : "fs-lab-stops",
          onclick: () => runCell(row, one.defence) }, one.mark));
  const table = ({ heading, defences: names, rows }) =>
    h("div", { class: "fs-lab-scroll", tabindex: "0", role: "region", "aria-label": heading },
      h("table", {}, h("caption", {}, heading),
        h("thead", {}, h("tr", {}, h("td", {}), ...names.map(head))),
        h("tbody", {}, ...rows.map(({ attack: row, title, cells }) =>
          h("tr", {}, h("th", { scope: "row", title }, row), ...cells.map((one) => cell(row, one)))))));
  const matrix = h("details", { class: "fs-lab-matrix", "data-testid": "lab-matrix" },
    h("summary", {}, "Or choose in the matrix: every attack against every defence alone"),
    ...model.get("tables").map(table));

  const paintOutcome = ({ kind, of, lead, text, check, without, clause, url, compare }) => {
    outcome.className = `fs-task-outcome fs-task-${LOOKS[kind]}`;
    outcome.hidden = !kind;
    outcome.replaceChildren(...(kind ? [h("p", {}, h("b", {}, lead), " ", text)] : []),
      ...(check ? [h("p", {}, `${without} `, h("code", {}, check), ", ", link(url, clause))] : []),
      ...(of ? [h("p", { class: "fs-lab-of" }, `Below: ${of}.`,
        ...(compare ? [" Press ", h("kbd", {}, "c"), " in the player to compare it with no defence."] : []))] : []));
  };
  const paint = () => {
    const result = model.get("result");
    score.textContent = model.get("score");
    paintOutcome(result);
    if (result.kind === "problem" && offered) return; // The choices stay, to be put right.
    const chosen = model.get("ticked");
    select.value = model.get("attack");
    offer(chosen);
    for (const button of matrix.querySelectorAll("button")) {
      const here = button.dataset.cell === `${select.value}|${chosen.join("|") || "none"}`;
      button.setAttribute("aria-pressed", String(here));
    }
    prediction.querySelector("input").checked = true;
  };
  const root = h("form", { class: "fs-task-choices", onsubmit: (event) => { event.preventDefault(); runIt(); } },
    h("label", { class: "fs-lab-attack" }, h("span", {}, "Attack"), select), told, boxes, about,
    h("div", { class: "fs-lab-go" }, prediction, score, run), matrix, outcome);
  const asking = makeAsking(model, (busy, complaint) => {
    run.textContent = busy ? "Running …" : "Run the attack";
    run.setAttribute("aria-disabled", String(busy)); // Not `disabled`, which would lose the focus.
    if (complaint) paintOutcome({ kind: "problem", lead: "No answer.", text: complaint });
  });
  const onAnswer = () => {
    paint();
    asking.answered();
    if (matrix.contains(document.activeElement)) outcome.scrollIntoView({ block: "nearest" });
  };

  el.append(root);
  const releaseKeys = keepKeys(root);
  model.on("change:answered", onAnswer);
  onAnswer();
  return () => {
    model.off("change:answered", onAnswer);
    asking.stop();
    releaseKeys();
  };
}

export default { render };
