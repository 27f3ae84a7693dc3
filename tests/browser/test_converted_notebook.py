"""A notebook as a web page, made by nbconvert: no kernel behind it, no network, and the players still step."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OUTSIDE, sealed
from tests.browser.jupyter import ROOT
from tests.browser.waiting import comes_true

DARK = "rgb(18, 22, 28)"
CELLS = (
    "from flowsim import Simulation, bench, player",
    'player(Simulation(pkce="none", seed=7))',
    'bench(pkce="S256", seed=7)',
)


def jupyter(*arguments: str | Path) -> None:
    """Call `jupyter` as somebody would in whose environment flowsim is installed."""
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(ROOT / "binder" / "jupyter")}
    command = [sys.executable, "-m", "jupyter", *map(str, arguments)]
    subprocess.run(command, check=True, env=environment, capture_output=True)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("converted") / "fresh.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS]), path)
    return path


@pytest.fixture(scope="module")
def executed(fresh: Path) -> Path:
    """What `jupyter execute` writes, and papermill alike: each widget with its view."""
    path = fresh.with_name("executed.ipynb")
    jupyter("execute", fresh, f"--output={path}")
    assert "widget-view+json" in path.read_text("utf-8")
    return path


def theft(page: Page, number: int) -> None:
    frame = page.locator("iframe.flowsim-player").nth(number)
    frame.scroll_into_view_if_needed()
    player = frame.content_frame.get_by_test_id("player")
    for _ in range(6):
        player.get_by_test_id("next").click()
    player.get_by_test_id("inject").click()
    player.get_by_test_id("last").click()
    expect(player.get_by_test_id("verdict")).to_contain_text("attacker")


@pytest.mark.parametrize("way", ["--execute", "executed"])
def test_the_players_step_in_a_page_that_asks_the_network_for_nothing(
    browser: Browser, way: str, request: pytest.FixtureRequest
) -> None:
    source: Path = request.getfixturevalue("executed" if way == "executed" else "fresh")
    target = source.with_name(f"page-{way.strip('-')}.html")
    jupyter("nbconvert", "--to=html", f"--output={target}", source, *([way] if way == "--execute" else []))
    with sealed(browser, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(target.as_uri())
        expect(page.locator("iframe.flowsim-player")).to_have_count(2)
        theft(page, 0)
        theft(page, 1)
        expect(page.get_by_text("The controls of this bench: This needs a running kernel.")).to_be_visible()


def test_the_players_step_in_slides(browser: Browser, executed: Path) -> None:
    jupyter("nbconvert", "--to=slides", f"--output={executed.with_name('talk')}", executed)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    # What turns the slides is fetched, unless it was asked for beside the page; without it they stand below each other.
    context.route(OUTSIDE, lambda route: route.abort())
    page = context.new_page()
    page.goto(executed.with_name("talk.slides.html").as_uri())
    theft(page, 0)
    context.close()


def test_a_stored_player_is_as_tall_as_what_it_shows_and_as_dark_as_the_page_around_it(
    browser: Browser, executed: Path
) -> None:
    target = executed.with_name("page-dark.html")
    jupyter("nbconvert", "--to=html", "--theme=dark", f"--output={target}", executed)
    with sealed(browser, viewport={"width": 1280, "height": 900}, color_scheme="light") as context:
        page = context.new_page()
        page.goto(target.as_uri())
        frame = page.locator("iframe.flowsim-player").first
        inside = frame.content_frame
        inside.get_by_test_id("last").click()
        root = inside.locator("html")
        expect(root).to_have_css("color-scheme", "dark")
        comes_true(root, "root => root.scrollHeight === innerHeight")
        tall = inside.get_by_test_id("player").evaluate("node => node.offsetHeight")
        comes_true(frame, f"frame => Math.abs(frame.getBoundingClientRect().height - {tall}) < 2")
        page.evaluate("document.body.dataset.jpThemeLight = 'true'")
        expect(root).to_have_css("color-scheme", "light")
        # The page has decided, whatever the reader's system prefers; a page that has no theme leaves it to the system.
        page.emulate_media(color_scheme="dark")
        paper = inside.locator("body")
        expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")
        page.evaluate("delete document.body.dataset.jpThemeLight")
        expect(paper).to_have_css("background-color", DARK)
