"""What may be fetched when somebody else has named the address: nothing inside the network of the one that fetches.

A server names addresses of metadata to a client, and a client names one of its document to a server. Whoever fetches them
must not be led to a machine that only it can reach (server-side request forgery). A name is looked up first, all of the
addresses it stands for are judged, and the connection goes to one of these: a second look-up could say another thing.

Source: RFC 9728 section 7.7; OAuth Client ID Metadata Document, on such attacks; RFC 6890 with the registries that IANA
keeps of it; Model Context Protocol, revision 2026-07-28, security best practices.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urljoin

from flowsim.protocol.addresses import OWN_MACHINE, host_of, names_a_host, split
from flowsim.protocol.messages import Response

MOST_HOPS = 5
_FOLLOWED = (301, 302, 303, 307, 308)
_NUMBER = re.compile(r"(?:\d+|0[xX][0-9A-Fa-f]*)\.?")
# What the registries reserve, and `ipaddress` calls global in one version of Python or another.
_RESERVED = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "::/96", "64:ff9b:1::/48", "3fff::/20", "5f00::/16", "fec0::/10"),
    )
)
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
Number = ipaddress.IPv4Address | ipaddress.IPv6Address


class Permit(NamedTuple):
    """Leave to fetch this address, by a connection to this number."""

    url: str
    number: str


def permit(url: str, numbers: Sequence[str], *, own_machine: bool = False) -> Permit:
    """Leave to fetch this address, whose host stands for these IP addresses. Raises ValueError, and says why, if none.

    With `own_machine` this machine itself is let in, by `http` too, as while one develops; nothing else that is reserved.
    Ask again, with a look-up of its own, for each redirect.
    """
    parts = split(url)
    host, own = host_of(url), own_machine and host_of(url) in OWN_MACHINE
    if (parts.scheme or "").lower() != "https" and not (own and (parts.scheme or "").lower() == "http"):
        raise ValueError(f"only https is fetched, and {url!r} is another thing")
    if not names_a_host(url):
        raise ValueError(f"{url!r} has to name a host, without a user before it")
    literal = _literal(host)
    if literal is None and _NUMBER.fullmatch(host.rpartition(".")[2] or host):
        raise ValueError(f"{host!r} is a number, in a form that only some programs read")
    found = [ipaddress.ip_address(one) for one in numbers] if literal is None else [literal]
    if not found:
        raise ValueError(f"{host} stands for no address")
    for number in found:
        if special_use(number) and not (own and number.is_loopback):
            raise ValueError(
                f"{host} leads to {number}, which is kept for a network of one's own or another special use"
            )
    return Permit(url, str(found[0]))


def special_use(number: Number) -> bool:
    """True for an address that is not of the public internet, also where it is written within another address."""
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour
        if number in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(number) & 0xFFFF_FFFF)
        if inner is not None:
            return special_use(inner)
    reserved = any(number in network for network in _RESERVED if network.version == number.version)
    return reserved or number.is_multicast or not number.is_global


def next_hop(url: str, answer: Response) -> str | None:
    """The address that this answer of that address redirects to; None where it redirects nowhere (RFC 3986 section 5.2).

    It is judged like the first one, and after MOST_HOPS nobody goes on.
    """
    if answer.status not in _FOLLOWED or not answer.location:
        return None
    try:
        return urljoin(url, answer.location)
    except ValueError:  # half of an IPv6 address
        return None


def _literal(host: str) -> Number | None:
    """The address that this host is, in the one form of it that every program reads alike; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
