/* The quiz: a statement, two buttons, and what the runs say to it; at the end all answers. The kernel judges. */

const SAYS = { true: "True", false: "False" };

function render({ model, el }) {
  const root = h("section", { class: "fs-task-choices fs-quiz", "aria-label": "True or false?", "data-testid": "quiz" });
  const complaint = h("div", { class: "fs-task-outcome fs-task-problem", role: "status", hidden: true });
  const asking = makeAsking(model, (busy, text) => {
    for (const button of root.querySelectorAll("button")) button.setAttribute("aria-disabled", String(busy));
    complaint.hidden = !text;
    complaint.textContent = text;
  });
  const button = (text, question, kind = "fs-quiz-answer") =>
    h("button", { type: "button", class: kind, onclick: () => asking.ask(question) }, text);

  const head = ({ place, score, done }) =>
    h("div", { class: "fs-quiz-head" }, h("span", {}, place), h("span", { "data-testid": "score" }, score),
      h("progress", { value: done, "aria-label": "Answered so far" }));
  const judged = ({ right, answer, reason, url, clause, lines }) =>
    h("div", { class: `fs-task-outcome ${right ? "fs-task-good" : "fs-task-bad"}`, "data-testid": "outcome" },
      h("p", {}, h("b", {}, right ? "You were right. " : "You said otherwise. "), answer),
      h("p", {}, `${reason} `, link(url, clause)),
      h("ul", {}, ...lines.map(([name, came, sentence]) => h("li", {}, h("b", {}, name), `: ${came}. ${sentence}`))));
  const line = ({ text, said, holds, right, url, clause }) =>
    h("tr", {}, h("td", {}, text, " ", link(url, clause)), h("td", {}, SAYS[said]), h("td", {}, SAYS[holds]),
      h("td", { class: right ? "fs-quiz-right" : "fs-quiz-wrong" }, right ? "✓ right" : "✗ wrong"));
  const list = (told) =>
    h("div", { class: "fs-quiz-scroll", tabindex: "0", role: "region", "aria-label": "All answers" },
      h("table", {},
        h("thead", {}, h("tr", {}, ...["Statement", "You said", "The runs say", "So you were"].map((text) =>
          h("th", { scope: "col" }, text)))),
        h("tbody", {}, ...told.map(line))));

  /* What stands at the top, what is read aloud when it comes, and what can be pressed. */
  const PAGES = {
    asked: (view) => [[head(view), h("h3", { tabindex: "-1" }, view.text)], [],
      [button("True", { said: true }), button("False", { said: false })]],
    judged: (view) => [[head(view), h("h3", { tabindex: "-1" }, view.text)], [judged(view.told[0])],
      [button(view.next, { go: "next" }, "fs-task-button"), h("span", {}, "Below: the run that decides it.",
        ...(view.compare ? [" Press ", h("kbd", {}, "c"), " in the player to compare it with another."] : []))]],
    end: (view) => [[h("h3", { tabindex: "-1" }, view.score), list(view.told)], [],
      [button("Start again", { go: "again" })]],
  };
  const slots = [h("div", { class: "fs-quiz-top" }), h("div", { role: "status" }), h("div", { class: "fs-quiz-bar" })];
  root.append(...slots, complaint);
  let painted = false;
  const paint = () => {
    const view = model.get("view");
    const inside = root.contains(document.activeElement);
    PAGES[view.kind](view).forEach((children, number) => slots[number].replaceChildren(...children));
    asking.answered();
    // Whoever has just answered goes on from here, with the keys or by ear.
    if (painted && inside) root.querySelector(view.kind === "judged" ? ".fs-task-button" : "h3").focus({ preventScroll: true });
    painted = true;
  };
  el.append(root);
  const releaseKeys = keepKeys(root);
  model.on("change:answered", paint);
  paint();
  return () => {
    model.off("change:answered", paint);
    asking.stop();
    releaseKeys();
  };
}

export default { render };
