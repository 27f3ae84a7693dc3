"""The access token is stolen on its way to an API, and used there again.

An access token is a bearer token: whoever has it may use it. What limits the damage is its lifetime, its audience (the
one API it was made for; see api_replay.py), its scope, and, where it is bound to a key, the proof that has to come with
each request (see proof_replay.py).

Source: RFC 9700 sections 4.9 and 4.10, RFC 6750 section 5.2.
"""

from flowsim.actors import client
from flowsim.attacks.base import Attacker
from flowsim.attacks.toolkit import call_the_api, called, data_at, token_in, was_issued
from flowsim.attacks.view import View
from flowsim.model.states import Act, State
from flowsim.model.transitions import Move
from flowsim.model.world import ATTACKER_CALL, VICTIM, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request

ASKED = (State.API_ASKED, State.TOOL_CALLED)
NOT_ASKING = (
    "the request to the API has been answered, or never came. Go back to a position up to 10, for example with goto(10), "
    "and inject it there"
)


class AccessTokenTheft(Attacker):
    """Reads one request to the API, lets the app have its answer, and calls the API when all others have done."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        loot = world.attacker.loot
        if "access_token" not in loot:
            wanted = world.runs[VICTIM].state in ASKED
            return Move(VICTIM, Act.READ_API_REQUEST) if wanted else None
        if f"{ATTACKER_CALL} 1" not in world.runs and not world.quiet:
            return None
        asked = client.api_request(data_at(self.api(world)), loot["access_token"], "attacker", proof=self.proof(world))
        return call_the_api(world, asked)

    def api(self, world: View) -> str:
        """The API that the attacker calls: the one that the token was read at."""
        return world.runs[VICTIM].api

    def proof(self, world: View) -> str | None:
        """The proof to send along; None where the attacker sends none."""
        return None

    def reason(self, world: World) -> str | None:
        asked = called(world)
        if asked is None or asked.header("dpop") or made_for_another(world, asked):
            return None
        if not was_issued(world, token_in(asked)):
            return None
        token = signed_tokens.read(token_in(asked))
        if token is not None and "cnf" in token.claims:
            return "The token is bound to a key, and the API did not insist on a proof that is made with it."
        return "It is a bearer token: until it expires, whoever has it may use it."


def made_for_another(world: World, asked: Request) -> bool:
    """True where the stolen token in this request was made for another API than the one that is asked."""
    return asked.origin != world.runs[VICTIM].api


ATTACKER = AccessTokenTheft(
    name="access-token-theft",
    title="the access token is stolen",
    positions=("A5",),
    about="Somebody reads a request to the API, and calls the same API with the token in it.",
    prize="access_token",
    too_late=NOT_ASKING,
)
