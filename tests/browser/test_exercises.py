"""Exercises in JupyterLab: chosen with the mouse, typed with the keys, hints on demand, kept in a file, and no kernel."""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, expect

from flowsim.exercises.catalogue import all_exercises, exercise_named
from flowsim.exercises.kinds import Choice
from flowsim.lessons.progress import FILE
from flowsim.widgets import exercise
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell
from tests.browser.waiting import fits

KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
START, STEAL = "00-start.ipynb", "04-steal-the-code.ipynb"


@pytest.fixture
def beside(jupyter_folder: Path) -> Path:
    """The folder of the notebooks, in which nothing is answered yet: see the fixture `lab`."""
    return jupyter_folder / "work" / "notebooks"


def opened(lab: Lab, notebook: str, id: str) -> None:
    """The notebook, run to its end, with this exercise at its start."""
    lab.size(1280, 900)
    lab.ready(notebook, number_of_cell(notebook, f'exercise("{id}")'))
    lab.hide_sidebar()


def shown(lab: Lab, notebook: str, id: str) -> Locator:
    found = cell_that_says(lab, notebook, f'exercise("{id}")').get_by_test_id("exercise")
    expect(found).to_be_visible()
    return found


def test_a_choice_is_made_with_the_mouse_and_a_hint_is_shown_on_demand(lab: Lab) -> None:
    opened(lab, START, "start.1")
    part, one = shown(lab, START, "start.1"), exercise_named("start.1")
    assert isinstance(one, Choice)
    assert barriers(lab.page, ".fs-exercise") == []
    expect(part).to_contain_text("Exercise 1 of 3")
    expect(part.get_by_role("radio")).to_have_count(len(one.options))
    expect(part).not_to_contain_text(one.hint)
    lab.shot("exercise-asked-light", part)
    part.get_by_role("button", name="Hint").click()
    expect(part).to_contain_text(one.hint)

    wrong = one.options[1]
    part.get_by_role("radio", name=wrong.text).check()
    part.get_by_role("button", name="Answer").click()
    outcome = part.get_by_test_id("outcome")
    expect(outcome).to_contain_text(f"Not yet. {wrong.meaning}")
    lab.shot("exercise-wrong-light", part)
    part.get_by_role("radio", name="the verifier fits the challenge").check()
    part.get_by_role("button", name="Answer").click()
    expect(outcome).to_contain_text("Right.")
    expect(outcome).to_contain_text("PKCE held.")
    expect(outcome).to_contain_text(f"You have 1 of {len([*all_exercises()])} exercises.")
    for theme, width in (("light", 1280), ("dark", 1280), ("dark", 700)):
        lab.theme("dark" if theme == "dark" else "light")
        lab.size(width, 1000)
        shown(lab, START, "start.1")
        lab.shot(f"exercise-right-{theme}-{width}", part)
        fits(part, f"{width} pixels")
        assert barriers(lab.page, ".fs-exercise") == []
    lab.theme("light")


def test_several_are_ticked_with_the_keys_alone(lab: Lab) -> None:
    opened(lab, START, "start.2")
    part = shown(lab, START, "start.2")
    boxes = part.get_by_role("checkbox")
    boxes.first.focus()
    for key in ("Space", "Tab", "Space", "Tab", "Tab", "Tab", "Enter"):
        lab.page.keyboard.press(key)
    expect(part.get_by_test_id("outcome")).to_contain_text("Right. Both stood in the redirect")
    expect(boxes.first).to_be_checked()


def test_answers_lie_beside_the_notebooks(lab: Lab, beside: Path) -> None:
    opened(lab, START, "start.3")
    part = shown(lab, START, "start.3")
    part.get_by_role("radio", name="No", exact=True).check()
    part.get_by_role("button", name="Answer").click()
    expect(part.get_by_test_id("outcome")).to_contain_text("Right.")
    assert '"exercise": "start.3", "answer": "no", "right": true' in (beside / FILE).read_text()


def test_a_value_is_typed_and_what_is_no_answer_is_told_so(lab: Lab) -> None:
    opened(lab, STEAL, "steal-the-code.2")
    part = shown(lab, STEAL, "steal-the-code.2")
    field, outcome = part.get_by_role("textbox"), part.get_by_test_id("outcome")
    for typed, said in (("six", "the answer is a whole number"), ("9", "Not yet."), ("6", "Right.")):
        field.fill(typed)
        field.press("Enter")
        expect(outcome).to_contain_text(said)
        expect(field).to_have_value(typed)
    lab.shot("exercise-typed-light", part)
    expect(shown(lab, STEAL, "steal-the-code.4").get_by_role("textbox")).to_have_count(0)


def test_where_nothing_was_run_each_answer_can_be_opened(lab: Lab, beside: Path) -> None:
    """The stored output, in a notebook that nobody has trusted."""
    stored, _ = exercise("start.3")._repr_mimebundle_()
    stored.pop("application/vnd.jupyter.widget-view+json", None)
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("display_data", data=stored)])
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL), beside / "stored.ipynb")
    lab.open("stored.ipynb")
    shown = lab.cell(0)
    expect(shown).to_contain_text("No kernel is running")
    answers = shown.locator("details")
    expect(answers).to_have_count(3)
    expect(answers.first.locator("p")).to_be_hidden()
    answers.first.locator("summary").click()
    expect(answers.first).to_contain_text("Not right. The token endpoint wants the app's secret")
    lab.shot("exercise-stored-light", shown)
