"""Predictions: what is asked of a run, which choice is right, and that nothing is shown before the answer."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

from flowsim import ScenarioError, Simulation, sequence
from flowsim.attacks import ATTACKERS
from flowsim.lessons.progress import VARIABLE, kept
from flowsim.lessons.tables import forgeries
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text.predictions import NAMED, Prediction, asked
from flowsim.widgets import player, predict
from flowsim.widgets.prediction import LOOKED
from tests.kit.clauses import ROOT
from tests.kit.notebook_claims import NOTEBOOKS

STOLEN = "code-interception"


def theft(pkce: Any = "S256", **settings: Any) -> Simulation:
    return Simulation(attacker=STOLEN, pkce=pkce, seed=7, **settings)


def ask_of(payload: dict[str, Any], number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = payload["asks"][number]
    return found


def came(payload: dict[str, Any]) -> str:
    ask = ask_of(payload)
    answer: str = ask["choices"][ask["right"]]
    return answer


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("attack", ATTACKERS)
def test_what_is_right_is_what_the_run_shows(attack: str, name: str) -> None:
    """For every attack, against nothing and against PKCE: the answer is the verdict's, and is one of the choices."""
    for pkce in ("none", "S256"):
        try:
            simulation = Simulation(attacker=attack, pkce=pkce, seed=7)
        except ScenarioError:
            continue
        trace = simulation.run()
        ask, verdict = asked(name, trace, 0), trace.verdict
        right = ask.choices[ask.right]
        assert ask.at < len(trace.events)
        assert ask.at <= ask.decided_at <= len(trace.events)
        assert ask.why == verdict.sentence
        if name == "who-wins":
            assert right == ("Yes" if verdict.attack_succeeded else "No")
        elif name == "where-stopped":
            assert right.startswith("Nowhere") is (verdict.stopped_at_step is None)
            assert right.startswith("Nowhere: it succeeds") is verdict.attack_succeeded
        elif name == "which-check":
            assert right == (verdict.stopped_by_title or right)
            assert right.startswith("Nowhere") is (verdict.stopped_by is None)
        else:
            assert right == (", ".join(verdict.attacker_holds) or "nothing")


@pytest.mark.parametrize("name", ["which-check", "where-stopped"])
def test_the_choices_do_not_tell_how_it_ends(name: str) -> None:
    """With PKCE and without the same is offered, so that what is there to choose from gives nothing away."""
    choices = {asked(name, theft(pkce).run(), 0).choices for pkce in ("none", "plain", "S256")}
    assert len(choices) == 1


def test_a_login_that_nobody_attacks_is_asked_about_its_own_end() -> None:
    assert came(player_payload(Simulation(seed=7, attacker=None), ask={"login": "who-wins"})) == "Yes"
    denied = Simulation(seed=7, user="denies")
    assert came(player_payload(denied, ask={"login": "who-wins"})) == "No"


def test_what_is_asked_without_a_branch_is_about_the_one_with_an_attacker() -> None:
    assert ask_of(player_payload(Simulation(seed=7), ask="who-wins"))["branch"] == STOLEN
    shown = player_payload(
        Simulation(seed=7), Simulation(seed=8, name="other"), theft("none", name="open"), ask="who-wins"
    )
    assert ask_of(shown)["branch"] == "open"


def test_a_question_of_ones_own_is_answered_by_the_run() -> None:
    def number_of(trace: Trace) -> str:
        return str(len(trace.events))

    own = Prediction(
        "How many events?", ("10", "12"), number_of, at=3, why=lambda trace: f"It has {len(trace.events)}."
    )
    ask = ask_of(player_payload(theft(), ask=own))
    assert (ask["at"], ask["right"], ask["why"]) == (3, 0, "It has 10.")
    assert came(player_payload(theft("none"), ask=own)) == "12"


WRONG: list[tuple[Any, str]] = [
    ("who-win", "unknown prediction 'who-win'; did you mean who-wins?"),
    ({"lgin": "who-wins"}, "unknown branch 'lgin'; did you mean login?"),
    (7, "a prediction is a name or a Prediction, not 7"),
    (Prediction("Why?", ("Yes",), lambda run: "Yes"), "a prediction needs two choices or more"),
    (Prediction("Why?", ("Yes", ""), lambda run: "Yes"), "a prediction needs two choices or more"),
    (
        Prediction("Why?", ("Yes", "No"), lambda run: "Perhaps"),
        "the run answers 'Perhaps' to “Why?”, which is none of the",
    ),
    (Prediction("Why?", ("Yes", "No"), lambda run: "No", at=99), "a prediction is asked after 0 to 9 of the 10 events"),
    (Prediction("Why?", ("Yes", "No"), lambda run: "No", at=-1), "a prediction is asked after 0 to 9 of the 10 events"),
]


@pytest.mark.parametrize(("ask", "message"), WRONG, ids=[message[:40] for _, message in WRONG])
def test_what_cannot_be_asked_is_refused_in_a_sentence(ask: Any, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        player_payload(Simulation(seed=7, name="login", attacker=STOLEN), ask=ask)


# ---- Nothing is shown before the answer


def later_than(branch: dict[str, Any], at: int) -> set[str]:
    """Texts of what comes after that many events, of which none is in what came before."""
    trace = branch["trace"]
    early, late = (json.dumps(part) for part in (trace["events"][:at], trace["events"][at:]))
    words = {event["title"] for event in trace["events"][at:]} | {trace["verdict"]["sentence"]}
    words |= {one["value"] for one in trace["secrets"] if one["value"] in late}
    return {word for word in words if word and word not in early}


@pytest.mark.parametrize("pkce", ["none", "plain", "S256"])
@pytest.mark.parametrize("attack", ["code-interception", "login-csrf", "refresh-theft", "code-injection"])
def test_until_it_is_answered_nothing_of_what_comes_is_there(attack: str, pkce: Any) -> None:
    payload = player_payload(Simulation(attacker=attack, pkce=pkce, seed=7), ask="who-wins")
    ask = ask_of(payload)
    (before,) = ask["before"]
    whole = payload["branches"][0]
    assert len(before["trace"]["events"]) == ask["at"] < len(whole["trace"]["events"])
    text = json.dumps(before, ensure_ascii=False)
    coming = later_than(whole, ask["at"])
    assert len(coming) > 1
    assert not [word for word in coming if word in text]
    assert f"event-{ask['at'] + 1}" not in before["svg"]
    assert before["svg"] != whole["svg"]


def test_every_branch_that_would_show_it_is_hidden_as_well() -> None:
    """The same attack once more, or with other random values; one that goes another way stays."""
    login = Simulation(seed=7)
    login.goto(6)
    stolen = login.inject(STOLEN, name="stolen")
    later = login.inject(STOLEN, name="again")
    again = Simulation(seed=8, attacker=STOLEN, name="twin")
    other = theft("none", name="other")
    twin = Simulation(seed=9, attacker=STOLEN, name="second twin")
    hidden = {
        tuple(branch["name"] for branch in ask_of(player_payload(*shown, ask={about: "who-wins"}))["before"])
        for about, shown in (("stolen", (login, stolen, later, other)), ("twin", (again, other, twin)))
    }
    assert hidden == {("stolen", "again"), ("twin", "second twin")}


def test_an_attack_that_finds_no_chance_looks_like_any_other_before_the_answer() -> None:
    idle = Simulation(attacker="refresh-theft", seed=7, user="denies")
    idle.goto(2)
    ask = ask_of(player_payload(idle, ask="who-wins"))
    assert not player_payload(idle)["branches"][0]["attack"]
    assert ask["before"][0]["attack"]


# ---- In the notebook


def test_the_answer_comes_to_python_and_is_told_once() -> None:
    shown = player(theft(), ask="which-check")
    told: list[tuple[str, str | None, bool]] = []
    shown.on_answer(lambda one: told.append((one.name, one.said, one.right)))
    assert not shown.answered
    ask = ask_of(shown.payload)
    shown.answers = {ask["branch"]: ask["right"]}
    shown.answers = {ask["branch"]: ask["right"]}
    (one,) = shown.answered
    assert told == [("which-check", "the verifier fits the challenge", True)]
    assert (one.came, one.why) == ("the verifier fits the challenge", theft().run().verdict.sentence)


def test_looking_without_an_answer_is_not_right() -> None:
    shown = player(theft(), ask="who-wins")
    shown.answers = {"login": None}
    assert [(one.said, one.came, one.right) for one in shown.answered] == [(None, "No", False)]


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"other": 0}, "nothing is asked about the branch 'other'"),
        ({"login": 2}, "None or 0 to 1"),
        ({"login": "No"}, "None or 0 to 1"),
    ],
)
def test_an_answer_that_is_none_of_the_choices_is_refused(answers: dict[str, Any], message: str) -> None:
    shown = player(theft(), ask="who-wins")
    with pytest.raises(TraitError, match=message):
        shown.answers = answers
    assert shown.answers == {}


def test_a_stored_player_does_not_tell_the_answer() -> None:
    """What a notebook keeps for where no kernel runs: the page is packed, and its text says where one stands."""
    data, _ = player(theft(), ask="who-wins")._repr_mimebundle_()
    sentence = theft().run().verdict.sentence
    assert "PKCE held" in sentence
    assert "PKCE held" not in data["text/html"] + data["text/plain"]


# ---- A question that stands alone


def test_a_question_of_its_own_hides_what_the_cell_has_computed() -> None:
    shown = predict("How many?", range(3), 2, ["line one", "line two"], why="Two lines.")
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"] == "Predict('How many?', 3 choices)"
    assert "line one" not in data["text/html"] + data["text/plain"]
    assert [*shown.asked["question"]["choices"]] == ["0", "1", "2"]
    assert (shown.asked["question"]["right"], shown.asked["shown"]) == (2, "<pre>line one\nline two</pre>")
    shown.said = 1
    assert (shown.answer, shown.right) == ("1", False)
    shown.said = 2
    assert (shown.answer, shown.right) == ("2", True)
    shown.said = LOOKED
    assert (shown.answer, shown.right) == (None, False)
    with pytest.raises(TraitError, match="an answer is 0 to 2, not 3"):
        shown.said = 3


def test_pictures_tables_and_texts_may_be_hidden_and_a_text_is_escaped() -> None:
    trace = theft().run()
    shown = predict("Does it?", (True, False), False, ["<script>", "x", sequence(trace), forgeries(), 7]).asked["shown"]
    assert shown.startswith("<pre>&lt;script&gt;\nx</pre>")
    assert [shown.count(part) for part in ("<svg", "<table", "<pre>7</pre>")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("choices", "right", "message"),
    [
        (("Yes", "No"), "Perhaps", "what was computed, 'Perhaps', is none of the choices of “Does it?”"),
        (("Yes",), "Yes", "a prediction needs two choices or more"),
        ("Yes", "Yes", "choices must be a list, such as ('Yes', 'No'), not 'Yes'"),
        (7, 7, "choices must be a list, such as ('Yes', 'No'), not 7"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(choices: Any, right: object, message: str) -> None:
    with pytest.raises(ScenarioError, match=re.escape(message)):
        predict("Does it?", choices, right)


def test_answers_go_into_the_progress_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "progress.jsonl"))
    both = player(
        theft(name="open"), theft("none", name="shut"), ask={"open": "who-wins", "shut": "who-wins"}, keep="start.p1"
    )
    both.answers = {"open": 1}
    both.answers = {"open": 1, "shut": None}
    predict("Does it?", (True, False), True, keep="start.p2").said = 1
    told = [(one.exercise, one.answer, one.right) for one in kept().tries]
    assert told == [("start.p1-1", "No", True), ("start.p1-2", None, None), ("start.p2", "No", False)]


# ---- In the lessons


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_no_output_below_a_question_of_a_lesson_gives_its_answer_away(notebook: str) -> None:
    """A cell that asks shows its question, packed, and nothing else."""
    stored = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text("utf-8"))["cells"]
    asks = re.compile(r"^predict\(|\bask=", re.MULTILINE)
    asking = [cell for cell in stored if cell["cell_type"] == "code" and asks.search("".join(cell["source"]))]
    for cell in asking:
        kinds = {kind for output in cell["outputs"] for kind in output.get("data", {output["output_type"]: 0})}
        assert kinds <= {"text/html", "text/plain"}, cell["id"]
        texts = ["".join(output["data"]["text/plain"]) for output in cell["outputs"]]
        assert all(re.fullmatch(r"(Player|Predict)\(.*\)", text) for text in texts), cell["id"]
