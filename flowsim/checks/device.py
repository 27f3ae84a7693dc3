"""What decides on the user's device whether an answer can reach an app: who has registered its scheme, who has its port.

Neither is a matter of the protocol, and each ends logins: the code is issued, and nobody is there to take it. A scheme is
registered when an app is installed, and an app that was only started has none. A port that another program listens on is
no port of the app's; whoever takes any free port, as RFC 8252 wants it, does not mind.

Source: RFC 8252 sections 7.1 and 7.3.
"""

from dataclasses import dataclass

from flowsim.model.check import AnyCheck, Check, Finding, finding
from flowsim.model.refusal import Stop, Undelivered
from flowsim.model.steps import BROWSER, CLIENT


@dataclass(frozen=True, slots=True)
class PortFacts:
    """The port that the app wants to listen on, and the one that another program listens on."""

    wanted: str
    taken: str


@dataclass(frozen=True, slots=True)
class SchemeFacts:
    """The scheme of the address that is to be opened, and the app that has registered it, if one has."""

    scheme: str
    app: str | None


def port_free(facts: PortFacts) -> Finding:
    return finding(f"a port other than {facts.taken}, which is taken", facts.wanted, facts.wanted != facts.taken)


def scheme_registered(facts: SchemeFacts) -> Finding:
    return finding(f"an app that has registered {facts.scheme}", facts.app or "none", facts.app is not None)


# fmt: off
PORT: tuple[Check[PortFacts, Stop], ...] = (
    Check("device.port_free",         CLIENT,  2, "RFC 8252 §7.3", Stop(),        "nobody else listens on the app's port", port_free),
)
SCHEME: tuple[Check[SchemeFacts, Undelivered], ...] = (
    Check("device.scheme_registered", BROWSER, 6, "RFC 8252 §7.1", Undelivered(), "an app on the device has registered the scheme", scheme_registered),
)
# fmt: on
TABLES: dict[str, tuple[AnyCheck, ...]] = {
    "the app opens its port": PORT,
    "the browser, before it opens an app": SCHEME,
}
