"""Which positions of an attacker give it nothing to do: that no attack is found then says little of them.

It is worked out in a login that nobody disturbs: there the attacker is asked at each moment what it could decide. What only
an attacker brings about, for example by a request that it has changed, is not looked at.
"""

from collections.abc import Iterable

from flowsim.engine.apply import apply
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.engine.honest_moves import honest_move
from flowsim.explorer.exploring import start
from flowsim.explorer.moves import choices, goes_on, play
from flowsim.model.positions import WEB
from flowsim.model.scenario import Scenario


def idle_positions(scenario: Scenario, positions: Iterable[str]) -> tuple[str, ...]:
    """Those of these positions that take part in nothing that an attacker can decide while nobody disturbs the login."""
    asked = tuple(dict.fromkeys(name for name in positions if name != WEB))
    world, of_use = start(scenario), {WEB}
    while not of_use.issuperset(asked):
        for choice in choices(world, asked, reduced=False):
            act, run = choice.move.act, choice.move.run
            takes = ATTACKER_ACTS[act].position(run) if act in ATTACKER_ACTS else WEB
            if takes not in of_use and play(world, choice) is not None:
                of_use.add(takes)
        move = goes_on(world) or honest_move(world)
        if move is None:
            break
        world = apply(world, move)
    return tuple(name for name in asked if name not in of_use)
