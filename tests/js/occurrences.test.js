import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { occurrencesOf, secretFinder } from "../../flowsim/front_end/static/occurrences.js";
import { finder } from "./kit.js";

/** @type {{ text: string, value: string, stands: boolean, why: string }[]} */
const CASES = JSON.parse(readFileSync(new URL("occurrences.json", import.meta.url), "utf8"));

for (const { text, value, stands, why } of CASES) {
  test(`${why}: ${JSON.stringify(value)} ${stands ? "stands" : "does not stand"} in ${JSON.stringify(text)}`, () => {
    assert.equal(occurrencesOf([value])(text).length > 0, stands);
  });
}

test("a text in pieces has its secrets as they are written there", () => {
  const find = finder({ password: "correct horse & co", code: "abcdefgh" });
  const pieces = find("user=alice&password=correct+horse+%26+co&code=%61bcdefgh.");
  assert.deepEqual(pieces.map((piece) => (typeof piece === "string" ? piece : [piece.secret.kind, piece.text])), [
    "user=alice&password=", ["password", "correct+horse+%26+co"], "&code=", ["code", "%61bcdefgh"], ".",
  ]);
});

test("the pieces are the whole text, also where it has signs of more than one unit", () => {
  const find = finder({ password: "päss😀wörd" });
  for (const text of ["", "päss😀wörd", "x päss😀wörd y", "😀p%C3%A4ss%F0%9F%98%80w%C3%B6rd😀", '"p\\u00e4ss\\ud83d\\ude00w\\u00f6rd"']) {
    const pieces = find(text);
    assert.equal(pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""), text);
    assert.equal(pieces.some((piece) => typeof piece !== "string"), text !== "");
  }
});

test("where one value is two secrets the name of the parameter decides, else the first", () => {
  const plain = "a-verifier-that-is-its-own-challenge";
  const find = finder({ code_verifier: plain, code_challenge: plain });
  /** @type {(hint?: string) => string[]} */
  const kinds = (hint) => find(plain, hint).map((piece) => (typeof piece === "string" ? "" : piece.secret.kind));
  assert.deepEqual([kinds(), kinds("code_challenge"), kinds("state")], [["code_verifier"], ["code_challenge"], ["code_verifier"]]);
});

test("of secrets that lie over each other the longer one is found", () => {
  const find = finder({ code: "abcdefgh", access_token: "abcdefgh.ijklmnop" });
  assert.deepEqual(find("abcdefgh.ijklmnop").map((piece) => typeof piece !== "string" && piece.secret.kind), ["access_token"]);
});

test("without secrets a text is one piece", () => {
  assert.deepEqual(secretFinder([])("a text"), ["a text"]);
});
