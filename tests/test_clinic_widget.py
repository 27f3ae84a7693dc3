"""The clinic without a browser: what a learner presses is sent as the page sends it, and what it shows is looked at."""

from html import escape
from typing import Any

import pytest

from flowsim import ScenarioError
from flowsim.clinic.case import PARTIES, repaired
from flowsim.clinic.cases import CASES, GROUPS
from flowsim.clinic.evidence import ASKED, repaired_payload
from flowsim.clinic.repairs import WITHOUT, offered, tried
from flowsim.model.steps import step_name
from flowsim.widgets import Clinic, clinic

FIRST = next(iter(CASES.values()))
OPEN = CASES["open-in-app"]


@pytest.fixture
def made() -> Clinic:
    return clinic()


def press(made: Clinic, **asked: Any) -> dict[str, Any]:
    """Send what the page sends, and give what it then shows."""
    before = made.ward.answered
    made.ward._handle_custom_msg(asked, [])
    assert made.ward.answered == before + 1
    return dict(made.ward.view)


def apply(made: Clinic, repair: str, step: object = "", party: str = "") -> dict[str, Any]:
    return press(made, repair=repair, step=str(step), party=party)


def wrong(made: Clinic) -> str:
    """The key of a repair of the case in view that does not help."""
    return next(one.key for one in offered(made.case) if tried(made.case, one).kind == "fails")


def sentences(made: Clinic) -> list[str]:
    assert made.player is not None
    return [branch["trace"]["verdict"]["sentence"] for branch in made.player.payload["branches"]]


def test_it_begins_with_a_report_and_the_login_and_gives_nothing_away(made: Clinic) -> None:
    view = made.ward.view
    assert (view["kind"], view["place"], view["score"]) == ("asked", f"Case 1 of {len(CASES)}", "")
    assert (view["title"], view["symptom"], view["hints"]) == (FIRST.title, FIRST.symptom, [])
    assert view["more"] == len(FIRST.hints)
    assert sentences(made) == [ASKED]
    assert made.player in made.children
    assert not any(hint in str(made.ward.get_state()) for hint in FIRST.hints)
    assert FIRST.cause not in str(made.ward.view)
    assert [key for key, _ in view["repairs"]] == [one.key for one in offered(FIRST)]


def test_all_three_right_brings_all_points_and_the_repaired_login_stands_beside_the_other() -> None:
    for case in CASES.values():
        made = clinic(case.name)
        view = apply(made, case.name, case.step, case.party)
        solution = view["solution"]
        assert (view["kind"], view["score"], made.points, made.solved) == ("over", "6 of 6 points", 6, 1)
        assert solution["text"] == repaired(case).verdict.sentence
        assert [line[3] for line in solution["lines"]] == [True, True]
        assert made.player is not None
        assert made.player.payload == repaired_payload(case, {**case.repair})
        assert sentences(made)[0] == repaired(case).verdict.sentence


def test_a_hint_and_a_repair_that_does_not_help_cost_a_point_each(made: Clinic) -> None:
    assert press(made, go="hint")["hints"] == [FIRST.hints[0]]
    view = apply(made, wrong(made), FIRST.step, FIRST.party)
    repair = next(one for one in offered(FIRST) if one.key == wrong(made))
    assert (view["kind"], view["came"]["text"]) == ("asked", tried(FIRST, repair).sentence)
    assert view["said"] == {"step": str(FIRST.step), "party": FIRST.party, "repair": repair.key}
    assert sentences(made) == [ASKED]
    assert apply(made, FIRST.name, FIRST.step, FIRST.party)["score"] == "4 of 6 points"


def test_what_was_said_of_step_and_party_is_judged_when_the_login_works(made: Clinic) -> None:
    view = apply(made, FIRST.name, 1, "user")
    lines = view["solution"]["lines"]
    assert lines[0] == ["Step", "1", step_name(FIRST.step), False]
    assert lines[1] == ["Whose mistake", "User", PARTIES[FIRST.party], False]
    assert made.points == 2


def test_points_are_never_fewer_than_none(made: Clinic) -> None:
    for _ in FIRST.hints:
        press(made, go="hint")
    assert press(made, go="hint")["more"] == 0
    apply(made, wrong(made))
    assert apply(made, FIRST.name)["score"] == "0 of 6 points"


def test_to_switch_off_the_check_makes_the_login_work_and_is_no_repair() -> None:
    made = clinic(OPEN.name)
    view = apply(made, WITHOUT)
    assert (view["kind"], view["came"]["kind"], view["came"]["lead"]) == ("asked", "unsafe", "That is no repair.")
    assert "flowsim why token.code_fresh" in view["came"]["text"]


def test_who_looks_at_the_solution_gets_no_points_for_this_case(made: Clinic) -> None:
    view = press(made, go="give_up")
    assert (view["kind"], view["score"], made.solved) == ("over", "0 of 6 points", 0)
    assert view["solution"]["given_up"]
    assert press(made, repair=FIRST.name, step="", party="") == view  # it is over
    assert press(made, go="hint") == view


def test_a_learner_goes_from_case_to_case_and_finds_each_as_it_was_left(made: Clinic) -> None:
    names = list(CASES)
    press(made, go="hint")
    assert press(made, go="next")["title"] == CASES[names[1]].title
    assert press(made, go="back")["hints"] == [FIRST.hints[0]]
    assert press(made, go="back")["title"] == FIRST.title  # there is none before it
    view = press(made, go="end")
    assert (view["kind"], made.children) == ("list", (made.ward,))
    assert [name for name, _, _ in view["cases"]] == names
    assert view["groups"] == [[heading, len(cases)] for heading, cases in GROUPS.items()]
    assert sum(count for _, count in view["groups"]) == len(names)
    assert view["cases"][0][2] == "begun"
    apply(made, FIRST.name, FIRST.step, FIRST.party)
    assert press(made, go="end")["cases"][0][2] == "5 of 6"
    view = press(made, show=FIRST.name)
    assert (view["kind"], view["solution"]["points"]) == ("over", "5 of 6 points.")
    assert press(made, show=names[-1])["next"] == "All cases"
    assert press(made, go="next")["kind"] == "list"
    press(made, go="again")
    assert (made.points, made.case, made.ward.view["score"]) == (0, FIRST, "")


@pytest.mark.parametrize(
    "asked",
    [{"show": "no-such-case"}, {"go": "away"}, {"repair": "no-such-repair", "step": "", "party": ""}, {}]
    + [{"repair": FIRST.name, "step": step, "party": party} for step, party in (("x", ""), ("99", ""), ("", "nobody"))],
)
def test_a_press_that_makes_no_sense_changes_nothing_and_is_answered(made: Clinic, asked: dict[str, Any]) -> None:
    before = made.ward.view
    assert press(made, **asked) == before
    assert made.points == 0


def test_who_chooses_no_repair_is_asked_for_one(made: Clinic) -> None:
    view = apply(made, "")
    assert view["problem"] == "Choose a repair first."
    assert press(made, go="hint")["problem"] == ""


def test_in_code_what_is_none_of_the_choices_is_explained(made: Clinic) -> None:
    with pytest.raises(ScenarioError, match="unknown case 'x'"):
        clinic("x")
    with pytest.raises(ScenarioError, match="unknown repair 'x'"):
        made.repair("x")
    with pytest.raises(ScenarioError, match="a step is one that this login takes, by its number, not 99"):
        made.repair(FIRST.name, step=99)
    with pytest.raises(ScenarioError, match="unknown party 'nobody'"):
        made.repair(FIRST.name, party="nobody")
    with pytest.raises(ScenarioError, match="there is none before it"):
        made.back()
    made.repair(FIRST.name)
    with pytest.raises(ScenarioError, match=r"is over; go on with next\(\)"):
        made.hint()


def test_a_page_without_a_kernel_has_all_reports_with_their_solutions_folded(made: Clinic) -> None:
    bundle = made._repr_mimebundle_()
    page = bundle["text/html"]
    assert bundle["text/plain"] == f"Clinic('{FIRST.name}', {len(CASES)} cases, 0 repaired, 0 points)"
    assert page.count("<details>") == len(CASES)
    assert page.count("<iframe") == 1
    for case in CASES.values():
        assert all(escape(part) in page for part in (case.title, case.symptom, case.remedy))
    assert escape(repaired(FIRST).verdict.sentence) in page
