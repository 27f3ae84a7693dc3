/* A message as the wire has it, with line breaks where a reader wants them. What is not on the wire is in soft type. */

import { h, icon, unseen } from "./elements.js";
import { findJwts, kindClass, nameChip, rich, wholeSecret } from "./secrets.js";

const key = (text) => h("span", { class: "fs-key" }, text);
const note = (...text) => h("span", { class: "fs-note" }, text);
const line = (indent, ...nodes) => h("div", { class: `fs-line fs-indent-${indent}` }, nodes);

export function route(view, from, to) {
  const { nameOf } = view.data;
  return h("span", { class: "fs-route" }, nameOf(from), icon("arrow"), unseen(" to "), nameOf(to));
}

const KIND_NAMES = { request: "Request", response: "Response", opening: "Opening" };
const NOT_HTTP =
  "Inside the device: one program hands this address to another. It is not an HTTP message and crosses no network.";

export function messageCard(view, message) {
  const { find } = view.branch;
  const name = KIND_NAMES[message.kind] ?? message.kind;
  const opening = message.kind === "opening";
  const head = h("header", { class: "fs-message-head" }, h("b", {}, name), route(view, message.from, message.to),
    opening && h("span", { class: "fs-not-http" }, "not HTTP"));
  const headers = (message.headers ?? []).map((header) => headerLines(header, find));
  const body = bodyLines(message, view);
  const tokens = findJwts([message.url, ...(message.headers ?? []).flat(), message.body].join("\n"));
  const props = {
    class: `fs-message fs-message-${opening ? "opening" : "http"}`, "aria-label": name,
    "data-testid": "message", "data-kind": message.kind,
  };
  return h("article", props, head, opening && h("p", { class: "fs-aside" }, NOT_HTTP),
    h("div", { class: "fs-wire" }, startLines(message, find), headers, body && [h("hr"), body]),
    tokens.map((token) => jwtCard(token, find)));
}

function startLines(message, find) {
  const { kind, url } = message;
  if (kind === "opening") return addressLines("", url, "", 0, find);
  if (kind === "response") {
    return line(0, note("HTTP/1.1 "), h("b", {}, [message.status, message.reason].filter(Boolean).join(" ")));
  }
  const target = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "") || "/";
  return addressLines([h("b", {}, message.method), " "], target, note(" HTTP/1.1"), 0, find);
}

/* An address in two parts: up to the query, and the query's own lines. */
function addressLines(before, address, after, indent, find) {
  const [path, ...rest] = address.split("?");
  if (!rest.length) return [line(indent, before, rich(path, find), after)];
  const lines = paramLines(rest.join("?"), "?", indent + 1, find);
  lines.at(-1).append(after);
  return [line(indent, before, rich(path, find)), ...lines];
}

/* `a=1&b=2`, one parameter to a line. `lead` is what stands before the first one. */
function paramLines(text, lead, indent, find) {
  return text.split("&").map((part, number) => {
    const [name, ...rest] = part.split("=");
    const value = rest.join("=");
    const meaning = decoded(value) === value ? null : decoded(value);
    const shown = h("span", { title: meaning }, rich(value, find, decoded(name)));
    return line(indent, note(number ? "&" : lead), key(name), rest.length > 0 && "=", shown);
  });
}

function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}

function headerLines([name, value], find) {
  const label = [key(name), ": "];
  if (/^[a-z][a-z0-9+.-]*:\S*\?|^\/\S*\?/i.test(value)) return addressLines(label, value, "", 0, find);
  return [line(0, label, rich(value, find))];
}

const headerOf = (message, wanted) =>
  (message.headers ?? []).find(([name]) => name.toLowerCase() === wanted)?.[1]?.toLowerCase() ?? "";

export const isPage = (message) =>
  message.kind === "response" && Boolean(message.body) && /^text\/html\b/.test(headerOf(message, "content-type"));

function bodyLines(message, view) {
  const { body } = message;
  const { find } = view.branch;
  if (!body) return null;
  const secret = wholeSecret(body, find);
  const lines = linesOf(message, find);
  if (!secret) return lines;
  return h("div", { class: `fs-whole ${kindClass(secret.kind)}` }, view.data.chip(secret.kind), lines);
}

function linesOf(message, find) {
  const { body } = message;
  const plain = () => body.split("\n").map((text) => line(0, rich(text, find)));
  if (headerOf(message, "content-type").startsWith("application/x-www-form-urlencoded")) {
    return paramLines(body, "", 0, find);
  }
  if (isPage(message)) {
    const summary = h("summary", {}, `HTML, ${body.length} characters; the tab “Page” shows it`);
    const source = h("details", { class: "fs-source" }, summary);
    source.addEventListener("toggle", () => source.append(...plain()), { once: true });
    return source;
  }
  return jsonLines(body, find) ?? plain();
}

function jsonLines(body, find) {
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    return null;
  }
  if (!value || typeof value !== "object") return null;
  return JSON.stringify(value, null, 1).split("\n").map((text) => {
    const [, spaces, name, rest] = /^( *)(?:"((?:[^"\\]|\\.)*)": )?(.*)$/.exec(text);
    const label = name !== undefined && [key(`"${name}"`), ": "];
    return line(Math.min(3, spaces.length), label, rich(rest, find, name));
  });
}

const TIMES = new Set(["exp", "iat", "nbf", "auth_time", "updated_at"]);
const clock = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");

function jwtCard(token, find) {
  const secret = wholeSecret(token.text, find);
  const name = secret ? nameChip(secret.kind) : "JSON Web Token";
  const claims = (object) => Object.entries(object).map(([name, value]) => {
    const moment = TIMES.has(name) && Number.isInteger(value) && Math.abs(value) < 1e11;
    return line(1, key(name), ": ", rich(JSON.stringify(value), find, name), moment && note("  ", clock(value)));
  });
  return h("details", { class: "fs-jwt", open: true, "data-testid": "jwt" }, h("summary", {}, name, " decoded"),
    h("div", { class: "fs-wire" }, line(0, note("header")), claims(token.header), line(0, note("claims")),
      claims(token.claims), line(0, note(`signature, ${token.signature.length} characters`))));
}
