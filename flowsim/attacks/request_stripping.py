"""Card 06, second case. The attacker takes the challenge out of the victim's request, and later steals the code.

The server then binds the code to nothing, and the thief redeems it without a verifier. That a server refuses a verifier
it did not expect does not help here: the thief sends none. What helps is a server that demands PKCE, or a request that
the attacker cannot change.

From an app with a secret the thief cannot redeem the code. It puts the code into a login of its own, and there the app
sends a verifier: now that rule helps.

Source: RFC 9700 section 4.8.
"""

from flowsim.attacks.base import Attacker, has_done, redeem_the_code, steal_the_redirect
from flowsim.attacks.own_login import let_the_app_redeem, log_in_oneself
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World


class RequestStripping(Attacker):
    """Changes the victim's request on its way, gets at the redirect, and redeems the code without a verifier."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if not has_done(world, Act.STRIP_CHALLENGE):
            waiting = world.runs[VICTIM].state is State.PREPARED
            return Move(VICTIM, Act.STRIP_CHALLENGE) if waiting else None
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        if not world.scenario.profile.confidential:
            return redeem_the_code(world, None)
        return log_in_oneself(world, State.CODE_IN_BROWSER) or let_the_app_redeem(world)


ATTACKER = RequestStripping(
    name="request-stripping",
    card="06",
    title="the challenge is taken out of the victim's request",
    positions=("A3", "rewrite"),
    about="The attacker changes the victim's request on its way, and later steals the code.",
    too_late="the request has been sent. Go back to a position up to 2, and inject it there",
)
