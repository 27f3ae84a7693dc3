// A client of the Model Context Protocol with the official SDK: it connects, is told to log in, and calls tools.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";

import { run } from "./kit.mjs";

run(({ endpoint, metadata, client_id }) => {
  let opened;
  let verifier;
  let tokens;
  let known = client_id ? { client_id } : undefined;
  const state = crypto.randomUUID();
  const authProvider = {
    redirectUrl: metadata.redirect_uris[0],
    clientMetadata: metadata,
    state: () => state,
    clientInformation: () => known,
    saveClientInformation: (given) => (known = given),
    tokens: () => tokens,
    saveTokens: (given) => (tokens = given),
    redirectToAuthorization: (address) => (opened = address.href),
    saveCodeVerifier: (given) => (verifier = given),
    codeVerifier: () => verifier,
  };
  const transport = () => new StreamableHTTPClientTransport(new URL(endpoint), { authProvider });
  return {
    async begin() {
      try {
        await new Client({ name: "c", version: "1" }).connect(transport());
      } catch (error) {
        if (!(error instanceof UnauthorizedError)) throw error;
      }
      return opened;
    },
    async finish({ address, calls }) {
      const answer = new URL(address).searchParams;
      if (answer.get("state") !== state) throw new Error("the state is not the one that was sent");
      const used = transport();
      await used.finishAuth(answer.get("code"));
      const client = new Client({ name: "c", version: "1" });
      await client.connect(used);
      const { tools } = await client.listTools();
      const said = [];
      for (const name of calls) {
        const { content } = await client.callTool({ name, arguments: {} });
        said.push(content[0].text);
      }
      await client.close();
      return { tools: tools.map((one) => one.name), said };
    },
  };
});
