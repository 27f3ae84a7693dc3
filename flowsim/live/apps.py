"""Small apps around real OAuth libraries: each logs a user in, and does with the tokens what an app does.

An app is as short as its library allows, and checks nothing that the library leaves to it. So what one of them lets pass
is what an app with this library lets pass that was written without a thought. The packages are imported by the app that
needs them; `missing` names those that are not installed.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Literal, Protocol

import httpx

from flowsim.live.requests_transport import session_for
from flowsim.live.transport import AsyncWorldTransport, Door, WorldTransport
from flowsim.model.scenario import ISSUER
from flowsim.protocol.messages import query_of

ClientAuth = Literal["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]
PUBLIC_AND_SECRET: tuple[ClientAuth, ...] = ("none", "client_secret_basic", "client_secret_post")
SCOPE = "openid profile email offline_access read:messages"
Json = Mapping[str, Any]
_ASSERTION_LIFETIME = 60  # seconds
_SECONDS = 10  # that a library waits for an answer


@dataclass(frozen=True, kw_only=True)
class Site:
    """What an app is told: the server, an API with the user's data, and how the app is registered.

    `auth` is how the app shows who it is at the token endpoint, with its `secret` or with its private `key` (PEM, Ed25519;
    its public half is registered, and called `kid`). Without a `door` the app goes out into the network; with one it
    reaches that world, and nobody else.
    """

    issuer: str
    api: str
    client_id: str
    redirect_uri: str
    auth: ClientAuth = "none"
    secret: str | None = None
    key: str | None = None
    kid: str | None = None
    scope: str = SCOPE
    door: Door | None = None

    @property
    def well_known(self) -> str:
        """Where the metadata is (OIDC Discovery section 4)."""
        return f"{self.issuer.removesuffix('/')}/.well-known/openid-configuration"

    @property
    def transport(self) -> httpx.BaseTransport | None:
        """For an `httpx.Client`."""
        return WorldTransport(self.door) if self.door else None

    @property
    def async_transport(self) -> httpx.AsyncBaseTransport | None:
        """For an `httpx.AsyncClient`."""
        return AsyncWorldTransport(self.door) if self.door else None


class App(Protocol):
    """An app in which one user logs in. Each method raises what the library raises where it refuses to go on."""

    def begin(self) -> str:
        """The address of the authorization endpoint that the user's browser is sent to; the metadata was asked for."""

    def finish(self, address: str) -> Json:
        """The browser has come back to this address: the answer of the token endpoint, whose ID token was looked at."""

    def userinfo(self) -> Json:
        """What userinfo says of the user."""

    def call(self) -> str:
        """The user's data from the API, as it was sent."""

    def refresh(self) -> Json:
        """The answer of the token endpoint to the refresh token."""

    def revoke(self) -> bool:
        """The refresh token is revoked (RFC 7009); False where the library has nothing for that."""


@dataclass(frozen=True, slots=True)
class Library:
    """A library: the `packages` that must be installed, the ways to authenticate that it knows, and an app around it.

    `issuer` is one of a shape that it takes.
    """

    name: str
    packages: tuple[str, ...]
    app: Callable[[Site], App]
    auth: tuple[ClientAuth, ...] = PUBLIC_AND_SECRET
    issuer: str = ISSUER

    @property
    def missing(self) -> tuple[str, ...]:
        """The packages that are not installed."""
        return tuple(one for one in self.packages if find_spec(one.replace("-", "_")) is None)


class AuthlibSession:
    """Authlib's OAuth 2.0 client on httpx. It leaves the ID token to the app, and this one reads it as Authlib shows."""

    def __init__(self, site: Site) -> None:
        from authlib.integrations.httpx_client import OAuth2Client

        self.site = site
        self.client = OAuth2Client(
            site.client_id,
            _authlib_secret(site),
            scope=site.scope,
            redirect_uri=site.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method=_authlib_auth(site),
            revocation_endpoint_auth_method=_authlib_auth(site),
            transport=site.transport,
        )
        self.metadata = self._get(site.well_known)

    def begin(self) -> str:
        from authlib.common.security import generate_token

        self.verifier, self.nonce = generate_token(48), generate_token(20)
        address, self.state = self.client.create_authorization_url(
            self.metadata["authorization_endpoint"], code_verifier=self.verifier, nonce=self.nonce
        )
        return str(address)

    def finish(self, address: str) -> Json:
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet

        endpoint = self.metadata["token_endpoint"]
        token: Json = self.client.fetch_token(
            endpoint, authorization_response=address, state=self.state, code_verifier=self.verifier
        )
        keys = KeySet.import_key_set(self._get(self.metadata["jwks_uri"]))
        read = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
        claims = CodeIDToken(
            read.claims,
            read.header,
            {"iss": {"value": self.site.issuer}},
            {"nonce": self.nonce, "client_id": self.site.client_id, "access_token": token["access_token"]},
        )
        claims.validate(leeway=120)
        return token

    def userinfo(self) -> Json:
        return dict(self.client.get(self.metadata["userinfo_endpoint"]).raise_for_status().json())

    def call(self) -> str:
        return str(self.client.get(self.site.api).raise_for_status().text)

    def refresh(self) -> Json:
        return dict(self.client.refresh_token(self.metadata["token_endpoint"]))

    def revoke(self) -> bool:
        token, endpoint = self.client.token["refresh_token"], self.metadata["revocation_endpoint"]
        self.client.revoke_token(endpoint, token, token_type_hint="refresh_token").raise_for_status()
        return True

    def _get(self, address: str) -> Any:
        return self.client.request("GET", address, withhold_token=True).raise_for_status().json()


class AuthlibWeb:
    """Authlib as a website uses it: its integration for Starlette, which does discovery, state, nonce and ID token."""

    def __init__(self, site: Site) -> None:
        from authlib.integrations.starlette_client import OAuth

        self.site = site
        self.session: dict[str, Any] = {}
        options = {
            "scope": site.scope,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": _authlib_auth(site),
            "transport": site.async_transport,
        }
        self.app = OAuth().register(
            "bench",
            client_id=site.client_id,
            client_secret=_authlib_secret(site),
            server_metadata_url=site.well_known,
            client_kwargs=options,
        )

    def begin(self) -> str:
        answer = _run(self.app.authorize_redirect(self._request(""), self.site.redirect_uri))
        return str(answer.headers["location"])

    def finish(self, address: str) -> Json:
        self.token: Json = dict(_run(self.app.authorize_access_token(self._request(address.partition("?")[2]))))
        return self.token

    def userinfo(self) -> Json:
        return dict(_run(self.app.userinfo(token=self.token)))

    def call(self) -> str:
        return str(_run(self.app.get(self.site.api, token=self.token)).raise_for_status().text)

    def refresh(self) -> Json:
        async def refreshed() -> Json:
            metadata = await self.app.load_server_metadata()
            async with self.app._get_oauth_client(**metadata) as client:
                return dict(
                    await client.refresh_token(metadata["token_endpoint"], refresh_token=self.token["refresh_token"])
                )

        self.token = {**self.token, **_run(refreshed())}
        return self.token

    def revoke(self) -> bool:
        return False

    def _request(self, query: str) -> Any:
        from starlette.requests import Request

        return Request(
            {
                "type": "http",
                "method": "GET",
                "path": "/callback",
                "query_string": query.encode(),
                "headers": [],
                "session": self.session,
            }
        )


class RequestsOauthlib:
    """requests-oauthlib: OAuth 2.0 alone. Discovery is a request like any other, and it looks at no ID token."""

    def __init__(self, site: Site) -> None:
        from requests_oauthlib import OAuth2Session

        self.site = site
        self.session = session_for(
            site.door,
            OAuth2Session(site.client_id, redirect_uri=site.redirect_uri, scope=site.scope.split(), pkce="S256"),
        )
        self.metadata = self.session.get(site.well_known, withhold_token=True).json()
        self.who: dict[str, Any] = {}
        if site.auth == "client_secret_basic":
            from requests.auth import HTTPBasicAuth

            self.who = {"auth": HTTPBasicAuth(site.client_id, site.secret or "")}

    def begin(self) -> str:
        address, _ = self.session.authorization_url(self.metadata["authorization_endpoint"])
        return str(address)

    def finish(self, address: str) -> Json:
        who = self.who or {"include_client_id": True, "client_secret": self.site.secret}
        endpoint = self.metadata["token_endpoint"]
        return dict(self.session.fetch_token(endpoint, authorization_response=address, **who))

    def userinfo(self) -> Json:
        answer = self.session.get(self.metadata["userinfo_endpoint"])
        answer.raise_for_status()
        return dict(answer.json())

    def call(self) -> str:
        answer = self.session.get(self.site.api)
        answer.raise_for_status()
        return str(answer.text)

    def refresh(self) -> Json:
        secret = {"client_secret": self.site.secret} if self.site.secret else {}
        who = self.who or {"client_id": self.site.client_id, **secret}
        return dict(self.session.refresh_token(self.metadata["token_endpoint"], **who))

    def revoke(self) -> bool:
        return False


class Idpyoidc:
    """idpyoidc does all that OpenID Connect asks by itself, userinfo included. It knows no client without a secret."""

    def __init__(self, site: Site) -> None:
        from cryptojwt.key_jar import KeyJar
        from idpyoidc.client.oauth2.stand_alone_client import StandAloneClient

        self.site = site
        self.session = session_for(site.door)
        services = {
            "discovery": "provider_info_discovery.ProviderInfoDiscovery",
            "authorization": "authorization.Authorization",
            "accesstoken": "access_token.AccessToken",
            "refresh_token": "refresh_access_token.RefreshAccessToken",
            "userinfo": "userinfo.UserInfo",
        }
        pkce = {"code_challenge_length": 64, "code_challenge_method": "S256"}
        config: dict[str, Any] = {
            "issuer": site.issuer,
            "client_id": site.client_id,
            "client_secret": site.secret,
            "client_type": "oidc",
            "redirect_uris": [site.redirect_uri],
            "base_url": site.redirect_uri.rpartition("/")[0],
            "response_types_supported": ["code"],
            "client_authn_methods": {site.auth: {}, "bearer_header": {}},
            "token_endpoint_auth_methods_supported": [site.auth],
            "provider_info": {"issuer": site.issuer},
            "add_ons": {"pkce": {"function": "idpyoidc.client.oauth2.add_on.pkce.add_support", "kwargs": pkce}},
        }
        self.client = StandAloneClient(
            config=config,
            services={name: {"class": f"idpyoidc.client.oidc.{path}"} for name, path in services.items()},
            keyjar=KeyJar(httpc=self.session.request),
            httpc=self.session.request,
            httpc_params={"timeout": _SECONDS},
        )

    def begin(self) -> str:
        self.client.do_provider_info()
        self.client.do_client_registration()
        return str(self.client.init_authorization(req_args={"scope": self.site.scope.split()}))

    def finish(self, address: str) -> Json:
        answer = self.client.finalize(dict(query_of(address)))
        if "error" in answer:
            raise RuntimeError(f"idpyoidc answers with the error {answer['error']}")
        self.state, self.told = answer["state"], answer["userinfo"]
        return {"access_token": answer["token"], "id_token": answer["id_token"]}

    def userinfo(self) -> Json:
        return dict(self.told)

    def call(self) -> str:
        token, _ = self.client.get_valid_access_token(self.state)
        answer = self.session.get(self.site.api, headers={"Authorization": f"Bearer {token}"})
        answer.raise_for_status()
        return str(answer.text)

    def refresh(self) -> Json:
        return dict(self.client.refresh_access_token(self.state))

    def revoke(self) -> bool:
        return False


def _authlib_secret(site: Site) -> Any:
    if site.auth != "private_key_jwt":
        return site.secret
    from joserfc.jwk import OKPKey

    return OKPKey.import_key(site.key or "")


def _authlib_auth(site: Site) -> Any:
    if site.auth != "private_key_jwt":
        return site.auth
    from authlib.oauth2.rfc7523 import PrivateKeyJWT

    class ForAMinute(PrivateKeyJWT):  # type: ignore[misc, no-any-unimported, unused-ignore]
        """By itself Authlib makes one for an hour, and with claims of one's own each has the `jti` of the first."""

        def sign(self, auth: Any, token_endpoint: str) -> Any:
            self.claims = {"exp": int(time.time()) + _ASSERTION_LIFETIME}
            return super().sign(auth, token_endpoint)

    return ForAMinute(headers={"kid": site.kid}, alg="EdDSA")


def _run(coroutine: Any) -> Any:
    """The result of this coroutine, in a thread of its own: a notebook has an event loop already."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


LIBRARIES: Mapping[str, Library] = {
    one.name: one
    for one in (
        Library("Authlib", ("authlib", "joserfc"), AuthlibSession, (*PUBLIC_AND_SECRET, "private_key_jwt")),
        Library(
            "Authlib for Starlette",
            ("authlib", "joserfc", "starlette"),
            AuthlibWeb,
            (*PUBLIC_AND_SECRET, "private_key_jwt"),
        ),
        Library("requests-oauthlib", ("requests-oauthlib",), RequestsOauthlib),
        Library("idpyoidc", ("idpyoidc",), Idpyoidc, ("client_secret_basic", "client_secret_post")),
    )
}
