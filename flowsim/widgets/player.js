/* The player: a reader steps through one login in it, forwards, backwards, and into the branch of an attacker.
 *
 * It gets one plain object, the payload, which holds every branch from its first event to its verdict. Stepping is
 * therefore an index that changes here, in the browser: it never waits for a kernel, and there need not be one.
 *
 *   state    what a reader can change, and nothing that can be computed from it
 *   view     what the parts show: the payload as seen from the state (viewOf)
 *   a part   { root, paint(view) }: builds its elements once, then repaints them from the view
 *   actions  the only functions that change the state; buttons, keys and the kernel all come through them
 *
 * A new way to look at a trace is a new part; a new way to steer is a new action with a line in KEYS.
 *
 * Everything in the payload is data, and an attacker may have chosen it. It reaches the page as text nodes and through
 * the few attributes that this file names. No string is ever read as HTML; the SVG is copied element by element.
 */

/* ---- Elements. The only way from a string to the page. ---- */

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0 || child === ""));
  return node;
}

const h = (tag, props, ...children) => fill(document.createElement(tag), props, children);
const s = (tag, props, ...children) => fill(document.createElementNS(SVG, tag), props, children);
const unseen = (text) => h("span", { class: "fs-unseen" }, text);
const mark = (node, name, on) => node.classList.toggle(name, Boolean(on));

const ICONS = {
  first: "M3 3h2v10H3zM13 3v10L6 8z",
  back: "M11.5 2.5v11L4 8z",
  next: "M4.5 2.5v11L12 8z",
  last: "M11 3h2v10h-2zM3 3v10l7-5z",
  arrow: "M1 7h9V3.5L15 8l-5 4.5V9H1z",
  down: "m3 5.5 5 5 5-5-1.2-1.2L8 8.1 4.2 4.3z",
  skull:
    "M8 1C4.3 1 1.8 3.4 1.8 6.6c0 2 1 3.6 2.7 4.5v1.4c0 .4.3.7.7.7h.9v1.6h1.3v-1.6h1.2v1.6h1.3v-1.6h.9c.4 0 .7-.3.7-.7" +
    "v-1.4c1.7-.9 2.7-2.5 2.7-4.5C14.2 3.4 11.7 1 8 1zM5.5 5.2a1.6 1.6 0 1 1 0 3.2 1.6 1.6 0 0 1 0-3.2zm5 0a1.6 1.6 0 " +
    "1 1 0 3.2 1.6 1.6 0 0 1 0-3.2zM8 8.7l1 1.9H7z",
  passed: "m2 8.6 1.5-1.5 3 3L12.6 4 14 5.4l-7.5 7.5z",
  failed: "M3.4 2 8 6.6 12.6 2 14 3.4 9.4 8l4.6 4.6-1.4 1.4L8 9.4 3.4 14 2 12.6 6.6 8 2 3.4z",
  none: "M3 7h10v2H3z",
  off: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2c1.1 0 2.1.4 2.9.9L3.9 10.9A5 5 0 0 1 8 3zm0 10c-1.1 0-2.1-.4-2.9-.9l7-7A5 5 0 0 1 8 13z",
  eye: "M8 3C4.5 3 1.7 5.3.5 8c1.2 2.7 4 5 7.5 5s6.3-2.3 7.5-5C14.300 5.3 11.500 3 8 3zm0 8.300a3.300 3.300 0 1 1 0-6.600 3.300 3.300 0 0 1 0 6.600zM8 6.300a1.700 1.700 0 1 0 0 3.400 1.700 1.700 0 0 0 0-3.400z",
  good: "M8 .8 2 3v4.500c0 3.700 2.500 6.500 6 7.700 3.500-1.200 6-4 6-7.700V3zm-.9 10.300L4.200 8.200l1.200-1.200 1.700 1.700L10.800 5 12 6.200z",
  bad: "M8 1 .6 14.300h14.800zM7.200 5.800h1.600v4.300H7.200zm0 5.300h1.600v1.600H7.200z",
  neutral: "M3 1h1.600v1H13l-2 3 2 3H4.600v7H3z",
};

const icon = (name) =>
  s("svg", { class: "fs-icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, s("path", { d: ICONS[name] }));

function link(clause) {
  if (!/^https:\/\//.test(clause.url ?? "")) return h("span", { class: "fs-clause" }, clause.label);
  const props = { class: "fs-clause", href: clause.url, target: "_blank", rel: "noopener noreferrer" };
  return h("a", props, clause.label, unseen(" (opens in a new tab)"));
}

/* ---- Secrets. A value has the same chip wherever it shows, so a text is searched for every value of the trace. ---- */

const KINDS = [
  "password", "client_secret", "state", "nonce", "code_verifier", "code_challenge",
  "code", "access_token", "id_token", "refresh_token", "data",
];
const chipClass = (kind) => (KINDS.includes(kind) ? `fs-chip fs-c-${kind}` : "fs-chip");
const nameChip = (kind, text = kind) => h("span", { class: chipClass(kind) }, text);

const LONG = 30;
const shorten = (text) => (text.length > LONG ? `${text.slice(0, 12)}…${text.slice(-6)}` : text);

/* A long value shows its two ends; a click shows all of it. */
function expandable(text, className, prefix) {
  if (text.length <= LONG) return h("span", { class: className }, prefix, text);
  const shown = h("span", {}, shorten(text));
  const toggle = (event) => {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", open);
    shown.textContent = open ? text : shorten(text);
    event.stopPropagation();
  };
  const props = { type: "button", class: className, title: text, "aria-expanded": "false", onclick: toggle };
  const button = h("button", props, prefix, shown);
  return button;
}

function valueChip(secret, text) {
  const foreign = secret.run === "attacker";
  const className = `${chipClass(secret.kind)} fs-value${foreign ? " fs-foreign" : ""}`;
  const name = `${foreign ? "the attacker's own " : ""}${secret.kind}`;
  const chip = expandable(text, className, [foreign && icon("skull"), unseen(`${name}: `)]);
  chip.title = `${name}\n${text}`;
  return chip;
}

/* The ways in which a value is written into a URL, a form, a JSON text or a page. */
function spellings(value) {
  const strict = encodeURIComponent(value).replace(
    /[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const html = value.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const all = [value, encodeURIComponent(value), strict, strict.replace(/%20/g, "+"), JSON.stringify(value).slice(1, -1)];
  return new Set([...all, html]);
}

const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/* Returns find(text, hint): the text cut into strings and { secret, text }. With PKCE `plain` one value is two secrets;
 * the hint, a parameter's name, then decides which of them it is here. */
function secretFinder(secrets) {
  const known = new Map();
  for (const secret of secrets) {
    if (typeof secret.value !== "string" || secret.value.length < 3) continue;
    for (const spelling of spellings(secret.value)) {
      known.set(spelling, [...(known.get(spelling) ?? []), secret]);
    }
  }
  const words = [...known.keys()].sort((a, b) => b.length - a.length);
  // A short value could be part of another word by chance.
  const parts = words.map((word) => (word.length < 8 ? `(?<![\\w-])${quoted(word)}(?![\\w-])` : quoted(word)));
  const pattern = words.length ? new RegExp(`(${parts.join("|")})`) : null;
  return (text, hint) => {
    if (!pattern) return [text];
    return text.split(pattern).map((piece, number) => {
      if (number % 2 === 0) return piece;
      const candidates = known.get(piece);
      return { secret: candidates.find((secret) => secret.kind === hint) ?? candidates[0], text: piece };
    });
  };
}

/* Text for the page: values of secrets as chips, other long values shortened. */
function rich(text, find, hint) {
  return find(String(text), hint).map((piece) => {
    if (typeof piece !== "string") return valueChip(piece.secret, piece.text);
    return piece
      .split(/([^\s"'=&;,<>]{61,})/)
      .map((part, number) => (number % 2 ? expandable(part, "fs-long") : part));
  });
}

/* Prose: `code_verifier` in backquotes is the name of a thing. */
function prose(text, kinds) {
  return String(text ?? "").split(/`([^`]+)`/).map((part, number) => {
    if (number % 2 === 0) return part;
    return kinds.has(part) ? nameChip(part) : h("code", { class: "fs-code" }, part);
  });
}

/* ---- JSON Web Tokens. Three parts in base64url, of which two are JSON. ---- */

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;

function decodePart(part) {
  try {
    const octets = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    const value = JSON.parse(new TextDecoder().decode(octets));
    return value && typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

function decodeJwt(text) {
  const [header, claims, signature] = text.split(".");
  const decoded = { text, header: decodePart(header), claims: decodePart(claims), signature };
  return decoded.header && decoded.claims ? decoded : null;
}

const TIMES = new Set(["exp", "iat", "nbf", "auth_time", "updated_at"]);
const clock = (seconds) => new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");

function claimLines(object, find) {
  return Object.entries(object).map(([name, value]) => {
    const moment = TIMES.has(name) && Number.isFinite(value) && Math.abs(value) < 1e11 ? clock(value) : null;
    return line(1, key(name), ": ", rich(JSON.stringify(value), find, name), moment && note(` ${moment}`));
  });
}

/* ---- The data, made ready once: who knows what at each position, what each memory was before. ---- */

function prepare(payload) {
  const kinds = new Set(payload.secrets.map((secret) => secret.kind));
  const names = new Map(payload.lanes.map((lane) => [lane.id, lane.name]));
  const branches = new Map(payload.branches.map((branch) => [branch.name, prepareBranch(branch)]));
  const seen = new Set(payload.branches.flatMap((branch) =>
    branch.trace.events.flatMap((event) => event.learned.map((item) => item.kind))));
  return {
    payload, kinds, branches,
    steps: payload.steps.length,
    // A row that stays empty in every branch (no client_secret, no refresh_token) is left out.
    rows: payload.secrets.filter((secret) => seen.has(secret.kind)),
    nameOf: (id) => names.get(id) ?? (id === "user" ? names.get("browser") : undefined) ?? String(id),
  };
}

function prepareBranch(branch) {
  const { events, secrets } = branch.trace;
  const holdings = [new Map()];
  for (const event of events) {
    const held = new Map(holdings.at(-1));
    for (const item of event.learned) {
      const cell = `${item.lane} ${item.kind}`;
      const before = held.get(cell);
      const entry = { value: item.value, foreign: isForeign(item, secrets), since: event.index };
      if (!before || (before.foreign && !entry.foreign)) held.set(cell, entry);
    }
    holdings.push(held);
  }
  return { ...branch, events, holdings, find: secretFinder(secrets), verdict: branch.trace.verdict };
}

/* What an attacker makes up (a guessed code_verifier) is not the victim's secret of that name. Tokens are never foreign:
 * those that the server gives to an attacker open the victim's account. */
const INVENTED = new Set(["code_verifier", "code_challenge", "state", "nonce"]);

function isForeign(item, secrets) {
  if (!INVENTED.has(item.kind)) return false;
  return !secrets.some(
    (secret) => secret.kind === item.kind && secret.value === item.value && secret.run !== "attacker",
  );
}

function viewOf(data, state) {
  const branch = data.branches.get(state.branch);
  const { position } = state;
  const event = branch.events[position - 1] ?? null;
  const before = branch.events[position - 2] ?? null;
  const shown = tabsOf(event);
  return {
    data, state, branch, position, event, before,
    key: `${branch.name} ${position}`,
    count: branch.events.length,
    atEnd: position === branch.events.length,
    held: branch.holdings[position],
    tabs: shown,
    tab: chooseTab(state, shown, position, branch.name),
    where: whereText(data, event),
  };
}

const isStep = (event) => String(event.act).startsWith("step ");

function whereText(data, event) {
  if (!event) return "Start";
  return isStep(event) ? `Step ${event.step} of ${data.steps}` : `After step ${event.step}`;
}

/* ---- Lines of a message, as the wire has them, with breaks where a reader wants them. ---- */

const key = (text) => h("span", { class: "fs-key" }, text);
const note = (...text) => h("span", { class: "fs-note" }, text);
const line = (indent, ...nodes) => h("div", { class: `fs-line fs-indent-${indent}` }, nodes);

function decoded(text) {
  try {
    return decodeURIComponent(text.replace(/\+/g, " "));
  } catch {
    return text;
  }
}

/* `a=1&b=2`, one parameter to a line. `lead` is what stands before the first one. */
function paramLines(text, lead, indent, find) {
  return text.split("&").map((part, number) => {
    const [name, ...rest] = part.split("=");
    const value = rest.join("=");
    const shown = h("span", { title: decoded(value) === value ? null : decoded(value) }, rich(value, find, decoded(name)));
    return line(indent, note(number ? "&" : lead), key(name), rest.length ? "=" : "", shown);
  });
}

/* An address in two parts: up to the query, and the query's own lines. */
function addressLines(before, address, after, indent, find) {
  const [path, ...rest] = address.split("?");
  if (!rest.length) return [line(indent, before, rich(path, find), after)];
  const lines = paramLines(rest.join("?"), "?", indent + 1, find);
  lines.at(-1).append(...(after ? [after] : []));
  return [line(indent, before, rich(path, find)), ...lines];
}

function headerLines([name, value], find) {
  const label = [key(name), ": "];
  if (/^[a-z][a-z0-9+.-]*:[^\s]*\?|^\/[^\s]*\?/i.test(value)) return addressLines(label, value, "", 0, find);
  return [line(0, label, rich(value, find))];
}

const headerOf = (message, name) =>
  (message.headers ?? []).find(([key]) => key.toLowerCase() === name)?.[1] ?? "";
const isPage = (message) =>
  message.kind === "response" && Boolean(message.body) && /^text\/html\b/i.test(headerOf(message, "content-type"));

function bodyLines(message, find) {
  const { body } = message;
  const type = headerOf(message, "content-type").toLowerCase();
  if (!body) return [];
  if (type.startsWith("application/x-www-form-urlencoded")) return paramLines(body, "", 0, find);
  if (isPage(message)) {
    const more = h("details", { class: "fs-source" }, h("summary", {}, `HTML page, ${body.length} characters: see the tab Page`),
      body.split("\n").map((text) => line(0, rich(text, find))));
    return [more];
  }
  return jsonLines(body, find) ?? body.split("\n").map((text) => line(0, rich(text, find)));
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
    const label = name === undefined ? "" : [key(`"${name}"`), ": "];
    return line(Math.min(3, spaces.length), label, rich(rest, find, name));
  });
}

function startLines(message, find) {
  if (message.kind === "opening") return addressLines("", message.url, "", 0, find);
  if (message.kind === "response") return [line(0, note("HTTP/1.1 "), h("b", {}, `${message.status} ${message.reason ?? ""}`))];
  const target = message.url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "") || "/";
  return addressLines([h("b", {}, message.method), " "], target, note(" HTTP/1.1"), 0, find);
}

/* ---- The panels of the card. Each is a function from the view to elements. ---- */

const TABS = [
  { id: "message", name: "Message", panel: messagePanel },
  { id: "checks", name: "Checks", panel: checksPanel },
  { id: "knows", name: "Who knows what", panel: knowsPanel },
  { id: "memory", name: "Memory", panel: memoryPanel },
  { id: "page", name: "Page", panel: pagePanel },
];

/* Which tabs there are, and which of them have something to say about this event. */
function tabsOf(event) {
  const full = {
    message: event?.http.length,
    checks: event?.checks.length,
    knows: event?.learned.length,
    memory: event,
    page: event?.http.some(isPage),
  };
  return TABS.filter(({ id }) => id !== "page" || full.page).map((tab) => ({ ...tab, full: Boolean(full[tab.id]) }));
}

/* A reader's choice stays from step to step; where that tab is empty, the first one that is not stands in for it. */
function chooseTab(state, tabs, position, branch) {
  const picked = tabs.find((tab) => tab.id === state.tab);
  if (picked && (picked.full || state.pickedAt === `${branch} ${position}`)) return picked.id;
  return (tabs.find((tab) => tab.full) ?? tabs[0]).id;
}

const empty = (text) => h("p", { class: "fs-empty" }, text);

const MESSAGE_KINDS = {
  request: "Request",
  response: "Response",
  opening: "Opening",
};

function route(view, from, to) {
  return h("span", { class: "fs-route" }, view.data.nameOf(from), icon("arrow"), unseen(" to "), view.data.nameOf(to));
}

function messagePanel(view) {
  const { event, branch } = view;
  if (!event) return empty("Nothing has been sent yet.");
  if (!event.http.length) return empty("Nothing travels here: it happens inside one party.");
  return event.http.map((message) => messageCard(view, message, branch.find));
}

function messageCard(view, message, find) {
  const kind = MESSAGE_KINDS[message.kind] ?? message.kind;
  const head = h("header", { class: "fs-message-head" }, h("b", {}, kind), route(view, message.from, message.to),
    message.kind === "opening" && h("span", { class: "fs-not-http" }, "not HTTP"));
  const body = bodyLines(message, find);
  const wire = h("div", { class: "fs-wire" }, startLines(message, find),
    (message.headers ?? []).map((header) => headerLines(header, find)), body.length ? [h("hr"), body] : []);
  const tokens = [...new Set(`${message.url ?? ""}\n${JSON.stringify(message.headers ?? [])}\n${message.body ?? ""}`.match(JWT))]
    .map(decodeJwt).filter(Boolean);
  const props = { class: `fs-message fs-message-${message.kind}`, "data-testid": "message", "data-kind": message.kind, "aria-label": kind };
  return h("section", props, head,
    message.kind === "opening" &&
      h("p", { class: "fs-aside" }, "The device opens this address in an app. It has no headers, and it never crosses the network."),
    wire, tokens.map((token) => jwtCard(token, find)));
}

function jwtCard(token, find) {
  const [piece] = find(token.text).filter((part) => typeof part !== "string");
  const name = piece ? nameChip(piece.secret.kind) : "JSON Web Token";
  const props = { class: "fs-jwt", open: true, "data-testid": "jwt" };
  return h("details", props, h("summary", {}, name, " decoded"),
    h("div", { class: "fs-wire" },
      line(0, note("header")), claimLines(token.header, find),
      line(0, note("claims")), claimLines(token.claims, find),
      line(0, note(`signature: ${token.signature.length} characters`))));
}

/* -- Checks -- */

const CHECK_WORDS = { passed: "passed", failed: "failed", none: "not applicable", off: "switched off" };

function statusOf(check) {
  if (!check.on) return "off";
  if (check.passed === null) return "none";
  return check.passed ? "passed" : "failed";
}

function countChecks(checks) {
  const counts = { passed: 0, failed: 0, none: 0, off: 0 };
  for (const check of checks) counts[statusOf(check)] += 1;
  return counts;
}

function checksSummary(checks) {
  const counts = countChecks(checks);
  const parts = Object.keys(counts).filter((status) => counts[status]).map((status) => `${counts[status]} ${CHECK_WORDS[status]}`);
  return `${checks.length} ${checks.length === 1 ? "check" : "checks"}: ${parts.join(", ")}`;
}

function checksPanel(view) {
  const { event, data, branch } = view;
  if (!event) return empty("Nothing has been checked yet.");
  if (!event.checks.length) return empty("Nobody checks anything here.");
  const groups = new Map();
  for (const check of event.checks) {
    const group = `${check.step} ${check.actor}`;
    groups.set(group, [...(groups.get(group) ?? []), check]);
  }
  return [
    h("p", { class: "fs-summary", "data-testid": "checks-summary" }, checksSummary(event.checks)),
    [...groups.values()].map((checks) => [
      groups.size > 1 && h("h4", { class: "fs-group" }, checksHeading(checks[0], data)),
      h("ul", { class: "fs-checks" }, checks.map((check) => checkItem(check, branch.find))),
    ]),
  ];
}

function checksHeading(check, data) {
  if (check.step === 6) return "On receiving the redirect (step 6)";
  return `${data.nameOf(check.actor)}, step ${check.step}`;
}

function checkItem(check, find) {
  const status = statusOf(check);
  const alwaysOpen = status === "failed" || (status === "off" && check.passed === false);
  const detail = h("dl", { class: "fs-compare", hidden: !alwaysOpen },
    h("dt", {}, "expected"), h("dd", {}, rich(check.expected, find)),
    h("dt", {}, "received"), h("dd", {}, rich(check.received, find)));
  const word = check.decides ? "failed, and decides" : CHECK_WORDS[status];
  const toggle = (event) => {
    detail.hidden = !detail.hidden;
    event.currentTarget.setAttribute("aria-expanded", !detail.hidden);
  };
  const title = alwaysOpen
    ? h("span", { class: "fs-check-title" }, check.title)
    : h("button", { type: "button", class: "fs-check-title", "aria-expanded": "false", onclick: toggle }, check.title, icon("down"));
  const props = {
    class: `fs-check fs-check-${status}${check.decides ? " fs-decides" : ""}`,
    "data-testid": "check", "data-check": check.id, "data-status": status,
  };
  return h("li", props, icon(status), h("div", { class: "fs-check-main" }, title,
    h("span", { class: "fs-check-word" }, word), check.decides && check.error ? h("code", { class: "fs-code" }, check.error) : null,
    status === "off" && check.passed === false && h("span", { class: "fs-check-word" }, "(it would have failed)")),
  link(check.clause), detail);
}

/* -- Who knows what, party by party, with the values; the table of all parties is a part of its own. -- */

function knowsPanel(view) {
  const { data, event, held, branch } = view;
  if (!event) return empty("Nobody holds a secret yet.");
  const item = (kind, entry) => h("li", { class: entry.since === event.index ? "fs-new" : null }, nameChip(kind), " ",
    valueChip({ kind, run: entry.foreign ? "attacker" : "victim" }, entry.value),
    entry.since === event.index && h("span", { class: "fs-tag" }, "new"),
    entry.foreign && note(" made up by the attacker"));
  return data.payload.lanes.map((lane) => {
    const items = data.rows.map(({ kind }) => [kind, held.get(`${lane.id} ${kind}`)]).filter(([, entry]) => entry);
    if (!items.length && lane.id === "attacker" && !branch.attack) return null;
    return partyBlock(lane, h("ul", { class: "fs-holdings" }, items.length
      ? items.map(([kind, entry]) => item(kind, entry))
      : h("li", { class: "fs-note" }, "none of these secrets")));
  });
}

function partyBlock(lane, content) {
  const thief = lane.id === "attacker";
  return h("section", { class: `fs-party${thief ? " fs-thief" : ""}`, "data-lane": lane.id },
    h("h4", { class: "fs-group" }, thief && icon("skull"), lane.name), content);
}

/* -- Memory -- */

function memoryPanel(view) {
  const { data, event, before, branch } = view;
  if (!event) return empty("Nobody remembers anything of this login yet.");
  const blocks = data.payload.lanes.map((lane) => {
    const now = event.memory[lane.id] ?? {};
    const was = before?.memory[lane.id] ?? {};
    const names = [...new Set([...Object.keys(now), ...Object.keys(was)])];
    if (!names.length) return null;
    return partyBlock(lane, h("dl", { class: "fs-memory", "data-testid": `memory-${lane.id}` },
      names.map((name) => memoryRow(name, now[name], was[name], data, branch.find))));
  });
  return blocks.some(Boolean) ? blocks : empty("Nobody remembers anything of this login yet.");
}

function memoryRow(name, now, was, data, find) {
  const change = now === was ? null : was === undefined ? "new" : now === undefined ? "forgotten" : "changed";
  const label = data.kinds.has(name) ? nameChip(name) : h("span", { class: "fs-key" }, name);
  return h("div", { class: change && `fs-${change}` }, h("dt", {}, label),
    h("dd", {}, rich(now ?? was, find, name), change && h("span", { class: "fs-tag" }, change)));
}

/* -- Page. The frame can run nothing, send nothing, fetch nothing, and cannot be clicked. -- */

const FRAME_RULES = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'";

function pagePanel(view) {
  const { http } = view.event;
  return http.map((message, number) => {
    if (!isPage(message)) return null;
    const asked = http.slice(0, number).findLast((earlier) => earlier.kind === "request");
    const frame = h("iframe", {
      class: "fs-page", sandbox: "", tabindex: "-1", inert: true, title: "The page as the user sees it", "data-testid": "page",
      srcdoc: `<!doctype html><meta http-equiv="Content-Security-Policy" content="${FRAME_RULES}">${message.body}`,
    });
    return h("figure", { class: "fs-browser" },
      h("figcaption", {}, asked ? h("span", { class: "fs-address" }, asked.url.split("?")[0]) : "The page as the user sees it"), frame);
  });
}

/* ---- The parts. ---- */

/* A row of tabs: one of them can be reached by Tab, the arrow keys go to the others (see onTabKey). */
function makeTabs(label, panelId, pick) {
  const root = h("div", { class: "fs-tabs", role: "tablist", "aria-label": label });
  let painted = null;
  const paint = (items, selected) => {
    const signature = JSON.stringify(items.map(({ id, className, badge }) => [id, className, badge]));
    if (signature !== painted) {
      const focused = root.contains(document.activeElement);
      root.replaceChildren(...items.map((item) => h("button", {
        type: "button", role: "tab", id: item.elementId, class: `fs-tab ${item.className ?? ""}`, "data-testid": item.testid,
        "data-id": item.id, "aria-controls": panelId, onclick: () => pick(item.id),
      }, item.icon && icon(item.icon), item.name, item.badge && h("span", { class: "fs-badge" }, item.badge))));
      if (focused) root.querySelector(`[data-id="${CSS.escape(selected)}"]`)?.focus();
      painted = signature;
    }
    for (const tab of root.children) {
      const on = tab.dataset.id === selected;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      mark(tab, "is-on", on);
    }
  };
  return { root, paint };
}

function button(name, iconName, action, props, text) {
  return h("button", { type: "button", class: "fs-button", "aria-label": text ? null : name, title: name, onclick: action, ...props },
    icon(iconName), text);
}

function disable(node, off) {
  node.setAttribute("aria-disabled", Boolean(off));
}

function makeBar(data, actions, ids) {
  const first = button("To the start (Home)", "first", actions.first, { "data-testid": "first" });
  const back = button("Back (left arrow)", "back", actions.back, { "data-testid": "back" }, "Back");
  const next = h("button", { type: "button", class: "fs-button fs-go", title: "Next (right arrow)", onclick: actions.next, "data-testid": "next" },
    "Next", icon("next"));
  const last = button("To the end (End)", "last", actions.last, { "data-testid": "last" });
  const step = h("b", { "data-testid": "where" });
  const phrase = h("span", { class: "fs-phrase" });
  const hide = button("Hide what comes next, to predict it first (H)", "eye", actions.toggleFuture,
    { class: "fs-button fs-quiet", "data-testid": "hide-future" }, "Hide what comes");
  const inject = data.payload.inject && button("Inject the attacker (A)", "skull", actions.inject,
    { class: "fs-button fs-inject", "data-testid": "inject" }, "Inject the attacker");
  const tabs = makeTabs("Branches", ids.main, actions.branch);
  const root = h("div", { class: "fs-bar" },
    h("div", { class: "fs-steer", role: "group", "aria-label": "Steps" }, first, back, next, last, h("div", { class: "fs-where" }, step, phrase)),
    h("div", { class: "fs-change" }, hide, inject, tabs.root));
  return { root, paint(view) {
    disable(first, view.position === 0);
    disable(back, view.position === 0);
    disable(next, view.atEnd);
    disable(last, view.atEnd);
    step.textContent = view.where;
    phrase.textContent = (view.event?.label ?? "nothing has happened yet").replace(/\s+/g, " ");
    hide.setAttribute("aria-pressed", view.state.hideFuture);
    if (inject) disable(inject, view.branch.name === data.payload.inject);
    const shown = data.payload.branches.filter((branch) => isShown(branch, view.state));
    tabs.root.hidden = shown.length < 2;
    tabs.paint(shown.map((branch) => ({
      id: branch.name, name: branch.title, testid: "branch", icon: branch.attack && "skull", className: branch.attack ? "fs-thief" : "",
    })), view.branch.name);
  } };
}

const isShown = (branch, state) => !branch.hidden || branch.name === state.branch || state.revealed.has(branch.name);

/* The diagram is drawn by Graphviz. Only what draws is copied: no script, no link, no handler, no id, no style. */
const DRAWS = new Set(["svg", "g", "path", "polygon", "polyline", "ellipse", "circle", "rect", "line", "text", "tspan", "title"]);
const DRAWN_WITH = new Set((
  "class d points x y x1 y1 x2 y2 cx cy r rx ry width height viewBox transform fill stroke stroke-width stroke-dasharray " +
  "fill-opacity stroke-opacity opacity text-anchor font-family font-size font-weight dx dy"
).split(" "));

function copyDrawing(node, kinds) {
  const copy = document.createElementNS(SVG, node.localName);
  for (const { name, value } of node.attributes) {
    if (DRAWN_WITH.has(name) && !/url\s*\(/i.test(value)) copy.setAttribute(name, value);
  }
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) copy.append(...(node.localName === "text" ? secretNames(child.data, kinds) : [child.data]));
    else if (child.nodeType !== Node.ELEMENT_NODE || child.namespaceURI !== SVG) continue;
    else if (DRAWS.has(child.localName)) copy.append(copyDrawing(child, kinds));
    else if (child.localName === "a") copy.append(...copyDrawing(child, kinds).childNodes);
  }
  return copy;
}

/* The names of secrets in a label get the colour of their chips. */
function secretNames(text, kinds) {
  const names = [...kinds].filter((kind) => kind !== "data").sort((a, b) => b.length - a.length);
  if (!names.length) return [text];
  return text.split(new RegExp(`\\b(${names.map(quoted).join("|")})\\b`))
    .map((part, number) => (number % 2 ? s("tspan", { class: `fs-c-${part}` }, part) : part));
}

function drawing(svg, kinds) {
  const parsed = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  if (parsed.localName !== "svg" || parsed.namespaceURI !== SVG) return null;
  const copy = copyDrawing(parsed, kinds);
  copy.setAttribute("class", "fs-svg");
  copy.setAttribute("aria-hidden", "true");
  copy.removeAttribute("width");
  copy.removeAttribute("height");
  return copy;
}

const EVENT_CLASS = /\bevent-(\d+)\b/;
const SMALLEST = 12.5;

function makeDiagram(data, actions) {
  const root = h("div", { class: "fs-diagram", role: "img", "data-testid": "diagram" });
  const drawings = new Map();
  let shown = null;
  let painted = null;

  const drawn = (branch) => {
    if (!drawings.has(branch.name)) {
      const svg = drawing(branch.svg, data.kinds);
      const groups = svg ? [...svg.querySelectorAll("[class*='event-']")] : [];
      const rows = groups.map((node) => ({ node, index: Number(EVENT_CLASS.exec(node.getAttribute("class"))?.[1]) }));
      drawings.set(branch.name, { svg, rows });
    }
    return drawings.get(branch.name);
  };

  /* A picture that is made narrower keeps its letters readable: they grow against the picture, within it. */
  const fit = () => {
    const { width } = root.getBoundingClientRect();
    const box = shown?.svg?.viewBox.baseVal;
    if (!box?.width || !width) return;
    const size = Math.max(15, (SMALLEST * box.width) / width);
    shown.svg.style.setProperty("--fs-letters", `${size}px`);
    for (const label of shown.svg.querySelectorAll(".label text")) {
      label.removeAttribute("transform");
      const own = label.getBBox();
      const left = box.x + 44 - own.x, right = box.x + box.width - 4 - own.x - own.width;
      const shift = left > 0 ? left : Math.min(0, right);
      if (shift) label.setAttribute("transform", `translate(${shift} 0)`);
    }
  };

  root.addEventListener("click", (event) => {
    const group = event.target.closest("[class*='event-']");
    const index = Number(EVENT_CLASS.exec(group?.getAttribute("class") ?? "")?.[1]);
    if (index) actions.go(index);
  });
  const observer = new ResizeObserver(fit);
  observer.observe(root);

  return { root, stop: () => observer.disconnect(), paint(view) {
    if (painted !== view.branch.name) {
      painted = view.branch.name;
      shown = drawn(view.branch);
      root.replaceChildren(shown.svg ?? empty("There is no picture of this branch."));
      root.setAttribute("aria-label", `Sequence diagram of “${view.branch.title}”; the timeline below leads through the same events`);
      fit();
    }
    mark(root, "fs-hide-future", view.state.hideFuture);
    for (const { node, index } of shown.rows) {
      mark(node, "is-past", index < view.position);
      mark(node, "is-now", index === view.position);
      mark(node, "is-future", index > view.position);
    }
  } };
}

function makeCard(data, actions, ids) {
  const badge = h("span", { class: "fs-number" });
  const title = h("h3", { class: "fs-title", "data-testid": "title" });
  const text = h("p", { class: "fs-text", "data-testid": "text" });
  const meta = h("div", { class: "fs-meta" });
  const tabs = makeTabs("Details of this step", ids.panel, actions.tab);
  const panel = h("div", { class: "fs-panel", id: ids.panel, role: "tabpanel", tabindex: "0", "data-testid": "panel" });
  const root = h("section", { class: "fs-card", "aria-label": "This step", "data-testid": "card" },
    h("div", { class: "fs-head" }, h("div", { class: "fs-heading" }, badge, title), text, meta), tabs.root, panel);
  let painted = null;
  return { root, paint(view) {
    const { event } = view;
    tabs.paint(view.tabs.map((tab) => ({
      ...tab, elementId: `${ids.tab}-${tab.id}`, testid: `tab-${tab.id}`, className: tab.full ? "" : "is-empty", ...tabBadge(tab.id, event),
    })), view.tab);
    panel.setAttribute("aria-labelledby", `${ids.tab}-${view.tab}`);
    panel.dataset.tab = view.tab;
    const signature = `${view.key} ${view.tab}`;
    if (signature === painted) return;
    painted = signature;
    mark(root, "fs-thief", event?.attack);
    mark(root, "fs-failed", event?.failed);
    badge.replaceChildren(...(event ? [event.attack ? icon("skull") : null, isStep(event) ? String(event.step) : null] : [icon("next")]).filter(Boolean));
    title.textContent = event ? event.title : "Before the first step";
    text.replaceChildren(...prose(event ? event.text : "Nothing has happened yet. Press Next, or the right arrow key, and watch one message at a time.", data.kinds));
    meta.replaceChildren(...(event ? [route(view, event.from, event.to), ...event.clauses.map(link)] : []));
    panel.replaceChildren(...[TABS.find((tab) => tab.id === view.tab).panel(view)].flat(Infinity).filter(Boolean));
    const decisive = panel.querySelector(".fs-decides");
    panel.scrollTop = decisive ? decisive.offsetTop - panel.clientHeight / 3 : 0;
  } };
}

function tabBadge(id, event) {
  if (id !== "checks" || !event?.checks.length) return {};
  const { failed } = countChecks(event.checks);
  return failed ? { badge: `${failed} failed`, className: "is-failing" } : { badge: String(event.checks.length) };
}

/* The ledger: one row for each secret, one column for each party. It always has all its rows, so that it fills in while
 * nothing moves. In the attacker's column an empty place says so once the secret exists. */
function makeLedger(data) {
  const { lanes } = data.payload;
  const cells = [];
  const rows = data.rows.map(({ kind, name }) => h("tr", {}, h("th", { scope: "row" }, nameChip(kind, name)), lanes.map((lane) => {
    const cell = h("td", { class: lane.id === "attacker" ? "fs-thief" : null, "data-kind": kind, "data-lane": lane.id });
    cells.push({ cell, kind, lane, state: null });
    return cell;
  })));
  const heads = lanes.map((lane) => h("th", { scope: "col", class: lane.id === "attacker" ? "fs-thief" : null }, lane.id === "attacker" && icon("skull"), lane.name));
  const root = h("section", { class: "fs-ledger", "data-testid": "ledger" }, h("table", {},
    h("caption", { class: "fs-unseen" }, "Who knows what"),
    h("thead", {}, h("tr", {}, h("td", {}, "Who knows what"), heads)), h("tbody", {}, rows)));
  return { root, paint(view) {
    mark(root, "fs-no-thief", !view.branch.attack);
    const exists = new Set([...view.held.keys()].map((cell) => cell.split(" ")[1]));
    for (const item of cells) {
      const entry = view.held.get(`${item.lane.id} ${item.kind}`);
      const state = entry ? (entry.foreign ? "made-up" : "knows") : exists.has(item.kind) ? "lacks" : "nothing";
      item.cell.classList.toggle("is-new", Boolean(entry) && entry.since === view.position);
      if (state === item.state) continue;
      item.state = state;
      item.cell.dataset.state = state;
      item.cell.replaceChildren(h("i", { "aria-hidden": "true" }), unseen(LEDGER_WORDS[state]));
    }
  } };
}

const LEDGER_WORDS = { knows: "knows it", "made-up": "has one of its own making", lacks: "does not know it", nothing: "does not exist yet" };

function makeTimeline(data, actions) {
  const root = h("ol", { class: "fs-timeline", "aria-label": "Timeline", "data-testid": "timeline" });
  let painted = null;
  return { root, paint(view) {
    if (painted !== view.branch.name) {
      painted = view.branch.name;
      root.style.setProperty("--fs-count", view.count);
      root.replaceChildren(...view.branch.events.map((event) => h("li", {}, h("button", {
        type: "button", class: `fs-segment${event.attack ? " fs-thief" : ""}${event.failed ? " fs-failed" : ""}`,
        title: event.title, "aria-label": `${whereText(data, event)}: ${event.title}`, "data-testid": "segment", "data-position": event.index,
        onclick: () => actions.go(event.index),
      }, h("i"), h("span", {}, event.attack && icon("skull"), isStep(event) && String(event.step))))));
    }
    for (const item of root.children) {
      const segment = item.firstChild;
      const index = Number(segment.dataset.position);
      mark(segment, "is-past", index < view.position);
      mark(segment, "is-now", index === view.position);
      segment.tabIndex = index === Math.max(1, view.position) ? 0 : -1;
      if (index === view.position) segment.setAttribute("aria-current", "step");
      else segment.removeAttribute("aria-current");
    }
    if (root.contains(document.activeElement)) root.querySelector("[tabindex='0']").focus({ preventScroll: true });
  } };
}

const TONES = { good: "Held", bad: "Broken", neutral: "Ended" };

function makeVerdict(data) {
  const root = h("div", { class: "fs-verdict", "data-testid": "verdict" });
  let painted = null;
  return { root, paint(view) {
    const { verdict } = view.branch;
    const signature = `${view.branch.name} ${view.atEnd}`;
    if (signature === painted) return;
    painted = signature;
    root.dataset.tone = view.atEnd ? verdict.tone : "later";
    if (!view.atEnd) {
      root.replaceChildren(h("p", {}, "The verdict comes at the end."));
      return;
    }
    const [, opening, rest] = /^(.*?[.!?](?=\s)|.*)([^]*)$/.exec(verdict.sentence);
    const facts = [];
    if (view.branch.attack) facts.push(["The attacker holds ", verdict.attacker_holds.length ? verdict.attacker_holds.map((kind) => [nameChip(kind), " "]) : "nothing"]);
    if (verdict.stopped_by) {
      facts.push([`Stopped at step ${verdict.stopped_at_step} by “${verdict.stopped_by_title}”`, verdict.error && [", error ", h("code", { class: "fs-code" }, verdict.error)]]);
    }
    root.replaceChildren(icon(verdict.tone in TONES ? verdict.tone : "neutral"), h("div", {},
      h("p", {}, unseen("Verdict: "), h("b", {}, prose(opening, data.kinds)), prose(rest, data.kinds)),
      facts.length > 0 && h("p", { class: "fs-facts" }, facts.map((fact) => h("span", {}, fact)))));
  } };
}

/* What happened, for those who hear the page. */
function makeVoice() {
  const root = h("div", { class: "fs-unseen", role: "status", "aria-live": "polite", "data-testid": "live" });
  return { root, paint(view) {
    const { event, data } = view;
    const gains = (event?.learned ?? []).filter((item) => item.lane === "attacker").map((item) => item.kind);
    const failing = event?.checks.find((check) => check.decides);
    const text = [
      view.state.notice,
      `${view.where}: ${event ? event.title : "nothing has happened yet"}.`,
      event?.checks.length && `${checksSummary(event.checks)}.`,
      failing && `Refused, because this does not hold: ${failing.title}.`,
      gains.length && `${data.nameOf("attacker")} now has: ${gains.join(", ")}.`,
      view.atEnd && `Verdict: ${view.branch.verdict.sentence}`,
    ].filter(Boolean).join(" ");
    if (root.textContent !== text) root.textContent = text;
  } };
}

function makeNotice() {
  const text = h("span");
  const root = h("p", { class: "fs-notice", "data-testid": "notice" }, icon("skull"), text);
  return { root, paint(view) {
    root.hidden = !view.state.notice;
    text.textContent = view.state.notice;
  } };
}

/* ---- Keys. They belong to the player only while the focus is inside it. ---- */

const KEYS = {
  ArrowRight: "next", ArrowLeft: "back", Home: "first", End: "last",
  a: "inject", A: "inject", h: "toggleFuture", H: "toggleFuture",
};

function onTabKey(event) {
  const list = event.target.closest("[role='tablist']");
  if (!list) return false;
  const tabs = [...list.children];
  const at = tabs.indexOf(event.target.closest("[role='tab']"));
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return false;
  const id = tabs.at(to % tabs.length).dataset.id;
  tabs.at(to % tabs.length).click();
  list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus();
  return true;
}

/* JupyterLab listens on the document, so the keys are caught one level higher, on the window. Keys with Control, Alt or
 * Meta stay the host's; the plain ones would add cells to the notebook. */
function listen(root, actions) {
  const onKey = (event) => {
    if (!root.contains(event.target) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.stopPropagation();
    if (event.shiftKey && event.key.length > 1) return;
    const handled = onTabKey(event) || (event.key in KEYS && (actions[KEYS[event.key]](), true)) ||
      (/^[0-9]$/.test(event.key) && (actions.digit(event.key), true));
    if (handled) event.preventDefault();
  };
  const start = () => window.addEventListener("keydown", onKey, true);
  const stop = () => window.removeEventListener("keydown", onKey, true);
  root.addEventListener("focusin", start);
  root.addEventListener("focusout", stop);
  // After a click with the mouse the arrow keys are for the steps again, also where a tab was clicked.
  root.addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest(".fs-tab, .fs-diagram")) root.focus({ preventScroll: true });
  });
  return stop;
}

/* ---- The player. ---- */

const DIGIT_PAUSE = 700;
let players = 0;

/* Builds a player in `el` and returns { root, view, show(view), destroy() }.
 * options.view     { branch, position } to begin with, else the payload's own
 * options.onView   called with { branch, position } whenever the reader has changed one of them */
export function mount(el, payload, options = {}) {
  const data = prepare(payload);
  const number = (players += 1);
  const ids = { main: `fs-main-${number}`, panel: `fs-panel-${number}`, tab: `fs-tab-${number}` };
  const state = {
    branch: payload.branches[0].name, position: 0, tab: "message", pickedAt: null, hideFuture: false, notice: "", revealed: new Set(),
  };

  /* Takes what fits and leaves the rest; says whether anything has changed. */
  const place = ({ branch, position }) => {
    const before = `${state.branch} ${state.position}`;
    if (data.branches.has(branch)) state.branch = branch;
    const count = data.branches.get(state.branch).events.length;
    state.position = Math.min(count, Math.max(0, Number.isInteger(position) ? position : state.position));
    state.revealed.add(state.branch);
    return before !== `${state.branch} ${state.position}`;
  };
  const move = (view, notice = "") => {
    const moved = place(view);
    state.notice = notice;
    update();
    if (moved) options.onView?.({ branch: state.branch, position: state.position });
  };

  let digits = { text: "", at: 0 };
  const actions = {
    go: (position) => move({ position }),
    next: () => actions.go(state.position + 1),
    back: () => actions.go(state.position - 1),
    first: () => actions.go(0),
    last: () => actions.go(Infinity === state.position ? 0 : data.branches.get(state.branch).events.length),
    branch: (name) => move({ branch: name }),
    inject: () => {
      const target = data.branches.get(payload.inject);
      if (!target || target.name === state.branch) return;
      const at = target.inject_at ?? target.shared;
      const moment = `step ${target.events[at - 1]?.step ?? 0}`;
      const { position } = state;
      if (position < at) move({ branch: target.name, position }, `The attacker is in place, and strikes after ${moment}.`);
      else if (position === at) move({ branch: target.name, position: at + 1 });
      else move({ branch: target.name, position: at + 1 }, `Taken back to the moment after ${moment}: ${tooLate(target.events[at - 1])}`);
    },
    /* "1" goes to step 1; "1" and soon after it "0" goes to step 10. */
    digit: (sign) => {
      const now = performance.now();
      const text = now - digits.at < DIGIT_PAUSE ? digits.text + sign : sign;
      const { events } = data.branches.get(state.branch);
      const find = (wanted) => events.find((event) => isStep(event) && event.step === Number(wanted))?.index;
      const target = find(text) ?? (sign === "0" ? 0 : find(sign));
      digits = { text, at: now };
      if (target !== undefined) actions.go(target);
    },
    tab: (id) => {
      state.tab = id;
      state.pickedAt = `${state.branch} ${state.position}`;
      update();
    },
    toggleFuture: () => {
      state.hideFuture = !state.hideFuture;
      update();
    },
  };

  const bar = makeBar(data, actions, ids);
  const notice = makeNotice();
  const diagram = makeDiagram(data, actions);
  const card = makeCard(data, actions, ids);
  const ledger = makeLedger(data);
  const timeline = makeTimeline(data, actions);
  const verdict = makeVerdict(data);
  const voice = makeVoice();
  const parts = [bar, notice, diagram, card, ledger, timeline, verdict, voice];
  const root = h("div", { class: "fs-player", tabindex: "0", role: "region", "aria-label": "Login player", "data-testid": "player" },
    h("div", { class: "fs-frame" }, bar.root, notice.root,
      h("div", { class: "fs-main", id: ids.main }, diagram.root, h("div", { class: "fs-place" }, card.root), ledger.root),
      timeline.root, verdict.root, voice.root));

  function update() {
    const view = viewOf(data, state);
    const focused = root.contains(document.activeElement);
    for (const part of parts) part.paint(view);
    root.dataset.branch = state.branch;
    root.dataset.position = state.position;
    // What was focused may be gone now; the keys must not go with it.
    if (focused && !root.contains(document.activeElement)) root.focus({ preventScroll: true });
  }

  const stopListening = listen(root, actions);
  el.append(root);
  place(options.view ?? payload.view ?? {});
  update();

  return {
    root,
    get view() {
      return { branch: state.branch, position: state.position };
    },
    show(view) {
      if (place(view)) {
        state.notice = "";
        update();
      }
    },
    destroy() {
      stopListening();
      diagram.stop();
      root.remove();
    },
  };
}

function tooLate(event) {
  return event?.step === 6
    ? "once the app has redeemed the code, there is nothing left to steal."
    : "that is where the attacker comes in.";
}

/* ---- The notebook. The kernel is told of the view and may set it; a click waits for neither. ---- */

function render({ model, el }) {
  const viewIn = () => ({ branch: model.get("branch"), position: model.get("position") });
  let player = null;
  const build = () => {
    player?.destroy();
    player = mount(el, model.get("payload"), {
      view: viewIn(),
      onView(view) {
        model.set("branch", view.branch);
        model.set("position", view.position);
        model.save_changes();
      },
    });
  };
  const pull = () => player.show(viewIn());
  build();
  model.on("change:payload", build);
  model.on("change:branch", pull);
  model.on("change:position", pull);
  return () => {
    model.off("change:payload", build);
    model.off("change:branch", pull);
    model.off("change:position", pull);
    player.destroy();
  };
}

export default { render };
