/* What the widgets share that ask the kernel for a run. Python puts it before their own file (front_end.py).

   All text is set as text, so that nothing in it ever becomes markup. */

const h = (tag, props, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") node.toggleAttribute(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
};
const link = (url, text) => h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);

/* JupyterLab takes plain keys for its own: an arrow key would go to another cell instead of another choice. It leaves out an
   element with this attribute. Keys with Control, Alt or Meta stay JupyterLab's. It listens on the document, so this must
   happen one level higher. `rootNow` gives the element that keeps its keys; a widget may stand in its page only later. */
function keepKeys(rootNow) {
  const onKey = ({ target, ctrlKey, altKey, metaKey }) => {
    if (rootNow()?.contains(target)) target.toggleAttribute("data-lm-suppress-shortcuts", !ctrlKey && !altKey && !metaKey);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

const PATIENCE = 6000; // milliseconds
const NO_ANSWER = "The kernel has not answered yet. If it was stopped or started again, run this cell once more.";

/* Asks the kernel one thing at a time. `paint(busy, complaint)` shows whether an answer is awaited, and what is wrong if
   none comes. The kernel counts its answers in `answered`, so that one which changes nothing is noticed as well. */
function makeAsking(model, paint) {
  let timer = 0;
  let busy = false;
  const set = (now, complaint = "") => {
    clearTimeout(timer);
    busy = now;
    paint(now, complaint);
  };
  return {
    ask(question) {
      if (busy) return;
      set(true);
      timer = setTimeout(() => set(false, NO_ANSWER), PATIENCE);
      try {
        model.send(question);
      } catch {
        set(false, NO_ANSWER);
      }
    },
    answered: () => set(false),
    stop: () => clearTimeout(timer),
  };
}
