"""What an app checks before it fetches what a server it does not know has named: that it is not led into its own network.

A name is looked up and judged, and the connection has to go to what was judged: a second look-up may say something else. A
redirect is judged like the first address.

Source: RFC 9728 sections 7.3 and 7.7; Model Context Protocol, revision 2026-07-28, security best practices.
"""

import ipaddress
from dataclasses import dataclass

from flowsim.model.check import AnyCheck, Check, Finding, finding
from flowsim.model.refusal import Stop
from flowsim.model.steps import CLIENT
from flowsim.protocol import fetching
from flowsim.protocol.addresses import split


@dataclass(frozen=True, slots=True)
class FetchFacts:
    """The address, the numbers that its host stands for, and those that a second look-up gives, for the connection."""

    url: str
    numbers: tuple[str, ...]
    again: tuple[str, ...]


def https(facts: FetchFacts) -> Finding:
    return finding("an https address", facts.url, (split(facts.url).scheme or "").lower() == "https")


def public(facts: FetchFacts) -> Finding:
    return _of_the_internet(facts.numbers)


def pinned(facts: FetchFacts) -> Finding:
    return finding(", ".join(facts.numbers), ", ".join(facts.again), set(facts.again) <= set(facts.numbers))


@dataclass(frozen=True, slots=True)
class HopFacts:
    """The address that an answer redirects to, and the numbers that its host stands for."""

    url: str
    numbers: tuple[str, ...]


def hop_public(facts: HopFacts) -> Finding:
    return _of_the_internet(facts.numbers)


def is_public(numbers: tuple[str, ...]) -> bool:
    """True for numbers that are all of the public internet; for none it is false."""
    return bool(numbers) and not any(fetching.special_use(ipaddress.ip_address(one)) for one in numbers)


def _of_the_internet(numbers: tuple[str, ...]) -> Finding:
    return finding("numbers of the public internet", ", ".join(numbers) or None, is_public(numbers))


# fmt: off
CHECKS = (
    Check("fetch.https",      CLIENT, 25, "RFC 9728 §7.3", Stop(), "what is fetched is at an https address", https),
    Check("fetch.public",     CLIENT, 25, "RFC 9728 §7.7", Stop(), "what is fetched is on the public internet", public),
    Check("fetch.pinned",     CLIENT, 25, "RFC 9728 §7.7", Stop(), "the connection goes to the number that was judged", pinned),
)
HOP_CHECKS = (
    Check("fetch.hop_public", CLIENT, 26, "RFC 9728 §7.7", Stop(), "a redirect leads to the public internet as well", hop_public),
)
TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the app, before it fetches the metadata of an MCP server": CHECKS,
    "the app, before it follows a redirect to them": HOP_CHECKS,
}
# fmt: on
