"""The app looks a login up by its `state` alone, whichever browser brings it.

The attacker begins a login at the app and stops before the server. It has the victim's browser open that very request. The
victim has logged in before, and the server asks nothing. The answer goes to the honest app, with a `state` the app knows:
it belongs to the attacker's session. An app that does not ask *whose browser* this is puts the victim's tokens there. No
code leaks, and the verifier fits, because it lies in the same session.

Only an app with sessions on a server of its own can make this mistake. The others keep a login where it was begun.

Source: RFC 6749 section 10.12 (the value must be bound to the user agent's session), RFC 9700 sections 2.1 and 4.7.
"""

from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import TOO_LATE, log_in_oneself, lure_into_own
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, OWN_LOGIN, VICTIM, World


class SessionFixation(Attacker):
    """Begins a login of its own, and has the victim's browser finish it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if ATTACKER_INITIATED in world.runs or world.runs[VICTIM].state is not State.START:
            return None
        if own := log_in_oneself(world, State.PREPARED):
            return own
        return lure_into_own(world)

    def reason(self, world: World) -> str | None:
        lured, own = world.runs.get(ATTACKER_INITIATED), world.runs.get(OWN_LOGIN)
        if lured is None or own is None or lured.who != own.who:
            return None
        return "The app went by the state, and not by the browser."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": "web", "web_view": False, "shipped_secret": False}


ATTACKER = SessionFixation(
    name="session-fixation",
    title="the victim finishes a login that the attacker has begun",
    positions=("A1",),
    about="The attacker begins a login at the app, and the victim's browser finishes it.",
    too_late=TOO_LATE,
)
