"""The attacker gets the authorization response, and has read the authorization request before.

Requests end up in histories and logs. So the attacker has seen the `code_challenge`, and sends it as the verifier. Under
`plain` that is the verifier. Under `S256` it is only a hash of it.

Source: RFC 7636 section 1 (the second attack), section 7.2.
"""

from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import has_done, read_the_request, redeem_the_code, redeemed, steal_the_redirect
from flowsim.attacks.view import View
from flowsim.model.states import Act
from flowsim.model.transitions import Move
from flowsim.model.world import World


class CodeAndRequest(Attacker):
    """Reads the request, takes the code, and sends the challenge back as the verifier."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        if not has_done(world, Act.READ_REQUEST):
            return read_the_request(world)
        if "code" not in world.attacker.loot:
            return steal_the_redirect(world)
        return redeem_the_code(world, world.attacker.loot.get("code_challenge"), reads_app=False)

    def reason(self, world: World) -> str | None:
        done = redeemed(world)
        if done is None or done.asked.code_challenge_method != "plain" or not has_done(world, Act.READ_REQUEST):
            return None
        if done.verifier != world.attacker.loot.get("code_challenge"):
            return None
        return "With plain, the challenge is the verifier, and the attacker had seen the request."


ATTACKER = CodeAndRequest(
    name="code-and-request",
    title="the code is stolen and the request was seen",
    positions=("A1", "A3", "A4"),
    about="The attacker has also read the authorization request, with the code_challenge in it.",
)
