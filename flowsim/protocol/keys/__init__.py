"""All cryptography of flowsim: what signs, what verifies, what makes keys and what hashes passwords.

There are two implementations with the same answers, bit for bit. Wherever the package `cryptography` can be imported, it
does the work (with_cryptography.py). It is compiled, so a Python that runs inside a browser has none; there the plain one
does, which is a few hundred lines of Python (plain.py). The plain one is for lessons: it takes longer for some numbers than
for others, so that whoever measures it learns something about the key, and it never makes a key that somebody might trust.
`FLOWSIM_CRYPTOGRAPHY=plain` in the environment takes it in any case; that is read once, with the first key that is used.

What has no secrets in it is done here, for both: which numbers make a key, and how a public key is written down. Keys are
plain values, made with `rsa_private`, `rsa_public` and `p256_public`.

Source: RFC 8017 sections 3, 8.1.2 and 8.2 (RSA), RFC 8032 section 5.1 (Ed25519), FIPS 186-5 section 6.4.2 (ECDSA), RFC 7914
(scrypt), RFC 7518 sections 3.3 to 3.5 and 6, RFC 5280 section 4.1.2.7 (a public key in PEM).
"""

import hashlib
import os
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from textwrap import wrap
from typing import Protocol

VARIABLE, PLAIN = "FLOWSIM_CRYPTOGRAPHY", "plain"

P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B = 0x5AC635D8_AA3A93E7_B3EBBD55_769886BC_651D06B0_CC53B0F6_3BCE3C3E_27D2604B
_P25519 = 2**255 - 19
_MEMBERS = ("n", "e", "d", "p", "q", "dp", "dq", "qi")

# What OpenSSL takes at most, so that nobody is kept busy with the arithmetic of a number that a stranger chose.
_LARGEST_MODULUS, _SMALL_MODULUS, _LARGEST_EXPONENT = 16384, 3072, 64  # bits
_SHORTEST_MODULUS = 62  # octets: what PKCS #1 v1.5 needs for a SHA-256 (RFC 8017 section 9.2); PSS needs 66


class UnknownImplementation(ValueError):
    """The environment names an implementation that there is not; the message says which there are."""


@dataclass(frozen=True, slots=True)
class RsaPublic:
    """An RSA public key: the modulus `n` and the exponent `e`."""

    n: int
    e: int


@dataclass(frozen=True, slots=True)
class RsaPrivate:
    """An RSA private key with two primes, in the form that RFC 8017 section 3.2 calls the second."""

    public: RsaPublic  # by which it is looked up: of one public key there is one private one
    d: int = field(repr=False, hash=False)
    p: int = field(repr=False, hash=False)
    q: int = field(repr=False, hash=False)
    dp: int = field(repr=False, hash=False)
    dq: int = field(repr=False, hash=False)
    qi: int = field(repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class P256Public:
    """A public key on the curve P-256: a point."""

    x: int
    y: int


class Implementation(Protocol):
    """What each of the two implementations can do. Numbers and lengths were looked at before."""

    makes_keys: bool

    def rs256(self, key: RsaPrivate, text: bytes) -> bytes: ...
    def rs256_fits(self, key: RsaPublic, text: bytes, signature: bytes) -> bool: ...
    def ps256(self, key: RsaPrivate, text: bytes) -> bytes: ...
    def ps256_fits(self, key: RsaPublic, text: bytes, signature: bytes) -> bool: ...
    def fresh_rsa(self) -> RsaPrivate: ...
    def ed25519(self, key: bytes, text: bytes) -> bytes: ...
    def ed25519_public(self, key: bytes) -> bytes: ...
    def ed25519_fits(self, public: bytes, text: bytes, signature: bytes) -> bool: ...
    def es256_fits(self, key: P256Public, text: bytes, signature: bytes) -> bool: ...


def asked_for_plain() -> bool:
    """True where the environment asks for plain Python.

    Raises UnknownImplementation where it asks for anything else.
    """
    said = os.environ.get(VARIABLE, "")
    if said not in ("", PLAIN):
        raise UnknownImplementation(
            f"the environment variable {VARIABLE} must be {PLAIN!r} or not set, not {said[:40]!r}"
        )
    return bool(said)


@cache
def _implementation() -> Implementation:
    if not asked_for_plain():
        try:
            from flowsim.protocol.keys import with_cryptography

            return with_cryptography
        except ImportError:
            pass
    from flowsim.protocol.keys import plain

    return plain


def why_plain() -> str | None:
    """Why plain Python does the work, and how to have it otherwise; None where `cryptography` does it."""
    if _implementation().makes_keys:
        return None
    if asked_for_plain():
        return f"{VARIABLE} asks for plain Python; unset it"
    return "it cannot be imported; try: pip install cryptography"


# ---- RSA


def rsa_private(jwk: Mapping[str, str]) -> RsaPrivate:
    """The private key in this JWK (RFC 7518 section 6.3.2), which is ours: nothing of it is looked at.

    Raises KeyError where a number is missing.
    """
    n, e, *private = (_number(jwk[name]) for name in _MEMBERS)
    return RsaPrivate(RsaPublic(n, e), *private)


def private_jwk(key: RsaPrivate) -> dict[str, str]:
    """This private key as a JWK: base64url of each number, in as few octets as it needs (RFC 7518 section 6.3.2)."""
    numbers = (key.public.n, key.public.e, key.d, key.p, key.q, key.dp, key.dq, key.qi)
    octets = (number.to_bytes((number.bit_length() + 7) // 8, "big") for number in numbers)
    texts = (urlsafe_b64encode(one).rstrip(b"=").decode() for one in octets)
    return {"kty": "RSA", **dict(zip(_MEMBERS, texts, strict=True))}


def rsa_public(n: int, e: int) -> RsaPublic | None:
    """The key of these two numbers; None where they make none (RFC 8017 section 3.1)."""
    return RsaPublic(n, e) if e % 2 and 3 <= e < n else None


def rs256(key: RsaPrivate, text: bytes) -> bytes:
    """The RS256 signature of this text, as long as the modulus (RFC 7518 section 3.3)."""
    return _implementation().rs256(key, text)


def rs256_fits(key: RsaPublic, text: bytes, signature: bytes) -> bool:
    """True where this key made this signature of this text with RS256."""
    return _may_fit(key, signature) and _implementation().rs256_fits(key, text, signature)


def ps256(key: RsaPrivate, text: bytes) -> bytes:
    """A PS256 signature of this text, with a salt at random (RFC 7518 section 3.5)."""
    return _implementation().ps256(key, text)


def ps256_fits(key: RsaPublic, text: bytes, signature: bytes) -> bool:
    """True where this key made this signature of this text with PS256."""
    return _may_fit(key, signature) and _implementation().ps256_fits(key, text, signature)


def fresh_rsa() -> RsaPrivate:
    """A new key of 2048 bits. Raises RuntimeError in plain Python, which makes none."""
    reason = why_plain()
    if reason is not None:
        raise RuntimeError(f"a new RSA key needs the package cryptography: {reason}")
    return _implementation().fresh_rsa()


def pem(key: RsaPublic) -> bytes:
    """This key as a SubjectPublicKeyInfo in PEM, with a newline behind it."""
    rsa_encryption = b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00"  # and no parameters
    numbers = _der(0x30, _integer(key.n) + _integer(key.e))
    written = b64encode(_der(0x30, rsa_encryption + _der(0x03, b"\0" + numbers))).decode()
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *wrap(written, 64), "-----END PUBLIC KEY-----", ""]).encode()


# ---- Elliptic curves


def ed25519(key: bytes, text: bytes) -> bytes:
    """The signature, 64 octets, of this text with the private key of these 32 octets."""
    return _implementation().ed25519(key, text)


def ed25519_public(key: bytes) -> bytes:
    """The public key, 32 octets, of the private key of these 32 octets."""
    return _implementation().ed25519_public(key)


def ed25519_fits(public: bytes, text: bytes, signature: bytes) -> bool:
    """True where the private half of this public key made this signature of this text.

    What is no encoding of a point is no key: a coordinate from 2^255 - 19 on, or a negative 0 (RFC 8032 section 5.1.3).
    """
    if len(public) != 32 or len(signature) != 64:
        return False
    y, sign = int.from_bytes(public, "little") % 2**255, public[31] >> 7
    if y >= _P25519 or (sign and y in (1, _P25519 - 1)):
        return False
    return _implementation().ed25519_fits(public, text, signature)


def p256_public(x: bytes, y: bytes) -> P256Public | None:
    """The key with these coordinates, of 32 octets each; None where that is no point of P-256 (RFC 7518 §6.2.1)."""
    if len(x) != 32 or len(y) != 32:
        return None
    point = P256Public(int.from_bytes(x, "big"), int.from_bytes(y, "big"))
    on_curve = (point.y**2 - point.x**3 + 3 * point.x - P256_B) % P256 == 0
    return point if on_curve and point.x < P256 and point.y < P256 else None


def es256_fits(key: P256Public, text: bytes, signature: bytes) -> bool:
    """True where the private half of this key made this signature of this text with ES256 (RFC 7518 section 3.4)."""
    return len(signature) == 64 and _implementation().es256_fits(key, text, signature)


# ---- Passwords


def password_hash(password: bytes, salt: bytes) -> bytes:
    """What a server keeps of a password: scrypt of it, 32 octets (RFC 7914).

    With `hashlib.scrypt` that costs on purpose: 16 MiB and some hundredths of a second for each guess. A Python in a
    browser has none. The same cost would take plain Python many seconds, and the passwords of a lesson stand in its text:
    so it is cheap there. Hashes are compared within one process only.
    """
    if hasattr(hashlib, "scrypt") and not asked_for_plain():
        return hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=1, dklen=32)
    from flowsim.protocol.keys.plain_scrypt import scrypt

    return scrypt(password, salt, n=2**4, r=8, p=1, length=32)


def _may_fit(key: RsaPublic, signature: bytes) -> bool:
    bits, octets = key.n.bit_length(), (key.n.bit_length() + 7) // 8
    usable = key.n % 2 == 1 and octets >= _SHORTEST_MODULUS and bits <= _LARGEST_MODULUS
    quick = bits <= _SMALL_MODULUS or key.e.bit_length() <= _LARGEST_EXPONENT
    return usable and quick and len(signature) == octets and int.from_bytes(signature, "big") < key.n


def _number(text: str) -> int:
    return int.from_bytes(urlsafe_b64decode(text + "=" * (-len(text) % 4)), "big")


def _der(tag: int, content: bytes) -> bytes:
    """One element of DER; a length from 128 on is written with the number of its octets before it (X.690 section 8.1.3)."""
    size = len(content)
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + (bytes([size]) if size < 128 else bytes([128 + len(length)]) + length) + content


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))
