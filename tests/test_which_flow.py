"""Which flow: every way ends, every flow can be reached and followed up, and those that flowsim plays really work."""

from collections.abc import Iterator
from html import escape

import pytest

from flowsim.lessons.flow_chooser.picture import flow_dot, flow_picture
from flowsim.lessons.flow_chooser.table import FLOWS, QUESTIONS, START, Answer, Flow, Question
from flowsim.lessons.flow_chooser.walk import Path, table, which_flow
from flowsim.model.clients import PROFILES
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import State
from flowsim.model.steps import clause_url
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Simulation
from flowsim.widgets import choose_a_flow


def every_way(path: Path | None = None) -> Iterator[Path]:
    """Every path from the start to an outcome."""
    path = path or which_flow()
    if isinstance(path.place, Flow):
        yield path
        return
    for number in range(1, len(path.place.answers) + 1):
        yield from every_way(path.answer(number))


WAYS = [*every_way()]
PLAYED = [outcome for outcome in FLOWS.values() if outcome.settings]


def test_every_way_ends_and_every_question_and_flow_is_on_one() -> None:
    assert {way.place.name for way in WAYS} == set(FLOWS)
    assert {question.name for way in WAYS for question, _ in way.steps} == set(QUESTIONS)
    assert all(len(way.steps) <= len(QUESTIONS) for way in WAYS)


def test_every_answer_and_every_flow_has_reasons_that_can_be_looked_up() -> None:
    said: list[Answer | Flow] = [
        *(answer for question in QUESTIONS.values() for answer in question.answers),
        *FLOWS.values(),
    ]
    for one in said:
        assert one.clauses
        assert all(clause_url(clause).startswith("https://") for clause in one.clauses)
        text = one.reason if isinstance(one, Answer) else one.text
        assert text.endswith(".")


def test_every_flow_says_whether_pkce_applies() -> None:
    for outcome in FLOWS.values():
        assert outcome.pkce.startswith("PKCE ")


@pytest.mark.parametrize("outcome", PLAYED, ids=lambda outcome: outcome.name)
def test_a_flow_that_can_be_played_is_a_login_that_works(outcome: Flow) -> None:
    way = next(way for way in WAYS if way.place is outcome)
    world = way.simulation(seed=7).run().worlds[-1]
    assert world.runs[VICTIM].state is State.DONE


@pytest.mark.parametrize("outcome", PLAYED, ids=lambda outcome: outcome.name)
def test_a_stolen_code_gets_no_token_in_any_of_them(outcome: Flow) -> None:
    way = next(way for way in WAYS if way.place is outcome)
    verdict = way.simulation(seed=7, attacker="code-interception").run().verdict
    assert not verdict.attacker_reads_data
    assert verdict.stopped_at_step == 8


def test_public_clients_are_told_that_pkce_is_required() -> None:
    for outcome in PLAYED:
        public = not PROFILES[outcome.settings["client"]].confidential
        assert ("required" in outcome.pkce) is (public and outcome.name != "refresh")


def test_an_answer_is_its_number_or_the_words_it_begins_with() -> None:
    start = which_flow()
    assert start.answer(1) == start.answer("a new app") == start.answer(" A NEW ")
    assert start.answer(1).back() == start == start.back()


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (0, "expected an answer from 1 to 4, not 0"),
        (5, "expected an answer from 1 to 4, not 5"),
        ("", "unknown answer ''"),
        ("an app", "unknown answer 'an app'"),  # three answers begin with it
        ("a new ap!", "did you mean a new app?"),
    ],
)
def test_an_answer_that_is_none_is_explained(said: str | int, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        which_flow().answer(said)
    assert problem in str(caught.value)


def test_the_end_and_what_cannot_be_played_are_explained() -> None:
    end = which_flow().answer("a new").answer("no")
    with pytest.raises(ScenarioError, match="nothing is asked any more: the answer is “Client credentials”"):
        end.answer(1)
    with pytest.raises(ScenarioError, match=r"flowsim plays the authorization code flow .*, not “Client credentials”"):
        end.simulation()
    with pytest.raises(ScenarioError, match=r"there is a question left: Does a user log in\?"):
        which_flow().answer("a new").simulation()
    with pytest.raises(ScenarioError, match="there is no answer 9 here"):
        Path((8,))


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.place.name)
def test_text_and_page_tell_the_same_way(way: Path) -> None:
    page, text = way._repr_html_(), repr(way)
    for question, answer in way.steps:
        assert all(escape(part) in page and part in text for part in (question.text, answer.text, answer.reason))
    assert isinstance(way.place, Flow)
    assert all(escape(part) in page and part in text for part in (way.place.title, way.place.text, way.place.pkce))


def test_the_picture_shows_all_of_the_table() -> None:
    dot, text = flow_dot(), flow_picture().text
    answers = [answer for question in QUESTIONS.values() for answer in question.answers]
    assert dot.count(" -> ") == len(answers)
    assert all(answer.text in text for answer in answers)
    assert all(outcome.title in text for outcome in FLOWS.values())


def test_the_widget_asks_from_the_same_table() -> None:
    chooser = choose_a_flow()
    assert chooser.table == table()
    assert set(chooser.table["questions"]) == set(QUESTIONS)
    assert chooser.table["start"] == START
    chooser.answers = [0, 1]
    assert chooser.path.place is FLOWS["client-credentials"]
    assert "Client credentials" in repr(chooser)


def test_the_line_of_python_plays_the_flow() -> None:
    for name, outcome in table()["outcomes"].items():
        if not FLOWS[name].settings:
            assert outcome["code"] == ""
            continue
        made: list[object] = []
        exec(outcome["code"], {"player": made.append, "Simulation": Simulation})  # what the reader will run
        assert isinstance(made[0], Simulation)


def test_hostile_text_is_inert(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    asked = Question(START, hostile, (Answer(hostile, hostile, ("RFC 6749 §1",), "device"),))
    monkeypatch.setitem(QUESTIONS, START, asked)
    for path in (which_flow(), which_flow().answer(1)):
        assert "<img" not in path._repr_html_()
    assert "<img" not in flow_picture().svg
