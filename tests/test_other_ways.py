"""Where the matrix says “stopped” and the search has found another way, the page plays that way and says which it is.

FLOWSIM_WHOLE_SEARCH=1 searches every cell that is stopped; without that, those that need few worlds.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from flowsim import ScenarioError
from flowsim.analysis.matrix import Cell, Matrix, cell
from flowsim.attacks import known_attacker
from flowsim.attacks.referee import allowed_move, made
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.explorer.decisions import decisions
from flowsim.explorer.found import Timed
from flowsim.explorer.move_json import move_json, read_move
from flowsim.explorer.other_ways import NAME, Stored, other_way, stored
from flowsim.front_end.matrix_page import matrix_page
from flowsim.model.scenario import Scenario
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.matrix_html import matrix_html
from tests.kit.catalogue_and_search import by_hand
from tests.kit.other_ways import searched, stopped_cells, table
from tests.kit.pages import unpack, unpacked

ALL = os.environ.get("FLOWSIM_WHOLE_SEARCH") == "1"
FEW = 300  # worlds
PLACE = ("code-interception", "S256")


def moves_of(attack: str, scenario: Scenario) -> Iterator[Timed]:
    """The moves that this attacker makes in this scenario."""
    attacker = known_attacker(attack)
    world = Simulation(replace(scenario, attacker=attack), attackers=[attacker]).world
    while True:
        mine = allowed_move(attacker, world)
        if mine is not None:
            yield Timed(len(world.log), mine)
            world = made(attacker, world, mine)
        elif (honest := honest_move(world)) is not None:
            world = apply(world, honest)
        else:
            return


@pytest.fixture(scope="module")
def stopped() -> Cell:
    return cell(*PLACE)


@pytest.fixture(scope="module")
def way(stopped: Cell) -> tuple[Timed, ...]:
    """PKCE stops who steals the code of the app's own request; from there one can bring about a request of one's own."""
    return tuple(moves_of("chosen-challenge", stopped.scenario))


@pytest.mark.parametrize(
    "attack", ["chosen-challenge", "session-fixation", "refresh-theft", "proof-replay", "login-csrf"]
)
def test_a_move_is_the_same_after_it_was_written_as_json(attack: str) -> None:
    moves = [one.move for one in moves_of(attack, cell(attack).scenario)]
    assert moves
    assert [read_move(json.loads(json.dumps(move_json(one)))) for one in moves] == moves


@pytest.mark.parametrize(
    "wrong", [None, 7, "victim", [], ["victim"], ["victim", "fly"], ["a", "step_1", {"role": "king"}]]
)
def test_what_is_no_move_is_said_in_a_sentence(wrong: object) -> None:
    with pytest.raises(ScenarioError, match="expected a move as JSON"):
        read_move(wrong)


def test_another_way_counts_only_where_it_works_when_it_is_played(stopped: Cell, way: tuple[Timed, ...]) -> None:
    found = other_way(stopped, way)
    assert found is not None
    assert found.played().verdict.attack_succeeded
    assert other_way(stopped, way[:2]) is None
    assert other_way(stopped, ()) is None
    # Moves that are right in other settings: here the server takes no request that was not pushed.
    assert other_way(cell("code-interception", "par-with-secret"), way) is None
    # What takes a position that this attacker has not.
    assert other_way(cell("login-csrf", "state"), way) is None
    # An attack that works needs no other way.
    assert other_way(cell("code-interception"), way) is None


def test_the_page_tells_the_other_way_and_has_its_run(
    monkeypatch: pytest.MonkeyPatch, stopped: Cell, way: tuple[Timed, ...]
) -> None:
    cells = {PLACE: stopped, ("code-interception", "plain"): cell("code-interception", "plain")}
    kept = {PLACE: Stored(way, 3), ("code-interception", "plain"): Stored(way[:1], 3)}
    monkeypatch.setattr("flowsim.explorer.other_ways.stored", lambda: kept)
    page = matrix_page(Matrix(cells=cells))
    held = json.loads(unpack(page, "packed-data"))["runs"]
    assert set(held) == {"|".join(place) for place in cells}
    assert "other" not in held["code-interception|plain"]  # what does not come to the goal is not shown
    other = held["|".join(PLACE)]["other"]
    found = other_way(stopped, way)
    assert found is not None
    trace = found.played()
    moves = "have the victim's browser open a request; read the authorization response; redeem a code; "
    assert other["told"] == (
        f"Stopped, but the search found another way, in 4 moves: {moves}call the API with a token. {trace.verdict.sentence}"
    )
    (branch,) = unpacked(unpack(page, "packed-runs"), [other["part"]])
    assert (branch["name"], branch["title"]) == (f"code-interception-against-S256-{NAME}", "another way")
    assert branch["trace"]["verdict"]["attack_succeeded"]
    assert page.count(">✓8*</button>") == page.count(">✓8</button>") == 1


def test_a_matrix_without_other_ways_says_nothing_of_them(stopped: Cell) -> None:
    assert "another way" not in matrix_html(Matrix(cells={PLACE: stopped}), buttons=True)


def test_every_way_that_is_kept_belongs_to_a_cell_that_is_stopped_and_works() -> None:
    assert stored()
    for place, _ in stored().items():
        one = cell(*place)
        assert one.stopped, place
        found = other_way(one)
        assert found is not None, f"python -m tests.kit.other_ways {' '.join(place)}"
        assert len(decisions(found.played().events)) <= by_hand(one.attack).decisions


def test_the_table_has_a_line_for_every_cell_that_is_stopped_and_the_file_each_way() -> None:
    lines = table()
    assert set(lines) == set(stopped_cells())
    assert {place for place, line in lines.items() if line.found is not None} == set(stored())


@pytest.mark.parametrize("place", [place for place, line in table().items() if ALL or line.worlds <= FEW], ids=str)
def test_the_search_comes_to_what_the_table_says_of_a_cell(place: tuple[str, str]) -> None:
    found, line = searched(cell(*place)), table()[place]
    assert found.finished
    assert found.decisions == line.found
    assert found.depth == line.bound
