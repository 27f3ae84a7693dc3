"""The attacker takes the challenge out of the victim's request, and later steals the code.

The server then binds the code to nothing, and the attacker redeems it without a verifier. That a server refuses a verifier
it did not expect does not help here: the attacker sends none. What helps is a server that demands PKCE, or a request that
the attacker cannot change.

From an app with a secret the attacker cannot redeem the code. It puts the code into a login of its own, and there the app
sends a verifier: now that rule helps.

Source: RFC 9700 section 4.8.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    has_done,
    let_the_app_redeem,
    log_in_oneself,
    redeem_the_code,
    redeemed,
    steal_the_redirect,
)
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World


class RequestStripping(Attacker):
    """Changes the victim's request on its way, gets at the redirect, and redeems the code without a verifier."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if not has_done(world, Act.STRIP_CHALLENGE) and not has_done(world, Act.WRITE_REQUEST):
            return self.change_the_request(world) if world.runs[VICTIM].state is State.PREPARED else None
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        if not world.scenario.profile.confidential:
            return redeem_the_code(world, None)
        return log_in_oneself(world, State.CODE_IN_BROWSER) or let_the_app_redeem(world)

    def change_the_request(self, world: View) -> Move | None:
        """Take out of the victim's request what would bind the code."""
        return Move(VICTIM, Act.STRIP_CHALLENGE)

    def reason(self, world: World) -> str | None:
        taken = any(event.act is Act.STRIP_CHALLENGE and "code_challenge" in event.detail for event in world.log)
        done = redeemed(world)
        if not taken or done is None or done.asked.code_challenge is not None:
            return None
        return "The challenge was taken out of the victim's request, and the server did not insist on one."


ATTACKER = RequestStripping(
    name="request-stripping",
    title="the challenge is taken out of the victim's request",
    positions=("A3", "rewrite"),
    about="The attacker changes the victim's request on its way, and later steals the code.",
    too_late="the request has been sent. Go back to a position up to 2, and inject it there",
)
