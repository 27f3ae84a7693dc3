"""ID tokens and access tokens: JSON claims, signed by the authorization server, readable by everyone.

A signature does not hide anything. It proves who wrote the claims, to whoever holds the public key. Both kinds of token
look alike, so each says what it is for: an ID token names the app as its audience, an access token names the API and
carries the type `at+jwt`.

A live server signs with a key of its own. The lessons sign with *published* example keys, so that every byte repeats: that
of RFC 7515 appendix A.2, and, once a server has changed its key, that of RFC 7520 section 3.4. Nobody may trust such a key
outside a lesson.

Source: OIDC Core sections 2, 3.1.3 and 10.1.1, RFC 9068 sections 2 and 4, RFC 7515, RFC 7638.
"""

import hashlib
import hmac
import json
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from flowsim.protocol import keys, strict_json
from flowsim.protocol.keys import RsaPrivate, RsaPublic
from flowsim.protocol.pkce import base64url
from flowsim.protocol.records import quickly_made

ALGORITHM = "RS256"
ACCESS_TOKEN_TYPE = "at+jwt"
Claims = dict[str, Any]
_USUAL_BASE64 = bytes.maketrans(b"-_", b"+/")
# What a text can end in that has so many characters more than a multiple of 4: no bit stands behind the last octet.
_LAST = {1: "", 2: "AQgw", 3: "AEIMQUYcgkosw048"}
_HEADER = json.JSONEncoder(separators=(",", ":"), sort_keys=True)
_CLAIMS = json.JSONEncoder(separators=(",", ":"))
_REQUIRED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private RSA key and its `kid`, the RFC 7638 thumbprint of the public half. `jwk` is the whole key as a JWK."""

    kid: str
    jwk: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def private(self) -> RsaPrivate:
        """The numbers of the key, as `flowsim.protocol.keys` signs with them."""
        return _private_key(self.kid)

    def public_jwk(self) -> dict[str, str]:
        """The public half as a JWK for a JWKS document (RFC 7517 section 4)."""
        n, e = self.jwk["n"], self.jwk["e"]
        return {"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": self.kid, "n": n, "e": e}


@quickly_made
@dataclass(frozen=True, slots=True)
class Token:
    """A token that was taken apart but not believed: the whole text, header, claims and signature."""

    text: str
    header: Claims
    claims: Claims
    signature: bytes


@cache
def published_keys() -> tuple[SigningKey, ...]:
    """The example keys of RFC 7515 appendix A.2 and RFC 7520 section 3.4: known to everybody, for lessons only."""
    published = json.loads((Path(keys.__file__).parent / "published.json").read_text("utf-8"))
    return tuple(SigningKey(thumbprint(jwk), jwk) for jwk in published)


_fresh: dict[str, SigningKey] = {}


def fresh_key() -> SigningKey:
    """A new RSA key of 2048 bits, which nobody else knows and which lives as long as this program.

    Raises RuntimeError where there is only plain Python to make it with.
    """
    jwk = keys.private_jwk(keys.fresh_rsa())
    key = SigningKey(thumbprint(jwk), jwk)
    _fresh[key.kid] = key
    return key


def key_for_a_live_world() -> SigningKey:
    """A fresh key; the first published one where plain Python, which makes none, does the work.

    With that key a world can be used by the program it lives in, as in a browser. On a port it is refused
    (flowsim/live/port).
    """
    return published_keys()[0] if keys.why_plain() else fresh_key()


def signing_key(kid: str) -> SigningKey:
    """The key with this `kid`, a published or a fresh one. Raises KeyError for any other."""
    return next((key for key in published_keys() if key.kid == kid), None) or _fresh[kid]


def thumbprint(jwk: Mapping[str, str]) -> str:
    """The SHA-256 thumbprint of a public key, base64url, 43 characters (RFC 7638 section 3, RFC 8037 section 2).

    Raises KeyError for a kind of key that is none of RSA, EC and OKP, or that lacks a member.
    """
    required = {name: jwk[name] for name in _REQUIRED[jwk["kty"]]}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True)
    return base64url(hashlib.sha256(canonical.encode()).digest())


def sign(claims: Claims, key: SigningKey, *, type_: str = "JWT") -> str:
    """These claims as a signed JWT in compact form (RFC 7515 section 7.1)."""
    return _signed(_usual_header(key.kid, type_), claims, lambda text: keys.rs256(key.private, text))


@lru_cache(maxsize=64)
def _usual_header(kid: str, type_: str) -> str:
    return base64url(_HEADER.encode({"alg": ALGORITHM, "kid": kid, "typ": type_}).encode())


def tight(header: Claims, claims: Claims, signature: Callable[[bytes], bytes]) -> str:
    """A JWT as libraries write it: no spaces in the JSON, and the members of the header in the order of their names."""
    return _signed(base64url(_HEADER.encode(header).encode()), claims, signature)


def _signed(header: str, claims: Claims, signature: Callable[[bytes], bytes]) -> str:
    text = f"{header}.{base64url(_CLAIMS.encode(claims).encode())}"
    return f"{text}.{base64url(signature(text.encode()))}"


def compact(header: Claims, claims: Claims, signature: Callable[[bytes], bytes]) -> str:
    """A JWT with exactly this header and these claims, however it is signed (RFC 7515 section 7.1)."""
    text = ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{base64url(signature(text.encode()))}"


def no_signature(text: bytes) -> bytes:
    """What stands for the signature in a JWT with the algorithm `none` (RFC 7519 section 6)."""
    return b""


def hmac_with_public_key(key: RsaPublic, text: bytes) -> bytes:
    """HS256 over this text with a public key, in PEM, as the secret. Everybody can compute it (RFC 8725 section 2.1)."""
    return hmac.digest(keys.pem(key), text, hashlib.sha256)


@lru_cache(maxsize=64)
def read(text: str) -> Token | None:
    """The token taken apart, nothing verified; None where the text is not a JWT. Nobody may change what it holds.

    A text is none as well where a part is not base64url without padding (RFC 7515 section 2), where header or claims are
    no JSON object (RFC 7519 section 7.2), or where `crit` names an extension: none is understood here (RFC 7515 §4.1.11).
    """
    parts = text.split(".", maxsplit=3)
    if len(parts) != 3:
        return None
    header, claims, signature = _header_in(parts[0]), _object_in(parts[1]), decoded(parts[2])
    if header is None or claims is None or signature is None or "crit" in header:
        return None
    return Token(text, header, claims, signature)


def _object_in(part: str) -> Claims | None:
    """The JSON object in this part of a token; None where it holds something else."""
    octets = decoded(part)
    if not octets:
        return None
    try:
        value = strict_json.parse(octets.decode())
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


_header_in = lru_cache(maxsize=64)(_object_in)  # all tokens of a kind that a key has signed have one header


def decoded(part: str) -> bytes | None:
    """The octets of this base64url text; None where it is none, has padding, or is not as an encoder writes it."""
    over = len(part) % 4
    if "=" in part or "+" in part or "/" in part or (over and part[-1] not in _LAST[over]):
        return None
    try:
        return a2b_base64(part.encode().translate(_USUAL_BASE64) + b"=" * (-over % 4), strict_mode=True)
    except ValueError:
        return None


def signature_fits(token: Token, jwks: Mapping[str, Any]) -> bool:
    """True when the key of this JWKS that the token's header fits made the signature, with RS256.

    The algorithm is fixed here and never taken from the token: one that names `none` or `HS256` is refused. Keys named
    inside the token (`jwk`, `jku`, `x5u`) are never used (RFC 8725 sections 3.1 and 3.10).
    """
    key = find_key(jwks, token.header.get("kid"))
    if key is None or token.header.get("alg") != ALGORITHM:
        return False
    signed = token.text.rpartition(".")[0].encode()
    return keys.rs256_fits(key, signed, token.signature)


def signature_fits_as_named(token: Token, jwks: Mapping[str, Any]) -> bool | None:
    """What a verifier finds that lets the token name the algorithm; None for `none`, where there is nothing to verify.

    With `HS256` such a verifier takes the public key for the secret. So whoever calls this must have looked at the
    algorithm before: that is what the check of the algorithm is for (RFC 8725 section 3.1).
    """
    name = token.header.get("alg")
    if name == "none":
        return None if not token.signature else False
    if name == "HS256" and (key := find_key(jwks, token.header.get("kid"))) is not None:
        signed = token.text.rpartition(".")[0].encode()
        return hmac.compare_digest(hmac_with_public_key(key, signed), token.signature)
    return signature_fits(token, jwks)


def find_key(jwks: Mapping[str, Any], kid: object) -> RsaPublic | None:
    """The key of this document that RS256 is verified with and that has this `kid`; None where it has none.

    Keys of another type, use or algorithm are passed over, for such may have the same `kid` (RFC 7517 section 4.5). A
    token that names no `kid` is verified with the only key that fits; of several it has to name one (OIDC Core §10.1).
    """
    listed = jwks.get("keys", ())
    fitting = [jwk for jwk in listed if _is_for_rs256(jwk)] if isinstance(listed, (list, tuple)) else []
    for jwk in fitting:
        if jwk.get("kid") == kid or (kid is None and len(fitting) == 1):
            key = _public_key(jwk["n"], jwk["e"])
            if key is not None:
                return key
    return None


def _is_for_rs256(jwk: object) -> bool:
    """True for an RSA key that is meant for signatures with RS256, or that does not say what it is meant for."""
    # A dict is a Mapping, which takes longer to find out.
    if not isinstance(jwk, (dict, Mapping)) or jwk.get("kty") != "RSA":
        return False
    if not isinstance(jwk.get("n"), str) or not isinstance(jwk.get("e"), str):
        return False
    operations = jwk.get("key_ops")
    may_verify = "verify" in operations if isinstance(operations, (list, tuple)) else operations is None
    return jwk.get("use") in (None, "sig") and jwk.get("alg") in (None, ALGORITHM) and may_verify


def left_half_hash(text: str) -> str:
    """The `at_hash` of this access token for RS256: base64url of the left 16 octets of its SHA-256 (OIDC Core §3.1.3.6)."""
    return base64url(hashlib.sha256(text.encode("ascii", "replace")).digest()[:16])


@cache
def _private_key(kid: str) -> RsaPrivate:
    return keys.rsa_private(signing_key(kid).jwk)


@lru_cache(maxsize=64)
def _public_key(n: str, e: str) -> RsaPublic | None:
    """The key of these two numbers; None where they make none."""
    modulus, exponent = decoded(n), decoded(e)
    if not modulus or not exponent:
        return None
    return keys.rsa_public(int.from_bytes(modulus, "big"), int.from_bytes(exponent, "big"))
