"""One login at the Authlib peer, in process: the same seven requests as flowsim's, through a real `httpx.Client`.

| request | answer |
|---|---|
| GET /authorize | 303 to the login page, with a cookie |
| GET /login | the login page |
| POST /login | 303 to the consent page |
| GET /consent | the consent page |
| POST /consent | 302 to the app, with the code |
| POST /oauth/token | the tokens |
| GET /messages | the data |

The pages come from the same templates, the password is compared with the same remembered hash. The app checks `state`
and `iss`, verifies the ID token and lets Authlib judge its claims; the API is behind Authlib's resource protector. The
client is made once and keeps its cookies as `httpx` does. Nothing of it is recorded.

`Peer(bare=True)` leaves the client out: the same `httpx.Request`s are handed to the server directly, and the cookie is
kept in a variable. That is as little as a login can do and still consist of HTTP messages.
"""

import html
import re
import time
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749 import ResourceProtector
from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response, prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import RSAKey

from benchmarks.authlib_peer import ALICE, PROFILE, PUBLIC_KEY, Answer, Server
from flowsim.actors.authorization_server import scrypt
from flowsim.actors.authorization_server.pages import SCOPES, page
from flowsim.model.authentication import OPTIONS
from flowsim.model.scenario import API_ORIGIN, DEFAULT_SCOPE, ISSUER
from flowsim.protocol.messages import Response

COOKIE = "__Host-login"
USERNAME, PASSWORD = "alice", "correct horse battery staple"
_SALT = b"flowsim lesson salt"
_HASH = scrypt(PASSWORD, _SALT)
_FORM = re.compile(r'<form method="post" action="([^"]*)">\s*((?:<input type="hidden" [^>]*>\s*)*)')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@dataclass(frozen=True)
class Redirect:
    """What the app has after the redirect: the code, and the secrets of its own that belong to it."""

    code: str
    code_verifier: str
    nonce: str


@dataclass(frozen=True)
class Login:
    """What came of a login: the claims the app believes, and the data the API gave."""

    claims: dict[str, Any]
    data: dict[str, Any]


class AccessTokenValidator(JWTBearerTokenValidator):
    def get_jwks(self) -> RSAKey:
        return PUBLIC_KEY


class Peer:
    """A server, an API, an app and a browser. `login` does all of it; the other methods are its parts."""

    def __init__(self, bare: bool = False) -> None:
        self.server = Server()
        self._bare = bare
        self._cookie = ""
        self._sessions: dict[str, dict[str, Any]] = {}
        self._protector = ResourceProtector()
        self._protector.register_token_validator(AccessTokenValidator(ISSUER, API_ORIGIN))
        self._client = httpx.Client(transport=httpx.MockTransport(self._answer), trust_env=False)

    def login(self) -> Login:
        """One login, from the click to the data."""
        redirect = self.authorize()
        answer = self.redeem(redirect.code, redirect.code_verifier)
        tokens = answer.raise_for_status().json()
        claims = self.verified(tokens, redirect.nonce)
        return Login(claims, self.api(tokens["access_token"]))

    def authorize(self) -> Redirect:
        """The app's request, the user's login and consent, and the redirect as the app believes it."""
        self._client.cookies.clear()
        self._cookie = ""
        state, nonce, verifier = generate_token(22), generate_token(22), generate_token(43)
        url = prepare_grant_uri(
            f"{ISSUER}/authorize",
            PROFILE.client_id,
            "code",
            redirect_uri=PROFILE.redirect_uri,
            scope=DEFAULT_SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        started = self._send("GET", url)
        login = self._send("GET", started.headers["location"])
        logged_in = self._submit(login, {"username": USERNAME, "password": PASSWORD})
        consent = self._send("GET", logged_in.headers["location"])
        location = self._submit(consent, {"decision": "allow"}).headers["location"]
        params = parse_authorization_code_response(location, state)
        assert params["iss"] == ISSUER, "the answer comes from another server"
        return Redirect(params["code"], verifier, nonce)

    def redeem(self, code: str, code_verifier: str | None) -> httpx.Response:
        """The answer to a token request: the app's, or an attacker's that has no verifier, or another one."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": PROFILE.redirect_uri,
            "client_id": PROFILE.client_id,
        }
        verifier = {"code_verifier": code_verifier} if code_verifier is not None else {}
        return self._send("POST", f"{ISSUER}/oauth/token", data={**form, **verifier})

    def verified(self, tokens: dict[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token; an error of joserfc where the signature or a claim is wrong."""
        token = jwt.decode(tokens["id_token"], PUBLIC_KEY, algorithms=["RS256"])
        options = {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": PROFILE.client_id}}
        params = {"nonce": nonce, "client_id": PROFILE.client_id, "access_token": tokens["access_token"]}
        claims = CodeIDToken(token.claims, token.header, options, params)
        claims.validate(leeway=120)
        return dict(claims)

    def api(self, access_token: str) -> dict[str, Any]:
        """What the API gives for this token; an error of Authlib's where it does not like it."""
        headers = {"Authorization": f"Bearer {access_token}"}
        data: dict[str, Any] = self._send("GET", f"{API_ORIGIN}/messages", headers=headers).raise_for_status().json()
        return data

    def _submit(self, shown: httpx.Response, typed: dict[str, str]) -> httpx.Response:
        """What comes back for the first form on this page, filled in."""
        form = _FORM.search(shown.text)
        assert form, "the page shows no form"
        fields = {html.unescape(name): html.unescape(value) for name, value in _HIDDEN.findall(form[2])}
        return self._send("POST", f"{ISSUER}{form[1]}", data={**fields, **typed}, headers={"Origin": ISSUER})

    def _send(
        self, method: str, url: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        if not self._bare:
            return self._client.request(method, url, data=data, headers=headers)
        cookie = {"Cookie": self._cookie} if self._cookie and url.startswith(ISSUER) else {}
        request = httpx.Request(method, url, data=data, headers={**(headers or {}), **cookie})
        answer = self._answer(request)
        answer.request = request
        self._cookie = answer.headers.get("set-cookie", self._cookie).partition(";")[0]
        return answer

    def _answer(self, request: httpx.Request) -> httpx.Response:
        """The network: every request is handed to whom it is for."""
        match request.method, request.url.path:
            case "GET", "/authorize":
                return self._authorize(request)
            case "GET", "/login":
                session = self._session(request)
                return _shown(
                    page(
                        "login.html",
                        issuer=ISSUER,
                        below="",
                        query="",
                        client=PROFILE.app_name,
                        csrf=session["csrf"],
                        failed=False,
                        options=OPTIONS,
                        username=None,
                        display=None,
                    )
                )
            case "POST", "/login":
                return self._login(request)
            case "GET", "/consent":
                return self._consent_page(request)
            case "POST", "/consent":
                return self._consent(request)
            case "POST", "/oauth/token":
                return _from_authlib(self.server.create_token_response(request))
            case "GET", "/messages":
                self._protector.validate_request(["read:messages"], request)
                return httpx.Response(200, json={"owner": ALICE.sub, "messages": ["Dinner at eight?"]})
        return httpx.Response(404)

    def _authorize(self, request: httpx.Request) -> httpx.Response:
        grant = self.server.get_consent_grant(request)
        session_id = generate_token(43)
        self._sessions[session_id] = {"grant": grant, "csrf": generate_token(22)}
        cookie = f"{COOKIE}={session_id}; Path=/; Secure; HttpOnly; SameSite=Lax"
        return httpx.Response(303, headers={"Location": f"{ISSUER}/login", "Set-Cookie": cookie})

    def _session(self, request: httpx.Request) -> dict[str, Any]:
        cookies = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
        return self._sessions[next(value for name, _, value in cookies if name == COOKIE)]

    def _login(self, request: httpx.Request) -> httpx.Response:
        session, form = self._session(request), _form(request)
        fits = compare_digest(scrypt(form["password"], _SALT), _HASH)
        assert compare_digest(form["csrf"], session["csrf"]) and form["username"] == USERNAME and fits
        session |= {"csrf": generate_token(22), "user": ALICE, "auth_time": int(time.time())}
        return httpx.Response(303, headers={"Location": f"{ISSUER}/consent"})

    def _consent_page(self, request: httpx.Request) -> httpx.Response:
        session = self._session(request)
        asked = session["grant"].request.payload
        shown = page(
            "consent.html",
            issuer=ISSUER,
            below="",
            query="",
            client=PROFILE.app_name,
            user=session["user"].name,
            behind="",
            stranger=None,
            scopes=tuple(SCOPES.get(scope, scope) for scope in asked.scope.split()),
            redirect_to=asked.redirect_uri,
            csrf=session["csrf"],
        )
        return _shown(shown)

    def _consent(self, request: httpx.Request) -> httpx.Response:
        session, form = self._session(request), _form(request)
        assert compare_digest(form["csrf"], session["csrf"]) and form["decision"] == "allow"
        del self._sessions[next(key for key, value in self._sessions.items() if value is session)]
        grant = session["grant"]
        answer = self.server.create_authorization_response(grant.request, grant_user=session["user"], grant=grant)
        return _from_authlib(answer)


def _form(request: httpx.Request) -> dict[str, str]:
    return dict(parse_qsl(request.content.decode("ascii")))


def _shown(answer: Response) -> httpx.Response:
    return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body.encode())


def _from_authlib(answer: Answer) -> httpx.Response:
    if isinstance(answer.body, dict):
        return httpx.Response(answer.status, headers=answer.headers, json=answer.body)
    return httpx.Response(answer.status, headers=answer.headers, text=answer.body)
