"""The quiz without a browser: what a reader presses is sent as the page sends it, and what it shows is looked at."""

from html import escape
from typing import Any

import pytest

from flowsim import ScenarioError
from flowsim.analysis.statements import STATEMENTS
from flowsim.model.steps import clause_url
from flowsim.simulation.turning_point import turning_point
from flowsim.views.formats.trace_json import trace_json
from flowsim.widgets import Quiz, quiz


@pytest.fixture
def made() -> Quiz:
    return quiz()


def press(made: Quiz, **asked: Any) -> dict[str, Any]:
    """Send what the page sends, and give what it then shows."""
    before = made.questions.answered
    made.questions._handle_custom_msg(asked, [])
    assert made.questions.answered == before + 1
    return dict(made.questions.view)


def test_it_begins_with_a_statement_and_gives_nothing_away(made: Quiz) -> None:
    view = made.questions.view
    assert (view["kind"], view["place"], view["score"]) == ("asked", f"Statement 1 of {len(STATEMENTS)}", "")
    assert (view["text"], view["told"]) == (made.statements[0].text, [])
    assert made.children == (made.questions,)
    assert not any(one.reason in str(made.questions.get_state()) for one in STATEMENTS)


def test_the_seed_fixes_the_order_after_the_first_statement() -> None:
    orders = {seed: [one.name for one in quiz(seed).statements] for seed in (7, 8)}
    assert orders[7][0] == orders[8][0] == "pkce-proves-the-app"
    assert orders[7] == [one.name for one in quiz().statements] != orders[8]
    assert {*orders[7]} == {*orders[8]} == {one.name for one in STATEMENTS}


def test_what_runs_can_decide_is_explained_once_at_the_start(made: Quiz) -> None:
    rule = made.questions.view["rule"]
    assert "refute" in rule
    assert rule in made._repr_mimebundle_()["text/html"]
    assert press(made, said=False)["rule"] == press(made, go="next")["rule"] == ""


@pytest.mark.parametrize("says", [True, False, None])
def test_each_answer_is_judged_by_the_runs_and_at_the_end_all_stand_together(made: Quiz, says: bool | None) -> None:
    decisions = [one.decide() for one in made.statements]
    for number, decision in enumerate(decisions):
        one, holds = decision.statement, decision.holds
        view = press(made, said=says)
        told = view["told"][0]
        assert (view["kind"], view["text"]) == ("judged", one.text)
        assert (told["said"], told["holds"], told["right"]) == (says, holds, says is holds)
        assert (told["answer"], told["reason"]) == (decision.answer, one.reason)
        assert (told["clause"], told["url"]) == (one.clause, clause_url(one.clause))
        assert [f"{name}: {came}. {sentence}" for name, came, sentence in told["lines"]] == [*decision.lines]
        assert made.right == sum(says is known.holds for known in decisions[: number + 1])
        assert view["score"] == f"{made.right} of {number + 1} right"

        player = made.player
        assert player is not None
        assert player in made.children
        assert {branch["title"] for branch in player.payload["branches"]} == {
            one.short_name(decision.cases) for one in (decision.cases[0], decision.cases[-1])
        }
        first, *others = player.payload["branches"]
        assert (player.branch, player.position) == (first["name"], turning_point(decision.deciding))
        assert first["trace"] == trace_json(decision.deciding)
        assert [branch["trace"] for branch in others] == [trace_json(run.run()) for run in decision.runs[1:][-1:]]
        view = press(made, go="next")
        assert player not in made.children
    assert view["kind"] == "end"
    assert [told["text"] for told in view["told"]] == [one.text for one in made.statements]
    if says is None:
        assert made.right == 0
    else:
        assert 0 < made.right < len(STATEMENTS)  # so neither answer is always the right one
    assert repr(made) == f"Quiz({len(STATEMENTS)} statements, {len(STATEMENTS)} answered, {made.right} right)"

    press(made, go="again")
    assert (made.answers, made.right, made.questions.view["text"]) == ([], 0, made.statements[0].text)


def test_a_reader_goes_back_to_what_was_answered_and_to_its_run(made: Quiz) -> None:
    first, second, _ = made.statements[:3]
    for _ in range(2):
        press(made, said=True)
        view = press(made, go="next")
    assert (view["kind"], view["first"], view["all"]) == ("asked", False, False)
    for one in (second, first):
        view = press(made, go="back")
        assert (view["kind"], view["text"], view["told"][0]["text"]) == ("judged", one.text, one.text)
        player = made.player
        assert player is not None
        assert player in made.children
        assert player.payload["branches"][0]["trace"] == trace_json(one.decide().deciding)
    assert view["first"]
    assert press(made, go="back") == view  # there is none before the first
    assert press(made, show=3) == view  # that one is not answered
    assert press(made, go="end") == view  # nor are all of them
    assert press(made, show=2)["text"] == second.text
    view = press(made, go="next")
    assert (view["kind"], view["place"]) == ("asked", f"Statement 3 of {len(STATEMENTS)}")
    assert made.children == (made.questions,)
    assert made.answers == [True, True]


def test_from_all_answers_a_reader_goes_to_a_run_and_back(made: Quiz) -> None:
    for _ in STATEMENTS:
        press(made, said=None)
        view = press(made, go="next")
    assert (view["kind"], view["left"]) == ("end", 0)
    for number in (1, 5, len(STATEMENTS)):
        view = press(made, show=number)
        assert (view["kind"], view["text"], view["all"]) == ("judged", made.statements[number - 1].text, True)
        assert made.player is not None
        assert made.player.position == turning_point(made.statements[number - 1].decide().deciding)
        view = press(made, go="end")
        assert (view["kind"], view["left"]) == ("end", number)


def test_a_press_out_of_turn_changes_nothing_and_is_answered(made: Quiz) -> None:
    """Two views of one quiz may be on a page, and a press may come twice."""
    before = made.questions.view
    assert press(made, go="next") == before
    after = press(made, said=True)
    assert press(made, said=False) == after
    assert press(made, said="yes") == after
    assert made.answers == [True]


def test_in_code_a_call_out_of_turn_is_explained(made: Quiz) -> None:
    with pytest.raises(ScenarioError, match="say True or False first"):
        made.next()
    no: Any = "no"
    with pytest.raises(ScenarioError, match="an answer is True or False, or None for “I do not know”, not 'no'"):
        made.answer(no)
    with pytest.raises(ScenarioError, match="this is the first statement"):
        made.back()
    with pytest.raises(ScenarioError, match="statement 1 is not answered yet"):
        made.show(1)
    with pytest.raises(ScenarioError, match="not all statements are answered"):
        made.end()
    made.answer(True)
    with pytest.raises(ScenarioError, match=r"this statement is answered; go on with next\(\)"):
        made.answer(True)


def test_a_page_without_a_kernel_has_all_statements_with_their_answers_folded(made: Quiz) -> None:
    made.answer(made.statements[0].decide().holds)
    bundle = made._repr_mimebundle_()
    page = bundle["text/html"]
    assert bundle["text/plain"] == f"Quiz({len(STATEMENTS)} statements, 1 answered, 1 right)"
    assert page.count("<details>") == len(STATEMENTS)
    for one in STATEMENTS:
        assert all(escape(part) in page for part in (one.text, one.reason, one.decide().answer, *one.decide().lines))
    assert page.count("<iframe") == 1
    assert "<iframe" not in quiz()._repr_mimebundle_()["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
