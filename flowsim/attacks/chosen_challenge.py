"""The attacker writes the victim's request, with a challenge of its own, and then steals the code.

PKCE asks whether the one who redeems the code is the one who made the request. Here both are the attacker. It takes two
things: the victim opens a link, and the authorization response leaks.

From an app with a secret the attacker cannot redeem the code. It begins a login of its own at the app, and has the victim's
browser open the request of *that* login. The code is then bound to the challenge and the nonce of the attacker's session,
and that is where the attacker puts it. So neither of them helps, and the secret does not either. What helps is a response
that does not leak, and a user who is asked.

Source: RFC 9700 section 4.5.4; D. Fett, P. Hosseyni, R. Küsters, "An Extensive Formal Security Analysis of the OpenID
Financial-grade API", 2019 (the PKCE chosen challenge attack).
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    OWN_VERIFIER,
    TOO_LATE,
    let_the_app_redeem,
    log_in_oneself,
    lure,
    lure_into_own,
    lured,
    own_request,
    redeem_the_code,
    steal_the_redirect,
)
from flowsim.attacks.view import View
from flowsim.model.states import State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_INITIATED


class ChosenChallenge(Attacker):
    """Sends the victim to the server with a challenge it can answer, gets at the redirect, and has the code redeemed."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        confidential = world.scenario.profile.confidential
        if "code" in world.attacker.loot:
            return let_the_app_redeem(world) if confidential else redeem_the_code(world, OWN_VERIFIER)
        if lured(world):
            return steal_the_redirect(world, ATTACKER_INITIATED)
        if not confidential:
            return lure(world, own_request(world))
        return log_in_oneself(world, State.PREPARED) or lure_into_own(world)


ATTACKER = ChosenChallenge(
    name="chosen-challenge",
    title="the attacker chooses the challenge",
    positions=("A1", "A3"),
    about="The attacker writes the victim's request with its own code_challenge, then steals the code.",
    too_late=TOO_LATE,
)
