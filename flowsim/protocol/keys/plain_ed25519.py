"""Ed25519 in plain Python.

A point (x, y) of the curve is kept as X, Y, Z, T with x = X/Z, y = Y/Z and xy = T/Z, so that adding two needs no division
(RFC 8032 section 5.1.4). The multiples of the base point that signing needs are worked out once.
"""

import hashlib
from functools import cache, lru_cache

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of -1

Point = tuple[int, int, int, int]
_ZERO: Point = (0, 1, 1, 0)


@lru_cache(maxsize=64)
def public(key: bytes) -> bytes:
    """The public key of this private key (RFC 8032 section 5.1.5)."""
    return _written(_of_base(_expanded(key)[0]))


def signature(key: bytes, text: bytes) -> bytes:
    """The signature of this text (RFC 8032 section 5.1.6)."""
    scalar, prefix = _expanded(key)
    nonce = _hashed(prefix, text)
    commitment = _written(_of_base(nonce))
    challenge = _hashed(commitment, public(key), text)
    return commitment + ((nonce + challenge * scalar) % _ORDER).to_bytes(32, "little")


def fits(public: bytes, text: bytes, signature: bytes) -> bool:
    """True where this signature of this text is of this key (RFC 8032 section 5.1.7, without the factor 8).

    What the signature says of its first half is worked out from all the rest, and compared with it as octets.
    """
    commitment, s = signature[:32], int.from_bytes(signature[32:], "little")
    key = _read(public)
    if key is None or s >= _ORDER:
        return False
    x, y, z, t = key
    challenge = _hashed(commitment, public, text)
    return _written(_sum(_of_base(s), _times(challenge, (-x, y, z, -t)))) == commitment


@cache
def _base() -> Point:
    point = _read((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert point is not None
    return point


def _expanded(key: bytes) -> tuple[int, bytes]:
    """The scalar and the prefix that this private key stands for."""
    digest = hashlib.sha512(key).digest()
    scalar = int.from_bytes(digest[:32], "little")
    return scalar & ~7 & (2**254 - 1) | 2**254, digest[32:]


def _hashed(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % _ORDER


def _sum(one: Point, other: Point) -> Point:
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _doubled(point: Point) -> Point:
    x, y, z, _ = point
    a, b, c = x * x % _P, y * y % _P, 2 * z * z % _P
    h = a + b
    e, g = h - (x + y) ** 2 % _P, a - b
    f = c + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiples(point: Point) -> list[Point]:
    """0 to 15 times this point."""
    found = [_ZERO]
    for _ in range(15):
        found.append(_sum(found[-1], point))
    return found


def _times(factor: int, point: Point) -> Point:
    """So many times this point, four binary digits at a time."""
    row, total = _multiples(point), _ZERO
    for shift in range(252, -4, -4):
        total = _doubled(_doubled(_doubled(_doubled(total))))
        total = _sum(total, row[factor >> shift & 15])
    return total


@cache
def _rows() -> list[list[Point]]:
    """For each four binary digits of a factor the multiples of the base point that they stand for."""
    rows, point = [], _base()
    for _ in range(64):
        rows.append(_multiples(point))
        point = _sum(rows[-1][15], point)
    return rows


def _of_base(factor: int) -> Point:
    """So many times the base point; below 2^256."""
    total = _ZERO
    for place, row in enumerate(_rows()):
        total = _sum(total, row[factor >> 4 * place & 15])
    return total


def _written(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _read(octets: bytes) -> Point | None:
    """The point written so; None where there is none (RFC 8032 section 5.1.3)."""
    number = int.from_bytes(octets, "little")
    y, sign = number % 2**255, number >> 255
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 * pow(u * v**7 % _P, (_P - 5) // 8, _P) % _P
    if (v * x * x - u) % _P:
        x = x * _ROOT % _P
    if (v * x * x - u) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return x, y, 1, x * y % _P
