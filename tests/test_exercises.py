"""Every exercise: what is right is right, each wrong answer is told why, and whatever else is handed in gets a sentence."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowsim.analysis.matrix import cell
from flowsim.exercises import bug_zoo, steal_the_code
from flowsim.exercises.catalogue import all_exercises, by_id, exercise_named, of_lesson
from flowsim.exercises.kinds import NOT_ANSWERED, Choice, Exercise, Made, Value
from flowsim.exercises.model_answers import MODEL_ANSWERS
from flowsim.exercises.record import so_far
from flowsim.exercises.trials import attackers_win
from flowsim.lessons import progress
from flowsim.lessons.course import LESSONS
from flowsim.model import own_code
from flowsim.model.scenario import ScenarioError
from flowsim.simulation.simulation import Simulation
from flowsim.widgets import ExerciseWidget, exercise
from tests.kit.odd_values import Odd, deep, in_itself

ALL = [*all_exercises()]
MADE = [one for one in ALL if isinstance(one, Made)]
CHOICES = [one for one in ALL if isinstance(one, Choice)]
VALUES = [one for one in ALL if isinstance(one, Value)]
ROOT = Path(__file__).parents[1]
by_name = pytest.mark.parametrize("one", ALL, ids=lambda one: one.id)


@pytest.fixture(autouse=True)
def beside_the_notebooks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "notebooks")
    monkeypatch.setenv(progress.VARIABLE, "")


def model_answer(one: Exercise) -> Any:
    """The answer that the solutions notebook gives."""
    if one.id in MODEL_ANSWERS:
        model, names = MODEL_ANSWERS[one.id], dict[str, Any]()
        exec(model.source, names)
        return eval(model.result, names)
    if isinstance(one, Choice):
        keys = one.right_keys()
        return [*keys] if one.several else keys[0]
    assert isinstance(one, Value)
    return one.computed()


def wrong_answers(one: Exercise) -> Iterator[Any]:
    if isinstance(one, Choice):
        right = one.right_keys()
        yield from ([[option.key] if one.several else option.key for option in one.options if option.key not in right])
    elif isinstance(one, Value):
        yield from one.meanings
        yield {"a whole number": 77, "a text": "something else", "a list of texts": ["something else"]}[one.wants]


@by_name
def test_the_model_answer_is_right_and_the_reason_is_said(one: Exercise) -> None:
    outcome = one.judge(model_answer(one))
    assert outcome.right, outcome
    assert outcome.text.endswith((".", ")", "/callback")) and len(outcome.text) > 20
    assert not outcome.hint


@by_name
def test_no_answer_yet_is_said_so(one: Exercise) -> None:
    for nothing in (None, ..., "", "  "):
        assert (one.judge(nothing).state, one.judge(nothing).text) == ("unanswered", NOT_ANSWERED)


@pytest.mark.parametrize("one", [*CHOICES, *VALUES], ids=lambda one: one.id)
def test_a_wrong_answer_is_told_what_is_so_and_gets_the_hint(one: Exercise) -> None:
    answers = [*wrong_answers(one)]
    assert answers
    for answer in answers:
        outcome = one.judge(answer)
        assert outcome.state == "wrong", (answer, outcome)
        assert outcome.text and one.hint in outcome.hint and outcome.key


@by_name
@pytest.mark.parametrize(
    "answer",
    [Odd(), [Odd()], in_itself(), deep(), 10**5000, b"x", {"a": Odd()}, object(), 3.5, float("nan"), [], ["x"] * 1000],
    ids=lambda _: "",
)
def test_whatever_else_is_handed_in_gets_one_sentence_and_no_error(one: Exercise, answer: Any) -> None:
    outcome = one.judge(answer)
    assert outcome.state in ("no answer", "wrong")
    assert outcome.text and "\n" not in outcome.text and len(outcome.text) < 900
    repr(outcome)


@pytest.mark.parametrize(
    ("id", "answer", "said"),
    [
        ("start.1", ["token.verifier_fits", "x"], "You gave a list"),
        ("start.1", 8, "You gave a number (8)"),
        ("start.2", "code", "You gave a text ('code'), and the answer is a list of some of 'state', "),
        ("start.2", ["code", 3], "You gave a list with a number (3) in it"),
        ("start.3", 0, "You gave a number (0), and the answer is True or False"),
        ("refresh-token-rotation.2", "four", "You gave a text ('four'), and the answer is a whole number"),
        ("refresh-token-rotation.2", True, "You gave a yes or no (True), and the answer is a whole number"),
        ("steal-the-code.5", "state", "You gave 'state', which is of type str, and a dict of settings was asked"),
        ("steal-the-code.4", "Mine", "an attacker: a class with `next_move(self, view)`"),
        ("steal-the-code.5", {"pkce": "S256"}, "'pkce' may not be changed here"),
    ],
)
def test_an_answer_of_another_kind_is_told_what_came_and_what_was_asked(id: str, answer: Any, said: str) -> None:
    assert said.lower() in exercise_named(id).judge(answer).text.lower()


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("start.1", "the verifier fits the challenge"),
        ("start.1", " “The verifier fits the challenge” "),
        ("start.1", "`token.verifier_fits`"),
        ("start.1", ["token.verifier_fits"]),
        ("start.2", "code, state"),
        ("start.2", "['code', 'state']"),
        ("start.2", {"the `code`", "the `state`"}),
        ("start.3", "false"),
        ("start.3", False),
        ("start.3", "No"),
        ("steal-the-code.2", "6"),
        ("steal-the-code.2", 6.0),
    ],
)
def test_an_answer_is_right_however_it_is_written(id: str, answer: Any) -> None:
    assert exercise_named(id).judge(answer).right


@pytest.mark.parametrize("one", CHOICES, ids=lambda one: one.id)
def test_the_options_can_be_told_apart_and_some_but_not_all_are_right(one: Choice) -> None:
    keys, texts = [option.key for option in one.options], [option.text for option in one.options]
    assert len({*keys}) == len(keys) and len({*texts}) == len(texts)
    assert 0 < len(one.right_keys()) < len(keys)
    assert {*one.right_keys()} <= {*keys}
    assert all(option.meaning.strip() for option in one.options)


def test_the_right_option_is_not_always_the_same_one() -> None:
    places = {[option.key for option in one.options].index(one.right_keys()[0]) for one in CHOICES}
    assert len(places) >= 3


def test_each_has_a_name_of_its_lesson_and_a_number_without_a_hole() -> None:
    for lesson in LESSONS:
        assert [one.id for one in of_lesson(lesson.slug)] == [
            f"{lesson.slug}.{number}" for number in range(1, len(of_lesson(lesson.slug)) + 1)
        ]
    assert len(ALL) == len(by_id())


def test_what_the_questions_presuppose_is_so() -> None:
    assert cell("code-interception", "dpop").works and not cell("code-interception", "dpop-bound-code").works
    assert all(cell(attack, "none").works for attack in ("code-injection", "login-csrf"))
    for trial in (steal_the_code, bug_zoo):
        assert all(attackers_win(attack, trial.OPEN) for attack in trial.ATTACKS)
        assert Simulation(**trial.OPEN, seed=7).run().verdict.error is None


def test_a_repair_with_any_part_left_out_is_none() -> None:
    for id in ("bug-zoo.3", "steal-the-code.5"):
        whole = eval(MODEL_ANSWERS[id].result)
        for left_out in whole:
            part = {name: value for name, value in whole.items() if name != left_out}
            assert "still works" in exercise_named(id).judge(part).text


def test_several_ask_to_make_something() -> None:
    assert len(MADE) >= 10
    assert {one.id for one in MADE} <= {*MODEL_ANSWERS}
    assert {*MODEL_ANSWERS} <= {*by_id()}


def attacker(body: str) -> type:
    names: dict[str, Any] = {}
    exec(f"from flowsim import *\nclass Mine(Attacker):\n    def next_move(self, view):\n        {body}\n", names)
    mine: type = names["Mine"]
    return mine


@pytest.mark.parametrize(
    ("id", "made", "said"),
    [
        ("eleven-steps.1", lambda kept, url: True, "accepts a state that differs in capitals only"),
        ("eleven-steps.1", lambda kept, url: False, "refuses the genuine answer"),
        ("eleven-steps.1", lambda kept, url: f"state={kept}" in url, "accepts a state that only begins like"),
        ("eleven-steps.1", lambda kept: True, "failed with TypeError"),
        ("eleven-steps.6", lambda code, verifier: {"code": code}, "answers 400"),
        ("eleven-steps.6", lambda code, verifier: None, "expected a dict of texts"),
        ("verifier-and-challenge.1", lambda verifier: verifier, "as under `plain`"),
        ("verifier-and-challenge.1", lambda verifier: verifier.encode(), "A challenge is a text"),
        ("verifier-and-challenge.5", lambda: "a" * 43, "one came twice"),
        ("verifier-and-challenge.5", lambda: "a", "is no verifier"),
        ("tokens.5", lambda header, claims, now: True, "accepts a token without a signature"),
        (
            "tokens.5",
            lambda header, claims, now: claims["aud"] == "https://api.example",
            "refuses a token for two APIs",
        ),
        ("bug-zoo.1", lambda server: True, "It accuses `usual`, which is sound"),
        ("bug-zoo.1", lambda server: False, "misses the server that does not compare"),
        ("bug-zoo.2", lambda server: False, "caught 0 of 8"),
        ("bug-zoo.3", {}, "still works"),
        ("bug-zoo.3", {"redirect_match": "x"}, "'x'"),
        ("steal-the-code.5", {"state": True}, "still works"),
        ("refresh-token-rotation.4", "refresh call", "It is noticed"),
        ("refresh-token-rotation.4", "refresh", "it must have a `call`"),
        ("refresh-token-rotation.4", "call nonsense", "nonsense"),
        ("attack-lab.2", ["S256"], "is not stopped"),
        ("attack-lab.2", ["S256", "iss", "nonce", "state"], "3 are enough"),
        ("attack-lab.2", ["S255"], "S255"),
        ("beyond-pkce.2", attacker("return None"), "finds no chance to strike"),
        ("steal-the-code.4", attacker('return view.loot["code_verifier"]'), "looks for 'code_verifier'"),
        ("steal-the-code.4", attacker("return 1 / 0"), "ZeroDivisionError"),
    ],
)
def test_what_was_made_wrong_is_told_what_it_does(id: str, made: Any, said: str) -> None:
    outcome = exercise_named(id).judge(made)
    assert outcome.state == "wrong", outcome
    assert said in outcome.text
    assert outcome.answer and outcome.hint


def test_what_a_learner_made_is_stopped_when_it_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_code, "SECONDS", 0.3)

    def for_ever(*_: Any) -> Any:
        while True:
            pass

    for id in ("eleven-steps.1", "bug-zoo.2", "verifier-and-challenge.5"):
        assert "took more than 0.3 seconds" in exercise_named(id).judge(for_ever).text


def test_an_attacker_with_more_positions_than_the_exercise_gives_is_refused() -> None:
    names: dict[str, Any] = {}
    exec(MODEL_ANSWERS["steal-the-code.4"].source, names)
    strong = names["Mine"](name="mine", title="mine", positions=("A3", "A4", "storage"))
    assert "this attacker has storage" in exercise_named("steal-the-code.4").judge(strong).text.lower()


def test_an_exercise_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match=r"did you mean start\.\d"):
        exercise_named("start.9")
    for odd in ("start", "", None, 3, "../x.1", "kinds.1"):
        with pytest.raises(ScenarioError, match="unknown exercise"):
            exercise_named(odd)


def test_how_far_one_is_counts_each_exercise_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "answers"))
    for id in ("start.1", "start.1", "start.2", "of-another-course.1"):
        progress.record(id, "x", True)
    progress.record("start.3", "x", False)
    assert so_far() == f"You have 2 of {len(ALL)} exercises."


def press(widget: ExerciseWidget, **asked: Any) -> dict[str, Any]:
    """Send what the page sends, and give what it then shows."""
    before = widget.answered
    widget._handle_custom_msg(asked, [])
    assert widget.answered == before + 1
    return dict(widget.view)


def test_the_page_knows_no_answer_and_no_hint_before_one_is_asked_for() -> None:
    for one in CHOICES:
        sent = str(exercise(one.id).get_state(["view", "kept"]))
        assert one.hint not in sent
        assert not any(option.meaning in sent for option in one.options if option.meaning not in option.text)
    widget = exercise("start.1")
    assert press(widget, hint=True)["hint"] == widget.exercise.hint
    assert press(widget, said="token.verifier_fits")["outcome"]["state"] == "right"
    assert widget.kept["exercise"] == "start.1" and widget.kept["right"] is True


@pytest.mark.parametrize(
    "asked", [{}, {"said": 7}, {"said": [7]}, {"said": None}, {"x": 1}, {"hint": "x"}, {"said": ""}]
)
def test_what_makes_no_sense_from_the_page_changes_nothing(asked: dict[str, Any]) -> None:
    widget = exercise("start.1")
    before = dict(widget.view)
    assert press(widget, **asked) == before
    assert widget.kept == {}


def test_what_was_answered_before_is_said_when_the_notebook_is_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "answers"))
    assert exercise("start.1").view["place"] == "Exercise 1 of 3"
    exercise("start.1").check("token.verifier_fits")
    assert exercise("start.1").view["place"] == "Exercise 1 of 3 – you have answered it"
    assert "answered" not in repr(exercise("start.1")) + str(exercise("start.1")._repr_mimebundle_()[0]["text/html"])


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if of_lesson(lesson.slug)], ids=lambda one: one.slug)
def test_a_notebook_shows_each_of_its_exercises_once_and_holds_no_answer(lesson: Any) -> None:
    text = (ROOT / "notebooks" / f"{lesson.name}.ipynb").read_text("utf-8")
    solved = (ROOT / "notebooks" / "solutions" / f"{lesson.name}.ipynb").read_text("utf-8")
    for one in of_lesson(lesson.slug):
        assert len(re.findall(rf'exercise\(\\"{re.escape(one.id)}\\"\)"', text)) == 1
        assert (f'exercise(\\"{one.id}\\").check(answer)' in text) is isinstance(one, Made)
        assert f'exercise(\\"{one.id}\\").judge(' in solved
    assert "judge(" not in text
