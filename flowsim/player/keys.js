/* Keys: they belong to the player only while the focus is inside it. */

const KEYS = {
  ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last", a: "inject", h: "toggleFuture",
};

/* Inside a row of tabs the arrow keys go from tab to tab. */
function onTabKey(event) {
  const list = event.target.closest("[role='tablist']");
  if (!list) return false;
  const tabs = [...list.children];
  const at = tabs.indexOf(event.target.closest("[role='tab']"));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return false;
  const { id } = tabs.at(to % tabs.length).dataset;
  tabs.at(to % tabs.length).click();
  [...list.children].find((tab) => tab.dataset.id === id)?.focus();
  return true;
}

function onPlayerKey(event, actions) {
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (name in KEYS) actions[KEYS[name]]();
  else if (/^[0-9]$/.test(name)) actions.digit(name);
  else return false;
  return true;
}

/* JupyterLab listens on the document, so keys are caught one level higher, on the window: a plain "a" would add a cell to
 * the notebook. Keys with Control, Alt or Meta stay the host's. Returns the function that stops listening. */
export function listen(root, actions) {
  const onKey = (event) => {
    if (!root.contains(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopPropagation();
    if (event.shiftKey && event.key.length > 1) return;
    if (onTabKey(event) || onPlayerKey(event, actions)) event.preventDefault();
  };
  const start = () => window.addEventListener("keydown", onKey, true);
  const stop = () => window.removeEventListener("keydown", onKey, true);
  root.addEventListener("focusin", start);
  root.addEventListener("focusout", stop);
  // After a click with the mouse the arrow keys mean steps again, also where it was a tab that was clicked.
  root.addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest(".fs-tab, .fs-diagram")) root.focus({ preventScroll: true });
  });
  return stop;
}
