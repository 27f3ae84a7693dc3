/**
 * A single-page app that logs its user in: the authorization code flow with PKCE, in the browser, without a library.
 *
 * A line that is there for PKCE alone ends in `// PKCE`; what is left without these lines is the same app without PKCE.
 */

import { config } from "../config.js";
import { attempt, showLoggedIn, showLoggedOut, showMessages, whenPressed } from "../page/page.js";

const redirectUri = location.origin + location.pathname;
const BEGUN = "login that was begun"; // where this tab keeps what it needs after the redirect
let server; // what the server says of itself
let tokens; // only in memory: no other page, and no later one, finds them
let claims;

/** Steps 2 and 3: make the secrets of this login, keep them, and send the browser to the server. */
async function logIn() {
  const { authorization_endpoint: endpoint } = await discovered();
  const begun = { state: random(), nonce: random() };
  begun.verifier = random(); // PKCE
  sessionStorage.setItem(BEGUN, JSON.stringify(begun));
  const request = {
    response_type: "code",
    client_id: config.client_id,
    redirect_uri: redirectUri,
    scope: config.scope,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: await challengeOf(begun.verifier), // PKCE
    code_challenge_method: "S256", // PKCE
  };
  location.assign(`${endpoint}?${new URLSearchParams(request)}`);
}

/** Steps 6 to 9: look at what the browser brought back, and exchange the code for tokens. */
async function takeRedirect(answer) {
  const begun = JSON.parse(sessionStorage.getItem(BEGUN) ?? "{}");
  sessionStorage.removeItem(BEGUN); // one login, one answer
  if (!begun.state || answer.get("state") !== begun.state) throw new Error("This is the answer to another login.");
  const promised = (await discovered()).authorization_response_iss_parameter_supported;
  const iss = answer.get("iss") ?? (promised ? null : config.issuer); // RFC 9207 section 2.4
  if (iss !== config.issuer) throw new Error("This is the answer of another server.");
  if (!answer.has("code")) throw new Error(`No code came: ${answer.get("error_description") ?? answer.get("error")}`);
  const received = await tokenRequest({
    grant_type: "authorization_code",
    code: answer.get("code"),
    redirect_uri: redirectUri,
    code_verifier: begun.verifier, // PKCE
  });
  claims = await validated(received.id_token);
  if (claims.nonce !== begun.nonce) throw new Error("The ID token is of another login.");
  tokens = received;
}

/** Steps 10 and 11: the API reads the access token, and nobody else does. */
async function messages() {
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  return (await fetchJson(`${config.api}/messages`, { headers })).messages;
}

/** New tokens for the old refresh token, of the same user (OIDC Core section 12.2). */
async function refresh() {
  const received = await tokenRequest({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  if (received.id_token && (await validated(received.id_token)).sub !== claims.sub) {
    throw new Error("The new ID token is about another user.");
  }
  tokens = { ...tokens, ...received };
}

/** Have the server revoke the refresh token, and forget the rest (RFC 7009 section 2.1). */
async function logOut() {
  const body = new URLSearchParams({ token: tokens.refresh_token, client_id: config.client_id });
  tokens = claims = undefined;
  showLoggedOut("You have logged out of this page.");
  const answer = await fetch((await discovered()).revocation_endpoint, { method: "POST", body }).catch(() => null);
  if (!answer?.ok) throw new Error("The server has not said that it revoked the refresh token. It may still be good.");
}

/** What the server says of itself (RFC 8414 section 3, OIDC Discovery section 4). */
async function discovered() {
  if (server) return server;
  const found = await fetchJson(`${config.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (found.issuer !== config.issuer) throw new Error(`The server calls itself ${found.issuer}.`);
  server = found;
  return server;
}

async function tokenRequest(form) {
  const { token_endpoint: endpoint } = await discovered();
  const body = new URLSearchParams({ ...form, client_id: config.client_id });
  const received = await fetchJson(endpoint, { method: "POST", body });
  if (received.token_type?.toLowerCase() !== "bearer") throw new Error("The server sent no bearer token.");
  return received;
}

/** The claims of this ID token, after the rules of OIDC Core section 3.1.3.7. */
async function validated(idToken) {
  const [head, body, signature] = String(idToken).split(".");
  const { alg, kid } = parsed(head);
  const key = (await fetchJson((await discovered()).jwks_uri)).keys.find((one) => one.kid === kid && one.kty === "RSA");
  if (alg !== "RS256" || !key) throw new Error("The ID token is not signed with a key of the server's.");
  const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const known = await crypto.subtle.importKey("jwk", { kty: key.kty, n: key.n, e: key.e }, rsa, false, ["verify"]);
  const signed = new TextEncoder().encode(`${head}.${body}`);
  if (!(await crypto.subtle.verify(rsa, known, octets(signature), signed))) {
    throw new Error("The signature of the ID token does not fit.");
  }
  const found = parsed(body);
  const audience = [found.aud].flat();
  if (found.iss !== config.issuer) throw new Error("The ID token is from another server.");
  if (audience.length !== 1 || audience[0] !== config.client_id || (found.azp ?? audience[0]) !== config.client_id) {
    throw new Error("The ID token is not for this app alone.");
  }
  if (!(found.exp > Date.now() / 1000 - 60)) throw new Error("The ID token has expired.");
  if (!(found.iat < Date.now() / 1000 + 60)) throw new Error("The ID token was not issued yet.");
  if (typeof found.sub !== "string") throw new Error("The ID token names no user.");
  return found;
}

async function fetchJson(address, options) {
  const response = await fetch(address, options).catch(() => {
    throw new Error(`No answer from ${new URL(address).origin} that this page may read. Is the server running?`);
  });
  const body = await response.json();
  if (!response.ok) throw new Error(`${response.status}: ${body.error_description ?? body.error}`);
  return body;
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const octets = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const parsed = (text) => JSON.parse(new TextDecoder().decode(octets(text)));

const challengeOf = async (verifier) => // PKCE
  base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))); // PKCE

async function start() {
  const answer = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname); // the code is not left in the address
  if (answer.has("code") || answer.has("error")) await takeRedirect(answer);
  if (!tokens) return;
  showLoggedIn(claims);
  showMessages(await messages());
}

whenPressed("log-in", logIn);
whenPressed("log-out", logOut);
whenPressed("refresh", async () => {
  await refresh();
  showMessages(await messages(), "The tokens are new, and the API takes them.");
});
await attempt(start);
if (!tokens) showLoggedOut();
