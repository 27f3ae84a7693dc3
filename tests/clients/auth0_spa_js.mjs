// An app with auth0-spa-js under Node: it is made for a page, and so finds here the little of a page that it asks for. It
// asks neither for metadata nor for userinfo, and knows no client with a secret.
import { createRequire } from "node:module";

import { run } from "./kit.mjs";

const kept = new Map();
globalThis.window = globalThis;
globalThis.location = { origin: "http://127.0.0.1:8400" };
globalThis.document = { cookie: "" };
globalThis.sessionStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
  removeItem: (name) => kept.delete(name),
};
const { Auth0Client } = createRequire(import.meta.url)("@auth0/auth0-spa-js");

run(({ issuer, client_id, redirect_uri, api, scope }) => {
  const client = new Auth0Client({
    domain: issuer.replace(/\/$/, ""),
    clientId: client_id,
    authorizationParams: { redirect_uri, scope },
    useRefreshTokens: true,
    cacheLocation: "memory",
  });
  return {
    async begin() {
      let address;
      await client.loginWithRedirect({
        openUrl(opened) {
          address = opened;
        },
      });
      return address;
    },
    async finish(address) {
      await client.handleRedirectCallback(address);
      const { __raw: id_token, sub } = await client.getIdTokenClaims();
      return { access_token: await client.getTokenSilently(), id_token, sub };
    },
    userinfo: () => client.getUser(), // what the ID token says
    async call() {
      return (await fetch(api, { headers: { Authorization: `Bearer ${await client.getTokenSilently()}` } })).text();
    },
    refresh: () => client.getTokenSilently({ cacheMode: "off", detailedResponse: true }),
    async revoke() {
      await client.revokeRefreshToken();
      return true;
    },
  };
});
