// A server that nobody here wrote: `oidc-provider` as it comes, with its own pages for a login and a consent, and two
// clients. It prints its issuer when it listens.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

console.warn = () => {};
console.info = () => {};

const both = {
  application_type: "native",
  redirect_uris: ["http://127.0.0.1/callback"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...both, client_id: "public", token_endpoint_auth_method: "none" },
      { ...both, client_id: "confidential", client_secret: "a secret: with / and + in it %" },
    ],
    features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
    issueRefreshToken: () => true,
  });
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});
