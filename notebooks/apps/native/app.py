"""A desktop app that logs its user in with the system browser, a loopback redirect and PKCE (RFC 8252).

    python app.py --issuer http://127.0.0.1:9000 --client-id my-desktop-app

It opens the browser, waits for it at a free port, exchanges the code, validates the ID token, calls the API and refreshes.
A line that is there for PKCE alone ends in `# PKCE`; what is left without these lines is the same app without PKCE.
"""

import argparse
import base64  # PKCE
import hashlib  # PKCE
import secrets
import sys
import webbrowser
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import jwt
from listener import Listener, NoAnswer

SCOPE = "openid profile offline_access read:messages"


class LoginFailed(Exception):
    """Says in one sentence why there is no login."""


class App:
    """The app: it knows its server, and after `log_in` it holds the tokens of its user, in memory."""

    patience: float = 300  # seconds that the user has for the login

    def __init__(self, http: httpx.Client, issuer: str, client_id: str) -> None:
        self.http, self.issuer, self.client_id = http, issuer, client_id
        self.server = _json(http.get(f"{issuer.removesuffix('/')}/.well-known/openid-configuration"))
        if self.server.get("issuer") != issuer:
            raise LoginFailed(f"the server calls itself {self.server.get('issuer')!a}, not {issuer!a}")
        self.tokens: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}

    def log_in(self, open_browser: Callable[[str], object] = webbrowser.open, **more: str) -> None:
        """Log the user in; `more` are further parameters of the request, such as `acr_values`."""
        state, nonce = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        verifier = secrets.token_urlsafe(32)  # PKCE
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")  # PKCE
        with Listener(state) as listener:
            request = {
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": listener.redirect_uri,
                "scope": SCOPE,
                "state": state,
                "nonce": nonce,
                "code_challenge": challenge.decode(),  # PKCE
                "code_challenge_method": "S256",  # PKCE
                **more,
            }
            open_browser(f"{self.server['authorization_endpoint']}?{urlencode(request)}")
            answer = listener.wait(self.patience)
        promised = self.server.get("authorization_response_iss_parameter_supported") is True
        if answer.get("iss", None if promised else self.issuer) != self.issuer:  # RFC 9207 section 2.4
            raise LoginFailed("this is the answer of another server: its iss is not ours")
        if "code" not in answer:
            raise LoginFailed(f"no code came: {answer.get('error')!a} {answer.get('error_description')!a}")
        form = {
            "grant_type": "authorization_code",
            "code": answer["code"],
            "redirect_uri": listener.redirect_uri,
            "code_verifier": verifier,  # PKCE
        }
        tokens = self._token_request(form)
        claims = self._validated(tokens.get("id_token"))
        if claims.get("nonce") != nonce:
            raise LoginFailed("the ID token is of another login: its nonce is not ours")
        self.tokens, self.claims = tokens, claims

    def call(self, url: str) -> dict[str, Any]:
        """What the API at this address answers our user."""
        return _json(self.http.get(url, headers={"Authorization": f"Bearer {self.tokens['access_token']}"}))

    def refresh(self) -> None:
        """New tokens for the old refresh token, of the same user (OIDC Core section 12.2)."""
        form = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        tokens = self._token_request(form)
        if "id_token" in tokens and self._validated(tokens["id_token"])["sub"] != self.claims["sub"]:
            raise LoginFailed("the new ID token is about another user")
        self.tokens |= tokens

    def _token_request(self, form: dict[str, str]) -> dict[str, Any]:
        tokens = _json(self.http.post(self.server["token_endpoint"], data={**form, "client_id": self.client_id}))
        if str(tokens.get("token_type")).lower() != "bearer" or not isinstance(tokens.get("access_token"), str):
            raise LoginFailed("the server sent no bearer token")
        return tokens

    def _validated(self, id_token: object) -> dict[str, Any]:
        """The claims of this ID token, after the rules of OIDC Core section 3.1.3.7."""
        published = _json(self.http.get(self.server["jwks_uri"]))
        needed = {"require": ["iss", "sub", "aud", "exp", "iat"]}
        try:
            key = jwt.PyJWKSet.from_dict(published)[jwt.get_unverified_header(str(id_token))["kid"]]
            claims = jwt.decode(
                str(id_token), key, ["RS256"], needed, audience=self.client_id, issuer=self.issuer, leeway=60
            )
        except KeyError:
            raise LoginFailed("the ID token is signed with no key of the server's") from None
        except jwt.PyJWTError as error:
            raise LoginFailed(f"the ID token does not hold: {error}") from None
        if (
            claims["aud"] not in (self.client_id, [self.client_id])
            or claims.get("azp", self.client_id) != self.client_id
        ):
            raise LoginFailed("the ID token is for somebody else as well")
        return claims


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not response.is_success or not isinstance(body, dict):
        why = f"{body.get('error')!a} {body.get('error_description')!a}" if isinstance(body, dict) else "no JSON"
        raise LoginFailed(f"{response.url.copy_with(query=None)} answered {response.status_code}: {why}")
    return body


def _tell(head: str, lines: list[str]) -> None:
    """Print a line and those of a list under it, without signs that a terminal would obey: others wrote these texts."""
    for line in (head, *(f"  {one}" for one in lines)):
        print("".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in line))


def main(arguments: list[str] | None = None, open_browser: Callable[[str], object] = webbrowser.open) -> None:
    parser = argparse.ArgumentParser(description="Log in with the browser, call the API, refresh.")
    parser.add_argument("--issuer", default="http://127.0.0.1:9000")
    parser.add_argument("--client-id", default="my-desktop-app")
    parser.add_argument("--api", help="the address of the API; it is ISSUER/api where none is named")
    options = parser.parse_args(arguments)
    messages = f"{options.api or options.issuer.removesuffix('/') + '/api'}/messages"
    try:
        with httpx.Client() as http:
            app = App(http, options.issuer, options.client_id)
            print("Log in in your browser.")
            app.log_in(open_browser)
            _tell(f"You are {app.claims['sub']}. Your messages:", app.call(messages)["messages"])
            app.refresh()
            _tell("With the refreshed token:", app.call(messages)["messages"])
    except (LoginFailed, NoAnswer, httpx.HTTPError) as error:
        sys.exit(f"There is no login: {error}")


if __name__ == "__main__":
    main()
