"""The attacker gets the authorization response and nothing else.

A malicious app on the device has claimed the same private-use scheme, or the redirect leaks some other way. The attacker
sends the code to the token endpoint. Whether it gets tokens depends on what the server wants besides the code.

Source: RFC 7636 section 1, RFC 8252 section 8.1, RFC 9700 section 3 (A3).
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import made_up_verifier, redeem_the_code, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.model.transitions import Move


class CodeInterception(Attacker):
    """Takes the code; where the app uses PKCE it has to make a verifier up."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return redeem_the_code(world, made_up_verifier(world), reads_app=False)


ATTACKER = CodeInterception(
    name="code-interception",
    title="the code is stolen",
    positions=("A1", "A3"),
    about="A malicious app gets the redirect with the code, and tries to exchange it.",
)
