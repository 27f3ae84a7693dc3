"""Card 07, the thief first. The thief redeems the code before the app does, and wants to stay.

The app comes second and is refused, because a code works once. That is all a user ever sees: the login has failed, and the
next one will do. What matters is what the server does about the tokens that the first one got. It SHOULD revoke them, and
then the thief's refresh token is worth nothing. An access token that an API checks by itself lives until it expires, so the
thief waits an hour here, and then asks for a new one.

Source: RFC 6749 sections 4.1.2 and 10.5, OAuth 2.1 section 7.5.3.
"""

from typing import Any

from flowsim.attacks.base import GUESS, Attacker, redeem_the_code, steal_the_redirect, uses_pkce
from flowsim.attacks.refresh_theft import use_the_refresh_token, with_refresh_token
from flowsim.engine.honest_moves import honest_move
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, World

AN_HOUR_LATER = "61m"  # longer than an access token lives


class LastingAccess(Attacker):
    """Redeems the stolen code at once, lets the app fail, and refreshes an hour later."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        if world.runs[ATTACKER_RUN].state in (State.START, State.CODE_SENT, State.CODE_ACCEPTED, State.CODE_REFUSED):
            return redeem_the_code(world, GUESS if uses_pkce(world) else None)
        if "refresh_token" not in world.attacker.loot or honest_move(world) is not None:
            return None
        return use_the_refresh_token(world, 1)

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return with_refresh_token(scenario, AN_HOUR_LATER)


ATTACKER = LastingAccess(
    name="lasting-access",
    card="07",
    title="the thief is first with the code, and stays",
    positions=("A3",),
    about="Somebody redeems the stolen code before the app does, and an hour later wants new tokens.",
)
