"""Verifying ECDSA on the curve P-256 with SHA-256, in plain Python.

A point (x, y) is kept as X, Y, Z with x = X/Z and y = Y/Z. One formula adds any two points of this curve, a point to itself
and the one at infinity as well, so that no case has to be told apart.

Source: FIPS 186-5 section 6.4.2; Renes, Costello and Batina, "Complete addition formulas for prime order elliptic curves".
"""

import hashlib

from flowsim.protocol.keys import P256, P256_B, P256Public

_ORDER = 2**256 - 2**224 + 2**192 - 0x4319055258E8617B0C46353D039CDAAF
_BASE = (
    0x6B17D1F2_E12C4247_F8BCE6E5_63A440F2_77037D81_2DEB33A0_F4A13945_D898C296,
    0x4FE342E2_FE1A7F9B_8EE7EB4A_7C0F9E16_2BCE3357_6B315ECE_CBB64068_37BF51F5,
    1,
)
_ZERO = (0, 1, 0)
_3B = 3 * P256_B

Point = tuple[int, int, int]


def fits(key: P256Public, text: bytes, signature: bytes) -> bool:
    """True where the private half of this key made this signature, 64 octets, of this text."""
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        return False
    digest = int.from_bytes(hashlib.sha256(text).digest(), "big")
    inverse = pow(s, -1, _ORDER)
    x, _, z = _weighed(digest * inverse % _ORDER, r * inverse % _ORDER, (key.x, key.y, 1))
    return z != 0 and x * pow(z, -1, P256) % P256 % _ORDER == r


def _weighed(of_base: int, of_point: int, point: Point) -> Point:
    """So many times the base point, and so many times this one, together: two binary digits of each at a time."""
    steps = [_ZERO, _BASE, _sum(_BASE, _BASE)]
    steps.append(_sum(steps[2], _BASE))
    for _ in range(12):
        steps.append(_sum(steps[-4], point))
    total = _ZERO
    for shift in range(254, -2, -2):
        total = _sum(total, total)
        total = _sum(total, total)
        total = _sum(total, steps[(of_point >> shift & 3) << 2 | of_base >> shift & 3])
    return total


def _sum(one: Point, other: Point) -> Point:
    x1, y1, z1 = one
    x2, y2, z2 = other
    xx, yy, zz = x1 * x2 % P256, y1 * y2 % P256, z1 * z2 % P256
    xy = ((x1 + y1) * (x2 + y2) - xx - yy) % P256
    yz = ((y1 + z1) * (y2 + z2) - yy - zz) % P256
    xz = ((x1 + z1) * (x2 + z2) - xx - zz) % P256
    a = _3B * zz - 3 * xz
    b = _3B * xz - 3 * xx - 9 * zz
    c = 3 * xx - 3 * zz
    less, more = (yy - a) % P256, (yy + a) % P256
    return (xy * less - yz * b) % P256, (more * less + c * b) % P256, (yz * more + xy * c) % P256
