"""The user agrees to the attacker's app. It begins a flow of its own, and every step of it is right.

The app is registered under a `client_id` of its own and a name that sounds good: no check is broken, because nothing is
wrong but the app.

Source: RFC 6749 section 10.2, OAuth 2.1 section 7.9.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_VERIFIER,
    TOO_LATE,
    has_done,
    how_it_was_allowed,
    lure,
    lured,
    own_request,
    receive_at_own_address,
    redeem_the_code,
    redeemed,
)
from flowsim.attacks.view import View
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKERS_CLIENT, ATTACKERS_REDIRECT, World


class MaliciousClient(Attacker):
    """Has the user log in to an app of the attacker's own, and gets the code at its own address."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            if lured(world) is None:
                return lure(world, own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT))
            return receive_at_own_address(world)
        return redeem_the_code(world, OWN_VERIFIER, client_id=ATTACKERS_CLIENT, redirect_uri=ATTACKERS_REDIRECT)

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or done.asked.client_id != ATTACKERS_CLIENT or has_done(world, Act.FRAME_REQUEST):
            return None
        how = how_it_was_allowed(world)
        return f"{how[0].upper()}{how[1:]}. To the server this is an app like any other."


ATTACKER = MaliciousClient(
    name="malicious-client",
    title="the user agrees to the attacker's app",
    positions=("A1",),
    about="The attacker registers an app with a friendly name, and the user logs in to it.",
    too_late=TOO_LATE,
)
