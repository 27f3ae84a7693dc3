"""What an app checks that has been given the address of an MCP server and nothing else: whom it believes about where to go.

Whoever answers at that address says at which authorization server the user shall log in, and for which resource the token
shall be. So each document has to be about what was asked, and the next one about what this one has named.

Source: RFC 9728 sections 3.2, 3.3 and 5.1; Model Context Protocol, revision 2026-07-28, authorization server discovery.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flowsim.model.check import NOTHING, AnyCheck, Check, Finding, finding
from flowsim.model.refusal import Stop
from flowsim.model.steps import CLIENT
from flowsim.protocol.messages import Response


@dataclass(frozen=True)
class ChallengeFacts:
    """The answer of the MCP server to a call without a token."""

    answer: Response


def demanded(facts: ChallengeFacts) -> Finding:
    return finding("401", str(facts.answer.status), facts.answer.status == 401)


@dataclass(frozen=True)
class ResourceFacts:
    """The resource that the app has asked about, as an address, and the answer it got there."""

    resource: str
    answer: Response

    @cached_property
    def document(self) -> Mapping[str, Any]:
        return self.answer.json()


def answered(facts: ResourceFacts) -> Finding:
    received = f"{facts.answer.status} and {'a JSON object' if facts.document else 'no JSON object'}"
    return finding("200 and a JSON object", received, facts.answer.status == 200 and bool(facts.document))


def resource_same(facts: ResourceFacts) -> Finding:
    named = facts.document.get("resource")
    received = named if isinstance(named, str) else NOTHING if named is None else f"no text: {named!r}"
    return finding(facts.resource, received, named == facts.resource if facts.document else None)


def servers_named(facts: ResourceFacts) -> Finding:
    named = facts.document.get("authorization_servers")
    good = isinstance(named, list) and bool(named) and all(isinstance(one, str) and one for one in named)
    received = ", ".join(map(str, named)) if isinstance(named, list) else NOTHING if named is None else "no list"
    return finding("at least one authorization server", received or "none", good if facts.document else None)


@dataclass(frozen=True)
class RegistrationFacts:
    """The answer to the app that wanted to register itself."""

    answer: Response


def registered(facts: RegistrationFacts) -> Finding:
    client_id = facts.answer.json().get("client_id")
    good = facts.answer.status == 201 and isinstance(client_id, str) and bool(client_id)
    received = f"{facts.answer.status} and {'a client_id' if isinstance(client_id, str) else 'no client_id'}"
    return finding("201 and a client_id", received, good)


# fmt: off
CHALLENGE_CHECKS = (
    Check("connection.token_demanded", CLIENT, 24, "RFC 9728 §5.1",         Stop(), "the MCP server demands a token", demanded),
)
RESOURCE_CHECKS = (
    Check("resource.answered",         CLIENT, 26, "RFC 9728 §3.2",         Stop(), "the MCP server answers 200 and with a JSON object", answered),
    Check("resource.same",             CLIENT, 26, "RFC 9728 §3.3",         Stop(), "the metadata is about the resource that the app asked about", resource_same),
    Check("resource.servers_named",    CLIENT, 26, "RFC 9728 §2",           Stop(), "the metadata names an authorization server", servers_named),
)
REGISTRATION_CHECKS = (
    Check("registration.answered",     CLIENT, 28, "RFC 7591 §3.2.1",       Stop(), "the server answers 201 and with a client_id", registered),
)
TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the app, when an MCP server answers a call without a token": CHALLENGE_CHECKS,
    "the app reads the metadata of an MCP server": RESOURCE_CHECKS,
    "the app that has registered itself": REGISTRATION_CHECKS,
}
# fmt: on
