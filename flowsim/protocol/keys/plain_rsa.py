"""RSA signatures with SHA-256 in plain Python: RSASSA-PKCS1-v1_5 and RSASSA-PSS.

Source: RFC 8017 sections 5.2 (the arithmetic), 9.1 (EMSA-PSS), 9.2 (EMSA-PKCS1-v1_5) and B.2.1 (MGF1).
"""

import hashlib
import os

from flowsim.protocol.keys import RsaPrivate, RsaPublic

# That a SHA-256 of 32 octets follows, in DER (RFC 8017 section 9.2, note 1).
_SHA256_FOLLOWS = bytes.fromhex("3031300d060960864801650304020105000420")
_SIZE = 32  # octets of a SHA-256, and of a salt (RFC 7518 section 3.5)


def signed(key: RsaPrivate, encoded: bytes) -> bytes:
    """The signature of an encoded message: a power modulo each prime, and the two put together (RFC 8017 §5.2.1, 2.b)."""
    message = int.from_bytes(encoded, "big")
    of_p: int = pow(message, key.dp, key.p)
    of_q: int = pow(message, key.dq, key.q)
    made = of_q + (of_p - of_q) * key.qi % key.p * key.q
    return made.to_bytes((key.public.n.bit_length() + 7) // 8, "big")


def opened(key: RsaPublic, signature: bytes, octets: int) -> bytes:
    """The encoded message that this signature, a number below the modulus, was made of."""
    return pow(int.from_bytes(signature, "big"), key.e, key.n).to_bytes(octets, "big")


def pkcs1_v1_5(text: bytes, octets: int) -> bytes:
    """This text encoded in so many octets, 62 or more. To verify, it is made again and compared, and never parsed."""
    content = _SHA256_FOLLOWS + _sha256(text)
    return b"\x00\x01" + b"\xff" * (octets - len(content) - 3) + b"\x00" + content


def pss(text: bytes, bits: int) -> bytes:
    """This text encoded for a modulus with one bit more, with a salt at random."""
    salt = os.urandom(_SIZE)
    digest = _salted(text, salt)
    size = (bits + 7) // 8 - _SIZE - 1
    block = b"\x01" + salt
    masked = int.from_bytes(block, "big") ^ int.from_bytes(_mask(digest, size), "big")
    return (masked % (1 << bits - 8 * (_SIZE + 1))).to_bytes(size, "big") + digest + b"\xbc"


def pss_fits(text: bytes, encoded: bytes, bits: int) -> bool:
    """True where this is an encoding of this text, for a modulus with one bit more."""
    size = (bits + 7) // 8 - _SIZE - 1
    if size < _SIZE + 1 or any(encoded[: -(size + _SIZE + 1)]) or encoded[-1] != 0xBC:
        return False
    encoded = encoded[-(size + _SIZE + 1) :]
    masked, digest = int.from_bytes(encoded[:size], "big"), encoded[size:-1]
    free = bits - 8 * (_SIZE + 1)
    if masked >> free:
        return False
    block = (masked ^ int.from_bytes(_mask(digest, size), "big")) % (1 << free)
    return block >> 8 * _SIZE == 1 and digest == _salted(text, (block % (1 << 8 * _SIZE)).to_bytes(_SIZE, "big"))


def _salted(text: bytes, salt: bytes) -> bytes:
    return _sha256(bytes(8) + _sha256(text) + salt)


def _mask(seed: bytes, size: int) -> bytes:
    """MGF1 with SHA-256: so many octets out of this seed."""
    blocks = -(-size // _SIZE)
    return b"".join(_sha256(seed + number.to_bytes(4, "big")) for number in range(blocks))[:size]


def _sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
