"""What the app checks at step 2, before it sends anybody anywhere."""

from dataclasses import dataclass

from flowsim.model.check import Check, Finding, finding
from flowsim.model.refusal import Stop
from flowsim.model.steps import CLIENT
from flowsim.protocol import opening_urls
from flowsim.protocol.records import quickly_made

NO_PKCE = "no PKCE"


@quickly_made
@dataclass(frozen=True, slots=True)
class PreparationFacts:
    """The method the app wants (None without PKCE), what the server's metadata lists, and the new random values."""

    method: str | None
    supported: tuple[str, ...]
    fresh: tuple[str, ...]
    earlier: frozenset[str]


def method_supported(facts: PreparationFacts) -> Finding:
    wanted = facts.method or NO_PKCE
    return finding(
        " or ".join(facts.supported) or NO_PKCE, wanted, facts.method is None or facts.method in facts.supported
    )


def values_fresh(facts: PreparationFacts) -> Finding:
    again = [value for value in facts.fresh if value in facts.earlier]
    return finding("values never used before", ", ".join(again) or "new values", not again)


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """The server that the app is about to send the user to, and the client_id that it has there; empty where none."""

    issuer: str
    client_id: str


def client_id_known(facts: IdentityFacts) -> Finding:
    return finding(f"a client_id at {facts.issuer or 'this server'}", facts.client_id or None, bool(facts.client_id))


@dataclass(frozen=True, slots=True)
class OpeningFacts:
    """The address of the server's that the app is about to have opened."""

    address: str


def address_opened(facts: OpeningFacts) -> Finding:
    fault = opening_urls.fault(facts.address)
    return finding("an https address, with no sign that none may hold", facts.address or None, fault is None)


@dataclass(frozen=True, slots=True)
class LinkFacts:
    """The session that a link of the app's names, and the one in the cookie that comes with it (None without one)."""

    named: str
    cookie: str | None


def link_in_its_browser(facts: LinkFacts) -> Finding:
    received = facts.cookie or "no session of this browser"
    return finding(facts.named, received, facts.cookie == facts.named)


# fmt: off
CHECKS = (
    Check("prepare.method_supported", CLIENT, 2, "RFC 8414 §2",     Stop(), "the server's metadata lists this PKCE method", method_supported),
    Check("prepare.values_fresh",     CLIENT, 2, "RFC 9700 §2.1.1", Stop(), "verifier, state and nonce are new for this login", values_fresh),
)
IDENTITY_CHECKS = (
    Check("prepare.client_id_known",  CLIENT, 2, "RFC 6749 §2.2",   Stop(), "the app has a client_id at this server", client_id_known),
)
OPENING_CHECKS = (
    Check("prepare.address_opened",   CLIENT, 2, "RFC 6749 §3.1",   Stop(), "the address to open is one for a browser, and no program", address_opened),
)
LINK_CHECKS = (
    Check("link.same_browser", CLIENT, 2, "Security Topics Update §2.3.2", Stop(), "the link is opened in the browser that it was made for", link_in_its_browser),
)
# fmt: on
