// The peer that a served world is measured beside: `oidc-provider` as it comes, with its own pages for a login and a
// consent, its memory for a store, and one public client. Its access tokens are JWTs, as flowsim's are.
// Usage: node oidc_provider.mjs FOLDER_OF_NODE_MODULES. It prints its issuer when it listens.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.argv[2]}/x.js`);
const { Provider } = await import(pathToFileURL(require.resolve("oidc-provider")).href);
console.warn = () => {};
console.info = () => {};

const server = createServer();
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const resource = `${issuer}/api`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "photo-desktop",
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: ["http://127.0.0.1/callback"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    scopes: ["openid", "offline_access"],
    features: {
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "read:messages",
          audience: resource,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: () => true,
  });
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});
