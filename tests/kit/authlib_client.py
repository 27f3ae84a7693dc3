"""A client written with Authlib: what its documentation shows, and nothing that it leaves to the app."""

from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

SCOPE = "openid profile offline_access read:messages"


class WithAuthlib:
    def __init__(self, http: Any, issuer: str, client_id: str, redirect_uri: str) -> None:
        own = {
            "scope": SCOPE,
            "redirect_uri": redirect_uri,
            "code_challenge_method": "S256",
            "transport": http.transport,
        }
        self.http, self.issuer, self.session = http, issuer, OAuth2Client(client_id, **own)

    def discover(self) -> None:
        self.server = self.http.get(f"{self.issuer}/.well-known/openid-configuration").json()
        self.keys = KeySet.import_key_set(self.http.get(self.server["jwks_uri"]).json())

    def authorization_url(self) -> str:
        self.verifier, self.nonce = generate_token(48), generate_token()
        endpoint = self.server["authorization_endpoint"]
        url, self.state = self.session.create_authorization_url(endpoint, code_verifier=self.verifier, nonce=self.nonce)
        return str(url)

    def take_redirect(self, url: str) -> str:
        return url  # fetch_token takes the whole address

    def request_tokens(self, url: str) -> Any:
        endpoint = self.server["token_endpoint"]
        return self.session.fetch_token(
            endpoint, authorization_response=url, state=self.state, code_verifier=self.verifier
        )

    def validate_id_token(self, tokens: Any) -> Any:
        read = jwt.decode(tokens["id_token"], self.keys, algorithms=["RS256"])
        expected = {"iss": {"value": self.issuer}, "aud": {"value": self.session.client_id}}
        params = {"nonce": self.nonce, "client_id": self.session.client_id, "access_token": tokens["access_token"]}
        claims = CodeIDToken(read.claims, read.header, expected, params)
        claims.validate(leeway=60)
        return claims

    def userinfo(self) -> Any:
        return self.session.get(self.server["userinfo_endpoint"]).json()

    def call_api(self, url: str) -> Any:
        return self.session.get(url)

    def refresh(self) -> Any:
        return self.session.refresh_token(self.server["token_endpoint"])
