"""One-time codes: six digits that the user's authenticator app and the server work out alike, new every half minute.

Source: RFC 6238 section 4, RFC 4226 section 5.3.
"""

import hmac
from hashlib import sha1

DIGITS, SECONDS = 6, 30


def code_at(secret: str, now: int) -> str:
    """The digits an authenticator app with this secret shows at this second."""
    digest = hmac.digest(secret.encode("ascii"), (now // SECONDS).to_bytes(8, "big"), sha1)
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") % 2**31
    return str(number % 10**DIGITS).zfill(DIGITS)


def fits(secret: str, code: str, now: int) -> bool:
    """True when these are the digits of this second, compared in constant time."""
    return hmac.compare_digest(code_at(secret, now).encode("ascii"), code.encode("utf-8", "replace"))
