"""Each mistake of an honest party makes the login fail at the check that a table says, and the repaired login works."""

import json
import re
from typing import Any

import pytest

from flowsim.actors.mistakes import carried_out
from flowsim.checks import CHECKS
from flowsim.cli import main
from flowsim.model.clients import CLIENTS
from flowsim.model.mistakes import MISTAKES
from flowsim.model.mistakes.settings import OFFLINE
from flowsim.model.scenario import ISSUER, Scenario, ScenarioError
from flowsim.model.server_settings import QUIRKS
from flowsim.model.states import Outcome
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json
from tests.kit.planted_mistakes import BESIDE, NOTHING_REFUSED, Row, differs, got, refusals, rows

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
    assert ends <= {Outcome.OK, Outcome.AGAIN, Outcome.SILENT, Outcome.NOT_THERE}


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


@pytest.mark.parametrize("settings", BESIDE, ids=str)
def test_a_mistake_makes_a_difference_under_the_settings_that_it_names_and_under_no_others(
    settings: dict[str, Any],
) -> None:
    scenario = Scenario(**settings)
    expected = {name for name, mistake in MISTAKES.items() if mistake.applies(scenario)}
    assert {name for name in MISTAKES if differs(name, settings)} == expected


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_said_of_a_mistake_is_whole_and_its_example_is_one(name: str) -> None:
    mistake = MISTAKES[name]
    assert mistake.applies(Scenario(**mistake.beside))
    assert differs(name, dict(mistake.beside))
    assert mistake.repair_words.endswith(".")
    assert not mistake.title.endswith(".")
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+#\d+", one) for one in mistake.seen.split())


@pytest.mark.parametrize("name", MISTAKES)
def test_a_run_with_a_mistake_is_played_again_from_its_trace(name: str) -> None:
    trace = Simulation(mistakes={name}, seed=7, **MISTAKES[name].beside).run()
    text = json.dumps(trace_json(trace))
    assert json.loads(text)["scenario"]["mistakes"] == [name]
    assert differences(text) == ()


def test_a_mistake_of_one_party_is_in_nobody_elses_memory() -> None:
    world = Simulation(mistakes=set(MISTAKES), seed=7).run().worlds[0]
    kept = {
        "app": world.clients[world.runs[VICTIM].client].mistakes,
        "authorization server": world.servers[ISSUER].mistakes,
        "API": world.apis["https://api.example"].mistakes,
    }
    assert {party: {MISTAKES[name].party for name in names} for party, names in kept.items()} == {
        party: {party} for party in kept
    }


def test_who_makes_no_mistake_sends_what_it_sent() -> None:
    usual, named = Simulation(seed=7).run(), Simulation(seed=7, mistakes=()).run()
    assert usual.worlds[-1] == named.worlds[-1]


def test_a_name_that_is_none_gets_one_sentence() -> None:
    with pytest.raises(ScenarioError, match="unknown mistake 'challenge-pad'; did you mean challenge-padded"):
        Simulation(mistakes={"challenge-pad"})
    with pytest.raises(ScenarioError, match="unknown way of the server 'audience'; did you mean audience-list"):
        Simulation(quirks={"audience"})


def test_the_command_line_lists_them_all_and_tells_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mistakes"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed.split() for name in MISTAKES)
    for name, mistake in MISTAKES.items():
        assert main(["mistakes", name]) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert all(part in told for part in (name, mistake.title, mistake.repair_words, mistake.clause))
        assert all(report in told for report in mistake.seen.split())
    assert (
        main(["run", "--short", "--seed", "7", "--mistake", "method-in-lower-case", "--mistake", "openid-left-out"])
        == 0
    )
    assert "The login ended at step 3" in capsys.readouterr().out


@pytest.mark.parametrize("quirk", QUIRKS)
@pytest.mark.parametrize("client", CLIENTS)
def test_no_way_of_the_server_that_is_allowed_keeps_a_careful_app_out(quirk: str, client: str) -> None:
    rest: dict[str, Any] = {"scope": OFFLINE, "later": "refresh call server-logout", "remembered": "from-now"}
    usual, unusual = (Simulation(client=client, quirks=quirks, seed=7, **rest).run() for quirks in ((), {quirk}))
    assert refusals(usual) == refusals(unusual) == []
    assert got(usual) == got(unusual) >= 3
