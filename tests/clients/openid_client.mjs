// An app with openid-client: discovery, PKCE, state and nonce, the ID token, userinfo, the API, a refresh, a revocation. It
// has the ID token straight from the server and does not look at its signature (OIDC Core section 3.1.3.7), unless it is told
// to, with `check_signatures`.
import * as client from "openid-client";

import { run } from "./kit.mjs";

run(({ issuer, client_id, client_secret, redirect_uri, api, scope, check_signatures }) => {
  let config;
  let tokens;
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  };
  return {
    async begin() {
      const execute = issuer.startsWith("http:") ? [client.allowInsecureRequests] : [];
      if (check_signatures) execute.push(client.enableNonRepudiationChecks);
      const authentication = client_secret ? client.ClientSecretBasic(client_secret) : client.None();
      config = await client.discovery(new URL(issuer), client_id, undefined, authentication, { execute });
      return client.buildAuthorizationUrl(config, {
        redirect_uri,
        scope,
        state: checks.expectedState,
        nonce: checks.expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
        code_challenge_method: "S256",
      });
    },
    async finish(address) {
      tokens = await client.authorizationCodeGrant(config, new URL(address), checks);
      return { ...tokens, sub: tokens.claims().sub };
    },
    userinfo: () => client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub),
    async call() {
      return (await client.fetchProtectedResource(config, tokens.access_token, new URL(api), "GET")).text();
    },
    async refresh() {
      tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
      return tokens;
    },
    async revoke() {
      await client.tokenRevocation(config, tokens.refresh_token);
      return true;
    },
  };
});
