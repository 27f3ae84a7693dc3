"""Other ways: where the matrix says that an attack is stopped, what the search has found from the same positions instead.

A cell of the matrix is one attack against one defence. That this attack is stopped does not say that the attacker is. The
search has looked for others, and what it found is in other_ways.json: cell → the attacker's moves, each with the number
of events of the whole story after which it comes. A file claims nothing. Whoever shows another way plays it first, and
what does not come to the goal any more is not shown. `python -m tests.kit.other_ways` looks again, and writes the file
anew.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flowsim.analysis.matrix import Cell
from flowsim.explorer.decisions import decisions
from flowsim.explorer.found import Found, Timed
from flowsim.explorer.move_json import read_move
from flowsim.explorer.wording import phrase
from flowsim.model.scenario import ScenarioError
from flowsim.simulation.simulation import Simulation, Trace

FILE = Path(__file__).with_name("other_ways.json")
NAME, TITLE = "another-way", "another way"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the file says of a cell: the moves, one after the other, and how many decisions the search looked through."""

    moves: tuple[Timed, ...]
    bound: int


@cache
def stored() -> Mapping[tuple[str, str], Stored]:
    """What the file holds, by attack and defence. Nothing of it has been played yet."""
    return dict(_read(json.loads(FILE.read_text("utf-8"))))


def _read(said: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Stored]]:
    for place, one in said.items():
        attack, _, defence = place.partition("|")
        moves = tuple(Timed(after, read_move(move)) for after, move in one["moves"])
        yield (attack, defence), Stored(moves, one["bound"])


def other_way(one: Cell, moves: tuple[Timed, ...] | None = None) -> Simulation | None:
    """The run of another way, at its start, for a cell whose attack is stopped; None where none is known or none works.

    It is played here and now, in the settings of the cell, by an attacker in the same positions that is held to the rules
    like any other (attacks/referee.py). It counts where the verdict says that the attack has succeeded.
    """
    if not one.stopped:
        return None
    if moves is None:
        known = stored().get((one.attack, one.defence))
        if known is None:
            return None
        moves = known.moves
    hand = one.attacker
    found = Found(name=NAME, title=TITLE, positions=hand.positions, aim=hand.aim, about=_ABOUT, moves=moves)
    scenario = replace(one.scenario, attacker=NAME)
    name = f"{one.attack}-against-{one.defence.replace(', ', '-and-')}-{NAME}"
    try:
        simulation = Simulation(scenario, name=name, title=TITLE, attackers=[found])
        works = simulation.played().verdict.attack_succeeded
    except ScenarioError:
        return None
    return simulation if works else None


def told_of(trace: Trace) -> str:
    """What another way is, decision by decision, and what came of it."""
    moves = [phrase(one) for one in decisions(trace.events)]
    count = f"{len(moves)} move{'s' if len(moves) != 1 else ''}"
    return f"Stopped, but the search found another way, in {count}: {'; '.join(moves)}. {trace.verdict.sentence}"


_ABOUT = "The search has found it: other moves, from the same positions."
