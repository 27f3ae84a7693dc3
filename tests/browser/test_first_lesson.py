"""The first lesson as a newcomer meets it: JupyterLab at 1280x800 with its file browser open, and nothing has been run."""

import pytest
from playwright.sync_api import FrameLocator, expect

from flowsim import Simulation
from tests.browser.lab import Lab

MOST_CLICKS = 8


def opened(lab: Lab) -> FrameLocator:
    """The stored player at the top of the lesson, which a kernel has not touched."""
    lab.size(1280, 800)
    lab.open("00-start.ipynb")
    frame = lab.page.locator("iframe[title^='Player']").first
    expect(frame).to_be_visible()
    return lab.page.frame_locator("iframe[title^='Player']").first


@pytest.mark.parametrize("means", ["mouse", "keys"])
def test_a_newcomer_predicts_twice_and_reaches_pkce_held(lab: Lab, means: str) -> None:
    """Answer, watch the decisive step, open the other login, answer, watch: five clicks, or as many times Enter."""
    player = opened(lab)
    count = 0

    def press(name: str, text: str | None = None) -> None:
        nonlocal count
        one = player.get_by_test_id(name).filter(has_text=text) if text else player.get_by_test_id(name)
        if means == "mouse":
            one.first.click()
        else:
            one.first.press("Enter")
        count += 1

    expect(player.get_by_test_id("question")).to_be_visible()
    press("choice", "No")
    expect(player.get_by_test_id("predicted")).to_contain_text("You said: No. What came: Yes.")
    press("decided")
    expect(player.get_by_test_id("verdict")).to_contain_text("The attacker reads the user's data")
    press("branch", "with PKCE")
    expect(player.get_by_test_id("question")).to_have_text("At which step is the attacker stopped?")
    press("choice", "Step 8")
    held = Simulation(pkce="S256", attacker="code-interception", seed=7).run().verdict.sentence
    expect(player.get_by_test_id("predicted")).to_contain_text(held)
    press("decided")
    expect(player.get_by_test_id("title")).to_have_text("The server checks the verifier")
    assert "PKCE held" in held
    assert count <= MOST_CLICKS


def test_the_question_the_step_and_its_explanation_are_on_one_screen(lab: Lab) -> None:
    player = opened(lab)
    lab.page.locator("iframe[title^='Player']").first.evaluate("one => one.scrollIntoView({ block: 'start' })")
    lab.shot("first-lesson-1280")
    frame = lab.page.locator("iframe[title^='Player']").first.bounding_box()
    assert frame
    for name in ("next", "question", "choice", "title", "text", "tab-message"):
        box = player.get_by_test_id(name).first.bounding_box()
        assert box
        assert 0 <= box["y"] < box["y"] + box["height"] <= 800, name
    assert player.locator(".fs-player").evaluate("one => one.scrollWidth <= one.clientWidth")
