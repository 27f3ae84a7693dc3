"""Card 12. The attacker's app begins a flow of its own. Every step of it is right, and the user agrees.

In the first case the app is registered under a `client_id` of its own and a name that sounds good: no check is broken,
because nothing is wrong but the app. In the second it uses the honest app's `client_id`, and has claimed the same address
on the device. PKCE ties the code to whoever made the request, and here that is the attacker.

Source: RFC 6749 section 10.2, OAuth 2.1 sections 7.3 and 7.9, RFC 8252 section 8.6.
"""

from flowsim.actors import browser
from flowsim.attacks.base import Attacker, has_done, redeem_the_code
from flowsim.attacks.toolkit import OWN_VERIFIER, TOO_LATE, lure, lured, own_request, receive_at_own_address
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, ATTACKERS_CLIENT, ATTACKERS_REDIRECT, VICTIM, World


class MaliciousClient(Attacker):
    """Has the user log in to an app of the attacker's own, and gets the code at its own address."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            if lured(world) is None:
                return lure(world, own_request(world, ATTACKERS_CLIENT, ATTACKERS_REDIRECT))
            return receive_at_own_address(world)
        return redeem_the_code(world, OWN_VERIFIER, client_id=ATTACKERS_CLIENT, redirect_uri=ATTACKERS_REDIRECT)


class Impersonation(Attacker):
    """Claims the app's address on the device, begins a login under the app's name, and gets the redirect."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if lured(world) is None and world.runs[VICTIM].state is not State.START:
            return None
        if not has_done(world, Act.INSTALL_APP):
            return Move(ATTACKER_RUN, Act.INSTALL_APP)
        if "code" not in world.attacker.loot:
            if lured(world) is None:
                return lure(world, own_request(world))
            if not browser.belongs_to_attacker(world.browsers[VICTIM], world.scenario.profile.redirect_uri):
                return None
            return receive_at_own_address(world)
        return redeem_the_code(world, OWN_VERIFIER)


ATTACKERS = (
    MaliciousClient(
        name="malicious-client",
        card="12",
        title="the user agrees to the attacker's app",
        positions=("A1",),
        about="The attacker registers an app with a friendly name, and the user logs in to it.",
        too_late=TOO_LATE,
    ),
    Impersonation(
        name="app-impersonation",
        card="12",
        title="the attacker's app pretends to be the honest one",
        positions=("A1",),
        about="An app on the device claims the honest app's address, and begins a login under its name.",
        too_late=TOO_LATE,
    ),
)
