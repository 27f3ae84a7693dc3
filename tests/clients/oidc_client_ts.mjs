// An app with oidc-client-ts under Node: what a page would keep in its session storage stands in a map. It asks for
// userinfo where it is told to, with `userinfo`; by itself it goes by the ID token.
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";

import { run } from "./kit.mjs";

run(({ issuer, client_id, client_secret, redirect_uri, api, scope, userinfo = false }) => {
  const client = new OidcClient({
    authority: issuer,
    client_id,
    client_secret,
    redirect_uri,
    scope,
    response_type: "code",
    loadUserInfo: userinfo,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  let tokens;
  return {
    async begin() {
      return (await client.createSigninRequest({})).url;
    },
    async finish(address) {
      tokens = await client.processSigninResponse(address);
      return { ...tokens, sub: tokens.profile.sub };
    },
    userinfo: () => tokens.profile, // what userinfo says is in it since the step before, where the library asks
    async call() {
      return (await fetch(api, { headers: { Authorization: `Bearer ${tokens.access_token}` } })).text();
    },
    async refresh() {
      const { refresh_token, id_token, profile } = tokens;
      tokens = await client.useRefreshToken({ state: { refresh_token, id_token, scope: tokens.scope, profile } });
      return tokens;
    },
    async revoke() {
      await client.revokeToken(tokens.refresh_token, "refresh_token");
      return true;
    },
  };
});
