"""The clinic in JupyterLab: a case with the mouse, the next with the keys alone, in any width, and without a kernel.

What a repair comes to is asked of the runs, in this process; the kernel of the notebook plays them again.
"""

import pytest
from playwright.sync_api import Locator, expect

from flowsim.clinic.case import PARTIES, repaired
from flowsim.clinic.cases import CASES, GROUPS
from flowsim.clinic.repairs import offered, tried
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell
from tests.browser.waiting import fits

NOTEBOOK = "25-when-login-fails.ipynb"
CALL = "clinic()"
FIRST, SECOND = [*CASES.values()][:2]


@pytest.fixture
def shown(lab: Lab) -> Locator:
    """The clinic at its first case, with the player of it."""
    lab.size(1280, 2000)
    lab.ready(NOTEBOOK, number_of_cell(NOTEBOOK, CALL))
    lab.hide_sidebar()
    found = cell_that_says(lab, NOTEBOOK, CALL).locator(".fs-task")
    expect(found.get_by_test_id("clinic")).to_be_visible()
    return found


def is_asked(shown: Locator, title: str, symptom: str) -> None:
    expect(shown.get_by_test_id("clinic").get_by_role("heading").first).to_have_text(title)
    expect(shown.get_by_text(symptom)).to_be_visible()
    expect(shown.get_by_test_id("player")).to_be_visible()


def test_a_learner_repairs_a_case_with_the_mouse_and_sees_both_logins(lab: Lab, shown: Locator) -> None:
    is_asked(shown, FIRST.title, FIRST.symptom)
    assert barriers(lab.page, ".fs-clinic") == []
    lab.shot("clinic-asked-light", shown)
    shown.get_by_role("button", name="Hint").click()
    expect(shown.get_by_test_id("hints").get_by_role("listitem")).to_have_text([FIRST.hints[0]])

    wrong = next(one for one in offered(FIRST) if tried(FIRST, one).kind == "fails")
    shown.get_by_label("At which step was the mistake made?").select_option(str(FIRST.step))
    shown.get_by_label(PARTIES[FIRST.party], exact=True).check()
    shown.get_by_label(wrong.words).check()
    shown.get_by_role("button", name="Apply the repair").click()
    expect(shown.get_by_test_id("outcome")).to_contain_text(tried(FIRST, wrong).sentence)
    expect(shown.get_by_label(PARTIES[FIRST.party], exact=True)).to_be_checked()
    assert barriers(lab.page, ".fs-clinic") == []

    shown.get_by_label(FIRST.remedy).check()
    shown.get_by_role("button", name="Apply the repair").click()
    expect(shown.get_by_test_id("outcome")).to_contain_text(repaired(FIRST).verdict.sentence)
    expect(shown.get_by_test_id("points")).to_have_text(" 4 of 6 points.")
    expect(shown.get_by_role("tab", name="with the repair")).to_be_visible()
    assert barriers(lab.page, ".fs-clinic") == []
    for theme, width in (("light", 1280), ("dark", 1280), ("dark", 700), ("light", 700)):
        lab.theme("dark" if theme == "dark" else "light")
        lab.size(width, 2000 if width > 1000 else 3000)
        cell_that_says(lab, NOTEBOOK, CALL)
        lab.shot(f"clinic-over-{theme}-{width}", shown)
        fits(shown, f"{width} pixels")
    lab.theme("light")
    lab.size(1280, 2000)

    shown.get_by_role("button", name="All cases").click()
    expect(shown.get_by_role("row")).to_have_count(len(CASES) + len(GROUPS) + 1)
    expect(shown.get_by_role("row").nth(2)).to_contain_text("4 of 6")
    assert barriers(lab.page, ".fs-clinic") == []
    shown.get_by_role("button", name=SECOND.title).click()
    is_asked(shown, SECOND.title, SECOND.symptom)


def test_a_learner_repairs_a_case_with_the_keys_alone(lab: Lab, shown: Locator) -> None:
    press = lab.page.keyboard.press
    count = lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")
    is_asked(shown, FIRST.title, FIRST.symptom)
    shown.get_by_test_id("clinic").get_by_role("heading").first.focus()
    press("Tab")
    expect(shown.get_by_label("At which step was the mistake made?")).to_be_focused()
    press("Tab")
    press("Space")  # the first of those whose mistake it can be
    press("Tab")
    press("Space")  # the first repair
    for _ in range([one.key for one in offered(FIRST)].index(FIRST.name)):
        press("ArrowDown")
    press("Tab")
    expect(shown.get_by_role("button", name="Apply the repair")).to_be_focused()
    press("Enter")
    expect(shown.get_by_test_id("outcome")).to_contain_text(repaired(FIRST).verdict.sentence)
    expect(shown.get_by_test_id("points")).to_have_text(" 2 of 6 points.")
    expect(shown.get_by_role("button", name="Next case")).to_be_focused()
    press("Enter")
    is_asked(shown, SECOND.title, SECOND.symptom)
    expect(shown.get_by_test_id("clinic").get_by_role("heading").first).to_be_focused()
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == count


def test_a_lost_kernel_is_said_to_be_lost(lab: Lab, shown: Locator) -> None:
    lab.command("kernelmenu:shutdown")
    shown.get_by_role("button", name="Hint").click()
    expect(shown.get_by_text("The kernel has not answered")).to_be_visible()
    is_asked(shown, FIRST.title, FIRST.symptom)
