"""Card 13. The attacker writes the victim's request, with a challenge of its own, and then steals the code.

PKCE asks whether the one who redeems the code is the one who made the request. Here both are the attacker. It takes two
things: the victim opens a link, and the authorization response leaks. A client that has a secret is not concerned.

Source: RFC 9700 section 4.5.4; D. Fett, P. Hosseyni, R. Küsters, "An Extensive Formal Security Analysis of the OpenID
Financial-grade API", 2019 (the PKCE chosen challenge attack).
"""

from flowsim.attackers.attacker import Attacker, redeem_the_code, steal_the_redirect
from flowsim.attackers.luring import OWN_VERIFIER, TOO_LATE, lure, lured, own_request
from flowsim.machine import Move
from flowsim.world import LURED, World


class ChosenChallenge(Attacker):
    """Sends the victim to the server with a challenge it made itself, gets at the redirect, and redeems the code."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world, LURED) if lured(world) else lure(world, own_request(world))
        return redeem_the_code(world, OWN_VERIFIER)


ATTACKER = ChosenChallenge(
    name="chosen-challenge",
    card="13",
    title="the attacker chooses the challenge",
    positions=("A1", "A3"),
    about="The attacker writes the victim's request with its own code_challenge, then steals the code.",
    too_late=TOO_LATE,
)
