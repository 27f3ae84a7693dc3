"""A token is stolen together with its proof: somebody copies a whole request to the API, and sends it again.

A DPoP proof names the method, the address and the time, so for a few minutes it fits the same request once more. What
helps is an API that remembers the proofs it has seen.

Source: RFC 9449 section 11.1.
"""

from typing import Any

from flowsim.attacks.access_token_theft import ASKED, NOT_ASKING, AccessTokenTheft, made_for_another
from flowsim.attacks.toolkit import called
from flowsim.attacks.view import View
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import ATTACKER as WHO
from flowsim.model.transitions import Move
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import Request


class ProofReplay(AccessTokenTheft):
    """As access token theft, with the proof of the copied request; of one that is sent again, the last."""

    __slots__ = ()

    def next_move(self, world: View) -> Move | None:
        last = next((event for event in reversed(world.log) if event.run == VICTIM), None)
        sent_again = last is not None and last.outcome is Outcome.AGAIN
        if sent_again and world.runs[VICTIM].state in ASKED and "dpop_proof" in world.attacker.loot:
            return Move(VICTIM, Act.READ_API_REQUEST)
        return super().next_move(world)

    def proof(self, world: View) -> str | None:
        return world.attacker.loot.get("dpop_proof")

    def needs(self, scenario: Scenario) -> dict[str, Any]:
        return {"dpop": "tokens"} if scenario.dpop == "off" else {}

    def reason(self, world: World) -> str | None:
        asked = called(world)
        proof = asked.header("dpop") if asked else None
        if asked is None or proof is None or made_for_another(world, asked):
            return None
        if proof not in _proofs_of_others(world):
            return None
        if not _seen_before(world):
            return "Its proof was stolen with it, and the attacker came with both before the app did."
        return "Its proof was stolen with it, and the API let the same proof pass twice."


def _seen_before(world: World) -> bool:
    """True where the API had answered the request that the proof was stolen from before the attacker came with it."""
    read = max(event.index for event in world.log if event.act in (Act.READ_API_REQUEST, Act.WIRETAP))
    answered = [event.run for event in world.log if event.index > read and event.act is Act.STEP_11]
    return world.runs[answered[0]].owner != WHO


def _proofs_of_others(world: World) -> set[str | None]:
    """The proofs that others than the attacker have made and sent."""
    sent = (one for event in world.log for one in event.messages if one.sender != WHO)
    return {one.message.header("dpop") for one in sent if isinstance(one.message, Request)}


ATTACKER = ProofReplay(
    name="proof-replay",
    title="a token is stolen together with its proof",
    positions=("A5",),
    about="Somebody copies a whole request to the API, access token and DPoP proof, and sends it again.",
    prize="access_token",
    too_late=NOT_ASKING,
)
