"""DPoP: with each request the app proves that it holds a private key, and its tokens are bound to that key.

A proof is a JWT of its own, made for one request. It names the method and the address of the request, says when it was
made, and carries the public key; at an API it also carries the hash of the access token. Whoever steals a bound token
has no key to make such a proof with.

The key of the lessons' app is an Ed25519 key, because its signatures repeat. Any asymmetric algorithm would do; proofs of
clients that somebody else wrote are also read where they are signed with ES256, which most of those use.

Source: RFC 9449 sections 4.2, 4.3 and 6; RFC 7638 and RFC 8037 (thumbprints); RFC 8032 (Ed25519).
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flowsim.protocol import keys, signed_tokens
from flowsim.protocol.pkce import base64url

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
    return {"kty": "OKP", "crv": "Ed25519", "x": base64url(keys.ed25519_public(key))}


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
    claims: dict[str, Any] = {"jti": jti, "htm": method, "htu": url.partition("?")[0].partition("#")[0], "iat": now}
    if access_token is not None:
        claims["ath"] = token_hash(access_token)
    if nonce is not None:
        claims["nonce"] = nonce
    header = {"alg": ALGORITHM, "jwk": public_jwk(key), "typ": TYPE}
    return signed_tokens.tight(header, claims, lambda text: sign(key, text))


def sign(key: bytes, text: bytes) -> bytes:
    """The signature of this text with the key of these 32 octets (RFC 8032)."""
    return keys.ed25519(key, text)


def read(text: str) -> Proof | None:
    """The proof taken apart, its signature tried with the key it carries; None where it is no JWT."""
    token = signed_tokens.read(text)
    if token is None:
        return None
    jwk = token.header.get("jwk")
    fits = _fits(jwk, usual=token.header.get("alg") == USUAL_ALGORITHM) if isinstance(jwk, dict) else None
    if fits is None or not isinstance(jwk, dict):
        return Proof(text, token.header, token.claims, None, signed=False)
    signed = "d" not in jwk and fits(text.rpartition(".")[0].encode(), token.signature)
    return Proof(text, token.header, token.claims, signed_tokens.thumbprint(jwk), signed)


def _fits(jwk: Mapping[str, Any], *, usual: bool) -> Callable[[bytes, bytes], bool] | None:
    """What says whether the key of this JWK made a signature; None where there is no key that one could use."""
    kind = jwk.get("kty"), jwk.get("crv")
    x, y = (signed_tokens.decoded(part) if isinstance(part := jwk.get(name), str) else None for name in ("x", "y"))
    if usual and kind == ("EC", "P-256"):
        point = keys.p256_public(x or b"", y or b"")
        return partial(keys.es256_fits, point) if point else None
    return partial(keys.ed25519_fits, x) if kind == ("OKP", "Ed25519") and x is not None and len(x) == 32 else None
