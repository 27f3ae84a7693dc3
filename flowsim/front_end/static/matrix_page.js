/* The page of the matrix: a cell opens its run in the player below the tables, beside the same attack with no defence.
 *
 * The address names the cell that is open, so that a link leads to it.
 */

import { byId } from "./elements.js";
import { markOpen, wireMatrix } from "./matrix_grid.js";
import { mount } from "./player.js";
import { openPool } from "./pool.js";

/** @import { Branch, Payload } from "./payload.d.ts" */
/** @import { Player } from "./types.d.ts" */

/**
 * What all runs have in common, and for each cell its run: where its branch is in the pool, where to open it, what came
 * of it.
 * @type {{ common: Omit<Payload, "branches" | "view">,
 *   runs: Record<string, { part: number, position: number, told: string }> }}
 */
const { common, runs } = JSON.parse(byId("runs").textContent);
const run = byId("run");
const heading = byId("run-heading");
const told = byId("run-told");
/** @type {Player | null} */
let opened = null;
let asked = "";

/** @type {Promise<(number: number) => any> | null} */
let pool = null;
/** @type {(key: string) => Promise<Branch>} */
const unpack = async (key) => {
  pool ??= openPool(byId("packed-runs").textContent);
  return (await pool)(runs[key].part);
};
/** @type {(key: string) => string} */
const hashOf = (key) => `#${encodeURIComponent(key)}`;
/** @type {(key: string) => string} */
const headingOf = (key) => key.replace("|", " against ").replace(/none$/, "no defence");

/** @type {(key: string) => Promise<void>} */
async function open(key) {
  asked = key;
  const keys = [...new Set([`${key.split("|")[0]}|none`, key])].filter((one) => one in runs);
  const branches = await Promise.all(keys.map(unpack));
  if (asked !== key) return; // Another cell was pressed in the meantime.
  const kept = opened?.kept;
  opened?.destroy();
  markOpen(buttons, key);
  heading.textContent = headingOf(key);
  told.textContent = runs[key].told;
  run.hidden = false;
  const view = { branch: branches[branches.length - 1].name, position: runs[key].position };
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
 * @type {(key: string) => void}
 */
function press(key) {
  open(key).catch((error) => {
    run.hidden = false;
    heading.textContent = headingOf(key);
    told.textContent = `${runs[key].told} The player cannot show it here: ${error.message}. A newer browser may help.`;
  });
}

const buttons = wireMatrix(document.body, press);
for (const [key, button] of buttons) {
  button.title = `${key.replace("|", " against ")}: ${runs[key].told}`;
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
heading.addEventListener("keydown", (event) => event.key === "Escape" && back(event));
window.addEventListener("hashchange", openAddressed);
openAddressed();
