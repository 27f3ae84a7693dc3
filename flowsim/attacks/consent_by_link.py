"""The victim allows a login that the attacker has begun: the answer is not tied to the browser that asked.

A server can let a login be allowed in another browser than the one it began in: by a link in a mail, by a picture for the
phone's camera. The attacker begins a login at the app, and stops where the server would ask. It gives the victim the link.
The victim sees a genuine page of the server about a genuine app, and says yes, or is not even asked. Then the login goes on
where it began: in the attacker's browser.

All that the app does in a login belongs to the attacker's own: its `state`, its verifier, its key. So none of it helps,
and no code leaks. Only the server can notice, and the user who asks themselves whether they have begun this.

A page of the attacker's that sends the consent form by itself, in the victim's own login, is another thing: there the
secret in the form is missing (the check `consent.csrf_fits`), and browsers keep the cookie back.

Source: RFC 6749 section 10.12.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import TOO_LATE, go_on, log_in_oneself
from flowsim.attacks.view import View
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, OWN_LOGIN, VICTIM, World
from flowsim.protocol.messages import Opening, leads_to, query_of, single


class ConsentByLink(Attacker):
    """Begins a login, has the victim allow it, and goes on with it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        lured = world.runs.get(ATTACKER_INITIATED)
        if lured is not None:
            return go_on(world, OWN_LOGIN) if lured.state is State.APPROVED_FOR_ANOTHER else None
        if world.runs[VICTIM].state is not State.START:
            return None
        if own := log_in_oneself(world, State.REQUESTED):
            return own
        sent = world.runs[OWN_LOGIN].in_flight
        link = leads_to(sent.message) if sent else ""
        if single(query_of(link), "login") is None:
            return None
        return Move(ATTACKER_INITIATED, Act.OPEN_LOGIN_PAGE, Opening(url=link), role=Role.LOGIN)

    def reason(self, world: World) -> str | None:
        lured = world.runs.get(ATTACKER_INITIATED)
        if lured is None or lured.state is not State.APPROVED_FOR_ANOTHER:
            return None
        return "The victim allowed it in one browser, and the server let another one go on: the one that had begun."


ATTACKER = ConsentByLink(
    name="consent-by-link",
    title="the victim allows a login that goes on in the attacker's browser",
    positions=("A1",),
    about="The attacker begins a login, and the victim allows it by a link. It goes on where it began.",
    too_late=TOO_LATE,
)
