"""A notebook as a web page, made by `nbconvert --to html`: no kernel behind it, and the player still steps."""

import shutil
from pathlib import Path

import nbconvert
from playwright.sync_api import Browser, expect

from tests.browser.conftest import OUTSIDE
from tests.browser.jupyter import ROOT


def test_the_player_steps_in_a_page_made_from_a_notebook(browser: Browser, tmp_path: Path) -> None:
    source = tmp_path / "00-start.ipynb"
    shutil.copy(ROOT / "notebooks" / source.name, source)
    body, _ = nbconvert.HTMLExporter().from_filename(str(source))
    target = source.with_suffix(".html")
    target.write_text(body, "utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    # What the template of nbconvert fetches (a formula setter) is not ours, and the page has to do without.
    context.route(OUTSIDE, lambda route: route.abort())
    page = context.new_page()
    page.goto(target.as_uri())
    player = page.locator("iframe").first.content_frame.get_by_test_id("player")
    expect(player).to_be_visible()
    for _ in range(6):
        player.get_by_test_id("next").click()
    player.get_by_test_id("inject").click()
    player.get_by_test_id("last").click()
    expect(player.get_by_test_id("verdict")).to_contain_text("attacker")
    context.close()
