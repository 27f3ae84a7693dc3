/** The same single-page app with auth0-spa-js: the library does steps 2, 3, 6, 7 and 9. */

import { Auth0Client } from "@auth0/auth0-spa-js";
import { config } from "../config.js";
import { attempt, showLoggedIn, showLoggedOut, showMessages, whenPressed } from "../page/page.js";

const address = location.origin + location.pathname;
const client = new Auth0Client({
  domain: config.issuer.replace(/\/$/, ""), // the library adds the final "/" to it, and so does the server's issuer
  clientId: config.client_id,
  authorizationParams: { redirect_uri: address, scope: config.scope, audience: config.api },
  useRefreshTokens: true,
  cacheLocation: "memory",
});

async function show(note, cacheMode = "on") {
  showLoggedIn(await client.getIdTokenClaims());
  const headers = { authorization: `Bearer ${await client.getTokenSilently({ cacheMode })}` };
  const answer = await fetch(`${config.api}/messages`, { headers });
  if (!answer.ok) throw new Error(`The API answered ${answer.status}.`);
  showMessages((await answer.json()).messages, note);
}

async function start() {
  const answer = new URLSearchParams(location.search);
  if (answer.has("code") || answer.has("error")) {
    const opened = location.href;
    history.replaceState(null, "", address); // the code is not left in the address
    await client.handleRedirectCallback(opened);
    await show();
  }
}

whenPressed("log-in", () => client.loginWithRedirect());
whenPressed("refresh", () => show("The tokens are new, and the API takes them.", "off"));
whenPressed("log-out", async () => {
  await client.logout({ openUrl: false }); // the library forgets its tokens; the server is not asked
  showLoggedOut("You have logged out of this page.");
});
await attempt(start);
if (!(await client.isAuthenticated())) showLoggedOut();
