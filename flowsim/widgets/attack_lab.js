/* The choices of the attack lab: an attack, the defences against it, a prediction; and the matrix, whose cells choose both.
 *
 * Choosing happens here and asks nobody. What came of a run comes from the kernel, as `result`.
 */

import { anchor, h, solid } from "../front_end/static/elements.js";
import { grow, markOpen, wireMatrix } from "../front_end/static/matrix_grid.js";
import { makeRovingTabindex } from "../front_end/static/roving_tabindex.js";
import { keepKeys, makeKernelAsking } from "./kernel.js";

/** @import { LabResult, LabTraits, Render } from "./types.d.ts" */

const PREDICTIONS = { "": "I do not know yet", works: "it works", stopped: "it is stopped" };
const LOOKS = { works: "bad", stopped: "good", "no login": "problem", problem: "problem", "": "" };
let labs = 0;

/** @type {Render<LabTraits>} */
export function renderAttackLab({ model, el }) {
  const { attacks, defences } = model.get("offered");
  const all = attacks.flatMap(([, inside]) => inside);
  const aboutId = `fs-lab-about-${(labs += 1)}`;
  const attack = () => all.find(({ name }) => name === select.value);

  const select = h("select", { "aria-label": "Attack", onchange: () => offer([]) },
    attacks.map(([gain, inside]) =>
      h("optgroup", { label: gain },
        inside.map(({ name, title }) => h("option", { value: name }, `${name}: ${title}`)))));
  const told = h("p", { class: "fs-lab-told" });
  const boxes = h("fieldset", { class: "fs-lab-defences" });
  const about = h("p", { class: "fs-lab-about", role: "note", id: aboutId });
  const radios = Object.keys(PREDICTIONS)
    .map((value) => h("input", { type: "radio", name: "prediction", value, checked: value === "" }));
  const prediction = h("fieldset", { class: "fs-lab-prediction" }, h("legend", {}, "Your prediction"),
    Object.values(PREDICTIONS).map((text, number) => h("label", {}, radios[number], text)));
  const score = h("span", { class: "fs-lab-score", "data-testid": "score" });
  const run = h("button", { type: "submit", class: "fs-task-button" });
  const outcome = h("div", { class: "fs-task-outcome", role: "status", tabindex: "-1", "data-testid": "outcome" });

  const inputs = () => [...boxes.querySelectorAll("input")];
  const ticked = () => inputs().filter(({ checked }) => checked).map(({ value }) => value);
  const runIt = () =>
    asking.ask({ attack: select.value, defences: ticked(), predicted: radios.find(({ checked }) => checked)?.value ?? "" });
  /** @type {HTMLElement | null} The cell of the matrix whose run is shown: Escape goes back to it. */
  let left = null;
  /** @type {(event: KeyboardEvent) => void} */
  const goBack = (event) => {
    if (event.key !== "Escape" || !left) return;
    event.stopPropagation();
    left.focus();
  };
  outcome.addEventListener("keydown", goBack);
  /** @type {(name: string, defence: string) => void} */
  const runCell = (name, defence) => asking.ask({ attack: name, defences: defence === "none" ? [] : [defence], predicted: "" });

  /**
   * What is said of a defence leaves out the attack in view, or there were nothing to predict.
   * @type {(name: string) => void}
   */
  const explain = (name) => {
    const { title, clause, url, answers } = defences[name];
    const others = answers.filter((one) => one !== select.value);
    /** @type {(one: string) => void} */
    const go = (one) => {
      select.focus({ preventScroll: true }); // This button goes with the attack it speaks of.
      runCell(one, name);
    };
    /** @type {(one: string) => HTMLElement} */
    const other = (one) => h("button", { type: "button", class: "fs-task-link", onclick: () => go(one) }, one);
    about.replaceChildren(h("b", {}, name), `: ${title} (`, anchor(url, clause), "). ",
      others.length ? "Other attacks that it stops when it stands alone: " : "Standing alone it stops no other attack.");
    if (!others.length) return;
    const buttons = others.map(other);
    const bar = h("span", { role: "toolbar", "aria-label": `Other attacks that ${name} stops` },
      buttons.map((one, index) => [index > 0 && ", ", one]));
    makeRovingTabindex(bar, [buttons]);
    about.append(bar, ".");
  };
  /** @type {(name: string) => HTMLElement} */
  const box = (name) =>
    h("label", { class: "fs-lab-defence" },
      h("input", { type: "checkbox", value: name, "aria-describedby": aboutId, onfocus: () => explain(name) }),
      h("span", {}, h("b", {}, name), h("span", {}, defences[name].title)));
  let offered = "";
  const fold = h("details", { class: "fs-lab-more" });
  /**
   * Offers the defences of the attack that is chosen, with these ticked.
   * @type {(chosen: string[]) => void}
   */
  const offer = (chosen) => {
    const asked = attack();
    if (asked && offered !== select.value) {
      const { about: story, reach, defences: names, more } = asked;
      offered = select.value;
      fold.open = false;
      told.replaceChildren(story, h("small", {}, reach.map(([position, can]) =>
        [h("b", {}, `Position ${position}`), ` ${can}. `])));
      fold.replaceChildren(h("summary", {}, `More defences (${more.length}), which are not in this attack's row of the matrix`),
        h("div", { class: "fs-lab-boxes" }, more.map(box)));
      boxes.replaceChildren(h("legend", {}, "Defences"), ...names.map(box), fold);
      about.replaceChildren("Tick a defence, or reach it with Tab, and here stands which attacks it stops.");
    }
    for (const input of inputs()) input.checked = chosen.includes(input.value);
    if (fold.querySelector(":checked")) fold.open = true;
  };

  const summary = h("summary", {}, "Or choose in the matrix: every attack against every defence alone");
  /** @type {(event: KeyboardEvent) => void} */
  const leave = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    summary.focus();
  };
  const [legend, ...tables] = model.get("matrix").map(grow);
  const matrix = h("details", { class: "fs-lab-matrix", "data-testid": "lab-matrix", onkeydown: leave }, summary,
    h("div", { class: "fs-matrix" }, legend,
      h("p", { class: "fs-lab-keys" }, "With the keys: the arrows go from cell to cell, ", h("kbd", {}, "Enter"), " runs one, ",
        h("kbd", {}, "Esc"), " leaves the table."),
      tables));
  const cells = wireMatrix(matrix, (key) => {
    const [name, defence] = key.split("|");
    runCell(name, defence);
  });

  /** @type {(result: LabResult) => void} */
  const paintOutcome = ({ kind, of, lead, text, check, without, clause, url = "", compare }) => {
    outcome.className = `fs-task-outcome fs-task-${LOOKS[kind]}`;
    outcome.hidden = !kind;
    outcome.replaceChildren(...solid([
      kind && h("p", {}, h("b", {}, lead), " ", text),
      check && h("p", {}, `${without} `, h("code", {}, check), ", ", anchor(url, clause)),
      of && h("p", { class: "fs-lab-of" }, `Below: ${of}.`,
        compare && [" Press ", h("kbd", {}, "c"), " in the player to compare it with no defence."],
        left && [" ", h("kbd", {}, "Esc"), " goes back to the matrix."]),
    ]));
  };
  const paint = () => {
    const result = model.get("result");
    score.textContent = model.get("score");
    paintOutcome(result);
    if (result.kind === "problem" && offered) return; // The choices stay, to be put right.
    const chosen = model.get("ticked");
    select.value = model.get("attack");
    offer(chosen);
    markOpen(cells, `${select.value}|${chosen.join("|") || "none"}`);
    radios[0].checked = true;
  };
  const root = h("form", { class: "fs-task-choices", onsubmit: (event) => { event.preventDefault(); runIt(); } },
    h("label", { class: "fs-lab-attack" }, h("span", {}, "Attack"), select), told, boxes, about,
    h("div", { class: "fs-lab-go" }, prediction, score, run), matrix, outcome);
  const asking = makeKernelAsking(model, (busy, complaint) => {
    run.textContent = busy ? "Running …" : "Run the attack";
    run.setAttribute("aria-disabled", String(busy)); // Not `disabled`, which would lose the focus.
    if (complaint) paintOutcome({ kind: "problem", lead: "No answer.", text: complaint });
  });
  const onAnswer = () => {
    const { activeElement } = document;
    left = activeElement instanceof HTMLElement && matrix.contains(activeElement) ? activeElement : null;
    paint();
    asking.answered();
    if (left) outcome.focus(); // The outcome stands below both tables.
  };

  el.append(root);
  const releaseKeys = keepKeys(() => root);
  model.on("change:answered", onAnswer);
  onAnswer();
  return () => {
    model.off("change:answered", onAnswer);
    asking.stop();
    releaseKeys();
  };
}
