/* Secrets: a value has the same chip wherever it shows, so every text is searched for every value of the trace. */

import { code, h, icon, unseen } from "./elements.js";

const KINDS = [
  "password", "client_secret", "state", "nonce", "code_verifier", "code_challenge",
  "code", "access_token", "id_token", "refresh_token", "data",
];
export const kindClass = (kind) => (KINDS.includes(kind) ? `fs-c-${kind}` : "");
export const nameChip = (kind, text = kind) => h("span", { class: `fs-chip ${kindClass(kind)}` }, text);

const LONG = 30;
const shorten = (text) => (text.length > LONG ? `${text.slice(0, 12)}…${text.slice(-6)}` : text);

/* A long value shows its two ends; a click shows all of it. */
function expandable(text, className, prefix) {
  if (text.length <= LONG) return h("span", { class: className }, prefix, text);
  const shown = h("span", {}, shorten(text));
  const toggle = () => {
    const open = chip.getAttribute("aria-expanded") !== "true";
    chip.setAttribute("aria-expanded", open);
    shown.textContent = open ? text : shorten(text);
  };
  const props = { type: "button", class: className, title: text, "aria-expanded": "false", onclick: toggle };
  const chip = h("button", props, prefix, shown);
  return chip;
}

export function valueChip(secret, text) {
  const foreign = secret.run === "attacker" && INVENTED.has(secret.kind);
  const className = `fs-chip fs-value ${kindClass(secret.kind)}${foreign ? " fs-foreign" : ""}`;
  const name = `${foreign ? "the attacker's own " : ""}${secret.kind}`;
  const chip = expandable(text, className, [foreign && icon("skull"), unseen(`${name}: `)]);
  chip.title = `${name}\n${text}`;
  return chip;
}

/* What an attacker makes up (a guessed code_verifier) is not the victim's secret of that name. Tokens are never foreign:
 * those that the server gives to an attacker open the victim's account. */
const INVENTED = new Set(["code_verifier", "code_challenge", "state", "nonce"]);

export function isForeign({ kind, value }, secrets) {
  const same = (secret) => secret.kind === kind && secret.value === value && secret.run !== "attacker";
  return INVENTED.has(kind) && !secrets.some(same);
}

/* The ways in which a value is written into a URL, a form, a JSON text or a page. */
function spellings(value) {
  const hex = (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  const loose = encodeURIComponent(value.toWellFormed());
  const strict = loose.replace(/[!'()*]/g, hex);
  const html = value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  return new Set([value, loose, strict, strict.replace(/%20/g, "+"), JSON.stringify(value).slice(1, -1), html]);
}

export const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/* Returns find(text, hint): the text cut into strings and { secret, text }. With PKCE `plain` one value is two secrets;
 * the hint, a parameter's name, then decides which of them it is here. */
export function secretFinder(secrets) {
  const known = new Map();
  for (const secret of secrets) {
    if (typeof secret.value !== "string" || secret.value.length < 3) continue;
    for (const spelling of spellings(secret.value)) known.set(spelling, [...(known.get(spelling) ?? []), secret]);
  }
  if (!known.size) return (text) => [text];
  const words = [...known.keys()].sort((a, b) => b.length - a.length);
  // A short value could be part of another word by chance.
  const exact = (word) => (word.length < 8 ? `(?<![\\w-])${quoted(word)}(?![\\w-])` : quoted(word));
  const pattern = new RegExp(`(${words.map(exact).join("|")})`);
  return (text, hint) =>
    text.split(pattern).map((piece, number) => {
      if (number % 2 === 0) return piece;
      const candidates = known.get(piece);
      return { secret: candidates.find((secret) => secret.kind === hint) ?? candidates[0], text: piece };
    });
}

/* The secret that a text is from its first to its last character, or undefined. */
export function wholeSecret(text, find) {
  const pieces = find(text).filter((piece) => piece !== "");
  return pieces.length === 1 ? pieces[0].secret : undefined;
}

/* Text for the page: values of secrets as chips, other long values shortened. */
export function rich(text, find, hint) {
  return find(String(text), hint).map((piece) => {
    if (typeof piece !== "string") return valueChip(piece.secret, piece.text);
    return piece
      .split(/([^\s"'=&;,<>()]{61,})/)
      .map((part, number) => (number % 2 ? expandable(part, "fs-long") : part));
  });
}

/* Prose: `code_verifier` in backquotes is the name of a thing. */
export function prose(text, kinds) {
  return String(text ?? "")
    .split(/`([^`]+)`/)
    .map((part, number) => (number % 2 === 0 ? part : kinds.has(part) ? nameChip(part) : code(part)));
}

/* ---- JSON Web Tokens: three parts in base64url, of which two are JSON. ---- */

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

export function findJwts(text) {
  return [...new Set(text.match(JWT))].map(decodeJwt).filter(Boolean);
}

function decodeJwt(text) {
  const [header, claims, signature] = text.split(".");
  const token = { text, header: decodePart(header), claims: decodePart(claims), signature };
  return token.header && token.claims ? token : null;
}

function decodePart(part) {
  try {
    const octets = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
    const value = JSON.parse(new TextDecoder().decode(octets));
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
