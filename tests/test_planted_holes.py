"""A hole in each check that keeps an attacker off is found; where it is not, another check stands behind.

All of it takes long: FLOWSIM_WHOLE_SEARCH=1 searches every line of tests/planted_holes.csv. Without that, the lines that
need few worlds. `python -m tests.kit.planted_holes --write` makes the table anew. So it is with the holes in the matrix,
tests/holes_in_the_matrix.csv, and `python -m tests.kit.holes_in_the_matrix --write`.
"""

import os

import pytest

from flowsim.analysis.matrix import whole_matrix
from flowsim.checks import CHECKS
from tests.kit import holes_in_the_matrix
from tests.kit.holes_in_the_matrix import ALONE, THROUGH
from tests.kit.planted_holes import BASES, deciding, searched, table

ALL = os.environ.get("FLOWSIM_WHOLE_SEARCH") == "1"
FEW = 400  # worlds
KEPT = table()
SEARCHED = tuple(BASES) if ALL else ("page, proofs", "website, two servers")


def test_the_table_is_about_checks_and_bases_that_there_are() -> None:
    assert {base for base, _ in KEPT} == set(BASES)
    assert {check for _, check in KEPT} | {name for one in KEPT.values() for name in one.behind.split()} <= set(CHECKS)


@pytest.mark.parametrize("name", SEARCHED)
def test_with_all_checks_on_nothing_is_found(name: str) -> None:
    found = searched(BASES[name])
    assert found.decisions is None, found.sentence


@pytest.mark.parametrize(
    ("name", "check"), [place for place, one in KEPT.items() if one.found and (ALL or one.worlds <= FEW)], ids=str
)
def test_a_hole_in_a_check_is_found(name: str, check: str) -> None:
    base, kept = BASES[name], KEPT[name, check]
    alone = searched(base, check)
    if not kept.behind:
        assert alone.decisions == kept.found
        simulation = alone.simulation()
        assert simulation is not None
        # A token that works may be worth nothing later, where the attacker makes nothing of it: then the verdict says so.
        assert any(goal(world) for world in simulation.run().worlds for goal in base.goals)
        return
    # Others stand behind it: neither this hole lets an attack through nor theirs, and all of them together do.
    behind = kept.behind.split(" ")
    assert alone.decisions is None
    assert searched(base, *behind).decisions is None
    assert searched(base, check, *behind).decisions == kept.found


@pytest.mark.parametrize("name", SEARCHED)
def test_the_table_has_a_line_for_each_check_that_stops_the_attacker_there(name: str) -> None:
    assert set(deciding(BASES[name], depth=BASES[name].depth)) == {check for base, check in KEPT if base == name}


IN_THE_MATRIX = holes_in_the_matrix.table()
# What stops these in the matrix is no check alone: with it off another party or two more checks stop the attack there, or
# the token that gets through names nobody who has any data (an MCP server's own token, api.scope).
# PLANTED have a hole above all the same.
NOT_ALONE = {"api.scope", "authorize.consent_there", "frame.allowed"}
PLANTED = {"callback.transaction_exists"}


def test_each_check_that_stops_an_attack_of_the_matrix_has_a_hole_there() -> None:
    assert set(holes_in_the_matrix.checks()) == set(IN_THE_MATRIX) | NOT_ALONE | PLANTED
    planted = [one for one in KEPT.values() if one.found]
    assert {name for one in planted for name in (one.check, *one.behind.split())} >= PLANTED
    assert not [name for name, one in IN_THE_MATRIX.items() if one.found is None]


@pytest.mark.parametrize("check", [name for name, one in IN_THE_MATRIX.items() if ALL or one.worlds <= FEW])
def test_the_search_finds_what_a_check_of_the_matrix_has_held_off(check: str) -> None:
    kept = IN_THE_MATRIX[check]
    cell = whole_matrix().cells[kept.attack, kept.defence]
    assert cell.verdict.stopped_by == check
    found = holes_in_the_matrix.searched(cell, kept.off, kept.bound, kept.hole)
    assert (found.decisions, found.worlds) == (kept.found, kept.worlds)
    if kept.hole == ALONE:
        assert holes_in_the_matrix.holds(cell, kept.off, kept.bound)
    else:
        assert kept.hole == THROUGH
