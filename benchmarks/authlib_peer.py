"""The authorization server of the peer: Authlib's, with the grants, extensions and generators that it brings.

Everything a specification asks of the server is Authlib's own code: the authorization endpoint, the code grant, PKCE
(RFC 7636, required), `iss` in the answer (RFC 9207), ID tokens (OIDC Core) and access tokens that are JWTs (RFC 9068),
signed by joserfc with RS256. What Authlib leaves to whoever embeds it stands here, as short as it can be: storage in
dictionaries, and the glue to httpx messages. The key is imported once, when this module is.
"""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import httpx
from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import AuthorizationCodeMixin, UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

from flowsim.model.clients import PROFILES
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.protocol.signed_tokens import published_keys

PROFILE = PROFILES["native-scheme"]
SCOPES = "openid profile email offline_access read:messages write:messages"
_KEY = published_keys()[0]
KEY = RSAKey.import_key(dict(_KEY.jwk), {"kid": _KEY.kid})
PUBLIC_KEY = RSAKey.import_key({**_KEY.public_jwk()})


@dataclass(frozen=True)
class User:
    """The one user there is."""

    sub: str = "user-alice"
    name: str = "Alice Example"

    def get_user_id(self) -> str:
        return self.sub


ALICE = User()


class App(ClientMixin):
    """A public client, registered with one address."""

    def get_client_id(self) -> str:
        return PROFILE.client_id

    def get_default_redirect_uri(self) -> str:
        return PROFILE.redirect_uri

    def get_allowed_scope(self, scope: str) -> str:
        return " ".join(one for one in scope.split() if one in SCOPES.split())

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri == PROFILE.redirect_uri

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "none"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass(frozen=True)
class Code(AuthorizationCodeMixin):
    """An authorization code and what is bound to it. Times are in seconds since 1970."""

    code: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    auth_time: int

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.auth_time


class Asked(OAuth2Request):
    """An httpx request as Authlib wants to read it."""

    def __init__(self, request: httpx.Request) -> None:
        super().__init__(request.method, str(request.url), headers=request.headers)
        text = request.url.query if request.method == "GET" else request.content
        lists = parse_qs(text.decode("ascii"))
        self._form = {name: values[0] for name, values in lists.items()}
        self.payload = BasicOAuth2Payload(self._form)
        self.payload._datalist = lists

    @property
    def form(self) -> dict[str, str]:
        return self._form


@dataclass
class Answer:
    """What Authlib wants to answer; its extensions may still change the location."""

    status: int
    body: Any
    headers: list[tuple[str, str]]

    @property
    def location(self) -> str | None:
        return next((value for name, value in self.headers if name == "Location"), None)

    @location.setter
    def location(self, address: str) -> None:
        self.headers = [(name, value) for name, value in self.headers if name != "Location"]
        self.headers.append(("Location", address))


class CodeGrant(grants.AuthorizationCodeGrant):
    """Authlib's code grant for a public client, with codes in a dictionary."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    def save_authorization_code(self, code: str, request: Asked) -> None:
        data = request.payload.data
        self.server.codes[code] = Code(
            code=code,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=data.get("nonce"),
            code_challenge=data.get("code_challenge"),
            code_challenge_method=data.get("code_challenge_method"),
            auth_time=int(time.time()),
        )

    def query_authorization_code(self, code: str, client: App) -> Code | None:
        found: Code | None = self.server.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> User:
        return ALICE


class IdTokens(OpenIDCode):
    def resolve_client_private_key(self, client: App) -> RSAKey:
        return KEY

    def get_encode_header(self, client: App) -> dict[str, str]:
        return {**super().get_encode_header(client), "kid": _KEY.kid}

    def get_client_claims(self, client: App) -> dict[str, Any]:
        return {"iss": ISSUER, "aud": PROFILE.client_id}

    def exists_nonce(self, nonce: str, request: Asked) -> bool:
        return False

    def generate_user_info(self, user: User, scope: str) -> UserInfo:
        return UserInfo(sub=user.sub, **({"name": user.name} if "profile" in scope.split() else {}))


class AccessTokens(JWTBearerTokenGenerator):
    def get_jwks(self) -> RSAKey:
        return KEY

    def get_audiences(self, client: App, user: User, scope: str) -> str:
        return API_ORIGIN

    def get_auth_time(self, user: User) -> int:
        return int(time.time())


class Issuer(IssuerParameter):
    def get_issuer(self) -> str:
        return ISSUER


class Server(AuthorizationServer):
    """Authlib's server, with its tokens and codes in memory."""

    def __init__(self) -> None:
        super().__init__(SCOPES.split())
        self.codes: dict[str, Code] = {}
        self.tokens: list[dict[str, Any]] = []
        self.register_grant(CodeGrant, [CodeChallenge(required=True), IdTokens(require_nonce=True)])
        self.register_token_generator("default", AccessTokens(ISSUER))
        self.register_extension(Issuer())

    def query_client(self, client_id: str) -> App | None:
        return _APP if client_id == PROFILE.client_id else None

    def save_token(self, token: dict[str, Any], request: Asked) -> None:
        self.tokens.append(token)

    def create_oauth2_request(self, request: httpx.Request | Asked) -> Asked:
        return request if isinstance(request, Asked) else Asked(request)

    def create_json_request(self, request: httpx.Request) -> None:
        raise NotImplementedError("no endpoint here takes JSON")

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Answer:
        return Answer(status, body, list(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""


_APP = App()
