"""The questions of “Which flow?” in JupyterLab: with the mouse, with the keys, and in both themes."""

from playwright.sync_api import expect

from flowsim.lessons.flow_chooser.table import FLOWS, QUESTIONS, START
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell, picture

NOTEBOOK = "01-which-flow.ipynb"


def test_a_reader_answers_the_questions_and_sees_the_flow(lab: Lab) -> None:
    lab.size(1280, 1300)
    lab.ready(NOTEBOOK, number_of_cell(NOTEBOOK, "choose_a_flow()"))
    lab.hide_sidebar()
    chooser = cell_that_says(lab, NOTEBOOK, "choose_a_flow()").get_by_test_id("flow-chooser")
    heading = chooser.get_by_role("heading")
    expect(heading).to_have_text(QUESTIONS[START].text)

    for answer in ("a new app", "yes", "yes", "in the browser, as a single-page app"):
        chooser.get_by_role("button", name=answer, exact=True).click()
    expect(heading).to_have_text(QUESTIONS["backend"].text)
    lab.shot("which-flow-light", chooser)
    chooser.get_by_role("button", name="no", exact=True).click()
    found = chooser.get_by_test_id("flow-outcome")
    expect(found).to_contain_text(FLOWS["spa"].title)
    expect(found).to_contain_text('player(Simulation(client="spa", pkce="S256"))')
    assert barriers(lab.page, ".fs-flow") == []
    lab.theme("dark")
    lab.shot("which-flow-dark", chooser)

    # With the keys alone: the focus is on what comes next.
    press = lab.page.keyboard.press
    chooser.get_by_role("button", name="Start again").click()
    expect(heading).to_have_text(QUESTIONS[START].text)
    expect(heading).to_be_focused()
    press("Tab")
    press("Enter")
    expect(heading).to_have_text(QUESTIONS["user"].text)
    press("Tab")
    press("Tab")
    press("Enter")
    expect(found).to_contain_text(FLOWS["client-credentials"].title)
    chooser.get_by_role("button", name="Back").click()
    expect(heading).to_have_text(QUESTIONS["user"].text)
    chooser.get_by_role("button", name=f"Change the answer to: {QUESTIONS[START].text}").click()
    expect(heading).to_have_text(QUESTIONS[START].text)
    lab.theme("light")
    drawn = picture(lab, NOTEBOOK, "flow_picture()", "flow-picture")
    expect(drawn.locator("img, svg").first).to_be_visible()
