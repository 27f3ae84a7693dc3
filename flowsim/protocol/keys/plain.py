"""The work done in plain Python, where there is no `cryptography`: a lesson in a browser.

What was found on PyPI was not taken: `rsa` is no longer kept, `ecdsa` is many times longer than what is needed here, and
neither does all of it. Signatures are remembered as with_cryptography.py does, and here one waits for each.
"""

from functools import lru_cache

from flowsim.protocol.keys import P256Public, RsaPrivate, RsaPublic, plain_ed25519, plain_p256, plain_rsa

makes_keys = False


@lru_cache(maxsize=1024)
def rs256(key: RsaPrivate, text: bytes) -> bytes:
    return plain_rsa.signed(key, plain_rsa.pkcs1_v1_5(text, _octets(key.public)))


@lru_cache(maxsize=1024)
def rs256_fits(key: RsaPublic, text: bytes, signature: bytes) -> bool:
    return plain_rsa.opened(key, signature, _octets(key)) == plain_rsa.pkcs1_v1_5(text, _octets(key))


def ps256(key: RsaPrivate, text: bytes) -> bytes:
    return plain_rsa.signed(key, plain_rsa.pss(text, key.public.n.bit_length() - 1))


def ps256_fits(key: RsaPublic, text: bytes, signature: bytes) -> bool:
    bits = key.n.bit_length() - 1
    return plain_rsa.pss_fits(text, plain_rsa.opened(key, signature, _octets(key)), bits)


def fresh_rsa() -> RsaPrivate:
    raise NotImplementedError("flowsim.protocol.keys refuses before this is called")


@lru_cache(maxsize=1024)
def ed25519(key: bytes, text: bytes) -> bytes:
    return plain_ed25519.signature(key, text)


def ed25519_public(key: bytes) -> bytes:
    return plain_ed25519.public(key)


@lru_cache(maxsize=1024)
def ed25519_fits(public: bytes, text: bytes, signature: bytes) -> bool:
    return plain_ed25519.fits(public, text, signature)


@lru_cache(maxsize=1024)
def es256_fits(key: P256Public, text: bytes, signature: bytes) -> bool:
    return plain_p256.fits(key, text, signature)


def _octets(key: RsaPublic) -> int:
    return (key.n.bit_length() + 7) // 8
