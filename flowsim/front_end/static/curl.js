/* A message as text for other programs: as HTTP has it, and as a command for a shell.
 *
 * An attacker may have chosen any part of it, and a reader pastes it into a terminal. So every word of the command
 * stands in quotes that a shell does not look into, no word can be read as an option or as the name of a file, and no
 * control character arrives as itself: a terminal would obey it before the shell sees the quotes.
 */

// Control characters of ASCII and of Latin-1, and those that turn the direction of text or break its lines.
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
// curl makes these itself.
const MADE_BY_CURL = new Set(["host", "content-length"]);

/** @import { MessageJson, RequestJson } from "./payload.d.ts" */

/**
 * One word of a command, whatever is in it.
 * @type {(text: string) => string}
 */
export function shellQuoted(text) {
  if (text.search(CONTROL) < 0) return `'${text.replaceAll("'", "'\\''")}'`;
  const escaped = text.replace(/[\\']/g, "\\$&").replace(CONTROL, escapedControl);
  return `$'${escaped}'`;
}

/**
 * No shell can hold the character 0 in a word.
 * @type {(sign: string) => string}
 */
function escapedControl(sign) {
  const number = sign.charCodeAt(0);
  if (number === 0) return "";
  return number < 128 ? `\\x${number.toString(16).padStart(2, "0")}` : `\\u${number.toString(16).padStart(4, "0")}`;
}

/**
 * `--globoff`: brackets in an address are brackets. `--data-raw`: a body that begins with @ names no file.
 * @type {(message: Pick<RequestJson, "method" | "url" | "headers" | "body">) => string}
 */
export function curlOf({ method, url, headers, body }) {
  const usual = body ? "POST" : "GET";
  const words = ["curl --globoff", `--url ${shellQuoted(url)}`];
  if (method !== usual) words.push(`--request ${shellQuoted(method)}`);
  for (const [name, value] of headers) {
    // A name that is none could be taken for a file's, by its @.
    if (MADE_BY_CURL.has(name.toLowerCase()) || !TOKEN.test(name)) continue;
    words.push(`--header ${shellQuoted(value ? `${name}: ${value}` : `${name};`)}`);
  }
  if (body) words.push(`--data-raw ${shellQuoted(body)}`);
  return words.join(" \\\n  ");
}

/**
 * What the first line of a request says of its address.
 * @type {(url: string) => string}
 */
export const pathOf = (url) => url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "") || "/";

/**
 * A message as HTTP 1.1 writes it; what is no message of HTTP is its address.
 * @type {(message: MessageJson) => string}
 */
export function wireOf(message) {
  if (message.kind === "opening") return message.url;
  const first = message.kind === "response"
    ? `HTTP/1.1 ${message.status} ${message.reason}`
    : `${message.method} ${pathOf(message.url)} HTTP/1.1`;
  const headers = message.headers.map(([name, value]) => `${name}: ${value}`);
  return [first, ...headers, "", message.body].join("\n");
}
