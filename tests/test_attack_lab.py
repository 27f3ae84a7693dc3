"""The attack lab without a browser: what a reader chooses is sent as the page sends it, and what it shows is looked at."""

import re
from collections.abc import Iterator
from html import escape
from itertools import islice
from typing import Any

import pytest

from flowsim import ScenarioError
from flowsim.analysis.defences import DEFENCES, ROWS, offered, possible
from flowsim.analysis.matrix import Matrix, cell, whole_matrix
from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.front_end.bundle import bundle
from flowsim.model.steps import clause_url
from flowsim.model.world import ATTACKER_USER, VICTIM
from flowsim.views.formats.matrix_html import matrix_html, matrix_style
from flowsim.widgets import AttackLab, attack_lab
from flowsim.widgets.module import ENTRY

SHEETS = ("task.css", "quiz.css", "attack_lab.css")


@pytest.fixture(scope="module")
def whole() -> Matrix:
    return whole_matrix()


@pytest.fixture
def lab() -> AttackLab:
    return attack_lab("code-injection")


def ask(lab: AttackLab, attack: str, *defences: str, predicted: str = "") -> dict[str, Any]:
    """Send what the page sends when the button is pressed, and give what it then shows."""
    before = lab.choices.answered
    asked = {"attack": attack, "defences": list(defences), "predicted": predicted}
    lab.choices._handle_custom_msg(asked, [])
    assert lab.choices.answered == before + 1
    return dict(lab.choices.result)


def branches(lab: AttackLab) -> list[str]:
    """What stands on the tabs of the player."""
    return [branch["title"] for branch in lab.player.payload["branches"]]


def state(lab: AttackLab) -> tuple[Any, ...]:
    """All that a run changes."""
    choices, player = lab.choices, lab.player
    shown = choices.attack, choices.ticked, choices.score, player.payload, player.branch, player.position
    return (*shown, lab.attack, lab.defences, lab.verdict, lab.right, lab.predicted)


def test_it_begins_with_the_attack_alone_and_says_nothing_of_how_that_ends(lab: AttackLab) -> None:
    assert (lab.attack, lab.defences, lab.verdict) == ("code-injection", (), cell("code-injection").verdict)
    assert (lab.choices.attack, lab.choices.ticked, lab.choices.result["kind"]) == ("code-injection", [], "")
    assert (branches(lab), lab.player.position) == (["no defence"], 0)
    assert branches(attack_lab("login-csrf", "state", "iss")) == ["no defence", "state + iss"]


@pytest.mark.parametrize("attack", ROWS)
def test_a_run_shows_the_verdict_of_its_cell_and_where_it_was_decided(
    lab: AttackLab, whole: Matrix, attack: str
) -> None:
    row = [(defence, one) for (name, defence), one in whole.cells.items() if name == attack]
    ways = [one for works in (True, False) for one in islice((o for o in row if o[1].works is works), 1)]
    for defence, one in ways:
        chosen = [] if defence == "none" else [defence]
        result = ask(lab, attack, *chosen)
        assert lab.verdict == one.verdict
        assert (result["kind"], result["text"]) == ("works" if one.works else "stopped", one.verdict.sentence)
        assert (lab.choices.attack, lab.choices.ticked) == (attack, chosen)
        assert branches(lab) == ["no defence", *chosen]
        assert lab.player.branch == one.simulation().name == lab.player.payload["branches"][-1]["name"]
        position = lab.player.position
        event = lab.player.payload["branches"][-1]["trace"]["events"][position - 1]
        decided = {check["id"] for check in event["checks"] if check["decides"]}
        stopped = None if one.works else one.verdict.stopped_by
        if stopped:
            assert result["check"] == stopped in decided
            assert result["clause"] == CHECKS[stopped].clause
            assert result["url"] == clause_url(result["clause"])
        else:
            assert "check" not in result
            run = one.simulation()
            assert [run.goto(at) and run.verdict.attack_succeeded for at in (position - 1, position)] == [
                False,
                one.works,
            ]


@pytest.mark.parametrize(
    ("attack", "defence", "without"),
    [
        ("code-injection", "S256", "Without this check the attack works."),
        ("login-csrf", "state", "Without this check the attack works."),
        ("access-token-theft", "dpop", "Without this check another one stops it: “there is one DPoP proof”."),
    ],
)
def test_why_a_check_is_there_is_tried(lab: AttackLab, attack: str, defence: str, without: str) -> None:
    assert ask(lab, attack, defence)["without"] == without


def test_a_prediction_is_judged_and_counts_once(lab: AttackLab) -> None:
    for defence, predicted, said, score in (
        ("state", "stopped", "You expected otherwise. It works.", "0 of 1 right"),
        ("state", "works", "You were right. It works.", "0 of 1 right"),
        ("nonce", "", "It is stopped.", "0 of 1 right"),
        ("nonce", "stopped", "You were right. It is stopped.", "0 of 1 right"),  # it was seen
        ("S256", "stopped", "You were right. It is stopped.", "1 of 2 right"),
    ):
        result = ask(lab, "code-injection", defence, predicted=predicted)
        assert (result["lead"], lab.choices.score) == (said, score)
    assert (lab.right, lab.predicted) == (1, 2)


@pytest.mark.parametrize(
    ("attack", "defences", "predicted", "problem"),
    [
        ("code-injection", ("plain", "S256"), "", "plain and S256 cannot be had together: both set pkce."),
        ("session-fixation", ("secret", "claimed-https"), "", "cannot be had together: both set client."),
        ("weak-verifier", ("plain",), "", "weak-verifier begins with pkce 'S256', and plain would change that."),
        ("code-injektion", (), "", "did you mean code-injection?"),
        ("code-injection", ("S265",), "", "did you mean S256?"),
        ("code-injection", (), "stoped", "did you mean stopped?"),
    ],
)
def test_what_cannot_be_had_is_explained_and_changes_nothing(
    lab: AttackLab, attack: str, defences: tuple[str, ...], predicted: str, problem: str
) -> None:
    ask(lab, "code-injection", "nonce", predicted="stopped")
    before = state(lab)
    result = ask(lab, attack, *defences, predicted=predicted)
    assert (result["kind"], result["lead"]) == ("problem", "Not possible.")
    assert problem.rstrip(".") in result["text"]
    assert state(lab) == before
    with pytest.raises(ScenarioError, match=re.escape(problem.rstrip("."))):
        lab.play(attack, *defences, predicted=predicted)
    assert state(lab) == before
    if not predicted:
        with pytest.raises(ScenarioError, match=re.escape(problem.rstrip("."))):
            attack_lab(attack, *defences)


def test_every_attack_is_offered_with_its_defences_and_under_what_it_gains(lab: AttackLab, whole: Matrix) -> None:
    groups = dict(lab.choices.offered["attacks"])
    attacks = {one["name"]: one for inside in groups.values() for one in inside}
    assert set(attacks) == set(ROWS)
    for name, one in attacks.items():
        assert one["defences"] == [*offered(name)]
        assert one["more"] == [other for other in possible(name) if other not in offered(name)]
        assert one["about"].endswith(".")
    for gain, inside in groups.items():
        for one in inside:
            verdict = whole.cells[one["name"], "none"].verdict
            in_the_wrong_account = ATTACKER_USER in verdict.accounts or verdict.accounts.get(VICTIM) == "user-mallory"
            assert ("account" in gain) is in_the_wrong_account
            assert ("password" in gain) is ("password" in verdict.attacker_holds)
            assert ("data" in gain) is (verdict.attacker_reads_data and not in_the_wrong_account)
            assert ("cannot log in" in gain) is (ATTACKERS[one["name"]].aim == "denial")
            assert ("program" in gain) is (ATTACKERS[one["name"]].aim == "program")
            assert ("cannot reach" in gain) is (ATTACKERS[one["name"]].aim == "inside")


def test_a_defence_says_what_it_stops_alone(lab: AttackLab, whole: Matrix) -> None:
    for name, one in lab.choices.offered["defences"].items():
        assert set(one["answers"]) == {a for (a, d), c in whole.cells.items() if d == name and not c.works}
        assert one["url"] == clause_url(DEFENCES[name].clause)


def every(tree: Any, tag: str) -> Iterator[list[Any]]:
    """The elements with this tag in a tree, from the outside inwards."""
    if isinstance(tree, list):
        if tree[0] == tag:
            yield tree
        for inner in tree[2:]:
            yield from every(inner, tag)


def test_the_page_has_a_button_for_every_cell(lab: AttackLab, whole: Matrix) -> None:
    buttons = [one for tree in lab.choices.matrix for one in every(tree, "button")]
    cells = {tuple(said["data-cell"].split("|")): (said, mark) for _, said, mark in buttons}
    assert len(buttons) == len(cells)
    assert set(cells) == set(whole.cells)
    for place, (said, mark) in cells.items():
        assert mark == whole.mark(*place)
        one = whole.cells[place]
        assert said["class"] == ("fs-works" if one.works else "fs-stops" if one.stopped else "fs-no-login")
        assert (
            said["title"] == said["aria-label"] == f"{' against '.join(place)}: {whole.cells[place].verdict.sentence}"
        )


def test_two_labs_do_not_disturb_each_other(lab: AttackLab) -> None:
    other = attack_lab("login-csrf", "state")
    before = state(other)
    ask(lab, "code-injection", "nonce", predicted="stopped")
    assert state(other) == before


def test_its_text_and_its_page_say_what_was_run_last(lab: AttackLab, whole: Matrix) -> None:
    ask(lab, "code-injection", "nonce", "iss")
    bundle = lab._repr_mimebundle_()
    told = f"code-injection against nonce + iss: {lab.verdict.sentence}"
    assert bundle["text/plain"] == repr(lab) == f"AttackLab({told})"
    assert matrix_html(whole) in bundle["text/html"]
    assert escape(told) in bundle["text/html"]
    assert bundle["text/html"].count("<iframe") == 1
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_defences_beyond_the_row_of_an_attack_can_be_tried_together_with_those_of_it(lab: AttackLab) -> None:
    assert "pkce-required" not in offered("login-csrf")
    result = ask(lab, "login-csrf", "S256", "pkce-required", "rotation")
    assert (lab.choices.ticked, branches(lab)[-1]) == (
        ["S256", "pkce-required", "rotation"],
        "S256 + pkce-required + rotation",
    )
    assert result["text"] == cell("login-csrf", "S256", "pkce-required", "rotation").verdict.sentence


def test_the_legend_is_that_of_the_matrix(lab: AttackLab, whole: Matrix) -> None:
    tag, _, *lines = lab.choices.matrix[0]
    assert tag == "ul"
    assert lines == [["li", {}, ["b", {}, mark], f" {meaning}"] for mark, meaning in whole.legend]


@pytest.mark.parametrize("name", ["attack_lab.js", "quiz.js"])
def test_the_front_ends_never_read_text_as_html_and_fetch_nothing(name: str) -> None:
    script = bundle(ENTRY.with_name(name))
    style = matrix_style() + "".join((ENTRY.with_name(one)).read_text("utf-8") for one in SHEETS)
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "import", "fetch"):
        assert way not in script
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL)
    assert "url(" not in style
    assert "@import" not in style
    rules = [line for line in style.splitlines() if line.endswith("{") and not line.startswith((" ", "@"))]
    assert [line for line in rules if ".fs-" not in line] == []
