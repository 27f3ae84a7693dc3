import { config } from "./config.js";

/** Step 7: sends the code, and the secret with it. Resolves to the tokens. */
export async function exchange(code) {
  const answer = await fetch(config.tokenEndpoint, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      code,
      redirect_uri: config.redirectUri,
      client_id: config.clientId,
      client_secret: config.clientSecret,
    }),
  });
  return answer.json();
}
