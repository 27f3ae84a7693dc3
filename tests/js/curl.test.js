import assert from "node:assert/strict";
import test from "node:test";

import { curlOf, pathOf, shellQuoted, wireOf } from "../../flowsim/front_end/static/curl.js";

test("a word of a command is one word, whatever is in it", () => {
  assert.equal(shellQuoted("plain"), "'plain'");
  assert.equal(shellQuoted("it's $HOME `id`"), "'it'\\''s $HOME `id`'");
  assert.equal(shellQuoted("a\nb'\\"), "$'a\\x0ab\\'\\\\'");
  assert.equal(shellQuoted("\u202e"), "$'\\u202e'");
  assert.equal(shellQuoted("a\u0000b"), "$'ab'");
});

test("a request as a command names its method only where curl would take another", () => {
  const get = { method: "GET", url: "https://a.example/?x=[1]", headers: [["Host", "a.example"]], body: "" };
  assert.equal(curlOf(get), "curl --globoff \\\n  --url 'https://a.example/?x=[1]'");
  assert.match(curlOf({ ...get, method: "POST" }), /--request 'POST'/);
  assert.doesNotMatch(curlOf({ ...get, method: "POST", body: "@file" }), /--request/);
  assert.match(curlOf({ ...get, body: "@file" }), /--request 'GET' \\\n {2}--data-raw '@file'/);
});

test("a header whose name is none is left out, and one without a value keeps its name", () => {
  const message = { method: "GET", url: "https://a.example/", headers: [["@file", "x"], ["X-Empty", ""], ["A", "b"]], body: "" };
  assert.equal(curlOf(message).split(" \\\n  ").slice(2).join(" "), "--header 'X-Empty;' --header 'A: b'");
});

test("the first line of a request has the path, also where there is none", () => {
  assert.equal(pathOf("https://a.example/token?x=1"), "/token?x=1");
  assert.equal(pathOf("https://a.example"), "/");
});

test("a message as HTTP writes it", () => {
  const way = { from: "client", to: "server" };
  assert.equal(
    wireOf({ ...way, kind: "request", method: "POST", url: "https://a.example/t", headers: [["A", "b"]], body: "x=1" }),
    "POST /t HTTP/1.1\nA: b\n\nx=1");
  assert.equal(
    wireOf({ ...way, kind: "response", status: 404, reason: "Not Found", headers: [], body: "" }),
    "HTTP/1.1 404 Not Found\n\n");
  assert.equal(wireOf({ ...way, kind: "opening", url: "app://callback?code=1" }), "app://callback?code=1");
});
