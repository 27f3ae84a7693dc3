/** The same single-page app with oidc-client-ts: the library does steps 2, 3, 6, 7 and 9. */

import { InMemoryWebStorage, UserManager, WebStorageStateStore } from "oidc-client-ts";
import { config } from "../config.js";
import { attempt, showLoggedIn, showLoggedOut, showMessages, whenPressed } from "../page/page.js";

const address = location.origin + location.pathname;
const manager = new UserManager({
  authority: config.issuer,
  client_id: config.client_id,
  redirect_uri: address,
  scope: config.scope,
  userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }), // the tokens, in memory
  stateStore: new WebStorageStateStore({ store: sessionStorage }), // verifier and state, for this tab
  automaticSilentRenew: false,
  monitorSession: false,
  revokeTokenTypes: ["refresh_token"],
});

/** What a client has to compare in an ID token (OIDC Core §3.1.3.7), and this library leaves to the app. */
function believed({ iss, aud, exp }) {
  const ours = [aud].flat().every((one) => one === config.client_id);
  if (iss !== config.issuer || !aud || !ours || !(exp > Date.now() / 1000)) throw new Error("The ID token is not for this page.");
}

async function show(note) {
  const user = await manager.getUser();
  believed(user.profile);
  showLoggedIn(user.profile);
  const headers = { authorization: `Bearer ${user.access_token}` };
  const answer = await fetch(`${config.api}/messages`, { headers });
  if (!answer.ok) throw new Error(`The API answered ${answer.status}.`);
  showMessages((await answer.json()).messages, note);
}

async function start() {
  const answer = new URLSearchParams(location.search);
  if (answer.has("code") || answer.has("error")) {
    const opened = location.href;
    history.replaceState(null, "", address); // the code is not left in the address
    await manager.signinRedirectCallback(opened);
    await show();
  }
}

// The library compares a nonce where there is one, and makes none by itself.
whenPressed("log-in", () => manager.signinRedirect({ nonce: crypto.randomUUID() }));
whenPressed("refresh", async () => {
  await manager.signinSilent(); // with a refresh token this is a token request, and no frame
  await show("The tokens are new, and the API takes them.");
});
whenPressed("log-out", async () => {
  await manager.revokeTokens();
  await manager.removeUser();
  showLoggedOut("You have logged out of this page.");
});
await attempt(start);
if (!(await manager.getUser())) showLoggedOut();
