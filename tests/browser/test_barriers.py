"""No barrier: axe-core, with its best practices, looks at the player in both themes, at every tab and on a phone."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from flowsim import Simulation
from flowsim.front_end.page import player_page
from tests.browser.axe import violations
from tests.browser.exported import Opened, go

NARROW = """() => [...document.querySelectorAll(".fs-player *")]
    .filter(node => node.offsetParent && node.getBoundingClientRect().right > innerWidth + 1)
    .map(node => node.outerHTML.slice(0, 90))"""

ON_TOP = "box => document.elementFromPoint(box.x + 20, box.y + 9).closest('button')?.dataset.testid"
OVERFLOW = "(main => [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth])"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend(opened: Opened, scheme: Any) -> None:
    page = opened()
    page.emulate_media(color_scheme=scheme)
    found = [f"start: {one}" for one in violations(page)]
    stops = [(3, "message"), (3, "checks"), (5, "page"), (8, "checks"), (9, "memory"), (11, "knows")]
    for position, tab in stops:
        panel = go(page, position, tab)
        for more in ("ask", "all-values"):
            if panel.get_by_test_id(more).count():
                panel.get_by_test_id(more).first.click()
        found += [f"{position} {tab}: {one}" for one in violations(page)]
    page.get_by_test_id("inject").click()
    for position, tab in [(7, "message"), (9, "checks"), (9, "knows"), (10, "message")]:
        go(page, position, tab)
        found += [f"attack {position} {tab}: {one}" for one in violations(page)]
    page.get_by_test_id("compare").click()
    found += [f"compare: {one}" for one in violations(page)]
    page.get_by_test_id("branch").last.click()
    page.get_by_test_id("help").click()
    found += [f"keys: {one}" for one in violations(page)]
    page.keyboard.press("Escape")
    page.get_by_test_id("present").click()
    found += [f"presenting: {one}" for one in violations(page)]
    assert found == []


def narrow(page: Page, where: object) -> list[str]:
    """What of the player stands out of the window on the right."""
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{where}: {one}" for one in [*page.evaluate(NARROW), *(["the page scrolls sideways"] if wide else [])]]


@pytest.mark.parametrize("width", [320, 390])
def test_on_a_phone_nothing_stands_out_and_next_is_always_within_reach(opened: Opened, width: int) -> None:
    page = opened()
    page.set_viewport_size({"width": width, "height": 700})
    found = narrow(page, "start")
    following = page.get_by_test_id("next")
    for step in range(1, 12):
        following.click()
        for tab in ("message", "checks", "knows", "memory", "page"):
            if page.get_by_test_id(f"tab-{tab}").count():
                page.get_by_test_id(f"tab-{tab}").click()
                found += narrow(page, (step, tab))
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        box = following.bounding_box()
        assert box and 0 <= box["y"] < 60
        assert page.evaluate(ON_TOP, box) == "next"
    page.get_by_test_id("inject").click()
    found += narrow(page, "attack")
    page.get_by_test_id("compare").click()
    found += narrow(page, "compare")
    assert found == []


def test_no_click_moves_the_page_and_the_verdict_is_told_beside_next(opened: Opened) -> None:
    page = opened(pkce="S256")
    page.set_viewport_size({"width": 1280, "height": 560})
    page.get_by_test_id("inject").click()
    for _ in range(12):
        page.get_by_test_id("next").click(force=True)
        assert page.evaluate("scrollY") == 0
    expect(page.get_by_test_id("where")).to_have_text("Step 9 of 11")
    verdict = Simulation(pkce="S256", attacker="code-interception", seed=7).run().verdict
    expect(page.get_by_test_id("phrase")).to_have_text(verdict.sentence)
    page.get_by_test_id("compare").click()
    page.wait_for_timeout(100)
    assert page.evaluate("scrollY") == 0


def test_asking_what_a_name_is_brings_no_scrollbar(opened: Opened) -> None:
    page = opened()
    page.evaluate("document.querySelector('main').style.overflow = 'auto'")
    go(page, 3, "message").get_by_test_id("ask").first.click()
    expect(page.get_by_test_id("announced")).not_to_be_empty()
    assert page.evaluate(f"{OVERFLOW}(document.querySelector('main'))") == [0, 0]


def test_a_browser_that_cannot_choose_colours_gets_the_light_page(opened: Opened) -> None:
    text = player_page(Simulation(seed=7)).replace("light-dark(", "not-known-yet(")
    unpacked = text.replace("JSON.parse(code)", 'JSON.parse(code.replaceAll("light-dark(", "not-known-yet("))')
    assert unpacked != text
    page = opened(unpacked)
    page.emulate_media(color_scheme="dark")
    go(page, 8, "checks")
    assert violations(page) == []
    colours = page.evaluate("""() => [".fs-player", ".fs-card", ".fs-svg .msg path", ".fs-ledger i"].map(name => {
        const style = getComputedStyle(document.querySelector(name));
        return [style.backgroundColor, style.color, style.stroke];
    })""")
    assert colours[0][:2] == ["rgb(255, 255, 255)", "rgb(28, 36, 48)"]
    assert colours[2][2] == "rgb(28, 36, 48)"
