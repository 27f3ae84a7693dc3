// What the search of the site finds, and in which order.
import assert from "node:assert/strict";
import { test } from "node:test";

import { excerpt, findEntries, plainWords } from "../../flowsim/front_end/static/search.js";

/** @type {(title: string, text?: string) => import("../../flowsim/front_end/static/search.js").Entry} */
const entry = (title, text = "") => ({
  title, text, kind: "term", path: `${title}.html`, inTitle: plainWords(title), inText: plainWords(text),
});
const ENTRIES = [
  entry("Tokens", "An access token, a refresh token, and the code_verifier."),
  entry("refresh token"),
  entry("code_verifier", "The secret of PKCE."),
  entry("verifier"),
  entry("The verifier and the challenge"),
];
/** @type {(asked: string) => string[]} */
const found = (asked) => findEntries(ENTRIES, asked).map((one) => one.title);

test("a name is found however it is written", () => {
  for (const asked of ["code_verifier", "Code Verifier", "CODE-VERIFIER", " code  verifier "]) {
    assert.equal(found(asked)[0], "code_verifier");
  }
});

test("what is called so comes first, then what has it in its title, then what has it in its text", () => {
  assert.deepEqual(found("verifier"), ["verifier", "code_verifier", "The verifier and the challenge", "Tokens"]);
});

test("every word has to be there, in the title or in the text", () => {
  assert.deepEqual(found("secret verifier"), ["code_verifier"]);
  assert.deepEqual(found("refresh secret"), []);
});

test("nothing is found for nothing, and signs are only signs", () => {
  assert.deepEqual(found("   "), []);
  assert.deepEqual(found(".*"), []);
  assert.deepEqual(found("<script>"), []);
});

test("the excerpt begins before what was found, at a word, and says where it goes on", () => {
  const long = entry("x", `${"word ".repeat(60)}needle ${"more ".repeat(60)}`);
  const shown = excerpt(long, "needle");
  assert.match(shown, /^… word .*needle more .* …$/);
  assert.equal(excerpt(entry("x", "short needle"), "needle"), "short needle");
  assert.equal(excerpt(entry("needle", "no such word"), "needle"), "no such word");
});
