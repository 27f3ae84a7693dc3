"""Client assertions: an app that has a key pair signs, for each request, a short statement that it is the one who asks.

The server knows the public half of the key, which was registered. The private half never leaves the app. Whoever gets hold
of an assertion has one statement, for one server, for a minute, and the server takes it once.

The key is an Ed25519 key, as in dpop.py, because its signatures repeat. Any asymmetric algorithm would do.

Source: RFC 7523 sections 2.2 and 3, RFC 7521 section 4.2, OIDC Core section 9 (`private_key_jwt`).
"""

from collections.abc import Mapping
from typing import Any

from flowsim.protocol import dpop, keys, signed_tokens
from flowsim.protocol.signed_tokens import Token

METHOD = "private_key_jwt"
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHM = dpop.ALGORITHM
LIFETIME = 60  # seconds


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


def subject(text: str | None) -> str | None:
    """The client that this assertion says it is of, nothing verified; None where it is no JWT, or names nobody."""
    token = signed_tokens.read(text) if text else None
    named = token.claims.get("sub") if token else None
    return named if isinstance(named, str) and named else None
