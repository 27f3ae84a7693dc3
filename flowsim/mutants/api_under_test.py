"""An API under test: tokens of every kind that a judge can make for it, with a proof or without.

Source: RFC 6750 section 2, RFC 9068 section 4, RFC 9449 section 7.
"""

from collections.abc import Mapping
from typing import Any

from frozendict import deepfreeze, frozendict

from flowsim.actors import api, client
from flowsim.model.context import Context
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.world import Api, evolve
from flowsim.mutants import arguments, proofs
from flowsim.mutants.doors import Door
from flowsim.mutants.under_test import AN_HOUR, Inside, UnderTest, inside
from flowsim.protocol import keys, signed_tokens
from flowsim.protocol.messages import Request, Response


class ApiUnderTest(UnderTest):
    """An API. `address` is where its data is, `audience` its name in a token, and `issuer` the server it trusts."""

    __slots__ = ("address", "audience", "issuer")

    def __init__(self, scenario: Scenario, defect: Mapping[str, Any] = frozendict(), door: Door = Door()) -> None:  # noqa: B008
        super().__init__(scenario, door)
        own = inside(self)
        kept = _api(own)
        self.address: str = kept.url
        self.audience: str = kept.origin
        self.issuer: str = kept.issuer
        own.world = evolve(own.world, apis=own.world.apis.set(kept.origin, evolve(kept, **defect)))

    def claims(self, *, bound_to: str | None = None, **changes: Any) -> dict[str, Any]:
        """The claims of a good access token for this API, with these changed; None leaves one out.

        With `bound_to` the token is bound to the key of this name (RFC 9449 section 6.1).
        """
        own = inside(self)
        usual = {
            "iss": self.issuer,
            "sub": "user-alice",
            "aud": self.audience,
            "client_id": "photo-page",
            "scope": f"read:{_api(own).keeps}",
            "iat": own.world.now,
            "exp": own.world.now + AN_HOUR,
            "jti": "a-number",
            "cnf": None if bound_to is None else {"jkt": proofs.thumbprint(bound_to)},
        }
        return arguments.present(usual | changes)

    def token(self, type_: str = signed_tokens.ACCESS_TOKEN_TYPE, **changes: Any) -> str:
        """An access token that the server has signed, with these claims changed; None leaves one out."""
        return inside(self).signed(self.claims(**changes), type_)

    def unsigned_token(self, **changes: Any) -> str:
        """The same with no signature, and with a header that says so: `alg` is `none`."""
        return self._made("none", changes, signed_tokens.no_signature)

    def token_with_public_key(self, **changes: Any) -> str:
        """The same with `alg` `HS256`, made with the server's public key, which everybody has, as the secret."""
        key = inside(self).key.private.public
        return self._made("HS256", changes, lambda text: signed_tokens.hmac_with_public_key(key, text))

    def token_with_ps256(self, **changes: Any) -> str:
        """The same signed with PS256, by the server and with the key that it signs with RS256 otherwise."""
        key = inside(self).key.private
        return self._made("PS256", changes, lambda text: keys.ps256(key, text))

    def forged_token(self, **changes: Any) -> str:
        """The same with a signature that nobody has made with the server's key."""
        return self._made(signed_tokens.ALGORITHM, changes, lambda text: b"\x01" * 256)

    def keys(self) -> dict[str, Any]:
        """The server's public keys, which the API has learnt."""
        return {"keys": [inside(self).key.public_jwk()]}

    def learn_keys(self, *jwks: Mapping[str, Any]) -> None:
        """Give the API this list of keys, as if its server had published it. Raises ScenarioError for what is no JWK."""
        if not all(isinstance(one, Mapping) for one in jwks):
            raise ScenarioError("a key is a JWK: a dict as keys()['keys'] has them")
        own = inside(self)
        listed: Mapping[str, Any] = {"keys": jwks}
        kept = deepfreeze(dict(own.door.keys(listed) if own.door.keys else listed))
        learnt = evolve(_api(own), jwks=kept)
        own.world = evolve(own.world, apis=own.world.apis.set(learnt.origin, learnt))

    def proof(self, token: str, method: str = "GET", *, key: str = proofs.MINE, **claims: Any) -> str:
        """A DPoP proof for a call with this token, with these claims changed, made with the key of this name."""
        own = inside(self)
        usual = {"jti": own.new_run(), "htm": method, "htu": self.address, "iat": own.world.now}
        return proofs.proof(key, usual | claims, access_token=arguments.bearer_token(token))

    def call(self, token: str, *, scheme: str | None = None, proof: str | None = None) -> Response:
        """What the API answers to this token. The scheme is Bearer, or DPoP where there is a `proof`, if no other is given.

        Raises ScenarioError for a token that no header can hold.
        """
        scheme = scheme if scheme is not None else "Bearer" if proof is None else "DPoP"
        credentials = f"{arguments.header_text('the scheme', scheme)} {arguments.bearer_token(token)}"
        headers = [("Authorization", credentials), *([("DPoP", proof)] if proof is not None else [])]
        return self._answer(arguments.sent("GET", self.address, None, (*client.HEADERS.items(), *headers)))

    def send(self, method: str = "GET", **headers: str) -> Response:
        """The answer to any request for the data; an underscore in the name of a header stands for a hyphen."""
        named = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return self._answer(arguments.sent(method, self.address, None, named))

    def _made(self, algorithm: str, changes: dict[str, Any], signature: Any) -> str:
        return inside(self).compact(algorithm, signed_tokens.ACCESS_TOKEN_TYPE, self.claims(**changes), signature)

    def _answer(self, asked: Request) -> Response:
        own = inside(self)
        let_in = own.door.before(asked) if own.door.before else asked
        if isinstance(let_in, Response):
            return let_in
        if own.door.tokens:
            let_in = _as_read(own, let_in)
        scenario = own.world.scenario
        context = Context(scenario.seed or 0, own.world.now, scenario.policy, own.new_run(), own.world.draws)
        kept, answer = api.handle(_api(own), let_in, context)
        own.world = evolve(own.world, apis=own.world.apis.set(kept.origin, kept), draws=context.draws)
        return own.door.after(asked, answer) if own.door.after else answer


def _api(own: Inside) -> Api:
    return own.world.apis[own.victim.api]


def _as_read(own: Inside, asked: Request) -> Request:
    """The request with its token as this API reads it."""
    scheme, _, token = (asked.header("authorization") or "").partition(" ")
    assert own.door.tokens is not None
    read = own.door.tokens(token, _api(own).jwks, own.world.now)
    headers = tuple((n, f"{scheme} {read}" if n == "Authorization" else value) for n, value in asked.headers)
    return Request(method=asked.method, url=asked.url, headers=headers, body=asked.body)
