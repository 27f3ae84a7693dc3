"""What may be said of the device between the browser and the app: who listens where, and who has registered what."""

from urllib.parse import urlsplit

from flowsim.model.states import Act, Outcome
from flowsim.model.steps import BROWSER, CLIENT
from flowsim.protocol.messages import Opening, Request
from tests.kit.facts import Facts
from tests.kit.rules import Rule, rule, rule_of


def _own_port(facts: Facts) -> str:
    return str(urlsplit(facts.run.client).port)


def _nobody_hears(facts: Facts) -> bool:
    """The event delivers nothing, and leaves nothing on its way."""
    return facts.event.outcome is Outcome.UNDELIVERED and not facts.event.messages and facts.in_flight is None


def _to_no_app(facts: Facts, scheme: str) -> bool:
    """The address on its way is of this scheme, and on this device nobody has claimed it."""
    sent = facts.before.runs[facts.event.run].in_flight
    assert sent is not None
    arrived = sent.message
    claimed = facts.before.browsers[facts.run.owner].apps
    return isinstance(arrived, Opening) and arrived.url.startswith(scheme) and not claimed.get(scheme)


RULES: tuple[Rule, ...] = (
    rule(
        r"Another program has its usual port, so the app listens on port (\d+)",
        lambda f, m: f.scenario.loopback_port == "taken" and m[1] == _own_port(f) != "51004",
    ),
    rule_of(r"any that is free will do", lambda f: not f.scenario.fixed_port),
    rule(
        r"Another program listens on port (\d+), and the app takes no other one",
        lambda f, m: f.scenario.loopback_port == "taken" and f.scenario.fixed_port and m[1] == _own_port(f) == "51004",
    ),
    rule_of(
        r"An answer could not reach it, so nobody is sent anywhere",
        lambda f: f.event.act is Act.STEP_2 and f.in_flight is None and f.decided == "device.port_free",
    ),
    rule(
        r"The server has sent the browser to an address of the scheme `([^`]+)`",
        lambda f, m: f.event.act is Act.STEP_7 and _to_no_app(f, m[1]),
    ),
    rule_of(
        r"No app on this device has registered that scheme, so the browser says that it cannot open the address",
        _nobody_hears,
    ),
    rule_of(r"The `code` is in the address, and nobody takes it", lambda f: "code=" in _address(f)),
    rule_of(r"What the server says is lost with it", lambda f: "error=" in _address(f)),
    rule_of(r"The app that began the login hears nothing, and waits", _nobody_hears),
    rule_of(r"The browser finds no app for the address", _nobody_hears),
)


def _address(facts: Facts) -> str:
    sent = facts.before.runs[facts.event.run].in_flight
    assert sent is not None and isinstance(sent.message, Opening | Request)
    assert (sent.sender, sent.receiver) == (BROWSER, CLIENT)
    return sent.message.url
