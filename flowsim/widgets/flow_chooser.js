/* Asks the questions of a table, one after the other. The way taken so far is the list `given`: numbers of answers. */

const h = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};

const link = ({ label, url }) => h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
const links = (clauses) => clauses.flatMap((clause) => [" ", link(clause)]);

/* The questions that were asked with their answers, and the place where one stands now. */
function walk(table, given) {
  const steps = [];
  let name = table.start;
  for (const number of given) {
    const question = table.questions[name];
    const answer = question.answers[number];
    steps.push({ question, answer });
    name = answer.to;
  }
  return { steps, question: table.questions[name], outcome: table.outcomes[name] };
}

function render({ model, el }) {
  const root = h("section", { class: "fs-flow", "aria-label": "Which flow?", "data-testid": "flow-chooser" });
  el.append(root);
  const go = (given) => {
    model.set("given", given);
    model.save_changes();
  };
  const asked = (step, number) =>
    h("li", {},
      h("span", { class: "fs-flow-asked" }, `${step.question.text} `), h("strong", {}, step.answer.text),
      h("button", { type: "button", class: "fs-flow-change", "aria-label": `Change the answer to: ${step.question.text}`,
        onclick: () => go(model.get("given").slice(0, number)) }, "change"),
      h("p", {}, step.answer.reason, ...links(step.answer.clauses)));
  const answers = (question) =>
    h("div", { class: "fs-flow-answers", role: "group", "aria-label": question.text },
      ...question.answers.map((answer, number) =>
        h("button", { type: "button", class: "fs-flow-answer", onclick: () => go([...model.get("given"), number]) },
          answer.text)));
  const found = (outcome) =>
    h("div", { class: "fs-flow-outcome", "data-testid": "flow-outcome" },
      h("h3", { tabindex: "-1", class: "fs-flow-now" }, outcome.title),
      h("p", {}, outcome.text),
      h("p", {}, outcome.pkce, ...links(outcome.clauses)),
      ...(outcome.code
        ? [h("p", { class: "fs-flow-soft" }, "To see this login, run:"), h("pre", {}, h("code", {}, outcome.code))]
        : [h("p", { class: "fs-flow-soft" }, "flowsim does not play this flow.")]));

  let painted = false;
  const paint = () => {
    const given = model.get("given");
    const { steps, question, outcome } = walk(model.get("table"), given);
    const bar = h("div", { class: "fs-flow-bar" },
      h("button", { type: "button", onclick: () => go(given.slice(0, -1)), title: "Take the last answer back" }, "Back"),
      h("button", { type: "button", onclick: () => go([]), title: "Forget all answers" }, "Start again"));
    for (const button of bar.children) button.disabled = !given.length;
    const now = question
      ? [h("h3", { tabindex: "-1", class: "fs-flow-now" }, question.text), answers(question)]
      : [found(outcome)];
    root.replaceChildren(h("ol", { class: "fs-flow-steps" }, ...steps.map(asked)), ...now, bar);
    // Whoever has just answered goes on from the next question, with the keys or by ear.
    if (painted) root.querySelector(".fs-flow-now").focus({ preventScroll: true });
    painted = true;
  };
  model.on("change:given", paint);
  paint();
  return () => model.off("change:given", paint);
}

export default { render };
