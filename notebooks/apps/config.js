/** Where the three pages log in. These are the addresses that `python -m flowsim serve` has by default. */
export const config = {
  issuer: "http://127.0.0.1:9000",
  client_id: "my-page",
  api: "http://127.0.0.1:9000/api",
  scope: "openid profile offline_access read:messages",
};
