"""The network that names are looked up in: the public internet, and a machine inside that only honest parties can reach.

The machine inside has a page that does what its address says for whoever comes, and asks nobody who they are: it trusts its
network. (That it does so on a GET is a fault of its own, RFC 9110 section 9.2.1, and common.) An app that runs on a server
stands beside machines that nobody outside can reach; on a user's computer it is the user's own network, in which a page in
the user's browser could often send the same request.

Source: RFC 9728 section 7.7; Model Context Protocol, revision 2026-07-28, security best practices.
"""

from collections.abc import Iterable

from flowsim.model.steps import API, ATTACKER, ELSEWHERE
from flowsim.model.world import (
    ATTACKERS_DOMAIN,
    ATTACKERS_REDIRECT_INSIDE,
    INSIDE,
    INSIDE_BY_NAME,
    REBOUND,
    Sent,
    World,
)
from flowsim.protocol.addresses import host_of, origin_of
from flowsim.protocol.messages import Request, Response, response

PUBLIC = "93.184.215.14"  # what every other name stands for


def look_up(url: str, *, again: bool = False) -> tuple[str, ...]:
    """The IP addresses that the host in this address stands for; what it stands for where one looks `again`."""
    host = host_of(url)
    rebound = host == host_of(REBOUND) and again
    return (_NUMBER,) if host in (_NUMBER, host_of(INSIDE_BY_NAME)) or rebound else (PUBLIC,)


def answers_at(world: World, url: str) -> str:
    """Who answers at this address, where the name is looked up once more for the connection."""
    host = host_of(url)
    if _NUMBER in look_up(url, again=True):
        return ELSEWHERE
    if host == ATTACKERS_DOMAIN or host.endswith(f".{ATTACKERS_DOMAIN}"):
        return ATTACKER
    return API if origin_of(url) in world.apis else ELSEWHERE


def answer(asked: Request) -> Response:
    """What a machine answers that is no party of the login: the one inside does what it is told."""
    if _obeys(asked):
        return response(200, json={"done": asked.path})
    return response(404, json={"error": "there is nothing here"})


def redirects(asked: Request) -> Response | None:
    """The redirect into the network, at the address of the attacker's that has one; None at any other."""
    leads = asked.url == ATTACKERS_REDIRECT_INSIDE
    return response(302, headers={"Location": INSIDE_BY_NAME}) if leads else None


def obeyed(messages: Iterable[Sent]) -> tuple[str, ...]:
    """What the machine inside was told to do in these messages, as addresses."""
    asked = [sent.message for sent in messages if sent.receiver == ELSEWHERE]
    return tuple([one.url for one in asked if isinstance(one, Request) and _obeys(one)]) if asked else ()


def _obeys(asked: Request) -> bool:
    return _NUMBER in look_up(asked.url, again=True) and asked.path == f"/{INSIDE.rpartition('/')[2]}"


_NUMBER = host_of(INSIDE)
