"""A code that has been used is found in a log or a history, and sent a second time.

Source: RFC 6749 sections 4.1.2 and 10.5, OAuth 2.1 section 7.5.2.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import made_up_verifier, read_the_redirect, redeem_the_code
from flowsim.attacks.view import View
from flowsim.model.transitions import Move


class CodeReplay(Attacker):
    """Reads a copy of the redirect, and sends the code when everybody else is done."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return read_the_redirect(world)
        if not world.quiet:
            return None
        return redeem_the_code(world, made_up_verifier(world))


ATTACKER = CodeReplay(
    name="code-replay",
    title="a used code is sent again",
    positions=("A3",),
    about="Somebody finds the code in a log after the app has used it, and sends it once more.",
)
