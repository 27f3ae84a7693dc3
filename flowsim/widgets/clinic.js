/* The clinic: a bug report, three questions, a repair that is tried; at the end all cases. The kernel plays and judges. */

import { allIn, anchor, h, marked, solid } from "../front_end/static/elements.js";
import { makeKernelAsking, showAnswers } from "./kernel.js";

/** @import { Child } from "../front_end/static/types.d.ts" */
/** @import { ClinicCase, ClinicList, ClinicSolution, ClinicTraits, Render } from "./types.d.ts" */

let clinics = 0;

/** @type {Render<ClinicTraits>} */
export function renderClinic({ model, el }) {
  const root = h("section", { class: "fs-task-choices fs-quiz fs-clinic", "aria-label": "The clinic", "data-testid": "clinic" });
  const complaint = h("div", { class: "fs-task-outcome fs-task-problem", role: "status", hidden: true });
  const asking = makeKernelAsking(model, (busy, text) => {
    for (const one of allIn(root, "button")) one.setAttribute("aria-disabled", String(busy));
    complaint.hidden = !text;
    complaint.textContent = text;
  });
  const group = `fs-clinic-${++clinics}`;
  /** @type {(text: string, question: () => object, kind?: string) => HTMLButtonElement} */
  const button = (text, question, kind = "fs-task-link") =>
    h("button", { type: "button", class: kind, onclick: () => asking.ask(question()) }, text);
  /** @type {(where: string) => () => object} */
  const go = (where) => () => ({ go: where });

  /** @type {(name: string) => string} */
  const chosen = (name) => allIn(root, "input").find((one) =>
    one instanceof HTMLInputElement && one.name === `${group}-${name}` && one.checked)?.getAttribute("value") ?? "";
  const said = () => ({ step: root.querySelector("select")?.value ?? "", party: chosen("party"), repair: chosen("repair") });

  /** @type {(legend: string, name: string, options: string[][], now: string) => HTMLElement} */
  const radios = (legend, name, options, now) =>
    h("fieldset", { class: `fs-clinic-${name}` }, h("legend", {}, legend),
      options.map(([value, text]) => h("label", {},
        h("input", { type: "radio", name: `${group}-${name}`, value, checked: value === now }), h("span", {}, text))));
  /** @type {(view: ClinicCase) => Child[]} */
  const report = (view) => [
    h("div", { class: "fs-quiz-head" }, h("span", {}, view.place), h("span", { "data-testid": "score" }, view.score),
      h("progress", { value: view.done, "aria-label": "Cases that are over" })),
    view.rule && h("p", { class: "fs-quiz-rule" }, view.rule),
    h("h3", { tabindex: "-1" }, view.title),
    h("blockquote", { class: "fs-clinic-report" }, view.symptom),
    view.hints.length > 0 && h("ul", { class: "fs-clinic-hints", "aria-label": "Hints", "data-testid": "hints" },
      view.hints.map((hint) => h("li", {}, hint))),
  ];
  /** @type {(view: ClinicCase) => Child[]} */
  const questions = (view) => {
    const steps = h("select", {}, [["", "I do not know"], ...view.steps].map(([value, text]) => h("option", { value }, text)));
    steps.value = view.said.step;
    return [
      h("label", { class: "fs-clinic-step" }, h("span", {}, "At which step was the mistake made?"), steps),
      radios("Whose mistake was it?", "party", view.parties, view.said.party),
      radios("Which repair?", "repair", view.repairs, view.said.repair),
    ];
  };
  /** @type {(view: ClinicCase) => Child} */
  const failed = ({ came, problem }) =>
    problem ? h("div", { class: "fs-task-outcome fs-task-problem", "data-testid": "outcome" }, problem)
      : came && h("div", { class: "fs-task-outcome fs-task-bad", "data-testid": "outcome" },
        h("p", {}, h("b", {}, `${came.lead} `), ...solid(marked(came.text))));
  /** @type {(solution: ClinicSolution) => Child} */
  const solved = ({ lead, text, points, lines, remedy, cause, diagnosis, settings, clause, url, seen, given_up: givenUp }) =>
    h("div", { class: `fs-task-outcome ${givenUp ? "fs-quiz-told" : "fs-task-good"}`, "data-testid": "outcome" },
      h("p", {}, h("b", {}, `${lead} `), text, points && h("b", { "data-testid": "points" }, ` ${points}`)),
      h("ul", {}, lines.map(([what, you, is, right]) => h("li", {}, h("b", {}, `${what}: `), is,
        !givenUp && (right ? " ✓" : ` ✗ (you said ${you})`)))),
      h("p", {}, `${cause} `, anchor(url, clause)),
      h("p", {}, h("b", {}, "Repair: "), `${remedy} `, settings.map((one) => [h("code", {}, one), " "])),
      seen && h("p", {}, `Seen in ${seen}.`),
      h("details", {}, h("summary", {}, "What the messages and checks say by themselves"), h("p", {}, diagnosis)));
  /** @type {(view: ClinicList) => Child[]} */
  const bodies = ({ cases, groups }) => {
    let first = 0;
    return groups.map(([heading, count]) => h("tbody", {},
      h("tr", {}, h("th", { scope: "rowgroup", colspan: "2", class: "fs-clinic-group" }, heading)),
      cases.slice(first, first += count).map(([name, title, how]) =>
        h("tr", {}, h("td", {}, button(title, () => ({ show: name }))), h("td", {}, how)))));
  };
  /** @type {(view: ClinicList) => Child} */
  const list = (view) =>
    h("div", { class: "fs-quiz-scroll", tabindex: "0", role: "region", "aria-label": "All cases" },
      h("table", {},
        h("thead", {}, h("tr", {}, ["Case", "Points"].map((text) => h("th", { scope: "col" }, text)))),
        bodies(view)));

  /** @type {(view: ClinicCase) => Child[]} */
  const ways = (view) => [
    !view.first && button("Previous case", go("back")), button(view.next, go("next")), button("All cases", go("end")),
  ];
  /** What stands at the top, what is read aloud when it comes, and what can be pressed. @type {(view: ClinicCase | ClinicList) => Child[]} */
  const page = (view) => {
    if (view.kind === "list") {
      return [[h("h3", { tabindex: "-1" }, view.score || "All cases"), list(view)], null, button("Start again", go("again"))];
    }
    if (view.kind === "over" && view.solution) {
      return [report(view), solved(view.solution),
        [button(view.next, go("next"), "fs-task-button"), !view.first && button("Previous case", go("back")),
          button("All cases", go("end")), h("span", {}, "Below: both logins. Press ", h("kbd", {}, "c"), " in the player to compare them.")]];
    }
    return [[report(view), questions(view)], failed(view),
      [button("Apply the repair", said, "fs-task-button"),
        view.more > 0 && button(`Hint (a point; ${view.more} left)`, go("hint")),
        button("Show the solution", go("give_up")), ways(view),
        h("span", {}, "Below: the login, to step through.")]];
  };
  const slots = [h("div", { class: "fs-quiz-top" }), h("div", { role: "status" }), h("div", { class: "fs-quiz-bar" })];
  root.append(...slots, complaint);
  let painted = "";
  const paint = () => {
    const view = model.get("view");
    const now = view.kind === "list" ? "list" : `${view.title} ${view.kind}`;
    const inside = root.contains(document.activeElement);
    const focused = document.activeElement?.textContent ?? "";
    const kept = now === painted ? said() : null;
    page(view).forEach((children, number) => slots[number].replaceChildren(...solid(children)));
    asking.answered();
    if (kept) choose(kept); // A hint takes nothing away that was chosen.
    if (painted && inside) {
      const same = now === painted && allIn(root, "button").find((one) => one.textContent?.split(" ")[0] === focused.split(" ")[0]);
      const next = same || (view.kind === "over" ? allIn(root, ".fs-task-button")[0] : allIn(root, "h3")[0]);
      next.focus({ preventScroll: view.kind !== "list" });
    }
    painted = now;
  };
  /** @type {(kept: { step: string, party: string, repair: string }) => void} */
  const choose = ({ step, party, repair }) => {
    const select = root.querySelector("select");
    if (select) select.value = step;
    for (const one of root.querySelectorAll("input")) {
      if (one.value === (one.name === `${group}-party` ? party : repair)) one.checked = true;
    }
  };
  el.append(root);
  return showAnswers(model, root, paint, asking);
}
