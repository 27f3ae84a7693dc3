/* The line between the controls and the player. It stays in the page while its text changes, so that the change is read
 * aloud, and the text is set as text, so that nothing in it ever becomes markup. */

const HEADS = { problem: "Not possible. ", remark: "Please note. ", about: "" };

/* JupyterLab takes plain keys for its own: Enter would edit a cell instead of pressing the button that has the focus, and
 * an arrow key would go to another cell instead of another choice. It leaves out an element with this attribute. Keys with
 * Control, Alt or Meta stay JupyterLab's. It listens on the document, so this must be set one level higher. */
const KEEPS_KEYS = "data-lm-suppress-shortcuts";

function keepKeys(el) {
  const onKey = ({ target, ctrlKey, altKey, metaKey }) => {
    if (target.closest?.(".fs-bench")?.contains(el)) target.toggleAttribute(KEEPS_KEYS, !ctrlKey && !altKey && !metaKey);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

function render({ model, el }) {
  const head = document.createElement("b");
  const text = document.createElement("span");
  const line = document.createElement("p");
  line.className = "fs-bench-line";
  line.setAttribute("role", "status");
  line.setAttribute("aria-live", "polite");
  line.append(head, text);
  el.append(line);
  const paint = () => {
    line.dataset.kind = model.get("kind");
    head.textContent = HEADS[model.get("kind")];
    text.textContent = model.get("text");
  };
  paint();
  model.on("change", paint);
  const releaseKeys = keepKeys(el);
  return () => {
    model.off("change", paint);
    releaseKeys();
  };
}

export default { render };
