"""A used code logs the user out: whoever finds it in a log sends it once more, to have the app's tokens revoked.

A server that revokes tokens because a used code comes again must look at the rest of that request first. The attacker has
no verifier that fits, so nothing but the code is right in its request.

Source: OAuth 2.1 section 7.5.2.
"""

from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import GUESS, read_the_redirect, redeem_the_code, with_refresh_token
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM


class LogoutByReplay(Attacker):
    """Reads a copy of the redirect, and sends the code with a wrong verifier after the app has used it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return read_the_redirect(world)
        # Whatever the API said to the app: it has used the code by then.
        ended = world.runs[VICTIM].state in (
            State.DONE,
            State.API_BAD_REQUEST,
            State.API_UNAUTHORIZED,
            State.API_FORBIDDEN,
        )
        return redeem_the_code(world, GUESS) if ended else None

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return with_refresh_token(scenario, "refresh")


ATTACKER = LogoutByReplay(
    name="logout-by-replay",
    title="a used code logs the user out",
    positions=("A3",),
    about="Somebody finds a used code, cannot redeem it, and sends it anyway to have the app's tokens revoked.",
    aim="denial",
)
