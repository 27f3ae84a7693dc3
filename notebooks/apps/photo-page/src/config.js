// THE MISTAKE OF THIS LESSON: whatever stands here is sent to everybody who opens the page.
// The secret is no real one. It is the value that the simulator draws for seed 7, and it opens nothing but the simulator.
export const config = {
  authorizationEndpoint: "https://as.example/authorize",
  tokenEndpoint: "https://as.example/oauth/token",
  clientId: "photo-page",
  clientSecret: "20RuVQmu1lZD-yQo6rdNR-xZdbNIHJU5",
  redirectUri: "https://spa.example/callback",
  scope: "openid profile read:messages",
};
