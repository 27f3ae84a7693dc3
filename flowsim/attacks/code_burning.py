"""Card 19. The thief has the code and no verifier, and sends it anyway: to spoil the login.

A server that ends a code after any failed try hands every thief a way to keep the user out. A code should end when it has
been redeemed, or when its time is up. The same goes for what comes later: a server that revokes tokens because a used code
comes again must look at the rest of that request first. Whoever finds an old code in a log would else log the user out.

Source: OAuth 2.1 section 7.5.3. It speaks of the second case; the first is the same denial of service, one step earlier.
"""

from typing import Any

from flowsim.attacks.base import GUESS, Attacker, redeem_the_code
from flowsim.attacks.refresh_theft import with_refresh_token
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World


def _read_the_code(world: World) -> Move | None:
    waiting = world.runs[VICTIM].state is State.CODE_IN_BROWSER
    return Move(VICTIM, Act.READ_RESPONSE) if waiting else None


class CodeBurning(Attacker):
    """Reads a copy of the redirect, and sends the code with a wrong verifier before the app can use it."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        return redeem_the_code(world, GUESS) if "code" in world.attacker.loot else _read_the_code(world)


class LogoutByReplay(Attacker):
    """Reads a copy of the redirect, and sends the code with a wrong verifier after the app has used it."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            return _read_the_code(world)
        return redeem_the_code(world, GUESS) if world.runs[VICTIM].state is State.DONE else None

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return with_refresh_token(scenario, "refresh")


ATTACKERS = (
    CodeBurning(
        name="code-burning",
        card="19",
        title="the login is spoilt",
        positions=("A3",),
        about="The thief cannot redeem the code, and sends it with a wrong verifier so that the app cannot either.",
        aim="denial",
    ),
    LogoutByReplay(
        name="logout-by-replay",
        card="19",
        title="a used code logs the user out",
        positions=("A3",),
        about="Somebody finds a used code, cannot redeem it, and sends it anyway to have the app's tokens revoked.",
        aim="denial",
    ),
)
