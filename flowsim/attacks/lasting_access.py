"""The attacker redeems the code before the app does, and wants to stay.

The app comes second and is refused, because a code works once. That is all a user ever sees: the login has failed, and the
next one will do. What matters is what the server does about the tokens that the first one got. It SHOULD revoke them, and
then the attacker's refresh token is worth nothing. An access token that an API checks by itself lives until it expires, so
the attacker waits an hour here, and then asks for a new one.

Source: RFC 6749 sections 4.1.2 and 10.5, OAuth 2.1 section 7.5.2.
"""

from typing import Any

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import (
    attacker_runs,
    has_done,
    made_up_verifier,
    redeem_the_code,
    steal_the_redirect,
    use_the_refresh_token,
    with_refresh_token,
)
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_RUN, VICTIM, World

AN_HOUR_LATER = "61m"  # longer than an access token lives


class LastingAccess(Attacker):
    """Redeems the stolen code at once, lets the app fail, and refreshes an hour later."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        if world.runs[ATTACKER_RUN].state in (State.START, State.CODE_SENT, State.CODE_ACCEPTED, State.CODE_REFUSED):
            return redeem_the_code(world, made_up_verifier(world))
        if "refresh_token" not in world.attacker.loot or not world.quiet:
            return None
        return use_the_refresh_token(world, 1)

    def reason(self, world: World) -> str | None:
        if has_done(world, Act.READ_STORAGE) or not attacker_runs(world, Role.REFRESH):
            return None
        match world.runs[VICTIM].state:
            case State.DONE:
                return "So does the app: the code worked twice."
            case State.CODE_TAKEN:
                return "The app has never got the code, and the user's own login has come to nothing."
            case _:
                return "The app came second, and its own login has failed."

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return with_refresh_token(scenario, AN_HOUR_LATER)


ATTACKER = LastingAccess(
    name="lasting-access",
    title="the attacker is first with the code, and stays",
    positions=("A3",),
    about="Somebody redeems the stolen code before the app does, and an hour later wants new tokens.",
)
