"""The work done by the package `cryptography`: for whoever serves others, and wherever it is installed.

Signatures are remembered, and what was found of them, by all that they depend on: key, text and signature, octet by octet.
Whoever plays the same story a thousand times makes the same ones each time.
"""

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from flowsim.protocol.keys import P256Public, RsaPrivate, RsaPublic

makes_keys = True
_PKCS1, _SHA256 = PKCS1v15(), SHA256()


@lru_cache(maxsize=1024)
def rs256(key: RsaPrivate, text: bytes) -> bytes:
    return _rsa_private(key).sign(text, _PKCS1, _SHA256)


@lru_cache(maxsize=1024)
def rs256_fits(key: RsaPublic, text: bytes, signature: bytes) -> bool:
    try:
        _rsa_public(key).verify(signature, text, _PKCS1, _SHA256)
    except InvalidSignature:
        return False
    return True


def ps256(key: RsaPrivate, text: bytes) -> bytes:
    return _rsa_private(key).sign(text, _pss(), SHA256())


def ps256_fits(key: RsaPublic, text: bytes, signature: bytes) -> bool:
    try:
        _rsa_public(key).verify(signature, text, _pss(), SHA256())
    except InvalidSignature:
        return False
    return True


def fresh_rsa() -> RsaPrivate:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
    public = RsaPublic(made.public_numbers.n, made.public_numbers.e)
    return RsaPrivate(public, made.d, made.p, made.q, made.dmp1, made.dmq1, made.iqmp)


@lru_cache(maxsize=1024)
def ed25519(key: bytes, text: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(key).sign(text)


def ed25519_public(key: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


@lru_cache(maxsize=1024)
def ed25519_fits(public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, text)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=1024)
def es256_fits(key: P256Public, text: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public = ec.EllipticCurvePublicNumbers(key.x, key.y, ec.SECP256R1()).public_key()
    try:
        public.verify(encode_dss_signature(r, s), text, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _pss() -> PSS:
    return PSS(MGF1(SHA256()), SHA256.digest_size)


@lru_cache(maxsize=64)
def _rsa_private(key: RsaPrivate) -> rsa.RSAPrivateKey:
    """The same key as a thing that signs. To validate its primes again would take longer than all the rest of a login."""
    public = rsa.RSAPublicNumbers(key.public.e, key.public.n)
    numbers = rsa.RSAPrivateNumbers(key.p, key.q, key.d, key.dp, key.dq, key.qi, public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@lru_cache(maxsize=64)
def _rsa_public(key: RsaPublic) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(key.e, key.n).public_key()
