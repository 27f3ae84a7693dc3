/* The page of the matrix: a cell opens its run in the player below the tables, beside the same attack with no defence.
 *
 * The address names the cell that is open, so that a link leads to it.
 */

const { common, runs } = JSON.parse(document.getElementById("runs").textContent);
const run = document.getElementById("run");
const heading = document.getElementById("run-heading");
const told = document.getElementById("run-told");
const buttons = new Map();
let opened = null;
let asked = "";

const unpack = async (key) => {
  const octets = Uint8Array.from(atob(runs[key].packed), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([octets]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
};
const addressOf = (key) => `#${encodeURIComponent(key)}`;
const headingOf = (key) => key.replace("|", " against ").replace(/none$/, "no defence");

async function open(key) {
  asked = key;
  const keys = [...new Set([`${key.split("|")[0]}|none`, key])].filter((one) => one in runs);
  const branches = await Promise.all(keys.map(unpack));
  if (asked !== key) return; // Another cell was pressed in the meantime.
  const kept = opened?.kept;
  opened?.destroy();
  for (const [one, button] of buttons) button.setAttribute("aria-pressed", String(one === key));
  heading.textContent = headingOf(key);
  told.textContent = runs[key].told;
  run.hidden = false;
  const view = { branch: branches.at(-1).name, position: runs[key].position };
  opened = mount(document.getElementById("player"), { ...common, branches, view }, { view, kept });
  heading.focus({ preventScroll: true });
  run.scrollIntoView({ block: "start" });
  try {
    window.history.replaceState(null, "", addressOf(key));
  } catch {
    // A page inside a frame may not have an address to change.
  }
}

/* What cannot be opened says so, where the run would be. */
function press(key) {
  open(key).catch((error) => {
    run.hidden = false;
    heading.textContent = headingOf(key);
    told.textContent = `${runs[key].told} The player cannot show it here: ${error.message}. A newer browser may help.`;
  });
}

/* Turns the marks of a table into buttons, which together are one Tab stop. */
function makeGrid(table) {
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].slice(1).map((place) => {
    const key = place.dataset.cell;
    if (!key) {
      place.setAttribute("aria-label", "not tried");
      return place;
    }
    const mark = place.firstElementChild;
    const props = { type: "button", class: mark.className, "aria-label": place.title, "aria-pressed": "false", onclick: () => press(key) };
    const button = h("button", props, mark.textContent);
    mark.replaceWith(button);
    buttons.set(key, button);
    return button;
  }));
  table.setAttribute("role", "grid");
  rove(table, rows);
}

function back(event) {
  event.preventDefault();
  const button = buttons.get(asked);
  button?.scrollIntoView({ block: "center" });
  button?.focus({ preventScroll: true });
}

function openAddressed() {
  const key = [...buttons.keys()].find((one) => addressOf(one) === window.location.hash);
  if (key && key !== asked) press(key);
}

for (const table of document.querySelectorAll(".fs-matrix table")) makeGrid(table);
// The tables are one Tab stop each by their cells, so the boxes they scroll in need be none.
for (const box of document.querySelectorAll(".fs-matrix-scroll")) box.removeAttribute("tabindex");
document.getElementById("run-back").addEventListener("click", back);
heading.addEventListener("keydown", (event) => event.key === "Escape" && back(event));
window.addEventListener("hashchange", openAddressed);
openAddressed();
