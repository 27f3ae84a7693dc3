/*! Photo Page, made for a lesson of flowsim. Its secret opens nothing but the simulator. */
import { authorizationRequest } from "./request.js";
import { exchange } from "./exchange.js";

const said = document.querySelector("#said");
document.querySelector("#login").addEventListener("click", () => location.assign(authorizationRequest()));

const redirect = new URL(location.href).searchParams;
if (redirect.has("code")) {
  if (redirect.get("state") === sessionStorage.getItem("state")) {
    sessionStorage.removeItem("state");
    exchange(redirect.get("code")).then((tokens) => {
      said.textContent = tokens.access_token ? "You are logged in." : `The server said ${tokens.error}.`;
    });
  } else {
    said.textContent = "This redirect belongs to no login of this tab.";
  }
}
