"""What a move comes to, and what all moves use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from frozendict import frozendict

from flowsim.model.context import Context
from flowsim.model.states import Outcome
from flowsim.model.transitions import Written
from flowsim.model.world import Run, Sent, World, evolve
from flowsim.protocol.messages import Message, Response


@dataclass(slots=True)
class Effect:
    """What a move came to: how it ended, the message now in flight, and the parts of the world that changed."""

    outcome: Outcome = Outcome.OK
    in_flight: Sent | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    sender: str | None = None
    receiver: str | None = None
    step: int | None = None
    who: str | None = None
    detail: str = ""


def flying(run: Run) -> Message:
    """The message in flight in this run."""
    assert run.in_flight is not None, "the table allows a delivery only where a message is in flight"
    return run.in_flight.message


def answer_to(run: Run) -> Response:
    """The answer in flight in this run."""
    answer = flying(run)
    assert isinstance(answer, Response)
    return answer


def loot(world: World, found: dict[str, str]) -> dict[str, Any]:
    """What changes in the world when the attacker gets hold of this."""
    return {"attacker": evolve(world.attacker, loot=frozendict({**world.attacker.loot, **found}))}


Handler = Callable[[World, Run, Written | None, Context], Effect]
