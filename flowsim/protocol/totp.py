"""One-time codes: six digits that the user's authenticator app and the server work out alike, new every half minute.

Source: RFC 6238 section 4.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded with the first code that is asked for
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS, SECONDS = 6, 30


def code_at(secret: str, now: int) -> str:
    """The digits an authenticator app with this secret shows at this second."""
    return _totp(secret).generate(now).decode("ascii")


def fits(secret: str, code: str, now: int) -> bool:
    """True when these are the digits of this second, compared in constant time."""
    from cryptography.hazmat.primitives.twofactor import InvalidToken

    try:
        _totp(secret).verify(code.encode("utf-8", "replace"), now)
    except InvalidToken:
        return False
    return True


def _totp(secret: str) -> "TOTP":
    from cryptography.hazmat.primitives.hashes import SHA1
    from cryptography.hazmat.primitives.twofactor.totp import TOTP

    return TOTP(secret.encode("ascii"), DIGITS, SHA1(), SECONDS)
