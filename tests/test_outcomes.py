"""What the program computes of each attack is what the table of outcomes demands (tests/outcomes.csv)."""

import pytest

from flowsim.analysis.matrix import whole_matrix
from flowsim.checks import CHECKS
from tests.kit.attacks_page import PAGE, page
from tests.kit.outcomes import rows

TABLE = tuple(rows())


@pytest.mark.parametrize("attack", dict.fromkeys(row.attack for row in TABLE))
def test_each_attack_comes_to_what_the_table_says(attack: str) -> None:
    expected = {row: row.outcome for row in TABLE if row.attack == attack}
    assert expected
    assert {row: row.computed() for row in expected} == expected


def test_each_row_is_about_the_client_that_it_names() -> None:
    assert [row for row in TABLE if row.scenario.client != row.client] == []


def test_no_row_stands_twice_and_each_check_is_one_of_ours() -> None:
    places = [row[:4] for row in TABLE]
    assert len(set(places)) == len(places)
    assert {row.outcome.check for row in TABLE} - {None} <= set(CHECKS)
    assert {row.outcome.wins for row in TABLE} == {"attacker", "app", "nobody"}


def test_the_table_has_a_row_for_every_cell_of_the_matrix() -> None:
    """And the attacker wins in each row where there is no defence."""
    alone = {
        (row.attack, row.items[0] if row.items else "none")
        for row in TABLE
        if row.base == "bare" and len(row.items) < 2
    }
    assert alone == set(whole_matrix().cells)
    assert {row.outcome.wins for row in TABLE if row.base == "bare" and not row.items} == {"attacker"}


def test_the_page_about_the_attacks_is_made_from_the_table() -> None:
    assert PAGE.read_text("utf-8") == page(), "make map writes it anew"
