"""A hole in each check that stops an attack of the matrix: does the search find what it held off?

    python -m tests.kit.holes_in_the_matrix [--write] [CHECK …]

takes, for each such check, a cell that it stops: the settings of the cell, the positions of its attacker, the goals that
the attack reaches where nothing is in its way. With the check on the search finds nothing within the bound, and with the
check off it finds an attack: the hole is `alone`. Where another check then stops the attack, that one stands behind the
first: it takes both to be off. The bound is the number of decisions that the attack needs without them, and at most five.
Of several cells the first counts in which it is so, the shortest attacks first.

In some cells the attacker has another way as well, which goes past the check. There the goal says which attack is wanted:
one `through` the hole, in which a message has failed the check, and it was off. The search knows the check's name for that,
and no attack's. Where nothing is found either, the line says no number.
"""

import csv
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from unittest.mock import patch

from flowsim.analysis.counterexamples import attacks_that_end_at
from flowsim.analysis.matrix import Cell, whole_matrix
from flowsim.checks import CHECKS
from flowsim.explorer.decisions import decisions
from flowsim.explorer.exploring import Exploration, explore
from flowsim.explorer.goals import GOALS, Goal
from flowsim.model import own_code
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.world import World
from flowsim.simulation.simulation import Simulation
from tests.kit.catalogue_and_search import by_hand
from tests.kit.other_ways import PATIENCE, by_the_honest_app, searched_in

TABLE = Path(__file__).parents[1] / "holes_in_the_matrix.csv"
ALONE, THROUGH = "alone", "through"
DEEPEST = 5  # decisions
MOST_BEHIND = 2  # checks behind one another
MOST_SECONDS = 120  # of a search


@dataclass(frozen=True, slots=True)
class Line:
    """A check, a cell that it stops, and how many decisions the search needs without it and those behind it."""

    check: str
    attack: str
    defence: str
    behind: str
    hole: str
    bound: int
    found: int | None
    worlds: int
    told: str

    @property
    def off(self) -> tuple[str, ...]:
        return (self.check, *self.behind.split())


def checks() -> tuple[str, ...]:
    """The checks that stop an attack in some cell of the matrix."""
    return tuple(check for check in CHECKS if attacks_that_end_at(check))


def cells(check: str) -> Iterator[tuple[tuple[str, str], tuple[str, ...], int]]:
    """The cells that this check stops: each with the checks that must be off, and how many decisions it takes then."""
    for place, one in whole_matrix().cells.items():
        if one.works or one.verdict.stopped_by != check:
            continue
        off: tuple[str, ...] = (check,)
        while len(off) <= MOST_BEHIND + 1:
            with suppress(ScenarioError):
                done = Simulation(replace(without(one.scenario, *off), attacker=one.scenario.attacker)).run()
                goals = [GOALS[name] for name in by_hand(one.attack).goals]
                at = next((world for world in done.worlds if any(goal(world) for goal in goals)), None)
                if done.verdict.attack_succeeded and at is not None:
                    yield place, off, len(decisions(at.log))
                    break
                if done.verdict.stopped_by and done.verdict.stopped_by not in off:
                    off = (*off, done.verdict.stopped_by)
                    continue
            break


def without(scenario: Scenario, *off: str) -> Scenario:
    return replace(scenario, attacker=None, without=scenario.without | set(off))


def searched(one: Cell, off: tuple[str, ...], bound: int, hole: str = ALONE) -> Exploration:
    """What the search comes to in this cell without these checks."""
    hand, until = by_hand(one.attack), time.monotonic() + MOST_SECONDS
    goals = [GOALS[name] for name in hand.goals]
    goals = [through(off[0], goal) if hole == THROUGH else by_the_honest_app(goal) for goal in goals]
    scenario = without(searched_in(one), *off)
    with patch.object(own_code, "SECONDS", PATIENCE):
        return explore(scenario, hand.positions, goals, bound, cancelled=lambda: time.monotonic() > until)


def through(check: str, goal: Goal) -> Goal:
    """This goal, where a message has failed this check on the way, and it was off."""

    def counts(world: World) -> bool:
        results = (one for event in world.log for one in event.checks if one.check.id == check)
        return goal(world) and any(one.passed is False and not one.on for one in results)

    return counts


def line(check: str) -> Line | None:
    """The line of this check; None where no cell that it stops is open without it."""
    some = sorted(cells(check), key=lambda cell: (len(cell[1]), cell[2]))
    for hole in (ALONE, THROUGH):
        for place, off, taken in some:
            one, bound = whole_matrix().cells[place], min(taken, DEEPEST)
            if hole == THROUGH or holds(one, off, bound):
                found = searched(one, off, bound, hole)
                if found.found is not None:
                    told = "; ".join(found.told)
                    return Line(check, *place, " ".join(off[1:]), hole, bound, found.decisions, found.worlds, told)
    if not some:
        return None
    place, off, taken = some[0]
    return Line(check, *place, " ".join(off[1:]), THROUGH, min(taken, DEEPEST), None, 0, "")


def holds(one: Cell, off: tuple[str, ...], bound: int) -> bool:
    """True where the search finds nothing in this cell as long as the check is on, or what stands behind it is."""
    return all(nothing(searched(one, part, bound)) for part in sorted({(), off[:1], off[1:]} - {off}))


def nothing(found: Exploration) -> bool:
    return found.found is None and found.finished


def table() -> dict[str, Line]:
    """What was kept, by check."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    numbers = ("bound", "worlds")
    return {
        row["check"]: Line(
            **{
                **row,
                **{name: int(row[name]) for name in numbers},
                "found": int(row["found"]) if row["found"] else None,
            }  # type: ignore[arg-type]
        )
        for row in rows
    }


def main(arguments: list[str]) -> None:
    named = [one for one in arguments if one in CHECKS] or [*checks()]
    kept = {check: one for check, one in table().items() if check in checks()}
    for check in named:
        done = line(check)
        print(*(astuple(done) if done else (check, "no cell is open without it")), flush=True)
        if done is not None:
            kept[check] = done
        if "--write" in arguments:
            with TABLE.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow([one.name for one in fields(Line)])
                writer.writerows(astuple(kept[one]) for one in checks() if one in kept)


if __name__ == "__main__":
    main(sys.argv[1:])
