/* Words that can be asked about: each is a button, and its explanation opens beside it, wherever in the player it stands. */

import { announce } from "./copy.js";
import { h, link, targetOf } from "./elements.js";
import { quoted } from "./occurrences.js";
import { prose } from "./secrets.js";

/** @import { WordJson } from "./payload.d.ts" */
/** @import { Words } from "./types.d.ts" */

/** @type {(name: string) => string} */
const plain = (name) => name.toLowerCase().replace(/[\s_-]+/g, " ");

/** @type {(words: WordJson[]) => Words} */
export function makeWords(words) {
  /** @type {Map<string, WordJson>} */
  const known = new Map();
  for (const word of words) for (const name of [word.name, ...word.also]) known.set(plain(name), known.get(plain(name)) ?? word);
  const names = words.flatMap(({ in_prose: some }) => some).sort((a, b) => b.length - a.length);
  const pattern = names.length ? new RegExp(`(?<![\\w/.-])(${names.map(quoted).join("|")})(?![\\w/-])`, "i") : /(?!)/;
  // “as” is no AS: an abbreviation is meant where it stands in capitals.
  const capitals = new Set(names.filter((name) => name === name.toUpperCase()).map(plain));
  /** @type {(piece: string) => boolean} */
  const isMeant = (piece) => piece === piece.toUpperCase() || !capitals.has(plain(piece));
  /** @type {Words["button"]} */
  const button = (shown, name = shown, className = "fs-term") => (known.has(plain(name))
    ? h("button", { type: "button", class: className, "data-word": name, title: "What is this?", "data-testid": "term" }, shown)
    : h("span", { class: className.replace(/ ?\bfs-term\b/, "") }, shown));
  /** @type {Words["mark"]} */
  const mark = (node) => {
    const said = new Set();
    for (const one of node.querySelectorAll("span.fs-chip, code.fs-code")) {
      const name = one.textContent;
      if (!known.has(plain(name)) || one.closest("button")) continue;
      said.add(known.get(plain(name)));
      one.replaceWith(button(name, name, `${one.className} fs-term`));
    }
    for (const text of [...node.childNodes].filter((child) => child instanceof Text)) {
      const pieces = text.data.split(pattern);
      if (pieces.length === 1) continue;
      // Each word is a button once, where it first stands.
      text.replaceWith(...pieces.map((piece, number) => {
        const word = number % 2 && isMeant(piece) ? known.get(plain(piece)) : undefined;
        if (!word || said.has(word)) return piece;
        said.add(word);
        return button(piece);
      }));
    }
  };
  return { find: (name) => known.get(plain(name)), button, mark };
}

/**
 * Where the explanation of a word opens; a click elsewhere, or Escape, closes it. It lies above the page, so nothing moves.
 * @type {(words: Words, kinds: Set<string>) => { root: HTMLElement, listen(player: HTMLElement): void }}
 */
export function makeWordBox(words, kinds) {
  const root = h("div", { class: "fs-word", role: "note", "data-testid": "word" });
  root.popover = "auto";
  /** @type {(asked: HTMLElement) => void} */
  const open = (asked) => {
    const word = words.find(asked.dataset.word ?? "");
    if (!word) return;
    const { name, also, text, clause } = word;
    root.replaceChildren(
      h("p", {}, h("b", {}, name), also.length > 0 && h("span", { class: "fs-note" }, ` (also: ${also.join(", ")})`)),
      h("p", {}, prose(text, kinds)), clause ? h("p", {}, link(clause)) : "");
    if (!root.matches(":popover-open")) root.showPopover();
    const at = asked.getBoundingClientRect();
    const own = root.getBoundingClientRect();
    const below = at.bottom + 6 + own.height <= window.innerHeight;
    root.style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - own.width - 8))}px`;
    root.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - own.height - 6)}px`;
    announce(asked, `${name}. ${text.replaceAll("`", "")}`);
  };
  return {
    root,
    listen: (player) => player.addEventListener("click", (event) => {
      const asked = targetOf(event)?.closest("[data-word]");
      if (asked instanceof HTMLElement) open(asked);
    }),
  };
}
