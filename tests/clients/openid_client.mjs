// A login with openid-client: discovery, PKCE, state and nonce, the ID token, userinfo, the API, a refresh, a revocation.
import * as client from "openid-client";

import { run, visit } from "./kit.mjs";

run(async ({ issuer, client_id, client_secret, redirect_uri, api, scope }) => {
  const options = { execute: issuer.startsWith("http:") ? [client.allowInsecureRequests] : [] };
  const authentication = client_secret ? client.ClientSecretBasic(client_secret) : client.None();
  const config = await client.discovery(new URL(issuer), client_id, undefined, authentication, options);

  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const arrived = await visit(address);
  const tokens = await client.authorizationCodeGrant(config, arrived, {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const { sub } = tokens.claims();
  const about = await client.fetchUserInfo(config, tokens.access_token, sub);
  const answer = await client.fetchProtectedResource(config, tokens.access_token, new URL(api), "GET");
  const data = await answer.json();
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  await client.tokenRevocation(config, renewed.refresh_token);
  return { sub, about: about.sub, owner: data.owner, renewed: renewed.claims().sub, scope: tokens.scope };
});
