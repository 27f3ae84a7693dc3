"""A search in JupyterLab: the tree with the keys alone, a search that is begun and ended, in any width and both themes."""

import pytest
from playwright.sync_api import Locator, expect

from flowsim.explorer.decision_tree import DecisionTree
from flowsim.explorer.search import search
from flowsim.views.pictures.explored import at_first, boxes
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell
from tests.browser.waiting import fits

NOTEBOOK = "26-the-machine-as-attacker.ipynb"
ASKED = "\nsearching("
FOUND = search(pkce="none", positions="A3", goals="access-token", depth=2)
FOCUSED = "document.activeElement.getAttribute('aria-label')"


def over_at(notebook: str) -> int:
    """The cell whose last line is a search that is over."""
    return number_of_cell(notebook, "first = search(") + 2


@pytest.fixture
def shown(lab: Lab) -> Locator:
    """The search that is over, with its tree and its player."""
    lab.size(1280, 2000)
    lab.ready(NOTEBOOK, over_at(NOTEBOOK), number_of_cell(NOTEBOOK, ASKED))
    lab.hide_sidebar()
    found = lab.cell(over_at(NOTEBOOK)).locator(".fs-task")
    expect(found.get_by_test_id("search")).to_be_visible()
    return found


def test_the_tree_is_walked_and_its_boxes_are_opened_with_the_keys_alone(lab: Lab, shown: Locator) -> None:
    press = lab.page.keyboard.press
    tree = DecisionTree(FOUND)
    drawn = boxes(tree, at_first(tree))
    items = shown.get_by_role("treeitem")
    expect(items).to_have_count(len(drawn))
    items.first.focus()
    for box in drawn[1:]:
        press("ArrowDown")
        assert lab.page.evaluate(FOCUSED) == box.text
    press("Home")
    press("ArrowRight")
    press("Enter")
    opened = drawn[1]
    assert opened.branch is not None
    expect(items.nth(1)).to_have_attribute("aria-current", "")
    expect(items.nth(1)).to_be_focused()
    expect(shown.get_by_test_id("player")).to_contain_text("attack")
    folded = next(place for place, box in enumerate(drawn) if box.look == "folded")
    items.nth(folded).focus()
    press("Space")
    expect(items.nth(folded)).to_have_attribute("aria-expanded", "true")
    expect(items.nth(folded)).to_be_focused()
    press("ArrowLeft")
    expect(items).to_have_count(len(drawn))
    assert barriers(lab.page, ".fs-search") == []


def test_it_fits_into_any_width_in_both_themes(lab: Lab, shown: Locator) -> None:
    for theme, width in (("light", 1280), ("dark", 1280), ("dark", 390), ("light", 390), ("light", 3840)):
        lab.theme("dark" if theme == "dark" else "light")
        lab.size(width, 2000 if width > 1000 else 3000)
        lab.shot(f"search-over-{theme}-{width}", shown)
        fits(shown, f"{width} pixels")
        assert barriers(lab.page, ".fs-search") == []
    lab.theme("light")
    lab.size(1280, 2000)


def test_a_search_is_begun_and_ended_with_the_keys_alone(lab: Lab, shown: Locator) -> None:
    asked = cell_that_says(lab, NOTEBOOK, ASKED).locator(".fs-task")
    asked.get_by_role("button", name="Search").focus()
    lab.page.keyboard.press("Enter")
    cancel = asked.get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    expect(asked.get_by_test_id("progress")).to_contain_text("worlds, move")
    lab.page.keyboard.press("Enter")
    expect(asked.get_by_test_id("answer")).to_contain_text("Ended before all was tried")
    expect(asked.get_by_role("treeitem").first).to_be_visible()
