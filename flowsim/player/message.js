/* A message as the wire has it, with line breaks where a reader wants them. What is not on the wire is in soft type. */

import { copyButton, copyOf } from "./copy.js";
import { curlOf, targetOf, wireOf } from "./curl.js";
import { placeOf, placeOfForm } from "./fields.js";
import { h, icon, unseen } from "./elements.js";
import { findJwts, kindClass, nameChip, rich, wholeSecret } from "./secrets.js";

const note = (...text) => h("span", { class: "fs-note" }, text);
const line = (indent, ...nodes) => h("div", { class: `fs-line fs-indent-${indent}` }, nodes);

export function route(view, from, to) {
  const { nameOf } = view.data;
  return h("span", { class: "fs-route" }, nameOf(from), icon("arrow"), unseen(" to "), nameOf(to));
}

const KIND_NAMES = { request: "Request", response: "Response", opening: "Opening" };
const NOT_HTTP =
  "Inside the device: one program hands this address to another. It is not an HTTP message and crosses no network.";
const OPENED_BY_ATTACKER =
  "The attacker has this address opened: a link, a picture or a redirect does it, or the attacker's own browser.";

export function messageCard(view, message) {
  const name = KIND_NAMES[message.kind] ?? message.kind;
  const opening = message.kind === "opening";
  // What every line needs: where the secrets are, and what the names mean.
  const ctx = { find: view.branch.find, ask: view.data.ask };
  const head = h("header", { class: "fs-message-head" }, h("b", {}, name), route(view, message.from, message.to),
    opening && h("span", { class: "fs-not-http" }, "not HTTP"), messageCopies(message, opening));
  const headers = (message.headers ?? []).map((header) => headerLines(header, message, ctx));
  const body = bodyLines(message, view, ctx);
  const tokens = findJwts([message.url, ...(message.headers ?? []).flat(), message.body].join("\n"));
  const props = {
    class: `fs-message fs-message-${opening ? "opening" : "http"}`, "aria-label": name,
    "data-testid": "message", "data-kind": message.kind,
  };
  return h("article", props, head, opening && h("p", { class: "fs-aside" }, message.from === "attacker" ? OPENED_BY_ATTACKER : NOT_HTTP),
    h("div", { class: "fs-wire" }, startLines(message, ctx), headers, body && [h("hr"), body]),
    credentialsCard(message, ctx), tokens.map((token) => jwtCard(token, ctx)));
}

const messageCopies = (message, opening) => h("span", { class: "fs-copies" },
  copyButton(() => wireOf(message), `Copy this ${opening ? "address" : message.kind}`, "Copy"),
  message.kind === "request" && copyButton(() => curlOf(message), "Copy as curl", "Copy as curl"));

function startLines(message, ctx) {
  const { kind, url } = message;
  if (kind === "opening") return addressLines("", url, "", 0, ctx);
  if (kind === "response") {
    return line(0, note("HTTP/1.1 "), h("b", {}, [message.status, message.reason].filter(Boolean).join(" ")));
  }
  return addressLines([h("b", {}, message.method), " "], targetOf(url), note(" HTTP/1.1"), 0, ctx);
}

/* An address in two parts: up to the query, and the query's own lines. */
function addressLines(before, address, after, indent, ctx) {
  const [path, ...rest] = address.split("?");
  if (!rest.length) return [line(indent, before, rich(path, ctx.find), after)];
  const lines = paramLines(rest.join("?"), "?", placeOf(address), indent + 1, ctx);
  lines.at(-1).append(after);
  return [line(indent, before, rich(path, ctx.find)), ...lines];
}

/* `a=1&b=2`, one parameter to a line. `lead` is what stands before the first one. */
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

function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}

function headerLines([name, value], message, ctx) {
  const label = [ctx.ask(`${message.kind} header`, name), ": "];
  if (/^[a-z][a-z0-9+.-]*:\S*\?|^\/\S*\?/i.test(value)) {
    const lines = addressLines(label, value, "", 0, ctx);
    lines[0].append(copyOf(value, name) ?? "");
    return lines;
  }
  const shown = (HEADER_PARTS[name.toLowerCase()] ?? plainHeader)(value, ctx);
  return [line(0, label, shown, copyOf(value, name))];
}

const plainHeader = (value, { find }) => rich(value, find);

/* Headers whose values have names inside. */
const HEADER_PARTS = {
  cookie: (value, ctx) => equations(value, () => "cookie", ctx),
  "set-cookie": (value, ctx) => equations(value, (number) => (number ? "Set-Cookie" : "cookie"), ctx),
  "www-authenticate": (value, { ask, find }) => value.split(/([A-Za-z_]+)(?==")/)
    .map((part, number) => (number % 2 ? ask("WWW-Authenticate", part) : rich(part, find))),
};

function equations(value, placeAt, { ask, find }) {
  return value.split(";").map((part, number) => {
    const [, space, name, rest] = /^(\s*)([^=]*)(.*)$/s.exec(part);
    return [number > 0 && ";", space, ask(placeAt(number), name.trim(), name), rich(rest, find)];
  });
}

const headerOf = (message, wanted) => (message.headers ?? []).find(([name]) => name.toLowerCase() === wanted)?.[1] ?? "";

export const isPage = (message) =>
  message.kind === "response" && Boolean(message.body) && /^text\/html\b/i.test(headerOf(message, "content-type"));

function bodyLines(message, view, ctx) {
  const { body } = message;
  if (!body) return null;
  const secret = wholeSecret(body, ctx.find);
  const lines = linesOf(message, ctx);
  if (!secret) return lines;
  return h("div", { class: `fs-whole ${kindClass(secret.kind)}` }, view.data.chip(secret.kind), lines);
}

function linesOf(message, ctx) {
  const { body } = message;
  const plain = () => body.split("\n").map((text) => line(0, rich(text, ctx.find)));
  if (/^application\/x-www-form-urlencoded/i.test(headerOf(message, "content-type"))) {
    return paramLines(body, "", placeOfForm(message.url ?? "", body), 0, ctx);
  }
  if (isPage(message)) {
    const summary = h("summary", {}, `HTML, ${body.length} characters; the tab “Page” shows it`);
    const source = h("details", { class: "fs-source" }, summary);
    source.addEventListener("toggle", () => source.append(...plain()), { once: true });
    return source;
  }
  return jsonLines(body, ctx) ?? plain();
}

function jsonLines(body, { ask, find }) {
  const value = jsonOf(body);
  if (!value) return null;
  return JSON.stringify(value, null, 1).split("\n").map((text) => {
    const [, spaces, written, rest] = /^( *)(?:"((?:[^"\\]|\\.)*)": )?(.*)$/.exec(text);
    const name = written === undefined ? undefined : JSON.parse(`"${written}"`);
    // Only the members of the outermost object are the protocol's.
    const place = spaces.length === 1 && !Array.isArray(value) ? "response body" : "";
    const inner = name !== undefined && jsonText(rest);
    return line(Math.min(3, spaces.length), name !== undefined && [ask(place, name, `"${written}"`), ": "],
      rich(rest, find, name), inner && copyOf(inner, name));
  });
}

function jsonOf(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/* What a line of JSON holds, if that is a text. */
function jsonText(text) {
  const [, written] = /^("(?:[^"\\]|\\.)*"),?$/.exec(text) ?? [];
  return written && JSON.parse(written);
}

/* ---- What is written in base64: a client's name and secret, and the parts of a signed token. ---- */

function credentialsCard(message, { ask, find }) {
  const [, text] = /^basic +(\S+)$/i.exec(headerOf(message, "authorization")) ?? [];
  if (!text) return null;
  let pair;
  try {
    pair = atob(text).split(":");
  } catch {
    return null;
  }
  const row = (name, value) => line(1, ask("Basic credentials", name), ": ", rich(decoded(value), find, name),
    copyOf(decoded(value), name));
  return h("details", { class: "fs-jwt", open: true, "data-testid": "credentials" },
    h("summary", {}, "Basic credentials decoded"),
    h("div", { class: "fs-wire" }, row("client_id", pair[0]), row("client_secret", pair.slice(1).join(":"))));
}

const TIMES = new Set(["exp", "iat", "nbf", "auth_time", "updated_at"]);
const clock = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");

function jwtCard(token, { ask, find }) {
  const secret = wholeSecret(token.text, find);
  const name = secret ? nameChip(secret.kind) : "JSON Web Token";
  const parts = token.text.split(".");
  const kind = token.header.typ === "at+jwt" ? "access token" : "ID token";
  const claims = (object, place) => Object.entries(object).map(([name, value]) => {
    const moment = TIMES.has(name) && Number.isInteger(value) && Math.abs(value) < 1e11;
    return line(1, ask(place, name), ": ", rich(JSON.stringify(value), find, name), moment && note("  ", clock(value)),
      copyOf(typeof value === "string" ? value : JSON.stringify(value), name));
  });
  const part = (number, title, ...content) => h("section", { class: `fs-jwt-part fs-jwt-${number}` },
    line(0, h("b", {}, title)), content);
  return h("details", { class: "fs-jwt", open: true, "data-testid": "jwt" },
    h("summary", {}, name, " decoded: three parts with dots between them"),
    h("p", { class: "fs-jwt-text", "aria-hidden": "true" }, parts.map((text, number) => [number > 0 && ".",
      h("span", { class: `fs-jwt-piece fs-jwt-${number}` }, `${text.slice(0, 10)}…`)])),
    h("div", { class: "fs-wire" },
      part(0, "Header", claims(token.header, "token header")), part(1, "Claims", claims(token.claims, kind)),
      part(2, "Signature", line(1, note(`${token.signature.length} characters over the two parts above; without the`,
        " server's key nobody can make it")))));
}
