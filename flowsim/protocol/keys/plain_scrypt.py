"""scrypt in plain Python, for where `hashlib` has none.

A block of 64 octets is one number with sixteen lanes of 64 bits, of which a word of 32 bits fills the lower half: what is
done to four words at a time is done with one addition, and nothing is carried from one lane into the next. The words of a
block lie in the order of its diagonals, so that a row of four lanes takes part in each step as a whole.

Source: RFC 7914 sections 3 to 6.
"""

import hashlib
import hmac

_ROW = 0xFFFFFFFF_00000000_FFFFFFFF_00000000_FFFFFFFF_00000000_FFFFFFFF
_ROW_BITS = 256
_BLOCK = sum(_ROW << _ROW_BITS * row for row in range(4))
# Which word of a block lies in which lane: the four diagonals, one after the other.
_ORDER = tuple((4 * row + 5 * lane) % 16 for row in range(4) for lane in range(4))


def scrypt(password: bytes, salt: bytes, *, n: int, r: int, p: int, length: int) -> bytes:
    """So many octets of scrypt with these cost parameters; `n` is a power of 2."""
    size = 128 * r
    derived = _pbkdf2(password, salt, p * size)
    mixed = b"".join(_mixed(derived[at : at + size], n) for at in range(0, p * size, size))
    return _pbkdf2(password, mixed, length)


def _pbkdf2(password: bytes, salt: bytes, length: int) -> bytes:
    """PBKDF2-HMAC-SHA256 with one iteration (RFC 8018 section 5.2)."""
    blocks = range(1, -(-length // 32) + 1)
    return b"".join(hmac.digest(password, salt + one.to_bytes(4, "big"), hashlib.sha256) for one in blocks)[:length]


def _mixed(octets: bytes, n: int) -> bytes:
    """scryptROMix (RFC 7914 section 5)."""
    blocks = [_packed(octets[at : at + 64]) for at in range(0, len(octets), 64)]
    seen = []
    for _ in range(n):
        seen.append(blocks)
        blocks = _blocks_mixed(blocks)
    for _ in range(n):
        number = blocks[-1] & (n - 1)  # the first word of the last block, for n is at most 2^32
        blocks = _blocks_mixed([one ^ other for one, other in zip(blocks, seen[number], strict=True)])
    return b"".join(map(_unpacked, blocks))


def _blocks_mixed(blocks: list[int]) -> list[int]:
    """scryptBlockMix (RFC 7914 section 4)."""
    made, last = [], blocks[-1]
    for block in blocks:
        last = _salsa(last ^ block)
        made.append(last)
    return made[::2] + made[1::2]


def _salsa(block: int) -> int:
    """Salsa20/8 (RFC 7914 section 3): each round changes the columns, and turns the rows so that rows become columns."""
    a, b, c, d = (block >> _ROW_BITS * row & _ROW for row in range(4))
    for _ in range(8):
        b ^= _turned(a + d, 7)
        c ^= _turned(b + a, 9)
        d ^= _turned(c + b, 13)
        a ^= _turned(d + c, 18)
        b, c, d = _lanes(d, 1), _lanes(c, 2), _lanes(b, 3)
    return (block + (a | b << _ROW_BITS | c << 2 * _ROW_BITS | d << 3 * _ROW_BITS)) & _BLOCK


def _turned(row: int, bits: int) -> int:
    """Each word of this row, which may have one bit too many, rotated to the left."""
    row &= _ROW
    return (row << bits | row >> 32 - bits) & _ROW


def _lanes(row: int, lanes: int) -> int:
    """This row with its words moved so many lanes down, those at the bottom to the top."""
    return row >> 64 * lanes | (row << _ROW_BITS - 64 * lanes) & _ROW


def _packed(octets: bytes) -> int:
    words = [int.from_bytes(octets[at : at + 4], "little") for at in range(0, 64, 4)]
    return sum(words[word] << 64 * lane for lane, word in enumerate(_ORDER))


def _unpacked(block: int) -> bytes:
    words = [0] * 16
    for lane, word in enumerate(_ORDER):
        words[word] = block >> 64 * lane & 0xFFFFFFFF
    return b"".join(word.to_bytes(4, "little") for word in words)
