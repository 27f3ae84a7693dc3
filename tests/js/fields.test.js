import assert from "node:assert/strict";
import test from "node:test";

import { makePlaces } from "../../flowsim/front_end/static/fields.js";

const places = makePlaces({ endpoints: { "/authorize": "authorization request", "/oauth/token": "token request" }, any_case: [] });

test("a query is what its path says, whatever stands before it", () => {
  for (const address of ["/authorize?a=1", "https://s.example/authorize?a=1", "https://s.example:8443/authorize#x", "//s/authorize"]) {
    assert.equal(places.ofQuery(address), "authorization request", address);
  }
  for (const address of ["app://callback?code=1", "/authorize/more", "https://s.example", "constructor", "/toString"]) {
    assert.equal(places.ofQuery(address), "authorization response", address);
  }
});

test("a form that goes to no endpoint is the form that a redirect has sent on", () => {
  assert.equal(places.ofForm("https://s.example/oauth/token", "decision=yes"), "token request");
  assert.equal(places.ofForm("https://evil.example/", "decision=yes"), "consent form");
  assert.equal(places.ofForm("https://evil.example/", "username=a"), "login form");
});
