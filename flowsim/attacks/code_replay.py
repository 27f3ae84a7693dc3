"""Card 07. A code that has been used is found in a log or a history, and sent a second time.

Source: RFC 6749 sections 4.1.2 and 10.5, OAuth 2.1 section 7.5.3.
"""

from flowsim.attacks.base import GUESS, Attacker, redeem_the_code, uses_pkce
from flowsim.engine.honest_moves import honest_move
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World


class CodeReplay(Attacker):
    def next_move(self, world: World) -> Move | None:
        if "code" not in world.attacker.loot:
            reachable = world.runs[VICTIM].state is State.CODE_IN_BROWSER
            return Move(VICTIM, Act.READ_RESPONSE) if reachable else None
        if honest_move(world) is not None:
            return None
        return redeem_the_code(world, GUESS if uses_pkce(world) else None)


ATTACKER = CodeReplay(
    name="code-replay",
    card="07",
    title="a used code is sent again",
    positions=("A3",),
    about="Somebody finds the code in a log after the app has used it, and sends it once more.",
)
