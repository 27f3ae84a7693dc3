"""The server's page lies in a frame that nobody can see, over something that everybody wants to press.

The page is the genuine one, at the genuine address, and the click on "allow" is genuine too. So no parameter of the
protocol helps, and no care of the user: they do not see what they press. The attacker's app needs a user whom the server
remembers, for nobody types a password into a form that is not there.

It takes a server that lets others frame its pages, and whose cookies browsers send from there (SameSite=None).

Source: RFC 9700 section 4.16.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_VERIFIER,
    TOO_LATE,
    lure,
    own_request,
    receive_at_own_address,
    redeem_the_code,
    redeemed,
)
from flowsim.attacks.view import View
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED, ATTACKERS_CLIENT, ATTACKERS_REDIRECT, IN_FRAME, World


class Clickjacking(Attacker):
    """Has the user press "allow" for the attacker's own app, in a frame that cannot be seen."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" in world.attacker.loot:
            return redeem_the_code(world, OWN_VERIFIER, client_id=ATTACKERS_CLIENT, redirect_uri=ATTACKERS_REDIRECT)
        if ATTACKER_INITIATED in world.runs:
            return receive_at_own_address(world)
        return lure(world, own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT), Act.FRAME_REQUEST)

    def reason(self, world: World) -> str | None:
        pressed = any(event.act is Act.STEP_5 and event.detail == IN_FRAME for event in world.log)
        if not pressed or redeemed(world) is None:
            return None
        return "The user pressed “allow” and did not see it, for the server lets its page be shown in a hidden frame."


ATTACKER = Clickjacking(
    name="clickjacking",
    title="the user presses a button they cannot see",
    positions=("A1",),
    about="The attacker's page shows the server's consent page in a hidden frame, and the user clicks where “allow” is.",
    too_late=TOO_LATE,
)
