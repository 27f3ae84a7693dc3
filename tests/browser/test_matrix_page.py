"""The page of the matrix, which needs no kernel and no network: each cell opens its run in the player below.

What it must show is asked of the matrix in this process.
"""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from flowsim.analysis.defences import offered
from flowsim.analysis.matrix import Matrix, cell
from flowsim.explorer.other_ways import other_way
from flowsim.front_end.matrix_page import matrix_page
from flowsim.simulation.turning_point import turning_point
from tests.browser.axe import violations
from tests.browser.conftest import sealed
from tests.browser.exported import Opened
from tests.browser.lab import SCREENSHOTS

ATTACKS = ("code-interception", "code-injection", "login-csrf", "mix-up", "refresh-theft-late")


@pytest.fixture(scope="module")
def part() -> Matrix:
    """Some rows of the matrix: all of it would take a quarter of a minute."""
    places = [(attack, defence) for attack in ATTACKS for defence in ("none", *offered(attack))]
    return Matrix(cells={(a, d): cell(a, *(() if d == "none" else (d,))) for a, d in places})


@pytest.fixture(scope="module")
def text(part: Matrix) -> str:
    return matrix_page(part)


def button(page: Page, part: Matrix, attack: str, defence: str) -> Locator:
    told = f"{attack} against {defence}: {part.cells[attack, defence].verdict.sentence}"
    return page.get_by_role("button", name=re.compile(f"^{re.escape(told)}"))


def expect_open(page: Page, part: Matrix, attack: str, defence: str) -> None:
    """The heading, the sentence and the player are those of this cell."""
    one = part.cells[attack, defence]
    branch = "no defence" if defence == "none" else defence
    expect(page.get_by_role("heading", level=2)).to_have_text(f"{attack} against {branch}")
    expect(page.locator("#run-told")).to_have_text(one.verdict.sentence)
    player = page.get_by_test_id("player")
    expect(player).to_have_attribute("data-branch", one.simulation().name)
    other = other_way(one) is not None
    expect(player.get_by_test_id("branch").nth(0 if defence == "none" else 1)).to_have_text(branch)
    expect(player).to_have_attribute("data-position", str(turning_point(one.simulation().run())))
    expect(player.get_by_test_id("branch")).to_have_count(1 if defence == "none" else 2 + other)
    expect(page.locator("#run-other")).to_be_visible(visible=other)
    expect(button(page, part, attack, defence)).to_have_attribute("aria-pressed", "true")


def test_a_cell_opens_its_run_beside_the_attack_with_no_defence(opened: Opened, part: Matrix, text: str) -> None:
    page = opened(text)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    expect(page.locator("#run")).to_be_hidden()
    button(page, part, "code-injection", "nonce").click()
    expect_open(page, part, "code-injection", "nonce")
    page.get_by_test_id("player").press("c")
    expect(page.get_by_test_id("player")).to_contain_text("no defence")
    page.get_by_role("link", name="Back to the table").click()
    expect(button(page, part, "code-injection", "nonce")).to_be_focused()
    # Who compares goes on comparing, with the branches of the next cell.
    button(page, part, "mix-up", "iss").click()
    expect_open(page, part, "mix-up", "iss")
    for name in ("no defence", "iss"):
        expect(page.get_by_test_id("player").locator("select option:checked").filter(has_text=name)).to_have_count(1)
    page.get_by_test_id("player").press("c")
    button(page, part, "login-csrf", "none").click()
    expect_open(page, part, "login-csrf", "none")
    expect(page.locator(".fs-matrix [aria-pressed=true]")).to_have_text("✗")
    assert problems == []


def test_another_way_stands_beside_the_one_that_is_stopped(opened: Opened, part: Matrix, text: str) -> None:
    page = opened(text)
    cell_with, found = next((one, way) for one in part.cells.values() if (way := other_way(one)) is not None)
    trace = found.played()
    button(page, part, cell_with.attack, cell_with.defence).click()
    expect_open(page, part, cell_with.attack, cell_with.defence)
    expect(page.locator("#run-other-told")).to_contain_text(trace.verdict.sentence)
    page.get_by_role("link", name="Step through the other way").click()
    player = page.get_by_test_id("player")
    expect(player).to_have_attribute("data-branch", found.name)
    expect(player).to_have_attribute("data-position", str(turning_point(trace)))
    expect(page.get_by_role("heading", level=2)).to_have_text(f"{cell_with.attack} against {cell_with.defence}")


def test_a_link_leads_to_a_cell(opened: Opened, part: Matrix, text: str) -> None:
    page = opened(text)
    button(page, part, "mix-up", "iss").click()
    expect_open(page, part, "mix-up", "iss")
    expect(page).to_have_url(re.compile("mix-up"))
    other = page.context.new_page()
    other.goto(page.url)
    expect_open(other, part, "mix-up", "iss")
    page.evaluate("location.hash = encodeURIComponent('login-csrf|state')")
    expect_open(page, part, "login-csrf", "state")
    for nothing in ("no-such-cell", "%"):
        page.evaluate(f"location.hash = '{nothing}'")
        expect_open(page, part, "login-csrf", "state")


def test_the_keys_alone_open_a_cell_and_come_back(opened: Opened, part: Matrix, text: str) -> None:
    page = opened(text)
    press = page.keyboard.press
    press("Tab")
    expect(button(page, part, "code-interception", "none")).to_be_focused()
    press("ArrowDown")
    press("ArrowRight")
    expect(button(page, part, "code-injection", "plain")).to_be_focused()
    press("Enter")
    expect_open(page, part, "code-injection", "plain")
    expect(page.get_by_role("heading", level=2)).to_be_focused()
    press("Escape")
    expect(button(page, part, "code-injection", "plain")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_legible_in_both_themes_and_shuts_nobody_out(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory, part: Matrix, text: str, theme: str
) -> None:
    target = tmp_path_factory.mktemp("page") / "matrix.html"
    target.write_text(text, "utf-8")
    scheme = "dark" if theme == "dark" else "light"
    with sealed(
        browser, viewport={"width": 1280, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(target.as_uri())
        assert violations(page) == []
        button(page, part, "login-csrf", "S256").click()
        expect_open(page, part, "login-csrf", "S256")
        assert violations(page) == []
        for width in (1280, 900, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=SCREENSHOTS / f"matrix-page-{theme}-{width}.png", full_page=True)
            spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
            assert spare >= 0, f"at {width} pixels the page is {-spare} pixels wider than its window"
