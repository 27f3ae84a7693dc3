// A login with oidc-client-ts under Node: what a page would keep in its session storage stands in a map.
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";

import { run, visit } from "./kit.mjs";

run(async ({ issuer, client_id, redirect_uri, api, scope }) => {
  const store = () => new WebStorageStateStore({ store: new InMemoryWebStorage() });
  const client = new OidcClient({
    authority: issuer,
    client_id,
    redirect_uri,
    scope,
    response_type: "code",
    loadUserInfo: true,
    stateStore: store(),
  });
  const { url } = await client.createSigninRequest({});
  const signed = await client.processSigninResponse(String(await visit(url)));
  const answer = await fetch(api, { headers: { Authorization: `Bearer ${signed.access_token}` } });
  const data = await answer.json();
  const renewed = await client.useRefreshToken({
    state: { refresh_token: signed.refresh_token, id_token: signed.id_token, scope: signed.scope, profile: signed.profile },
  });
  return { sub: signed.profile.sub, about: signed.profile.sub, owner: data.owner, renewed: renewed.profile.sub, scope: signed.scope };
});
