"""The quiz in JupyterLab: with the mouse to the second statement, with the keys alone to the end, and without a kernel.

Whether a statement holds is asked of the runs, in this process; the kernel of the notebook computes it again.
"""

import pytest
from playwright.sync_api import Locator, expect

from flowsim.analysis.statements import Decision
from flowsim.simulation.turning_point import turning_point
from flowsim.widgets import quiz
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell
from tests.browser.waiting import fits

NOTEBOOK = "20-true-or-false.ipynb"
CALL = "quiz()"
DECISIONS = [one.decide() for one in quiz().statements]


@pytest.fixture
def shown(lab: Lab) -> Locator:
    """The quiz, at its first statement, with its player to come."""
    lab.size(1280, 1700)
    lab.ready(NOTEBOOK, number_of_cell(NOTEBOOK, CALL))
    lab.hide_sidebar()
    found = cell_that_says(lab, NOTEBOOK, CALL).locator(".fs-task")
    expect(found.get_by_test_id("quiz")).to_be_visible()
    return found


def is_asked(shown: Locator, decision: Decision) -> None:
    expect(shown.get_by_role("heading").first).to_have_text(decision.statement.text)
    expect(shown.get_by_test_id("outcome")).to_have_count(0)
    expect(shown.get_by_test_id("player")).to_have_count(0)


def is_judged(shown: Locator, decision: Decision, said: bool) -> None:
    outcome = shown.get_by_test_id("outcome")
    expect(outcome).to_contain_text("You were right." if said is decision.holds else "You said otherwise.")
    expect(outcome).to_contain_text(decision.answer)
    expect(outcome).to_contain_text(decision.statement.reason)
    expect(outcome.get_by_role("listitem")).to_have_text([*decision.lines])
    expect(shown.get_by_test_id("verdict")).to_be_visible()
    expect(shown.get_by_test_id("player")).to_have_attribute("data-position", str(turning_point(decision.deciding)))


def test_a_reader_judges_statements_with_the_mouse_and_sees_the_run_that_decides(lab: Lab, shown: Locator) -> None:
    assert barriers(lab.page, ".fs-quiz") == []
    lab.shot("quiz-asked-light", shown)
    for number, decision in enumerate(DECISIONS[:3]):
        is_asked(shown, decision)
        said = decision.holds is (number != 1)
        shown.get_by_role("button", name=str(said), exact=True).click()
        is_judged(shown, decision, said)
        expect(shown.get_by_test_id("score")).to_have_text(f"{1 if number < 2 else 2} of {number + 1} right")
        assert barriers(lab.page, ".fs-quiz") == []
        for theme, width in (("light", 1280), ("dark", 1280), ("dark", 900), ("light", 900)):
            lab.theme("dark" if theme == "dark" else "light")
            lab.size(width, 1700 if width > 1000 else 3000)
            cell_that_says(lab, NOTEBOOK, CALL)
            lab.shot(f"quiz-{number + 1}-{theme}-{width}", shown)
            fits(shown, f"{width} pixels")
        lab.theme("light")
        lab.size(1280, 1700)
        shown.get_by_role("button", name="Next statement").click()
    is_asked(shown, DECISIONS[3])

    # Back to what was answered, and on again.
    for number in (2, 1):
        shown.get_by_role("button", name="Previous statement").click()
        is_judged(shown, DECISIONS[number], DECISIONS[number].holds is (number != 1))
    for _ in range(2):
        shown.get_by_role("button", name="Next statement").click()
    is_asked(shown, DECISIONS[3])
    shown.get_by_role("button", name="I do not know").click()
    outcome = shown.get_by_test_id("outcome")
    expect(outcome).to_contain_text(DECISIONS[3].answer)
    expect(outcome).not_to_contain_text("You")
    expect(shown.get_by_test_id("score")).to_have_text("2 of 4 right")
    assert barriers(lab.page, ".fs-quiz") == []


def test_a_reader_answers_all_with_the_keys_alone(lab: Lab, shown: Locator) -> None:
    press = lab.page.keyboard.press
    count = lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    shown.get_by_role("heading").first.focus()
    for decision in DECISIONS:
        is_asked(shown, decision)
        expect(shown.get_by_role("heading").first).to_be_focused()
        press("Tab")
        expect(shown.get_by_role("button", name="True", exact=True)).to_be_focused()
        press("Space")
        is_judged(shown, decision, True)
        expect(shown.locator(".fs-task-button")).to_be_focused()
        press("Enter")
    expect(shown.get_by_test_id("player")).to_have_count(0)
    right = sum(decision.holds for decision in DECISIONS)
    expect(shown.get_by_role("heading")).to_have_text(f"{right} of {len(DECISIONS)} right")
    rows = shown.get_by_role("row")
    expect(rows).to_have_count(len(DECISIONS) + 1)
    for row, decision in zip(rows.all()[1:], DECISIONS, strict=True):
        expect(row).to_contain_text(f"{decision.statement.text} ({decision.statement.clause})")
        expect(row).to_contain_text("✓ right" if decision.holds else "✗ wrong")
    assert barriers(lab.page, ".fs-quiz") == []
    for theme in ("dark", "light"):
        lab.theme("dark" if theme == "dark" else "light")
        lab.shot(f"quiz-end-{theme}", shown)
    # From all answers to the run of one, and back to where one was.
    shown.get_by_role("button", name=DECISIONS[4].statement.text).focus()
    press("Enter")
    is_judged(shown, DECISIONS[4], True)
    shown.get_by_role("button", name="All answers").focus()
    press("Enter")
    expect(shown.get_by_role("button", name=DECISIONS[4].statement.text)).to_be_focused()
    shown.get_by_role("button", name="Start again").focus()
    press("Enter")
    is_asked(shown, DECISIONS[0])
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == count


def test_a_lost_kernel_is_said_to_be_lost(lab: Lab, shown: Locator) -> None:
    lab.command("kernelmenu:shutdown")
    shown.get_by_role("button", name="False", exact=True).click()
    expect(shown.get_by_text("The kernel has not answered")).to_be_visible()
    is_asked(shown, DECISIONS[0])
