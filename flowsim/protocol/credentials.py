"""The `Authorization` header: which scheme, and what is shown under it.

Source: RFC 9110 section 11.4 (`auth-scheme 1*SP token68`), RFC 6750 section 2.1, RFC 7617 section 2, RFC 9449 section 7.1.
"""

import re
from base64 import b64decode
from typing import NamedTuple
from urllib.parse import unquote_plus

from flowsim.protocol.messages import Request

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")


class Credentials(NamedTuple):
    """The value of one `Authorization` header. `scheme` is in small letters; `shown` is None where it is not one token."""

    scheme: str
    shown: str | None


def read(value: str) -> Credentials:
    """This header taken apart. Any number of spaces may stand before the token, and none in it."""
    scheme, _, rest = value.strip(" \t").partition(" ")
    shown = rest.lstrip(" ")
    return Credentials(scheme.lower(), shown if well_formed(shown) else None)


def well_formed(token: str) -> bool:
    """True for a token that such a header can carry, a `b64token` of RFC 6750 section 2.1."""
    return _TOKEN68.fullmatch(token) is not None


def name_and_secret(shown: str | None) -> tuple[str, str] | None:
    """The client_id and the secret of `Basic`, form-decoded (RFC 6749 section 2.3.1); None where it holds no such pair."""
    try:
        text = b64decode(shown or "", validate=True).decode("utf-8")
    except ValueError:
        return None
    name, colon, secret = text.partition(":")
    return (unquote_plus(name), unquote_plus(secret)) if colon else None


def shown_in(asked: Request) -> dict[str, str]:
    """What a request to an endpoint for apps tells its receiver: the form, and who its header says that it is."""
    pair = name_and_secret(read(asked.header("authorization") or "").shown)
    return dict(asked.form) | ({"client_id": pair[0], "client_secret": pair[1]} if pair else {})
