"""Which turns of the order are still to be played: a question that the log answers, and nothing else.

Each run goes through its own turns, whatever the others do. So an order needs no counter of its own in the world, and
whoever has the same log goes on in the same way.

Source: none of the protocol's. What an order says stands in model/order.py.
"""

from collections.abc import Sequence

from flowsim.model import order
from flowsim.model.order import Turn
from flowsim.model.world import Event, World


def turns_left(world: World) -> tuple[Turn, ...]:
    """The turns of the scenario's order that nobody has played yet, in their order."""
    turns = order.parse(world.scenario.order)
    own: dict[str, list[Event]] = {turn.run: [] for turn in turns}
    for event in world.log:
        if event.run in own and not event.by_attacker:
            own[event.run].append(event)
    played = dict.fromkeys(own, 0)
    left: list[Turn] = []
    for turn in turns:
        after = _played(turn, own[turn.run], played[turn.run])
        if after is None:
            left.append(turn)
        else:
            played[turn.run] = after
    return tuple(left)


def _played(turn: Turn, own: Sequence[Event], played: int) -> int | None:
    """How many moves of this run are behind it after this turn, given how many before; None where it is not over."""
    if turn.step is not None and any(event.act.step >= turn.step for event in own[:played]):
        return played
    for place, event in enumerate(own[played:], start=played + 1):
        if _ends(turn, event):
            return place
    return None


def _ends(turn: Turn, event: Event) -> bool:
    if turn.act is not None:
        return event.act is turn.act
    if turn.step is not None:
        return event.act.step >= turn.step
    return event.act not in order.NETWORK_ACTS
