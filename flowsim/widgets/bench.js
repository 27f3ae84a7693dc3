/* The line between the controls and the player. It stays in the page while its text changes, so that the change is read
 * aloud, and the text is set as text, so that nothing in it ever becomes markup. */

const HEADS = { problem: "Not possible. ", remark: "Please note. ", about: "" };

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
  return () => model.off("change", paint);
}

export default { render };
