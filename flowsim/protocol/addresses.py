"""Addresses: taken apart without an exception, whatever they are, and compared in their normal form.

The five parts are those of the regular expression in RFC 3986 appendix B, which every text fits. Nothing is judged here:
an address that names no host in the world is taken apart like any other, and whoever compares it finds that it differs.

Source: RFC 3986 sections 3, 6.2.2 and 6.2.3 and appendix B; RFC 6454 section 4 (origins).
"""

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

_PARTS = re.compile(
    r"(?:([A-Za-z][A-Za-z0-9+.\-]*):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?",
    re.DOTALL,
)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
LOOPBACK_HOSTS = ("127.0.0.1", "::1")
LOCALHOST = "localhost"  # the same machine as a rule; which address it is, a resolver says (RFC 8252 section 8.3)
OWN_MACHINE = (*LOOPBACK_HOSTS, LOCALHOST)
_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_PORT = re.compile(r"(?::([1-9][0-9]{0,4}))?")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class Address(NamedTuple):
    """The parts of an address (RFC 3986 section 3), each as it is written. A part that is missing is None."""

    scheme: str | None
    authority: str | None
    path: str
    query: str | None
    fragment: str | None


@lru_cache(maxsize=256)
def split(url: str) -> Address:
    """This address taken apart. Any text has such parts, so this raises nothing."""
    found = _PARTS.fullmatch(url)
    assert found is not None, "every text fits the expression"
    return Address(found[1], found[2], found[3], found[4], found[5])


@lru_cache(maxsize=256)
def origin_of(url: str) -> str:
    """`https://as.example` for a URL of that host; `com.example.app:` for one of a private-use scheme.

    In its normal form: small letters, no port that is the scheme's own, and nothing that stands before an `@`.
    """
    parts = split(url)
    scheme = (parts.scheme or "").lower()
    if not parts.authority:
        return f"{scheme}:"
    return f"{scheme}://{_host_and_port(scheme, parts.authority)}"


@lru_cache(maxsize=256)
def host_of(url: str) -> str:
    """The host in small letters, without the port; empty where the address names none."""
    named = _without_user(split(url).authority or "").lower()
    return named.partition("]")[0].removeprefix("[") if named.startswith("[") else named.partition(":")[0]


def names_a_host(url: str) -> bool:
    """True where the authority of this address is the name of a host, or its number, and a port if any (RFC 1123 §2.1)."""
    authority = split(url).authority or ""
    if authority.startswith("["):
        host, bracket, port = authority[1:].partition("]")
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        fits = bracket != "" and "%" not in host
    else:
        host, colon, port = authority.partition(":")
        port, fits = colon + port, _NAME.fullmatch(host) is not None
    number = _PORT.fullmatch(port)
    return fits and number is not None and int(number[1] or 0) < 65_536


def unencrypted(url: str) -> bool:
    """True where a message to this address goes over a network as it is: by `http`, and not to the machine itself.

    A private-use scheme is handed over on the device, and a loopback address never leaves it (RFC 8252 section 8.3). Nor
    does `localhost` as a rule: the same section advises against the name, because a resolver may say otherwise.
    """
    return origin_of(url).startswith("http:") and host_of(url) not in OWN_MACHINE


def same_page(one: str, other: str) -> bool:
    """True where both address the same thing, whatever stands behind a `?` or `#` (RFC 9449 section 4.3).

    They are compared in their normal form: the case of scheme and host, percent signs that stand for what needs none,
    `.` and `..` in the path, and the scheme's own port make no difference (RFC 3986 sections 6.2.2 and 6.2.3).
    """
    return _normal_form(one) == _normal_form(other)


def _normal_form(url: str) -> tuple[str, str]:
    parts = split(url)
    path = _without_dots(_escapes(parts.path))
    if parts.authority:
        path = path or "/"
    return _escapes(origin_of(url)) + _user(parts.authority or ""), path


def _host_and_port(scheme: str, authority: str) -> str:
    named = _without_user(authority).lower()
    host, colon, port = named.rpartition(":")
    own = _DEFAULT_PORTS.get(scheme)
    return host if colon and host and (port in ("", own)) else named


def _without_user(authority: str) -> str:
    return authority.rpartition("@")[2]


def _user(authority: str) -> str:
    """What stands before the `@`: an `htu` with such a thing is another one."""
    user, at, _ = authority.rpartition("@")
    return f" {user}{at}" if at else ""


def _escapes(text: str) -> str:
    """Percent signs as RFC 3986 section 6.2.2 writes them: capital letters, and none for what stands for itself."""

    def written(found: re.Match[str]) -> str:
        sign = chr(int(found[1], 16))
        return sign if sign in _UNRESERVED else found[0].upper()

    return _ESCAPE.sub(written, text)


def _without_dots(path: str) -> str:
    """The path with `.` and `..` resolved (RFC 3986 section 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    *most, last = path.split("/")
    for segment in most:
        _step(kept, segment)
    if last in (".", ".."):
        _step(kept, last)
        last = ""
    return "/".join([*kept, last])


def _step(kept: list[str], segment: str) -> None:
    if segment == "..":
        if len(kept) > 1:
            kept.pop()
    elif segment != ".":
        kept.append(segment)
