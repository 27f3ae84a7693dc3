"""DPoP: with each request the app proves that it holds a private key, and its tokens are bound to that key.

A proof is a JWT of its own, made for one request. It names the method and the address of the request, says when it was
made, and carries the public key; at an API it also carries the hash of the access token. Whoever steals a bound token
has no key to make such a proof with.

The key of the lessons' app is an Ed25519 key, because its signatures repeat. Any asymmetric algorithm would do; proofs of
clients that somebody else wrote are also read where they are signed with ES256, which most of those use.

Source: RFC 9449 sections 4.2, 4.3 and 6; RFC 7638 and RFC 8037 (thumbprints); RFC 8032 (Ed25519).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flowsim.protocol import signed_tokens
from flowsim.protocol.pkce import base64url

if TYPE_CHECKING:  # loaded with the first proof, as in signed_tokens.py
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "EdDSA"
USUAL_ALGORITHM = "ES256"  # of most clients (RFC 7518 section 3.4)
TYPE = "dpop+jwt"
PRIVATE_MEMBERS = ("d", "p", "q", "dp", "dq", "qi", "k")


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof taken apart. `jkt` is the thumbprint of its key, None where it has no key that one could use."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    jkt: str | None
    signed: bool


def public_jwk(key: bytes) -> dict[str, str]:
    """The public half of the Ed25519 key with these 32 octets, as a JWK (RFC 8037 section 2)."""
    public = _private_key(key).public_key().public_bytes_raw()
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(public)}


def thumbprint(key: bytes) -> str:
    """The `jkt` of the key with these 32 octets: 43 characters (RFC 7638 section 3)."""
    return signed_tokens.thumbprint(public_jwk(key))


def token_hash(access_token: str) -> str:
    """The `ath` of this access token: base64url of its SHA-256 (RFC 9449 section 4.2)."""
    return base64url(hashlib.sha256(access_token.encode("ascii", "replace")).digest())


def proof(
    key: bytes,
    method: str,
    url: str,
    *,
    now: int,
    jti: str,
    access_token: str | None = None,
    nonce: str | None = None,
) -> str:
    """The proof for one request with this method to this address, made now (seconds since 1970).

    `nonce` is the last one that was given out there, if one was (RFC 9449 sections 8 and 9).
    """
    import jwt

    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": url.partition("?")[0].partition("#")[0], "iat": now}
    if access_token is not None:
        claims["ath"] = token_hash(access_token)
    if nonce is not None:
        claims["nonce"] = nonce
    return jwt.encode(claims, _private_key(key), algorithm=ALGORITHM, headers={"typ": TYPE, "jwk": public_jwk(key)})


def sign(key: bytes, text: bytes) -> bytes:
    """The signature of this text with the key of these 32 octets (RFC 8032)."""
    return _private_key(key).sign(text)


def read(text: str) -> Proof | None:
    """The proof taken apart, its signature tried with the key it carries; None where it is no JWT."""
    import jwt
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    token = signed_tokens.read(text)
    if token is None:
        return None
    jwk = token.header.get("jwk")
    usual = token.header.get("alg") == USUAL_ALGORITHM and isinstance(jwk, dict) and jwk.get("crv") == "P-256"
    signs: Any = (
        jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256) if usual else jwt.algorithms.OKPAlgorithm()
    )
    try:
        known = signs.from_jwk(jwk) if isinstance(jwk, dict) else None
        jkt = signed_tokens.thumbprint(jwk) if known is not None and isinstance(jwk, dict) else None
    except (jwt.InvalidKeyError, InvalidKey, ValueError, TypeError, KeyError, AttributeError):
        known, jkt = None, None
    if not isinstance(known, Ed25519PublicKey | EllipticCurvePublicKey):
        return Proof(text, token.header, token.claims, jkt, signed=False)
    signed = signs.verify(text.rpartition(".")[0].encode(), known, token.signature)
    return Proof(text, token.header, token.claims, jkt, signed)


def _private_key(key: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(key)
