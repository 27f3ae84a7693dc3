"""What the user's device does for an app: a port to listen on, the addresses of its scheme, and opening an address.

That of an attacker's own login is in order, whatever the settings say of the user's.

Source: RFC 8252 sections 7.1 and 7.3; Model Context Protocol, security best practices.
"""

from flowsim.actors import browser
from flowsim.checks.device import PORT, SCHEME, PortFacts, SchemeFacts
from flowsim.engine.turn import Turn
from flowsim.model.clients import USUAL_PORT
from flowsim.model.world import ATTACKER_USER, Browser, evolve
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Opening, Request
from flowsim.protocol.opened_programs import program_in


def listens(turn: Turn) -> bool:
    """Whether the app can listen on its port, or needs none. It is looked at where some other program listens on one."""
    profile = turn.app.profile
    if profile.kind != "loopback" or turn.scenario.loopback_port == "free" or turn.run.owner == ATTACKER_USER:
        return True
    return turn.context.evaluate(PORT, PortFacts(profile.home.rpartition(":")[2], USUAL_PORT)) is None


def opens(turn: Turn, url: str) -> Browser | None:
    """The browser's device on which a program in this address has run, by the way the app opens it; None where none has."""
    program = program_in(url, turn.scenario.opens_with)
    return None if program is None else evolve(turn.browser, ran=(*turn.browser.ran, program))


def hands_over(turn: Turn, arrived: Opening | Request) -> bool:
    """Whether the browser can hand this answer to the app. It is looked at where the app has not registered its scheme."""
    if isinstance(arrived, Request) or turn.scenario.scheme_app == "installed":
        return True
    facts = SchemeFacts(origin_of(arrived.url), browser.app_for(turn.browser, arrived.url))
    return turn.context.evaluate(SCHEME, facts) is None
