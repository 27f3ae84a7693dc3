/* The program of every page of the site: it mounts the players and questions whose data the page holds, and finds things. */

import { allIn, byId } from "./elements.js";
import { mount } from "./player.js";
import { openPool } from "./pool.js";
import { mountQuestion } from "./question.js";
import { startSearch } from "./search.js";

/** Beside the text there is room for what is on the page. */
const WIDE = "(min-width: 1200px)";

/** @type {(holder: HTMLElement, error: unknown) => void} */
function complain(holder, error) {
  holder.textContent = `This cannot be shown here: ${error instanceof Error ? error.message : error}. A newer browser may help.`;
}

/**
 * In the order of the page, so that what stands at its top is there first.
 * @type {() => Promise<void>}
 */
async function mountParts() {
  const data = document.getElementById("parts");
  if (!data?.textContent) return;
  // What a question hides stands in no element of the page.
  data.remove();
  /** @type {{ parts: { kind: "player" | "question", place: number }[], packed: string }} */
  const { parts, packed } = JSON.parse(data.textContent);
  const holders = parts.map((_, number) => byId(`part-${number}`));
  /** @type {(place: number) => any} */
  let at;
  try {
    at = await openPool(packed);
  } catch (error) {
    for (const holder of holders) complain(holder, error);
    return;
  }
  parts.forEach(({ kind, place }, number) => {
    const holder = holders[number];
    try {
      if (kind === "player") mount(holder, at(place), { view: at(place).view });
      else mountQuestion(holder, at(place));
      holder.classList.add("is-there");
    } catch (error) {
      complain(holder, error);
    }
  });
}

/** What is wider than the page scrolls by itself, and so the keys must be able to reach it. */
function reachWhatScrolls() {
  const look = () => {
    for (const one of allIn(document.body, ".scrolls")) {
      const isWide = one.scrollWidth > one.clientWidth;
      one.tabIndex = isWide ? 0 : -1;
      if (!isWide) one.removeAttribute("tabindex");
      if (isWide) one.setAttribute("role", "group");
      else one.removeAttribute("role");
    }
  };
  new ResizeObserver(look).observe(document.body);
}

function openContents() {
  const contents = document.querySelector(".contents > details");
  const wide = window.matchMedia(WIDE);
  const fit = () => contents?.toggleAttribute("open", wide.matches);
  wide.addEventListener("change", fit);
  fit();
}

openContents();
reachWhatScrolls();
startSearch();
mountParts();
