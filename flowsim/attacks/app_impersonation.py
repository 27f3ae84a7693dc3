"""The attacker's app pretends to be the honest one: it uses that app's `client_id`, and has claimed the same address.

PKCE ties the code to whoever made the request, and here that is the attacker. What helps is an address that nobody else
can claim, and a user who is asked.

Source: RFC 6749 section 10.2, OAuth 2.1 section 7.3, RFC 8252 section 8.6.
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
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, VICTIM, World
from flowsim.protocol.addresses import origin_of


class AppImpersonation(Attacker):
    """Claims the app's address on the device, begins a login under the app's name, and gets the redirect."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if lured(world) is None and world.runs[VICTIM].state is not State.START:
            return None
        if not has_done(world, Act.INSTALL_APP):
            return Move(ATTACKER_RUN, Act.INSTALL_APP)
        if "code" not in world.attacker.loot:
            if lured(world) is None:
                return lure(world, own_request(world))
            if origin_of(world.scenario.profile.redirect_uri) not in world.claimed:
                return None
            return receive_at_own_address(world)
        return redeem_the_code(world, OWN_VERIFIER)

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        came = has_done(world, Act.INSTALL_APP) and has_done(world, Act.GET_RESPONSE)
        if done is None or not came or done.asked.redirect_uri != world.scenario.profile.redirect_uri:
            return None
        return f"The attacker's app had claimed the app's address, and {how_it_was_allowed(world)}.{done.own_challenge}"


ATTACKER = AppImpersonation(
    name="app-impersonation",
    title="the attacker's app pretends to be the honest one",
    positions=("A1", "A3"),
    about="An app on the device claims the honest app's address, and begins a login under its name.",
    too_late=TOO_LATE,
)
