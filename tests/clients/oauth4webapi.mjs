// A login with oauth4webapi, which leaves each step to whoever calls it; with `dpop` the tokens are bound to a key, and with
// `par` the request is pushed.
import * as oauth from "oauth4webapi";

import { run, visit } from "./kit.mjs";

run(async ({ issuer, client_id, client_secret, redirect_uri, api, scope, dpop, par }) => {
  const plain = { [oauth.allowInsecureRequests]: issuer.startsWith("http:") };
  const expected = new URL(issuer);
  const as = await oauth.processDiscoveryResponse(expected, await oauth.discoveryRequest(expected, plain));
  const client = { client_id };
  const authentication = client_secret ? oauth.ClientSecretPost(client_secret) : oauth.None();
  const key = dpop ? oauth.DPoP(client, await oauth.generateKeyPair("ES256")) : undefined;
  const sent = { ...plain, DPoP: key };

  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const params = new URLSearchParams({
    client_id,
    redirect_uri,
    response_type: "code",
    scope,
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  const address = new URL(as.authorization_endpoint);
  if (par) {
    const pushed = await oauth.pushedAuthorizationRequest(as, client, authentication, params, sent);
    const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, pushed);
    address.search = String(new URLSearchParams({ client_id, request_uri }));
  } else {
    address.search = String(params);
  }
  const arrived = oauth.validateAuthResponse(as, client, await visit(address), state);

  // A server that wants a nonce in the proof says so once; then the same request goes out again (RFC 9449 section 8).
  const twice = async (request) => {
    try {
      return await request();
    } catch (error) {
      if (!key || !oauth.isDPoPNonceError(error)) throw error;
      return request();
    }
  };
  const redeemed = await twice(async () => {
    const answer = await oauth.authorizationCodeGrantRequest(as, client, authentication, arrived, redirect_uri, verifier, sent);
    return oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true });
  });
  const { sub } = oauth.getValidatedIdTokenClaims(redeemed);
  const about = await twice(async () =>
    oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, redeemed.access_token, sent)));
  const data = await twice(async () => {
    const answer = await oauth.protectedResourceRequest(redeemed.access_token, "GET", new URL(api), undefined, undefined, sent);
    return answer.json();
  });
  const renewed = await twice(async () => {
    const answer = await oauth.refreshTokenGrantRequest(as, client, authentication, redeemed.refresh_token, sent);
    return oauth.processRefreshTokenResponse(as, client, answer);
  });
  const revoked = await oauth.revocationRequest(as, client, authentication, renewed.refresh_token, plain);
  await oauth.processRevocationResponse(revoked);
  return { sub, about: about.sub, owner: data.owner, renewed: renewed.token_type, scope: redeemed.scope, type: redeemed.token_type };
});
