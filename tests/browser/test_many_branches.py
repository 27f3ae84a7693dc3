"""However many branches there are, and however long their names: the page is never wider than the window."""

from typing import Literal

import pytest
from playwright.sync_api import Browser

from flowsim import Simulation
from flowsim.front_end.page import player_page
from tests.browser.conftest import sealed
from tests.browser.lab import SCREENSHOTS

WIDTHS = (390, 768, 1280, 1920, 3840)


def family(count: int) -> str:
    """A page with so many branches, every other one with an attacker, one with a name as long as a name may be."""
    login = Simulation(seed=7)
    login.goto(6)
    for number in range(1, count):
        if number % 2:
            login.fork("x" * 200 if number == 1 else f"a branch of mine, number {number}")
        else:
            login.inject("code-interception")
    login.goto(0)
    return player_page(*login.branches.values())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("count", [3, 11, 40])
def test_the_page_is_never_wider_than_the_window_and_the_branch_in_view_has_its_tab_in_sight(
    browser: Browser, count: int, scheme: Literal["light", "dark"]
) -> None:
    text = family(count)
    with sealed(browser, color_scheme=scheme) as context:
        page = context.new_page()
        page.set_content(text)
        page.get_by_test_id("next").wait_for()
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for tab in (*page.get_by_test_id("branch").all()[:: count // 2], page.get_by_test_id("compare")):
                tab.evaluate("tab => tab.click()")
                over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert over <= 0, f"{over} px too wide at {width} px with {count} branches"
                shown = page.evaluate(
                    """() => {
                      const row = document.querySelector("[role=tablist]"), tab = row.querySelector("[aria-selected=true]");
                      const [outer, inner] = [row, tab].map((one) => one.getBoundingClientRect());
                      return inner.top >= outer.top && inner.bottom <= outer.bottom + 1 && inner.right <= outer.right + 1;
                    }"""
                )
                assert shown, f"the tab in view cannot be seen at {width} px with {count} branches"
            if width in (390, 1280):
                page.screenshot(path=SCREENSHOTS / f"branches-{count}-{scheme}-{width}.png")
