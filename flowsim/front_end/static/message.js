/* A message as the wire has it, with line breaks where a reader wants them. What is not on the wire is in soft type. */

import { copyButton, copyOf } from "./copy.js";
import { curlOf, pathOf, wireOf } from "./curl.js";
import { h, icon, visuallyHidden } from "./elements.js";
import { kindClass, nameChip, rich, wholeSecret } from "./secrets.js";
import { findJwts } from "./tokens.js";

/** @import { MessageJson } from "./payload.d.ts" */
/** @import { Jwt } from "./tokens.js" */
/** @import { Ask, Child, Find, PlaceFinder, View } from "./types.d.ts" */

/**
 * What every line needs: where the secrets are, what the names mean, and in which place they stand.
 * @typedef {{ find: Find, ask: Ask, places: PlaceFinder }} Context
 */

/** @type {(...text: Child[]) => HTMLElement} */
const note = (...text) => h("span", { class: "fs-note" }, text);
/** @type {(indent: number, ...nodes: Child[]) => HTMLElement} */
const line = (indent, ...nodes) => h("div", { class: `fs-line fs-indent-${indent}` }, nodes);

/**
 * From whom to whom.
 * @type {(view: View, from: string, to: string) => HTMLElement}
 */
export function route(view, from, to) {
  const { nameOf } = view.data;
  return h("span", { class: "fs-route" }, nameOf(from), icon("arrow"), visuallyHidden(" to "), nameOf(to));
}

const KIND_NAMES = { request: "Request", response: "Response", opening: "Opening" };
const NOT_HTTP =
  "Inside the device: one program hands this address to another. It is not an HTTP message and crosses no network.";
const POSTED =
  "Inside the browser: one page posts this to another with postMessage. It is not an HTTP message and crosses no network.";
const OPENED_BY_ATTACKER =
  "The attacker has this address opened: a link, a picture or a redirect does it, or the attacker's own browser.";

/** @type {(view: View, message: MessageJson) => HTMLElement} */
export function messageCard(view, message) {
  const opening = message.kind === "opening";
  const posted = message.kind === "opening" ? message.posted_by : undefined;
  const name = isPreflight(message) ? "Preflight" : posted ? "Posted answer" : KIND_NAMES[message.kind];
  const headers = headersOf(message);
  const ctx = { find: view.branch.find, ask: view.data.ask, places: view.data.places };
  const head = h("header", { class: "fs-message-head" }, h("b", {}, name), route(view, message.from, message.to),
    opening && h("span", { class: "fs-not-http" }, "not HTTP"), messageCopies(message));
  const body = bodyLines(message, view, ctx);
  const tokens = findJwts([addressOf(message), ...headers.flat(), bodyOf(message)].join("\n"));
  const props = {
    class: `fs-message fs-message-${opening ? "opening" : "http"}`, "aria-label": name,
    "data-testid": "message", "data-kind": message.kind,
  };
  return h("article", props, head, opening && h("p", { class: "fs-aside" }, posted ? POSTED : message.from === "attacker" ? OPENED_BY_ATTACKER : NOT_HTTP),
    h("div", { class: "fs-wire" }, startLines(message, ctx),
      headers.map((header) => headerLines(header, message.kind, ctx)), body && [h("hr"), body]),
    credentialsCard(message, ctx), tokens.map((token) => jwtCard(token, ctx)));
}

/**
 * The browser's question whether a page may send what it wants to send.
 * @type {(message: MessageJson) => boolean}
 */
const isPreflight = (message) => message.kind === "request" && message.method === "OPTIONS"
  && headerOf(message, "access-control-request-method") !== "";
/** @type {(message: MessageJson) => string[][]} */
const headersOf = (message) => (message.kind === "opening" ? [] : message.headers);
/** @type {(message: MessageJson) => string} */
const bodyOf = (message) => (message.kind === "opening" ? "" : message.body);
/** @type {(message: MessageJson) => string} */
const addressOf = (message) => (message.kind === "response" ? "" : message.url);

/** @type {(message: MessageJson) => HTMLElement} */
const messageCopies = (message) => h("span", { class: "fs-copies" },
  copyButton(() => wireOf(message), `Copy this ${message.kind === "opening" ? "address" : message.kind}`, "Copy"),
  message.kind === "request" && copyButton(() => curlOf(message), "Copy as curl", "Copy as curl"));

/** @type {(message: MessageJson, ctx: Context) => Child} */
function startLines(message, ctx) {
  if (message.kind === "opening" && message.posted_by) {
    const parties = [line(0, note("posted by "), message.posted_by), line(0, note("posted to "), message.posted_to)];
    return [...parties, ...paramLines(message.url.split("?").slice(1).join("?"), "", ctx.places.ofQuery(message.url), 0, ctx)];
  }
  if (message.kind === "opening") return addressLines("", message.url, "", 0, ctx);
  if (message.kind === "response") {
    return line(0, note("HTTP/1.1 "), h("b", {}, [message.status, message.reason].filter(Boolean).join(" ")));
  }
  return addressLines([h("b", {}, message.method), " "], pathOf(message.url), note(" HTTP/1.1"), 0, ctx);
}

/**
 * An address in two parts: up to the query, and the query's own lines.
 * @type {(before: Child, address: string, after: Node | string, indent: number, ctx: Context) => HTMLElement[]}
 */
function addressLines(before, address, after, indent, ctx) {
  const [path, ...rest] = address.split("?");
  if (!rest.length) return [line(indent, before, rich(path, ctx.find), after)];
  const lines = paramLines(rest.join("?"), "?", ctx.places.ofQuery(address), indent + 1, ctx);
  lines.at(-1)?.append(after);
  return [line(indent, before, rich(path, ctx.find)), ...lines];
}

/**
 * `a=1&b=2`, one parameter to a line. `lead` is what stands before the first one.
 * @type {(text: string, lead: string, place: string, indent: number, ctx: Context) => HTMLElement[]}
 */
function paramLines(text, lead, place, indent, { ask, find }) {
  return text.split("&").map((part, number) => {
    const [written, ...rest] = part.split("=");
    const name = decoded(written);
    const value = rest.join("=");
    const meaning = decoded(value);
    const shown = h("span", { title: meaning === value ? null : meaning }, rich(value, find, name));
    return line(indent, note(number ? "&" : lead), ask(place, name, written), rest.length > 0 && "=", shown,
      copyOf(meaning, name));
  });
}

/** @type {(text: string) => string} */
function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}

/** @type {(header: string[], kind: string, ctx: Context) => HTMLElement[]} */
function headerLines([name, value], kind, ctx) {
  const label = [ctx.ask(`${kind} header`, name), ": "];
  if (/^[a-z][a-z0-9+.-]*:\S*\?|^\/\S*\?/i.test(value)) {
    const lines = addressLines(label, value, "", 0, ctx);
    lines[0].append(copyOf(value, name) ?? "");
    return lines;
  }
  const shown = (HEADER_PARTS[name.toLowerCase()] ?? plainHeader)(value, ctx);
  return [line(0, label, shown, copyOf(value, name))];
}

/** @typedef {(value: string, ctx: Context) => Child} HeaderParts */

/** @type {HeaderParts} */
const plainHeader = (value, { find }) => rich(value, find);

/**
 * Headers whose values have names inside.
 * @type {Record<string, HeaderParts>}
 */
const HEADER_PARTS = {
  cookie: (value, ctx) => equations(value, () => "cookie", ctx),
  "set-cookie": (value, ctx) => equations(value, (number) => (number ? "Set-Cookie" : "cookie"), ctx),
  "www-authenticate": (value, { ask, find }) => value.split(/([A-Za-z_]+)(?==")/)
    .map((part, number) => (number % 2 ? ask("WWW-Authenticate", part) : rich(part, find))),
};

/** @type {(value: string, placeAt: (number: number) => string, ctx: Context) => Child} */
function equations(value, placeAt, { ask, find }) {
  return value.split(";").map((part, number) => {
    const [, space, name, rest] = /^(\s*)([^=]*)(.*)$/s.exec(part) ?? [];
    return [number > 0 && ";", space, ask(placeAt(number), name.trim(), name), rich(rest, find)];
  });
}

/**
 * The value of a header, its name in lower case; empty where there is none.
 * @type {(message: MessageJson, wanted: string) => string}
 */
export const headerOf = (message, wanted) =>
  headersOf(message).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";

/** @type {(message: MessageJson) => boolean} */
export const isPage = (message) =>
  message.kind === "response" && message.body !== "" && /^text\/html\b/i.test(headerOf(message, "content-type"));

/** @type {(message: MessageJson, view: View, ctx: Context) => Child} */
function bodyLines(message, view, ctx) {
  const body = bodyOf(message);
  if (!body) return null;
  const secret = wholeSecret(body, ctx.find);
  const lines = linesOf(message, ctx);
  if (!secret) return lines;
  return h("div", { class: `fs-whole ${kindClass(secret.kind)}` }, view.data.chip(secret.kind), lines);
}

/** @type {(message: MessageJson, ctx: Context) => Child} */
function linesOf(message, ctx) {
  const body = bodyOf(message);
  const plain = () => body.split("\n").map((text) => line(0, rich(text, ctx.find)));
  if (/^application\/x-www-form-urlencoded/i.test(headerOf(message, "content-type"))) {
    return paramLines(body, "", ctx.places.ofForm(addressOf(message), body), 0, ctx);
  }
  if (isPage(message)) {
    const summary = h("summary", {}, `HTML, ${body.length} characters; the tab “Page” shows it`);
    const source = h("details", { class: "fs-source" }, summary);
    source.addEventListener("toggle", () => source.append(...plain()), { once: true });
    return source;
  }
  return jsonLines(body, ctx) ?? plain();
}

/** @type {(body: string, ctx: Context) => HTMLElement[] | null} */
function jsonLines(body, { ask, find }) {
  const value = jsonOf(body);
  if (!value) return null;
  return JSON.stringify(value, null, 1).split("\n").map((text) => {
    const [, spaces, written, rest] = /^( *)(?:"((?:[^"\\]|\\.)*)": )?(.*)$/.exec(text) ?? [];
    const name = written === undefined ? undefined : JSON.parse(`"${written}"`);
    // Only the members of the outermost object are the protocol's.
    const place = spaces.length === 1 && !Array.isArray(value) ? "response body" : "";
    const inner = name !== undefined && jsonText(rest);
    return line(Math.min(3, spaces.length), name !== undefined && [ask(place, name, `"${written}"`), ": "],
      rich(rest, find, name), inner && copyOf(inner, name));
  });
}

/** @type {(text: string) => object | null} */
function jsonOf(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/**
 * What a line of JSON holds, if that is a text.
 * @type {(text: string) => string | undefined}
 */
function jsonText(text) {
  const [, written] = /^("(?:[^"\\]|\\.)*"),?$/.exec(text) ?? [];
  return written && JSON.parse(written);
}

/* ---- What is written in base64: a client's name and secret, and the parts of a signed token. ---- */

/** @type {(message: MessageJson, ctx: Context) => HTMLElement | null} */
function credentialsCard(message, { ask, find }) {
  const [, text] = /^basic +(\S+)$/i.exec(headerOf(message, "authorization")) ?? [];
  if (!text) return null;
  /** @type {string[]} */
  let pair;
  try {
    pair = atob(text).split(":");
  } catch {
    return null;
  }
  /** @type {(name: string, value: string) => HTMLElement} */
  const row = (name, value) => line(1, ask("Basic credentials", name), ": ", rich(decoded(value), find, name),
    copyOf(decoded(value), name));
  return h("details", { class: "fs-jwt", open: true, "data-testid": "credentials" },
    h("summary", {}, "Basic credentials decoded"),
    h("div", { class: "fs-wire" }, row("client_id", pair[0]), row("client_secret", pair.slice(1).join(":"))));
}

const TIMES = new Set(["exp", "iat", "nbf", "auth_time", "updated_at"]);
/** @type {(seconds: number) => string} */
const clock = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");

/** @type {(token: Jwt, ctx: Context) => HTMLElement} */
function jwtCard(token, { ask, find }) {
  const secret = wholeSecret(token.text, find);
  const name = secret ? nameChip(secret.kind) : "JSON Web Token";
  const parts = token.text.split(".");
  // What a client signs names the client twice; of a server's tokens none is about the server itself.
  const asserted = token.claims.iss !== undefined && token.claims.iss === token.claims.sub;
  const ofServer = token.header.typ === "at+jwt" ? "access token" : "ID token";
  const [head, kind] = asserted ? ["assertion header", "client assertion"] : ["token header", ofServer];
  /** @type {(object: Record<string, unknown>, place: string) => HTMLElement[]} */
  const claims = (object, place) => Object.entries(object).map(([member, value]) => {
    const isTime = TIMES.has(member) && typeof value === "number" && Number.isInteger(value) && Math.abs(value) < 1e11;
    return line(1, ask(place, member), ": ", rich(JSON.stringify(value), find, member), isTime && note("  ", clock(value)),
      copyOf(typeof value === "string" ? value : JSON.stringify(value), member));
  });
  /** @type {(number: number, title: string, ...content: Child[]) => HTMLElement} */
  const part = (number, title, ...content) => h("section", { class: `fs-jwt-part fs-jwt-${number}` },
    line(0, h("b", {}, title)), content);
  return h("details", { class: "fs-jwt", open: true, "data-testid": "jwt" },
    h("summary", {}, name, " decoded: three parts with dots between them"),
    h("p", { class: "fs-jwt-text", "aria-hidden": "true" }, parts.map((text, number) => [number > 0 && ".",
      h("span", { class: `fs-jwt-piece fs-jwt-${number}` }, `${text.slice(0, 10)}…`)])),
    h("div", { class: "fs-wire" },
      part(0, "Header", claims(token.header, head)), part(1, "Claims", claims(token.claims, kind)),
      part(2, "Signature", line(1, note(`${token.signature.length} characters over the two parts above; without the`,
        ` ${asserted ? "app" : "server"}'s key nobody can make it`)))));
}
