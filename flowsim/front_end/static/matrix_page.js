/* The page of the matrix: a cell opens its run in the player below the tables, beside the same attack with no defence.
 * Where the search has found another way than the one that is stopped, that stands beside it as well.
 *
 * The address names the cell that is open, so that a link leads to it.
 */

import { byId } from "./elements.js";
import { markOpen, wireMatrix } from "./matrix_grid.js";
import { mount } from "./player.js";
import { openPool } from "./pool.js";

/** @import { Branch, Payload } from "./payload.d.ts" */
/** @import { Player } from "./types.d.ts" */

/** @typedef {{ part: number, position: number, told: string }} Shown */
/**
 * What all runs have in common, and for each cell its run: where its branch is in the pool, where to open it, what came
 * of it; and the other way, where there is one.
 * @type {{ common: Omit<Payload, "branches" | "view">, runs: Record<string, Shown & { other?: Shown }> }}
 */
const { common, runs } = JSON.parse(byId("runs").textContent);
const run = byId("run");
const heading = byId("run-heading");
const told = byId("run-told");
const otherWay = byId("run-other");
const otherTold = byId("run-other-told");
/** @type {Player | null} */
let opened = null;
let asked = "";

/** @type {Promise<(number: number) => any> | null} */
let pool = null;
/** @type {(one: Shown) => Promise<Branch>} */
const unpack = async (one) => {
  pool ??= openPool(byId("packed-runs").textContent);
  return (await pool)(one.part);
};
/** @type {(key: string) => string} */
const hashOf = (key) => `#${encodeURIComponent(key)}`;
/** @type {(key: string) => string} */
const headingOf = (key) => key.replace("|", " against ").replace(/none$/, "no defence");

/**
 * Opens the run of a cell, or the other way of it.
 * @type {(key: string, showsOther?: boolean) => Promise<void>}
 */
async function open(key, showsOther = false) {
  asked = key;
  const keys = [...new Set([`${key.split("|")[0]}|none`, key])].filter((one) => one in runs);
  const { other } = runs[key];
  const shown = [...keys.map((one) => runs[one]), ...(other ? [other] : [])];
  const branches = await Promise.all(shown.map(unpack));
  if (asked !== key) return; // Another cell was pressed in the meantime.
  const kept = opened?.kept;
  opened?.destroy();
  markOpen(buttons, key);
  heading.textContent = headingOf(key);
  told.textContent = runs[key].told;
  otherWay.hidden = !other;
  otherTold.textContent = other?.told ?? "";
  run.hidden = false;
  const first = showsOther ? shown.length - 1 : keys.length - 1;
  const view = { branch: branches[first].name, position: shown[first].position };
  opened = mount(byId("player"), { ...common, branches, view }, { view, kept });
  heading.focus({ preventScroll: true });
  run.scrollIntoView({ block: "start" });
  try {
    window.history.replaceState(null, "", hashOf(key));
  } catch {
    // A page inside a frame may not have an address to change.
  }
}

/**
 * What cannot be opened says so, where the run would be.
 * @type {(key: string, showsOther?: boolean) => void}
 */
function press(key, showsOther = false) {
  open(key, showsOther).catch((error) => {
    run.hidden = false;
    otherWay.hidden = true;
    heading.textContent = headingOf(key);
    told.textContent = `${runs[key].told} The player cannot show it here: ${error.message}. A newer browser may help.`;
  });
}

const buttons = wireMatrix(document.body, (key) => press(key));
for (const [key, button] of buttons) {
  const { told: came, other } = runs[key];
  button.title = [`${key.replace("|", " against ")}: ${came}`, other?.told].filter(Boolean).join(" ");
  button.setAttribute("aria-label", button.title);
}

/** @type {(event: Event) => void} */
function back(event) {
  event.preventDefault();
  const cell = buttons.get(asked);
  cell?.scrollIntoView({ block: "center" });
  cell?.focus({ preventScroll: true });
}

function openAddressed() {
  const key = [...buttons.keys()].find((one) => hashOf(one) === window.location.hash);
  if (key && key !== asked) press(key);
}

byId("run-back").addEventListener("click", back);
byId("run-other-link").addEventListener("click", (event) => {
  event.preventDefault();
  press(asked, true);
});
heading.addEventListener("keydown", (event) => event.key === "Escape" && back(event));
window.addEventListener("hashchange", openAddressed);
openAddressed();
