"""Client assertions: an app that has a key pair signs, for each request, a short statement that it is the one who asks.

The server knows the public half of the key, which was registered. The private half never leaves the app. Whoever gets hold
of an assertion has one statement, for one server, for a minute, and the server takes it once.

The key is an Ed25519 key, as in dpop.py, because its signatures repeat. Any asymmetric algorithm would do.

Source: RFC 7523 sections 2.2 and 3, RFC 7521 section 4.2, OIDC Core section 9 (`private_key_jwt`).
"""

from collections.abc import Mapping
from typing import Any

from frozendict import frozendict

from flowsim.protocol import dpop, keys, signed_tokens
from flowsim.protocol.signed_tokens import Token

METHOD = "private_key_jwt"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHM = dpop.ALGORITHM
LIFETIME = 60  # seconds
_OCTETS = 32  # of a public Ed25519 key (RFC 8032 section 5.1.5)


def assertion(key: bytes, client_id: str, audience: str, *, now: int, jti: str) -> str:
    """The statement of this client to this server, made now (seconds since 1970), with the key of these 32 octets."""
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": dpop.thumbprint(key)}
    claims = {"iss": client_id, "sub": client_id, "aud": audience, "jti": jti, "iat": now, "exp": now + LIFETIME}
    return signed_tokens.compact(header, claims, lambda text: dpop.sign(key, text))


def parameters(text: str) -> dict[str, str]:
    """The parameters by which a request carries this assertion (RFC 7523 section 2.2)."""
    return {"client_assertion_type": TYPE, "client_assertion": text}


def signature_fits(token: Token, jwk: Mapping[str, Any]) -> bool:
    """True where the Ed25519 key of this JWK made the signature. What the token says of keys is never used."""
    public = signed_tokens.decoded(str(jwk.get("x")))
    return public is not None and keys.ed25519_fits(public, token.text.rpartition(".")[0].encode(), token.signature)


def key_in(metadata: Mapping[str, Any]) -> frozendict[str, str] | None:
    """The Ed25519 key by which the app of this metadata shows who it is, as a JWK (RFC 7591 section 2).

    None for an app that has nothing to show. Where it would show something that is not there, or is of another kind, the
    key is an empty one: nobody can sign with that, so nobody is taken for this app.
    """
    if metadata.get("token_endpoint_auth_method", "none") == "none":
        return None
    held = metadata.get("jwks")
    listed = held.get("keys") if isinstance(held, Mapping) else None
    for one in listed if isinstance(listed, list | tuple) else ():
        if isinstance(one, Mapping) and one.get("crv") == "Ed25519":
            public = signed_tokens.decoded(str(one.get("x")))
            if public is not None and len(public) == _OCTETS:
                return frozendict({"kty": "OKP", "crv": "Ed25519", "x": str(one["x"])})
    return frozendict()


def subject(text: str | None) -> str | None:
    """The client that this assertion says it is of, nothing verified; None where it is no JWT, or names nobody."""
    token = signed_tokens.read(text) if text else None
    named = token.claims.get("sub") if token else None
    return named if isinstance(named, str) and named else None
