// An app with oauth4webapi, which leaves each step to whoever calls it; with `dpop` the tokens are bound to a key, with `par`
// the request is pushed, and with `check_signatures` the signature of each ID token is looked at.
import * as oauth from "oauth4webapi";

import { run } from "./kit.mjs";

run(({ issuer, client_id, client_secret, redirect_uri, api, scope, dpop, par, check_signatures }) => {
  const plain = { [oauth.allowInsecureRequests]: issuer.startsWith("http:") };
  const client = { client_id };
  const authentication = client_secret ? oauth.ClientSecretPost(client_secret) : oauth.None();
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  let as;
  let sent = plain;
  let tokens;

  /** A server that wants a nonce in the proof says so once; then the same request goes out again (RFC 9449 section 8). */
  async function twice(request) {
    try {
      return await request();
    } catch (error) {
      if (!sent.DPoP || !oauth.isDPoPNonceError(error)) throw error;
      return request();
    }
  }

  /** What `read` finds in this answer of the token endpoint. */
  async function redeemed(answer, read) {
    const found = await read(answer);
    if (check_signatures && found.id_token) await oauth.validateApplicationLevelSignature(as, answer, plain);
    return found;
  }

  return {
    async begin() {
      const expected = new URL(issuer);
      as = await oauth.processDiscoveryResponse(expected, await oauth.discoveryRequest(expected, plain));
      if (dpop) sent = { ...plain, DPoP: oauth.DPoP(client, await oauth.generateKeyPair("ES256")) };
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
      return address;
    },
    async finish(address) {
      const arrived = oauth.validateAuthResponse(as, client, new URL(address), state);
      tokens = await twice(async () => {
        const request = [as, client, authentication, arrived, redirect_uri, verifier, sent];
        return redeemed(await oauth.authorizationCodeGrantRequest(...request), (answer) =>
          oauth.processAuthorizationCodeResponse(as, client, answer, { expectedNonce: nonce, requireIdToken: true }));
      });
      return { ...tokens, sub: oauth.getValidatedIdTokenClaims(tokens).sub };
    },
    userinfo() {
      const { sub } = oauth.getValidatedIdTokenClaims(tokens);
      return twice(async () =>
        oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, sent)));
    },
    call() {
      return twice(async () =>
        (await oauth.protectedResourceRequest(tokens.access_token, "GET", new URL(api), undefined, undefined, sent)).text());
    },
    async refresh() {
      tokens = await twice(async () => {
        const request = [as, client, authentication, tokens.refresh_token, sent];
        return redeemed(await oauth.refreshTokenGrantRequest(...request), (answer) =>
          oauth.processRefreshTokenResponse(as, client, answer));
      });
      return tokens;
    },
    async revoke() {
      await oauth.processRevocationResponse(
        await oauth.revocationRequest(as, client, authentication, tokens.refresh_token, plain));
      return true;
    },
  };
});
