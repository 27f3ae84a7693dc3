/* The search of the site: results as one types, from an index that is loaded when it is first needed. */

import { allIn, byId, h, targetOf } from "./elements.js";

/** @typedef {{ title: string, kind: string, path: string, text: string, inTitle: string, inText: string }} Entry */

const MOST = 12; // results at a time
const BEFORE = 40; // characters of a text before what was found in it
const SHOWN = 140; // characters of a text

/**
 * What is compared: `code_verifier`, "Code verifier" and `code-verifier` are the same.
 * @type {(text: string) => string}
 */
export const plainWords = (text) => text.toLowerCase().replace(/[_‐-–-]/g, " ");

/**
 * How well an entry fits; 0 where a word is nowhere in it. What stands in a title counts more than what stands below it.
 * @type {(entry: Entry, words: string[]) => number}
 */
export function worth({ inTitle, inText }, words) {
  const whole = words.join(" ");
  let sum = inTitle === whole ? 20 : inTitle.startsWith(whole) ? 8 : 0;
  for (const word of words) {
    const inside = inTitle.includes(word);
    if (!inside && !inText.includes(word)) return 0;
    sum += inside ? (` ${inTitle}`.includes(` ${word}`) ? 5 : 3) : 1;
  }
  return sum;
}

/**
 * The entries that fit, the best first, and otherwise in the order of the course.
 * @type {(entries: Entry[], asked: string) => Entry[]}
 */
export function findEntries(entries, asked) {
  const words = plainWords(asked).split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return entries
    .map((entry) => ({ entry, worth: worth(entry, words) }))
    .filter((one) => one.worth)
    .sort((one, other) => other.worth - one.worth)
    .map((one) => one.entry);
}

/**
 * The part of a text in which the first of these words stands, as far as it is shown.
 * @type {(entry: Entry, asked: string) => string}
 */
export function excerpt({ text, inText }, asked) {
  const places = plainWords(asked).split(/\s+/).filter(Boolean).map((word) => inText.indexOf(word)).filter((at) => at >= 0);
  const first = places.length ? Math.min(...places) : 0;
  const from = first <= BEFORE ? 0 : text.indexOf(" ", first - BEFORE) + 1;
  const shown = text.slice(from, from + SHOWN);
  return `${from ? "… " : ""}${shown}${from + SHOWN < text.length ? " …" : ""}`;
}

/**
 * A text with what was found in it marked.
 * @type {(text: string, asked: string) => (Node | string)[]}
 */
function withFinds(text, asked) {
  const words = plainWords(asked).split(/\s+/).filter(Boolean);
  const compared = plainWords(text);
  /** @type {(Node | string)[]} */
  const pieces = [];
  let at = 0;
  while (at < text.length) {
    const next = words.map((word) => ({ word, from: compared.indexOf(word, at) })).filter(({ from }) => from >= 0)
      .sort((one, other) => one.from - other.from || other.word.length - one.word.length)[0];
    if (!next) break;
    pieces.push(text.slice(at, next.from), h("mark", {}, text.slice(next.from, next.from + next.word.length)));
    at = next.from + next.word.length;
  }
  return [...pieces, text.slice(at)];
}

/** @type {(address: string) => Promise<Entry[]>} */
function loadIndex(address) {
  return new Promise((resolve, reject) => {
    /** @type {(rows: [string, string, string, string][]) => void} */
    const take = (rows) => resolve(rows.map(([title, kind, path, text]) => ({
      title, kind, path, text, inTitle: plainWords(title), inText: plainWords(text),
    })));
    Object.assign(window, { flowsimIndex: take });
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("error", () => {
      script.remove();
      reject(new Error(`${address} could not be loaded`));
    });
    document.head.append(script);
  });
}

/** The field in the bar, and the list below it. */
export function startSearch() {
  const box = byId("find");
  const field = /** @type {HTMLInputElement} */ (byId("find-text"));
  const panel = byId("found");
  const count = byId("found-count");
  const list = byId("found-list");
  const { home = ".", index = "" } = document.body.dataset;
  /** @type {Promise<Entry[]> | null} */
  let entries = null;
  const load = () => (entries ??= loadIndex(index).catch((error) => {
    entries = null; // The next letter asks again.
    throw error;
  }));

  /** @type {(entry: Entry, asked: string) => HTMLElement} */
  const row = (entry, asked) => h("li", {},
    h("a", { href: `${home}/${entry.path}` },
      h("b", {}, withFinds(entry.title, asked)), " ", h("span", { class: "kind" }, entry.kind),
      h("span", { class: "text" }, withFinds(excerpt(entry, asked), asked))));
  const close = () => {
    panel.hidden = true;
  };
  const show = async () => {
    const asked = field.value.trim();
    if (!asked) {
      close();
      return;
    }
    try {
      const found = findEntries(await load(), asked);
      if (field.value.trim() !== asked) return; // More was typed in the meantime.
      const more = found.length > MOST ? `, the best ${MOST} of them here` : "";
      count.textContent = found.length ? `${found.length} found${more}` : `Nothing has all of “${asked}” in it.`;
      list.replaceChildren(...found.slice(0, MOST).map((entry) => row(entry, asked)));
    } catch (error) {
      count.textContent = `The search does not work here: ${error instanceof Error ? error.message : error}.`;
      list.replaceChildren();
    }
    panel.hidden = false;
  };
  /** @type {(event: KeyboardEvent) => void} */
  const onKey = (event) => {
    const links = allIn(list, "a");
    const stops = [field, ...links];
    const at = stops.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1 }[event.key];
    if (event.key === "Escape") {
      close();
      field.focus();
    } else if (event.key === "Enter" && at === 0) links[0]?.click();
    else if (next !== undefined && !panel.hidden) stops[Math.min(Math.max(0, next), stops.length - 1)].focus();
    else return;
    event.preventDefault();
  };
  box.hidden = false;
  field.addEventListener("focus", () => void load().catch(() => {}));
  field.addEventListener("input", show);
  field.addEventListener("focus", () => {
    if (list.childElementCount && field.value.trim()) panel.hidden = false;
  });
  box.addEventListener("keydown", onKey);
  list.addEventListener("click", close);
  document.addEventListener("click", ({ target }) => {
    if (target instanceof Node && !box.contains(target)) close();
  });
  box.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !box.contains(relatedTarget)) close();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = targetOf(event)?.closest("input, textarea, select, .fs-player");
    if (event.key !== "/" || event.ctrlKey || event.altKey || event.metaKey || isTyping) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
  if (field.value) show(); // The browser has kept what was typed before.
}
