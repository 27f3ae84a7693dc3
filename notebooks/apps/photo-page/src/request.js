import { config } from "./config.js";

/** Step 3: where the browser goes to log in. The `state` stays in this tab until the redirect comes. */
export function authorizationRequest() {
  const state = crypto.randomUUID();
  sessionStorage.setItem("state", state);
  const address = new URL(config.authorizationEndpoint);
  address.search = new URLSearchParams({
    response_type: "code",
    client_id: config.clientId,
    redirect_uri: config.redirectUri,
    scope: config.scope,
    state,
  });
  return address.href;
}
