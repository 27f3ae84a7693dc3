"""Which cookies a browser keeps of an answer, and which of them it sends along with a request.

Two addresses are of one *site* where they have the same scheme and the same domain that somebody can register. A request
is *cross-site* where a page of another site has the browser send it, also where it comes about by a redirect: who began
counts, and not through which servers it went. What the user types, or another program opens, no page began, so it is
same-site.

Source: RFC 6265bis sections 5.2 (same-site requests), 5.6.7 (SameSite), 5.7 (storage), 5.8.3 (retrieval) and 7.1 (third
parties).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from flowsim.protocol.addresses import host_of, split
from flowsim.protocol.records import quickly_made

SameSite = Literal["None", "Lax", "Strict", "Default"]
_NAMED: tuple[SameSite, ...] = ("None", "Lax", "Strict")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")  # RFC 9110 section 9.2.1
RECENT = 120  # seconds that a cookie without SameSite may count as new (RFC 6265bis section 5.6.7.2)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a browser notes of a cookie: its SameSite, “Default” where it has none, and the second in which it was made."""

    same_site: SameSite
    created: int = 0


@quickly_made
@dataclass(frozen=True, slots=True)
class SetCookie:
    """One `Set-Cookie` header, read: `attributes` by their names in small letters."""

    name: str
    value: str
    attributes: Mapping[str, str]

    @property
    def same_site(self) -> SameSite:
        """Its SameSite; a value that no browser knows counts as none."""
        given = self.attributes.get("samesite", "").title()
        return given if given in _NAMED else "Default"

    @property
    def secure(self) -> bool:
        return "secure" in self.attributes

    @property
    def over(self) -> bool:
        """True where it takes the cookie away."""
        return re.fullmatch(r"-[0-9]+|0+", self.attributes.get("max-age", "")) is not None


def read(header: str) -> SetCookie:
    """This value of a `Set-Cookie` header (RFC 6265bis section 5.6)."""
    pair, *rest = header.split(";")
    name, _, value = pair.partition("=")
    attributes = {}
    for one in rest:
        key, _, said = one.partition("=")
        attributes[key.strip().lower()] = said.strip()
    return SetCookie(name.strip(), value.strip(), attributes)


@lru_cache(maxsize=256)
def site_of(url: str) -> str:
    """The site of this address, such as `https://app.example`; for a private-use scheme the scheme alone.

    For the names of these lessons the domain that can be registered is the last two parts; browsers look it up in the
    public suffix list. An address of numbers is a site of its own.
    """
    scheme, host = (split(url).scheme or "").lower(), host_of(url)
    parts = host.split(".")
    numbers = ":" in host or parts[-1].isdigit()
    return f"{scheme}://{host if numbers else '.'.join(parts[-2:])}"


def same_site(one: str, other: str) -> bool:
    """Whether two addresses are of one site: the same scheme and the same domain that somebody can register."""
    return site_of(one) == site_of(other)


def cross_site(url: str, initiator: str, top: str = "") -> bool:
    """Whether a request to this address is cross-site.

    `initiator` is the address of the page that began it, empty where none did; `top` that of the page in whose frame it is
    shown, empty in a tab of its own.
    """
    return bool(initiator and not same_site(initiator, url)) or bool(top and not same_site(top, url))


def kept(cookie: SetCookie, *, cross: bool, framed: bool) -> bool:
    """Whether a browser keeps this cookie of an answer (RFC 6265bis section 5.7).

    `cross` where the request was cross-site, `framed` where its answer is shown in a frame. A navigation that fills the
    window may set any cookie.
    """
    if cookie.same_site == "None":
        return cookie.secure
    return not (cross and framed)


def sent_along(mark: Mark, method: str, *, cross: bool, framed: bool, now: int = 0, posts_new: bool = False) -> bool:
    """Whether a browser sends a cookie that is so marked along (RFC 6265bis section 5.8.3).

    `cross` where the request is cross-site, `framed` where it is for a frame. With `posts_new` the browser lets a cookie
    without SameSite go with a form as well, as long as it is new (section 5.6.7.2, “Lax-allowing-unsafe”).
    """
    if mark.same_site == "None" or not cross:
        return True
    if mark.same_site == "Strict" or framed:
        return False
    new = posts_new and mark.same_site == "Default" and now - mark.created <= RECENT
    return method in SAFE_METHODS or new
