"""The app looks a login up by its `state` alone, whichever browser brings it.

The attacker begins a login at the app and stops before the server. It has the victim's browser open that very request. The
victim has logged in before, and the server asks nothing. The answer goes to the honest app, with a `state` the app knows:
it belongs to the attacker's session. An app that does not ask *whose browser* this is puts the victim's tokens there. No
code leaks, and the verifier fits, because it lies in the same session.

Only an app with sessions on a server of its own can make this mistake. The others keep a login where it was begun.

`session-fixation-by-link` comes to the same by another way. The app begins a login by a link of its own, and the link
names the session; such links are made where the browser shares no session with the program that sends the user there.
Whoever opens the link is given the session. So the browser is the right one when the answer comes, and an app that ties
the state to the browser sees nothing wrong. It has to ask at the *link* whose browser this is.

The draft calls both cross-user OAuth session fixation.

Source: RFC 6749 section 10.12 (the value must be bound to the user agent's session), RFC 9700 sections 2.1 and 4.7,
Security Topics Update section 2.3 (draft-ietf-oauth-security-topics-update).
"""

from typing import Any

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import TOO_LATE, log_in_oneself, lure_into_own
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, OWN_LOGIN, VICTIM, World
from flowsim.protocol.messages import Opening, Request


class SessionFixation(Attacker):
    """Begins a login of its own, and has the victim's browser finish it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if ATTACKER_INITIATED in world.runs or world.runs[VICTIM].state is not State.START:
            return None
        if own := log_in_oneself(world, State.PREPARED):
            return own
        return self.bring_the_victim(world)

    def bring_the_victim(self, world: View) -> Move | None:
        """Have the victim's browser go on with the login that the attacker has begun."""
        return lure_into_own(world)

    def reason(self, world: World) -> str | None:
        lured, own = world.runs.get(ATTACKER_INITIATED), world.runs.get(OWN_LOGIN)
        if lured is None or own is None or lured.who != own.who:
            return None
        return "The app went by the state, and not by the browser."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"client": "web", "web_view": False, "shipped_secret": False}


class SessionFixationByLink(SessionFixation):
    """Begins a login of its own, and has the victim's browser open the link by which the app begins it."""

    __slots__ = ()

    def bring_the_victim(self, world: View) -> Move | None:
        link = _link(world)
        return Move(ATTACKER_INITIATED, Act.OPEN_LINK, Opening(url=link), role=Role.LOGIN) if link else None

    def reason(self, world: World) -> str | None:
        taken = [event for event in world.log if event.act is Act.OPEN_LINK and event.after is State.PREPARED]
        if not taken or super().reason(world) is None:
            return None
        return "The app gave its session to the browser that opened the link, and asked no further."


def _link(world: View) -> str | None:
    """The link by which the app has begun the attacker's own login; None where it begins logins without one."""
    asked = (one.message for event in world.log if event.run == OWN_LOGIN for one in event.messages)
    opened = [one.url for one in asked if isinstance(one, Request) and one.path == client.LINK]
    return opened[-1] if opened else None


ATTACKERS = (
    SessionFixation(
        name="session-fixation",
        title="the victim finishes a login that the attacker has begun",
        positions=("A1",),
        about="The attacker begins a login at the app, and the victim's browser finishes it.",
        too_late=TOO_LATE,
    ),
    SessionFixationByLink(
        name="session-fixation-by-link",
        title="a link of the app's gives the victim the attacker's session",
        positions=("A1",),
        about="As session-fixation, by the link with which the app begins a login, and which names the session.",
        too_late=TOO_LATE,
    ),
)
