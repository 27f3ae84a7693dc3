"""A client that holds all of its duties, and clients that are like it but for one thing: what the judge is judged with."""

import contextlib
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import jwt

LEEWAY = 60  # seconds


class GoodClient:
    """A public client of the code flow with PKCE and OpenID Connect. It refuses by raising ValueError."""

    scope = "openid profile offline_access read:messages"

    def __init__(self, http: httpx.Client, issuer: str, client_id: str, redirect_uri: str) -> None:
        self.http = http
        self.issuer = issuer
        self.client_id = client_id
        self.redirect_uri = redirect_uri
        self.login: dict[str, str] | None = None
        self.redeeming: dict[str, str] = {}
        self.used: set[str] = set()
        self.tokens: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}

    def discover(self) -> None:
        self.metadata: dict[str, Any] = self.http.get(f"{self.issuer}/.well-known/openid-configuration").json()
        self.expect(self.metadata.get("issuer") == self.issuer, "another issuer")
        self.keys = self.http.get(self.metadata["jwks_uri"]).json()

    def verifier_and_challenge(self) -> tuple[str, str]:
        verifier = token_urlsafe(32)
        return verifier, urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()

    def authorization_url(self) -> str:
        self.expect("S256" in self.metadata.get("code_challenge_methods_supported", []), "no S256 here")
        verifier, challenge = self.verifier_and_challenge()
        self.login = {"state": self.new_state(), "nonce": self.new_nonce(), "verifier": verifier}
        params = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "state": self.login["state"],
            "nonce": self.login["nonce"],
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.metadata['authorization_endpoint']}?{urlencode(self.request_params(params))}"

    def new_state(self) -> str:
        return token_urlsafe(16)

    def new_nonce(self) -> str:
        return token_urlsafe(16)

    def request_params(self, params: dict[str, str]) -> dict[str, str]:
        return params

    def take_redirect(self, url: str) -> str:
        params = dict(parse_qsl(urlsplit(url).query))
        self.expect(self.login is not None, "no login under way")
        assert self.login is not None
        self.check_redirect(url, params)
        self.redeeming, self.login = self.login, None
        self.expect("error" not in params, params.get("error", ""))
        return params["code"]

    def check_redirect(self, url: str, params: Mapping[str, str]) -> None:
        self.check_address(url)
        self.check_issuer(params)
        self.check_state(params)

    def check_address(self, url: str) -> None:
        self.expect(url.partition("?")[0] == self.redirect_uri, "another address")

    def check_issuer(self, params: Mapping[str, str]) -> None:
        promised = self.metadata.get("authorization_response_iss_parameter_supported")
        if promised or "iss" in params:
            self.expect(params.get("iss") == self.issuer, "another issuer")

    def check_state(self, params: Mapping[str, str]) -> None:
        assert self.login is not None
        self.expect(params.get("state") == self.login["state"], "another state")

    def request_tokens(self, code: str) -> dict[str, Any]:
        self.expect(code not in self.used, "a used code")
        self.used.add(code)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "client_id": self.client_id,
            "code_verifier": self.redeeming["verifier"],
        }
        return self.got(self.post(form))

    def post(self, form: dict[str, str]) -> httpx.Response:
        return self.http.post(self.metadata["token_endpoint"], data=form)

    def got(self, answer: httpx.Response) -> dict[str, Any]:
        body: dict[str, Any] = answer.json()
        self.expect(answer.status_code == 200, str(body.get("error")))
        self.check_type(body)
        self.tokens = {**self.tokens, **body}
        return body

    def check_type(self, body: Mapping[str, Any]) -> None:
        self.expect(str(body.get("token_type")).lower() == "bearer", "another token_type")

    def validate_id_token(self, tokens: dict[str, Any]) -> dict[str, Any]:
        claims = self.believed(tokens["id_token"])
        self.check_claims(claims, tokens)
        self.claims = claims
        return claims

    def believed(self, id_token: str) -> dict[str, Any]:
        """The claims, once the signature and the algorithm are right."""
        header = jwt.get_unverified_header(id_token)
        self.expect(header.get("alg") == "RS256", "another alg")
        self.check_signature(id_token, header)
        return self.unbelieved(id_token)

    def check_signature(self, id_token: str, header: Mapping[str, Any]) -> None:
        key = next((one for one in self.keys["keys"] if one["kid"] == header.get("kid")), None)
        self.expect(key is not None, "an unknown kid")
        assert key is not None
        jwt.PyJWS().decode(id_token, jwt.PyJWK(key).key, algorithms=["RS256"])

    def unbelieved(self, id_token: str) -> dict[str, Any]:
        payload = id_token.split(".")[1]
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims

    def check_claims(self, claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> None:
        for check in (
            self.check_iss,
            self.check_aud,
            self.check_azp,
            self.check_exp,
            self.check_iat,
            self.check_nonce,
            self.check_sub,
        ):
            check(claims)
        self.check_at_hash(claims, tokens)

    def check_iss(self, claims: Mapping[str, Any]) -> None:
        self.expect(claims.get("iss") == self.issuer, "another iss")

    def check_aud(self, claims: Mapping[str, Any]) -> None:
        self.expect(claims.get("aud") in (self.client_id, [self.client_id]), "another aud")

    def check_azp(self, claims: Mapping[str, Any]) -> None:
        self.expect(claims.get("azp", self.client_id) == self.client_id, "another azp")

    def check_exp(self, claims: Mapping[str, Any]) -> None:
        self.expect(time.time() - LEEWAY < claims["exp"], "expired")

    def check_iat(self, claims: Mapping[str, Any]) -> None:
        self.expect(abs(time.time() - claims["iat"]) < 600, "not issued now")

    def check_nonce(self, claims: Mapping[str, Any]) -> None:
        self.expect(claims.get("nonce") == self.redeeming["nonce"], "another nonce")

    def check_sub(self, claims: Mapping[str, Any]) -> None:
        self.expect(bool(claims.get("sub")), "no sub")

    def check_at_hash(self, claims: Mapping[str, Any], tokens: Mapping[str, Any]) -> None:
        if "at_hash" in claims:
            half = sha256(tokens["access_token"].encode()).digest()[:16]
            self.expect(claims["at_hash"] == urlsafe_b64encode(half).rstrip(b"=").decode(), "another at_hash")

    def userinfo(self) -> dict[str, Any]:
        said: dict[str, Any] = self.get(self.metadata["userinfo_endpoint"]).json()
        self.check_userinfo(said)
        return said

    def check_userinfo(self, said: Mapping[str, Any]) -> None:
        self.expect(said.get("sub") == self.claims["sub"], "another sub")

    def call_api(self, url: str) -> httpx.Response:
        return self.get(url)

    def get(self, url: str) -> httpx.Response:
        return self.http.get(url, headers={"Authorization": f"Bearer {self.tokens['access_token']}"})

    def refresh(self) -> None:
        before, held = self.claims, dict(self.tokens)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self.tokens["refresh_token"],
            "client_id": self.client_id,
        }
        body = self.got(self.post(form))
        if "id_token" in body:
            self.check_refreshed(self.believed(body["id_token"]), before, held)

    def check_refreshed(self, claims: Mapping[str, Any], before: Mapping[str, Any], held: dict[str, Any]) -> None:
        for name in ("iss", "sub", "aud"):
            if claims.get(name) != before.get(name):
                self.tokens = held
                raise ValueError(f"another {name} after the refresh")

    def expect(self, right: bool, otherwise: str) -> None:
        if not right:
            raise ValueError(otherwise)


def bad(**methods: Any) -> type[GoodClient]:
    """The good client with other methods."""
    return type("BadClient", (GoodClient,), methods)


def nothing(*arguments: Any) -> None:
    """A check that checks nothing."""


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class Forgetful(GoodClient):
    """It never forgets a login, so that a redirect is good as often as it comes."""

    def take_redirect(self, url: str) -> str:
        params = query(url)
        assert self.login is not None
        self.check_redirect(url, params)
        self.redeeming = self.login
        self.expect("error" not in params, params.get("error", ""))
        return params["code"]

    def request_tokens(self, code: str) -> dict[str, Any]:
        self.used.clear()
        return super().request_tokens(code)


class Retrying(GoodClient):
    """It sends a request again where the connection was lost."""

    def post(self, form: dict[str, str]) -> httpx.Response:
        try:
            return super().post(form)
        except httpx.TransportError:
            return super().post(form)


class WithoutPkce(GoodClient):
    """It has never heard of PKCE."""

    def authorization_url(self) -> str:
        self.metadata["code_challenge_methods_supported"] = ["S256"]
        return super().authorization_url()

    def request_params(self, params: dict[str, str]) -> dict[str, str]:
        return {name: value for name, value in params.items() if not name.startswith("code_challenge")}

    def post(self, form: dict[str, str]) -> httpx.Response:
        return super().post({name: value for name, value in form.items() if name != "code_verifier"})


class HopesForPkce(GoodClient):
    """It sends a challenge, and does not ask whether the server knows what that is; it compares nothing else."""

    def authorization_url(self) -> str:
        self.metadata["code_challenge_methods_supported"] = ["S256"]
        return super().authorization_url()

    def check_state(self, params: Mapping[str, str]) -> None:
        """It compares none."""

    def check_nonce(self, claims: Mapping[str, Any]) -> None:
        """It compares none."""


class Plain(GoodClient):
    """It sends the verifier itself for a challenge."""

    def verifier_and_challenge(self) -> tuple[str, str]:
        verifier = token_urlsafe(32)
        return verifier, verifier

    def request_params(self, params: dict[str, str]) -> dict[str, str]:
        return {**params, "code_challenge_method": "plain"}


class FallsBack(GoodClient):
    """It takes plain where the metadata does not list S256."""

    def authorization_url(self) -> str:
        self.plain = "S256" not in self.metadata.get("code_challenge_methods_supported", ["S256"])
        if self.plain:
            self.metadata["code_challenge_methods_supported"].append("S256")
        return super().authorization_url()

    def verifier_and_challenge(self) -> tuple[str, str]:
        verifier, challenge = super().verifier_and_challenge()
        return (verifier, verifier) if getattr(self, "plain", False) else (verifier, challenge)

    def request_params(self, params: dict[str, str]) -> dict[str, str]:
        return {**params, "code_challenge_method": "plain"} if self.plain else params


class FollowsTheToken(GoodClient):
    """It gets the key from wherever the token says it is."""

    def check_signature(self, id_token: str, header: Mapping[str, Any]) -> None:
        address = header.get("jku") or header.get("x5u")
        if address:
            self.http.get(address)
        super().check_signature(id_token, header)


class ForwardsTheToken(GoodClient):
    """It follows a redirect of the API and shows the access token there, too."""

    def call_api(self, url: str) -> httpx.Response:
        answer = self.get(url)
        return self.get(answer.headers["location"]) if answer.is_redirect else answer


class ReportsTheCode(GoodClient):
    """It tells a service for statistics about each redirect."""

    def take_redirect(self, url: str) -> str:
        with contextlib.suppress(httpx.TransportError):
            self.http.get("https://statistics.example/seen", params={"address": url})
        return super().take_redirect(url)


class TakesAnyAlgorithm(GoodClient):
    """It verifies with the algorithm that the token names."""

    def believed(self, id_token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(id_token)
        if header["alg"] == "RS256":
            self.check_signature(id_token, header)
        return self.unbelieved(id_token)


class KeepsTheOldRefreshToken(GoodClient):
    """It uses the refresh token of the login for ever."""

    def refresh(self) -> None:
        first = self.tokens["refresh_token"]
        super().refresh()
        self.tokens["refresh_token"] = first


class KnowsTheAddresses(GoodClient):
    """It has the endpoints in its program."""

    def authorization_url(self) -> str:
        self.metadata["authorization_endpoint"] = f"{self.issuer}/authorize"
        return super().authorization_url()


class GetsTheTokens(GoodClient):
    """It puts the token request into an address."""

    def post(self, form: dict[str, str]) -> httpx.Response:
        return self.http.post(
            f"{self.metadata['token_endpoint']}?{urlencode({'client_id': form['client_id']})}", data=form
        )


class TokenInTheAddress(GoodClient):
    """It shows the API its token in the header, and in the address as well."""

    def call_api(self, url: str) -> httpx.Response:
        return self.get(f"{url}?{urlencode({'access_token': self.tokens['access_token']})}")


class GoesOnAfterAnError(GoodClient):
    """It looks for a code, and for nothing else."""

    def take_redirect(self, url: str) -> str:
        params = query(url)
        assert self.login is not None, "no login under way"
        self.check_redirect(url, params)
        self.redeeming, self.login = self.login, None
        return params.get("code", "")


class IgnoresTheIdToken(GoodClient):
    """It reads the ID token where there is one."""

    def validate_id_token(self, tokens: dict[str, Any]) -> dict[str, Any]:
        return super().validate_id_token(tokens) if "id_token" in tokens else {"sub": "somebody"}


def _same(text: str) -> Callable[..., str]:
    return lambda self: text


def _pair(verifier: Callable[[], str]) -> Callable[..., tuple[str, str]]:
    def make(self: GoodClient) -> tuple[str, str]:
        text = verifier()
        return text, urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()

    return make


def _takes_missing(name: str) -> Callable[..., None]:
    """A check of a claim that is not made where the claim is missing."""
    usual: Callable[..., None] = getattr(GoodClient, f"check_{name}")
    return lambda self, claims: usual(self, claims) if name in claims else None


class BelievesAnyMetadata(GoodClient):
    """It does not ask who wrote the metadata, and takes the issuer from it."""

    def discover(self) -> None:
        self.metadata = self.http.get(f"{self.issuer}/.well-known/openid-configuration").json()
        self.keys = self.http.get(self.metadata["jwks_uri"]).json()


class WithoutPkceAndNonce(WithoutPkce):
    """Its state is all that it has."""

    def check_nonce(self, claims: Mapping[str, Any]) -> None:
        """Nothing is looked at."""


class WithoutAnything(WithoutPkceAndNonce):
    """It takes whatever comes."""

    def check_state(self, params: Mapping[str, str]) -> None:
        """Nothing is looked at."""


class MissingIsNone(GoodClient):
    """A redirect without a state fits a browser without a login, since both are None."""

    def take_redirect(self, url: str) -> str:
        params = query(url)
        login = self.login or {}
        self.check_address(url)
        self.check_issuer(params)
        self.expect(params.get("state") == login.get("state"), "another state")
        self.redeeming, self.login = login, None
        self.expect("error" not in params, params.get("error", ""))
        return params["code"]

    def post(self, form: dict[str, str]) -> httpx.Response:
        return super().post({name: value for name, value in form.items() if value})

    def request_tokens(self, code: str) -> dict[str, Any]:
        self.redeeming.setdefault("verifier", "")
        return super().request_tokens(code)

    def check_nonce(self, claims: Mapping[str, Any]) -> None:
        self.expect(claims.get("nonce") == self.redeeming.get("nonce"), "another nonce")


def _guessable(self: GoodClient) -> str:
    return f"state-{time.time_ns() % 10**9}"


def _present(self: GoodClient, params: Mapping[str, str]) -> None:
    self.expect(params.get("iss", self.issuer) == self.issuer, "another issuer")


def _among_others(self: GoodClient, claims: Mapping[str, Any]) -> None:
    self.expect(self.client_id in claims["aud"], "another aud")


# The client, the duties that it fails and the attacks that go through, and what it lets pass for a reason.
BAD: Mapping[str, tuple[type[GoodClient], str, str]] = {
    "believes any metadata": (BelievesAnyMetadata, "metadata-issuer", ""),
    "has one verifier for all": (bad(verifier_and_challenge=_pair(lambda: "v" * 43)), "verifier-fresh", ""),
    "short verifier": (
        bad(verifier_and_challenge=_pair(lambda: token_urlsafe(30))),
        "verifier-form request-tokens",
        "",
    ),
    "verifier of the clock": (
        bad(verifier_and_challenge=_pair(lambda: str(time.time_ns()).zfill(43))),
        "verifier-unguessable",
        "",
    ),
    "no PKCE": (WithoutPkce, "pkce-sent", ""),
    "relies on a PKCE that may not be there": (
        HopesForPkce,
        "state nonce login-csrf-without-pkce code-injection-without-pkce",
        "",
    ),
    "plain": (Plain, "pkce-sent verifier-unguessable challenge-right", ""),
    "falls back to plain": (FallsBack, "downgrade", ""),
    "state is always the same": (bad(new_state=_same("a-state-of-22-characters")), "", "state-fresh"),
    "nonce is always the same": (bad(new_nonce=_same("a-nonce-of-22-characters")), "nonce-fresh", ""),
    "state can be guessed": (bad(new_state=_guessable), "", "state-fresh"),
    "state of 96 bits": (bad(new_state=lambda self: token_hex(12)), "", "state-fresh"),
    "no nonce is compared": (bad(check_nonce=nothing), "nonce", ""),
    "no state is compared": (bad(check_state=nothing), "", "state"),
    "no iss in the redirect is compared": (
        bad(check_issuer=nothing),
        "mix-up",
        "redirect-issuer redirect-issuer-promised",
    ),
    "an iss that was promised may be missing": (bad(check_issuer=_present), "redirect-issuer-promised", ""),
    "the address of the redirect is not compared": (bad(check_address=nothing), "mix-up-without-iss", ""),
    "goes on after an error": (GoesOnAfterAnError, "error-redirect", ""),
    "forgets no login": (Forgetful, "double-callback replayed-redirect lost-answer", "replayed-state"),
    "sends a code again": (Retrying, "lost-answer", ""),
    "tokens by an address": (GetsTheTokens, "token-request-form", ""),
    "any token_type": (bad(check_type=nothing), "token-type", ""),
    "no iss": (bad(check_iss=nothing), "issuer", ""),
    "iss may be missing": (bad(check_iss=_takes_missing("iss")), "issuer", ""),
    "no aud": (bad(check_aud=nothing), "audience", ""),
    "aud may have others": (bad(check_aud=_among_others), "audience", ""),
    "no azp": (bad(check_azp=nothing), "", "authorized-party"),
    "no exp": (bad(check_exp=nothing), "expiry expiry-said", ""),
    "exp may be missing": (bad(check_exp=_takes_missing("exp")), "expiry-said", ""),
    "no iat": (bad(check_iat=nothing), "issue-said", "issued-recently"),
    "iat may be missing": (bad(check_iat=_takes_missing("iat")), "issue-said", ""),
    "nonce may be missing": (bad(check_nonce=_takes_missing("nonce")), "nonce", ""),
    "no sub": (bad(check_sub=nothing), "subject-said", ""),
    "no at_hash": (bad(check_at_hash=nothing), "", "access-token-hash"),
    "no signature": (bad(check_signature=nothing), "", "signature"),
    "any alg": (TakesAnyAlgorithm, "algorithm", "signature"),
    "no ID token is needed": (IgnoresTheIdToken, "id-token-there", ""),
    "follows jku": (FollowsTheToken, "key-addresses", ""),
    "userinfo of anybody": (bad(check_userinfo=nothing), "userinfo-subject", ""),
    "token in the address": (TokenInTheAddress, "bearer-in-header", ""),
    "forwards the token": (ForwardsTheToken, "bearer-forwarded", ""),
    "old refresh token": (KeepsTheOldRefreshToken, "refresh-token-kept", ""),
    "anybody after a refresh": (bad(check_refreshed=nothing), "", "refresh-subject refresh-issuer refresh-audience"),
    "addresses by heart": (KnowsTheAddresses, "addresses-of-metadata", ""),
    "reports the code": (ReportsTheCode, "secrets-kept", ""),
    "no scope openid": (bad(scope="profile offline_access read:messages"), "validate-id-token request-complete", ""),
    "no PKCE and no nonce is compared": (
        WithoutPkceAndNonce,
        "pkce-sent nonce code-injection code-injection-without-pkce",
        "",
    ),
    "takes whatever comes": (
        WithoutAnything,
        "pkce-sent state nonce login-csrf login-csrf-without-pkce code-injection code-injection-without-pkce",
        "",
    ),
    "a missing state is like none": (MissingIsNone, "login-csrf", ""),
}
