"""The test for a class: two forms that are parallel, and answers that runs decide."""

from dataclasses import replace

import pytest

from flowsim.analysis.defences import scenario_of
from flowsim.checks import CHECKS
from flowsim.lessons import class_test
from flowsim.lessons.class_test import FALSE, NOBODY, TRUE, forms
from flowsim.simulation.simulation import Simulation

FIRST, SECOND = forms()


def test_the_forms_ask_about_the_same_subjects_in_the_same_way_and_nothing_twice() -> None:
    assert [question.subject for question in FIRST.questions] == [question.subject for question in SECOND.questions]
    assert [question.options for question in FIRST.questions] == [question.options for question in SECOND.questions]
    texts = [question.text for form in forms() for question in form.questions]
    assert len(texts) == len(set(texts)) == 24


@pytest.mark.parametrize("form", [FIRST, SECOND], ids=["A", "B"])
def test_no_habit_of_ticking_wins(form: class_test.Form) -> None:
    answers = [question.answer for question in form.questions]
    assert all(question.answer in question.options for question in form.questions)
    assert 3 <= answers.count(TRUE) <= 5
    assert 3 <= answers.count(FALSE) <= 5
    assert len(set(answers) - {TRUE, FALSE}) == 4  # nobody, the app, the server and the API, once each
    assert abs(answers.count(TRUE) - answers.count(FALSE)) <= 2


def test_who_stops_an_attack_is_the_one_whose_check_ends_the_run() -> None:
    pairs = [pair for _, *pair in class_test._CASES]
    for at, form in enumerate(forms()):
        for (attack, defence), question in zip([pair[at] for pair in pairs], form.questions[-4:], strict=True):
            verdict = Simulation(scenario_of(attack, *(() if defence == "none" else (defence,)))).run().verdict
            if verdict.attack_succeeded:
                assert question.answer == NOBODY
            else:
                actor = CHECKS[verdict.stopped_by or ""].actor
                assert (
                    question.answer
                    == {
                        "client": "The app",
                        "authorization_server": "The authorization server",
                        "resource_server": "The API",
                        "api": "The API",
                    }[actor]
                )
            assert question.why == verdict.sentence


def test_an_answer_follows_the_run_and_is_written_down_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the check that decides is off, the answer to the same question is another one."""
    usual = class_test._who_stops_it("a subject", "code-interception", "S256")
    broken = replace(scenario_of("code-interception", "S256"), without=frozenset({"token.verifier_fits"}))
    monkeypatch.setattr("flowsim.analysis.matrix.scenario_of", lambda *names: broken)
    assert (usual.answer, class_test._who_stops_it("a subject", "code-interception", "S256").answer) == (
        "The authorization server",
        NOBODY,
    )
