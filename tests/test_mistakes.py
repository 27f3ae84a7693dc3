"""Each mistake of an honest party makes the login fail at the check that a table says, and the repaired login works."""

import pytest

from flowsim.actors.mistakes import carried_out
from flowsim.checks import CHECKS
from flowsim.model.mistakes import MISTAKES
from flowsim.model.scenario import Scenario
from flowsim.model.states import Outcome
from tests.kit.planted_mistakes import NOTHING_REFUSED, Row, got, refusals, rows

TABLE = rows()
EACH = pytest.mark.parametrize("row", TABLE, ids=str)


@EACH
def test_a_mistake_shows_at_the_step_and_the_check_of_the_table(row: Row) -> None:
    usual = refusals(row.repaired())
    fresh = [one for one in refusals(row.played()) if one not in usual]
    if row.check == NOTHING_REFUSED:
        assert fresh == []
    else:
        assert fresh[:1] == [(row.run, row.step, row.check)]
        assert row.step in MISTAKES[row.mistake].shows


@EACH
def test_with_the_mistake_the_user_gets_less_than_without(row: Row) -> None:
    assert got(row.played()) < got(row.repaired())


@EACH
def test_without_the_mistake_nothing_ends_in_a_refusal(row: Row) -> None:
    ends = {event.outcome for event in row.repaired().worlds[-1].log}
    assert ends <= {Outcome.OK, Outcome.AGAIN, Outcome.SILENT}


@EACH
def test_a_row_is_about_settings_in_which_the_mistake_makes_a_difference(row: Row) -> None:
    mistake = MISTAKES[row.mistake]
    assert mistake.applies(Scenario(**row.beside))
    assert row.check == NOTHING_REFUSED or row.check in CHECKS


def test_every_mistake_has_a_row_and_none_stands_twice() -> None:
    assert {row.mistake for row in TABLE} == set(MISTAKES)
    places = [(row.mistake, row.settings, row.seed) for row in TABLE]
    assert len(places) == len(set(places))


def test_every_mistake_is_carried_out_at_one_seam() -> None:
    assert sorted(carried_out()) == sorted(MISTAKES)
