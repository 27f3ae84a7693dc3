"""Card 19. The thief has the code and no verifier, and sends it anyway: to spoil the login.

A server that ends a code after any failed try hands every thief a way to keep the user out. A code should end when it has
been redeemed, or when its time is up.

Source: OAuth 2.1 section 7.5.2.
"""

from flowsim.attackers.attacker import GUESS, Attacker, redeem_the_code
from flowsim.machine import Move
from flowsim.words import Act, State
from flowsim.world import VICTIM, World


class CodeBurning(Attacker):
    """Reads a copy of the redirect, and sends the code with a wrong verifier before the app can use it."""

    __slots__ = ()

    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            waiting = world.runs[VICTIM].state is State.CODE_IN_BROWSER
            return Move(VICTIM, Act.READ_RESPONSE) if waiting else None
        return redeem_the_code(world, GUESS)


ATTACKER = CodeBurning(
    name="code-burning",
    card="19",
    title="the login is spoilt",
    positions=("A3",),
    about="The thief cannot redeem the code, and sends it with a wrong verifier so that the app cannot either.",
    aim="denial",
)
