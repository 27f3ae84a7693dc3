/* Where a secret stands in a text.
 *
 * It stands where its value does, in the text as it is or with one kind of escapes undone: those of an address or a form
 * (percent signs, and + for a space), those of a JSON string, those of HTML. A value of fewer than eight signs could be
 * part of another word by chance, so it must be a word of its own; an empty one stands nowhere.
 *
 * protocol/occurrences.py has the same rule for who knows what. Both are tested with tests/js/occurrences.json.
 */

/** @import { SecretJson } from "./payload.d.ts" */
/** @import { Find, Piece } from "./types.d.ts" */

const LONG_ENOUGH = 8;

/** @type {Record<string, string>} */
const HTML_SIGNS = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#34;": '"', "&#39;": "'" };

/**
 * Each kind of escape, and the sign that one of them stands for. A percent escape is one sign of UTF-8: one to four octets.
 * @type {[RegExp, (escape: string) => string][]}
 */
const ESCAPES = [
  [/\+|%[0-7][\da-f]|%[cd][\da-f]%[89ab][\da-f]|%e[\da-f](?:%[89ab][\da-f]){2}|%f[0-7](?:%[89ab][\da-f]){3}/gi, percentSign],
  [/\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/g, (escape) => JSON.parse(`"${escape}"`)],
  [/&(?:amp|lt|gt|quot|#34|#39);/g, (escape) => HTML_SIGNS[escape]],
];

/** @type {(escape: string) => string} */
function percentSign(escape) {
  if (escape === "+") return " ";
  try {
    return decodeURIComponent(escape);
  } catch {
    return escape; // Octets that are no sign.
  }
}

/**
 * The text with these escapes undone, and for each of its signs where that stands in the text as it is. Null without any.
 * @type {(text: string, escapes: RegExp, signOf: (escape: string) => string) => { read: string, places: number[] } | null}
 */
function undone(text, escapes, signOf) {
  let read = "";
  /** @type {number[]} */
  const places = [];
  let last = 0;
  const upTo = (/** @type {number} */ end) => {
    for (let place = last; place < end; place += 1) places.push(place);
    read += text.slice(last, end);
  };
  for (const { 0: escape, index } of text.matchAll(escapes)) {
    upTo(index);
    const sign = signOf(escape);
    for (let unit = 0; unit < sign.length; unit += 1) places.push(index);
    read += sign;
    last = index + escape.length;
  }
  if (!last) return null;
  upTo(text.length);
  places.push(text.length);
  return { read, places };
}

/** @type {(text: string) => string} */
export const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** @type {(value: string) => string} */
const exactly = (value) => (value.length < LONG_ENOUGH ? `(?<![\\w-])${quoted(value)}(?![\\w-])` : quoted(value));

/**
 * Returns a function that says where in a text these values stand: [start, end, value], in order, the longer first.
 * @type {(values: string[]) => (text: string) => [number, number, string][]}
 */
export function occurrencesOf(values) {
  const wanted = values.filter((value) => value).sort((a, b) => b.length - a.length);
  if (!wanted.length) return () => [];
  const pattern = new RegExp(wanted.map(exactly).join("|"), "g");
  return (text) => {
    /** @type {[number, number, string][]} */
    const found = [...text.matchAll(pattern)].map(({ 0: value, index }) => [index, index + value.length, value]);
    for (const [escapes, signOf] of ESCAPES) {
      const reading = undone(text, escapes, signOf);
      for (const { 0: value, index } of reading?.read.matchAll(pattern) ?? []) {
        const { places } = /** @type {{ places: number[] }} */ (reading);
        found.push([places[index], places[index + value.length], value]);
      }
    }
    return found.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  };
}

/**
 * Returns find(text, hint): the text cut into strings and secrets. With PKCE `plain` one value is two secrets; the hint, a
 * parameter's name, then decides which of them it is here.
 * @type {(secrets: SecretJson[]) => Find}
 */
export function secretFinder(secrets) {
  const known = Map.groupBy(secrets, ({ value }) => value);
  const occurrences = occurrencesOf([...known.keys()]);
  return (text, hint) => {
    /** @type {Piece[]} */
    const pieces = [];
    let last = 0;
    for (const [start, end, value] of occurrences(text)) {
      if (start < last) continue;
      const candidates = known.get(value) ?? [];
      if (start > last) pieces.push(text.slice(last, start));
      pieces.push({
        secret: candidates.find((secret) => secret.kind === hint) ?? candidates[0], text: text.slice(start, end),
      });
      last = end;
    }
    if (last < text.length) pieces.push(text.slice(last));
    return pieces;
  };
}
