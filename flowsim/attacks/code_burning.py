"""The login is spoilt: the attacker has the code and no verifier, and sends it anyway.

A server that ends a code after any failed try hands everybody who has seen one a way to keep the user out. A code should
end when it has been redeemed, or when its time is up.

No clause says so: OAuth 2.1 section 7.5.2 speaks of what a *used* code does to tokens (logout_by_replay.py). This is the
same denial of service, one step earlier.

Source: RFC 6749 section 4.1.2, by which a code ends with its use and its time.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import GUESS, read_the_redirect, redeem_the_code
from flowsim.attacks.view import View
from flowsim.model.transitions import Move


class CodeBurning(Attacker):
    """Reads a copy of the redirect, and sends the code with a wrong verifier before the app can use it."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        return redeem_the_code(world, GUESS) if "code" in world.attacker.loot else read_the_redirect(world)


ATTACKER = CodeBurning(
    name="code-burning",
    title="the login is spoilt",
    positions=("A3",),
    about="The attacker cannot redeem the code, and sends it with a wrong verifier so that the app cannot either.",
    aim="denial",
)
