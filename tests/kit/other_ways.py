"""Looks for other ways where the matrix says “stopped”, and keeps what it finds.

    python -m tests.kit.other_ways [--new] [ATTACK …] [DEFENCE …]

searches each cell in which an attack is stopped, or those that the table has not yet: the settings of the cell, the
positions of its attacker, the goals that the attack reaches where nothing is in its way, as many decisions as it takes
there and at most three. What is found is kept as moves in flowsim/explorer/other_ways.json, once it has been played in the
cell itself; what came of each search is a line of tests/other_ways.csv.

Two ways are no news, because each is a row of the matrix and would stand in most cells. One is an app of the attacker's
own that the user agrees to (malicious-client), so a goal does not count where that app has redeemed a code. The other is a
token of the attacker's own writing (unsigned-token, public-key-token), so the API's check of the algorithm is on.
"""

import csv
import json
import sys
import time
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path
from unittest.mock import patch

from flowsim.analysis.defences import DEFENCES, ROWS
from flowsim.analysis.matrix import Cell, cell, whole_matrix
from flowsim.explorer.exploring import Exploration, explore
from flowsim.explorer.found import Timed
from flowsim.explorer.goals import GOALS, Goal
from flowsim.explorer.move_json import move_json
from flowsim.explorer.other_ways import FILE, Stored, other_way, stored
from flowsim.model import own_code
from flowsim.model.scenario import Scenario
from flowsim.model.world import ATTACKERS_CLIENT, World
from tests.kit.catalogue_and_search import by_hand

TABLE = Path(__file__).parents[1] / "other_ways.csv"
DEEPEST = 3  # decisions; deeper takes minutes for each cell
PATIENCE = 600  # seconds for a goal in one world; a machine with much to do may let it wait
MOST_SECONDS = 120  # of a search; it then stands in the table as not finished


@dataclass(frozen=True, slots=True)
class Line:
    """What came of searching a cell: `found` is the number of decisions, None where there is nothing within the bound."""

    attack: str
    defence: str
    bound: int
    found: int | None
    worlds: int
    finished: bool
    told: str


@cache
def stopped_cells() -> list[tuple[str, str]]:
    """The cells of the matrix in which an attack is stopped."""
    return [place for place, one in whole_matrix().cells.items() if one.stopped]


def by_the_honest_app(goal: Goal) -> Goal:
    """This goal, where no app of the attacker's own has redeemed a code."""

    def counts(world: World) -> bool:
        return goal(world) and not any(
            grant.used and grant.request.client_id == ATTACKERS_CLIENT
            for server in world.servers.values()
            for grant in server.grants.values()
        )

    return counts


def searched(one: Cell, cancelled: Callable[[], bool] = lambda: False) -> Exploration:
    """What the search comes to in this cell."""
    hand = by_hand(one.attack)
    goals = [by_the_honest_app(GOALS[name]) for name in hand.goals]
    with patch.object(own_code, "SECONDS", PATIENCE):
        return explore(searched_in(one), hand.positions, goals, min(hand.decisions, DEEPEST), cancelled=cancelled)


def searched_in(one: Cell) -> Scenario:
    """The settings of the cell, in which the API checks the algorithm besides."""
    return replace(one.scenario, attacker=None, without=one.scenario.without - {"api.algorithm"})


def moves_of(found: Exploration) -> tuple[Timed, ...]:
    return found.found.moves if found.found is not None else ()


def table() -> dict[tuple[str, str], Line]:
    """What was kept, by attack and defence."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        lines = [
            Line(
                row["attack"],
                row["defence"],
                int(row["bound"]),
                int(row["found"]) if row["found"] else None,
                int(row["worlds"]),
                row["finished"] == "True",
                row["told"],
            )
            for row in csv.DictReader(file)
        ]
    return {(one.attack, one.defence): one for one in lines}


def main(arguments: list[str]) -> None:
    attacks, defences = ([one for one in arguments if one in names] for names in (ROWS, DEFENCES))
    for place in stopped_cells():
        if (attacks and place[0] not in attacks) or (defences and place[1] not in defences):
            continue
        if "--new" in arguments and place in table():
            continue
        one, until = cell(*place), time.monotonic() + MOST_SECONDS
        found = searched(one, lambda until=until: time.monotonic() > until)  # type: ignore[misc]
        moves, told = moves_of(found), "; ".join(found.told)
        if moves and other_way(one, moves) is None:
            print("what was found does not work in the cell itself:", *place, file=sys.stderr)
            moves = ()
        line = Line(*place, found.depth, found.decisions, found.worlds, found.finished, told)
        print(*map(str, astuple(line)), flush=True)
        _write(line, Stored(moves, found.depth))


def _write(line: Line, way: Stored) -> None:
    """Put this line into the table, and the way into the file where there is one; what no cell is any more goes."""
    lines, ways = table(), {**stored.__wrapped__()}
    lines[line.attack, line.defence], ways[line.attack, line.defence] = line, way
    order = [place for attack in ROWS for defence in DEFENCES if (place := (attack, defence)) in set(stopped_cells())]
    said = {
        "|".join(place): {
            "bound": ways[place].bound,
            "moves": [[after, move_json(move)] for after, move in ways[place].moves],
        }
        for place in order
        if place in ways and ways[place].moves
    }
    texts = (f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in said.items())
    whole = FILE.with_suffix(".new")
    whole.write_text("{\n" + ",\n".join(texts) + "\n}\n", "utf-8")
    whole.replace(FILE)  # several may work at it
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([one.name for one in fields(Line)])
        writer.writerows(astuple(lines[place]) for place in order if place in lines)


if __name__ == "__main__":
    main(sys.argv[1:])
