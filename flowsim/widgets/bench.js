/* The line between the controls and the player, and below it which attacks the last switch answers. Both stay in the page
 * while what they say changes, so that the line is read aloud.
 */

import { allIn, anchor, h } from "../front_end/static/elements.js";
import { makeRovingTabindex } from "../front_end/static/roving_tabindex.js";
import { keepKeys, watchControls } from "./kernel.js";

/** @import { Answer, BenchTraits, Render } from "./types.d.ts" */

const HEADS = { problem: "Not possible. ", hint: "Please note. ", about: "" };

/** @type {Render<BenchTraits>} */
export function renderBench({ model, el }) {
  const head = h("b", {});
  const text = h("span", {});
  const line = h("p", { class: "fs-bench-line", role: "status", "aria-live": "polite" }, head, text);
  const answers = h("div", { class: "fs-bench-answers", role: "note", "aria-label": "What the switch answers", "data-testid": "answers" });
  const heard = h("span", { class: "fs-bench-heard", role: "status" });
  el.append(line, answers, heard);

  /** @type {(name: string) => HTMLElement} */
  const attack = (name) =>
    h("button", { type: "button", class: "fs-bench-attack", "data-attack": name, onclick: () => model.send({ ready: name }) }, name);
  /** @type {(answer: Answer) => HTMLElement} */
  const answer = ({ name, title, clause, url, answers: attacks, check }) => {
    const told = [h("b", {}, check ? title : name), !check && `: ${title}`, " (", anchor(url, clause), "). "];
    if (!attacks.length) return h("p", {}, told, check ? "No attack of the matrix ends here." : "Standing alone it stops no attack.");
    const buttons = attacks.map(attack);
    const bar = h("span", { role: "toolbar", "aria-label": check ? `Attacks that end at: ${title}` : `Attacks that ${name} stops` },
      buttons.map((one, index) => [index > 0 && ", ", one]));
    makeRovingTabindex(bar, [buttons]);
    return h("p", {}, told, check ? "Attacks of the matrix that end here: " : "Attacks that it stops when it stands alone: ", bar, ".");
  };
  const paintAnswers = () => {
    const given = model.get("answers");
    const count = new Set(given.flatMap(({ answers: attacks }) => attacks)).size;
    answers.replaceChildren(...given.map(answer),
      ...(count ? [h("small", {}, "Choose one, and it is the attacker to inject.")] : []));
    heard.textContent = count ? `This answers ${count} ${count === 1 ? "attack" : "attacks"}, listed below.` : "";
    answers.hidden = !given.length;
    paintReady();
  };
  const paintReady = () => {
    for (const one of allIn(answers, "[data-attack]")) {
      one.setAttribute("aria-pressed", String(one.dataset.attack === model.get("ready")));
    }
  };
  const watched = watchControls(model, () => el.closest(".fs-bench"), (complaint) => {
    line.dataset.kind = "problem";
    head.textContent = "No answer. ";
    text.textContent = complaint;
  });
  const onAnswer = () => {
    watched.answered();
    paint();
  };
  const paint = () => {
    line.dataset.kind = model.get("kind");
    head.textContent = HEADS[model.get("kind")];
    text.textContent = model.get("text");
    paintReady();
  };
  paintAnswers();
  requestAnimationFrame(onAnswer); // The controls come into the page together with this line.
  model.on("change:answered", onAnswer);
  model.on("change:kind change:text change:ready", paint);
  model.on("change:answers", paintAnswers);
  const releaseKeys = keepKeys(() => el.closest(".fs-bench"));
  return () => {
    model.off("change:kind change:text change:ready", paint);
    model.off("change:answers", paintAnswers);
    model.off("change:answered", onAnswer);
    watched.stop();
    releaseKeys();
  };
}
