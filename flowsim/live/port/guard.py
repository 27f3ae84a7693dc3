"""What a request must be before the actors see it: for this server, from a page that may ask, and not too much.

A page of any website can make the browser of the user send requests to a port of this machine. Under a name of its own that
leads to 127.0.0.1 (DNS rebinding) it could even read the answers: so the `Host` must be one of ours. And a form of ours is
only taken from a page of ours, besides the secret that stands in it.

Source: RFC 9110 sections 7.2 and 15.5.20, RFC 9112 section 3.2, RFC 6454 section 7, Fetch Metadata.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from flowsim.live.octets import RawHeaders
from flowsim.protocol.addresses import origin_of, split

LOCAL = ("127.0.0.1", "localhost", "[::1]")
_ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_VERSIONS = ("1.0", "1.1")
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


@dataclass(frozen=True, slots=True)
class Refused:
    """A request that goes no further: the status, and one sentence."""

    status: int
    said: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that came over a socket, its headers in small letters. `target` is what stands in the request line."""

    method: str
    target: bytes
    headers: RawHeaders
    version: str = "1.1"

    def all_of(self, name: bytes) -> list[str]:
        """The values of every header of this name, in order."""
        return [value.decode("latin-1") for key, value in self.headers if key == name]

    def header(self, name: bytes) -> str | None:
        return next(iter(self.all_of(name)), None)

    @property
    def safe(self) -> bool:
        """Whether its method asks for nothing to be changed (RFC 9110 section 9.2.1)."""
        return self.method in _SAFE


def hosts_of(issuer: str, ports: Collection[int]) -> frozenset[str]:
    """The values of `Host` that name this server: that of the issuer, and this machine at these ports."""
    named = (split(issuer).authority or "").lower()
    usual = {"http": ":80", "https": ":443"}[split(issuer).scheme or "http"]
    all_named = {named, *(f"{name}:{port}" for name in LOCAL for port in ports)}
    return frozenset({*all_named, *(one.removesuffix(usual) for one in all_named)})


def path_of(asked: Asked, hosts: Collection[str]) -> str | Refused:
    """Where in this server the request leads, with its query; or why it goes no further."""
    if asked.version not in _VERSIONS:
        return Refused(505, f"Expected HTTP {' or '.join(_VERSIONS)}.")
    if asked.all_of(b"content-length") and asked.all_of(b"transfer-encoding"):
        # Whoever reads the one sees another end than who reads the other (RFC 9112 section 6.1).
        return Refused(400, "Expected a length or a transfer coding, and not both.")
    target, named = asked.target, [value.lower() for value in asked.all_of(b"host")]
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute:  # as a proxy gets it; then the header does not count (RFC 9112 section 3.2.2)
        named = [absolute[1].decode("ascii", "replace").lower()]
        target = absolute[2] or b"/"
        target = target if target.startswith(b"/") else b"/" + target
    if any(one not in hosts for one in named):
        there = " or ".join(sorted(hosts))
        return Refused(421, f"This server is not the one that was asked: expected the host {there}.")
    if not target.startswith(b"/"):
        return Refused(400, "Expected a path that begins with / in the request line.")
    return target.decode("ascii", "replace")


def from_own_page(asked: Asked, scheme: str) -> Refused | None:
    """Why a form, or a page that is not for everybody, is not taken from where it was sent; None where it is.

    A browser says where by `Sec-Fetch-Site`, or by `Origin`, which is `null` where the page keeps quiet. What is no browser
    says nothing of the kind.
    """
    site, origin = asked.header(b"sec-fetch-site"), asked.header(b"origin")
    own = f"{scheme}://{asked.header(b'host') or ''}"
    if site is not None:
        if site in ("same-origin", "none"):
            return None
    elif origin is None or origin in ("null", own) or origin_of(origin) == origin_of(own):
        return None
    return Refused(403, "This was sent by a page of somebody else: expected one of this server.")
