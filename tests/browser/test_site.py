"""The site as a reader meets it: opened as files, in a window from which nothing reaches another machine."""

import functools
import http.server
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from flowsim.lessons.course import LESSONS
from tests.browser import installed
from tests.browser.axe import violations
from tests.browser.conftest import sealed
from tests.browser.jupyter import ROOT
from tests.browser.lab import SCREENSHOTS
from tests.browser.test_firefox import NODE
from tests.kit.site import small_site

READ = (
    "read/00-start.html",
    "read/11-storage-on-a-phone.html",
    "read/21-bug-zoo.html",
    "read/solutions/22-capstone.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "any" / "path"
    small_site(folder, repository="https://github.com/somebody/flowsim", run=True)
    return folder


@pytest.fixture
def served(site: Path) -> Iterator[str]:
    """The address of the site on a plain server of files, two folders deep, as it stands on a host of pages."""
    handler = functools.partial(_Quiet, directory=site.parents[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/any/path"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


def fits(page: Page) -> bool:
    found: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return found


def test_the_first_step_is_within_reach_and_needs_no_waiting(browser: Browser, served: str) -> None:
    with sealed(browser, viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{served}/index.html", wait_until="domcontentloaded")
        following = page.get_by_test_id("next")
        expect(following).to_be_in_viewport()
        following.click()
        expect(page.get_by_test_id("player")).to_have_attribute("data-position", "1")
        # The page, its look and its program: the index of the search is not asked for before somebody searches.
        fetched = [one.removeprefix(f"{served}/") for one in asked if not one.startswith("data:")]
        assert sorted(fetched) == ["index.html", "site/site.css", "site/site.js"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out_and_nothing_is_wider_than_a_phone(browser: Browser, site: Path, theme: str) -> None:
    problems: list[str] = []
    with sealed(browser, viewport={"width": 390, "height": 844}, color_scheme=theme) as context:
        for name in ("index.html", *READ):
            page = context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto((site / name).as_uri())
            expect(page.locator(".part:not(.is-there)")).to_have_count(0)
            assert fits(page), name
            # Several players on a page have parts of the same names.
            assert [one for one in violations(page) if not one.startswith("landmark-unique")] == [], name
            page.close()
    assert problems == []


@pytest.mark.parametrize("width", [1280, 1920, 3840])
def test_the_pages_fill_a_screen_of_any_width(browser: Browser, site: Path, width: int) -> None:
    with sealed(browser, viewport={"width": width, "height": width * 9 // 16}) as context:
        page = context.new_page()
        for name in ("index.html", READ[0]):
            page.goto((site / name).as_uri())
            expect(page.locator(".part:not(.is-there)")).to_have_count(0)
            assert fits(page), name
            page.screenshot(path=SCREENSHOTS / f"site-{Path(name).stem}-{width}.png")
        shown = page.get_by_role("navigation", name="On this page")
        expect(shown.get_by_role("link", name="Who takes part")).to_be_visible()
        # On a wall the letters are larger.
        assert page.locator("h1").evaluate("node => node.getBoundingClientRect().height") >= (
            80 if width > 3000 else 30
        )


def test_each_player_of_a_lesson_steps_and_a_prediction_is_asked_before_it_is_shown(
    browser: Browser, site: Path
) -> None:
    with sealed(browser, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto((site / READ[0]).as_uri())
        players = page.get_by_test_id("player")
        expect(players).to_have_count(3)
        first = players.nth(0)
        expect(first.get_by_test_id("prediction")).to_be_visible()
        first.get_by_test_id("choice").first.click()
        expect(first.get_by_test_id("predicted")).to_contain_text("What came")
        whole = players.nth(1)
        whole.get_by_test_id("next").click()
        expect(whole).to_have_attribute("data-position", "1")
        whole.press("ArrowRight")
        expect(whole).to_have_attribute("data-position", "2")
        whole.get_by_test_id("inject").click()
        whole.get_by_test_id("last").click()
        expect(whole.get_by_test_id("verdict")).to_contain_text("PKCE held")
        expect(players.nth(2)).to_have_attribute("data-position", "0")  # each has its own place
        folded = page.locator("summary", has_text="When you have seen both")
        folded.click()
        expect(page.get_by_text("The attacker holds the")).to_be_visible()


def test_a_reader_goes_from_lesson_to_lesson_and_to_where_python_runs(browser: Browser, site: Path) -> None:
    with sealed(browser, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto((site / "index.html").as_uri())
        page.get_by_role("link", name="Start with lesson 00").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(LESSONS[0].title)
        needs = page.locator(".needs", has_text="The controls of this bench")
        run = needs.get_by_role("link", name="Run it").get_attribute("href") or ""
        assert run == "../lite/lab/index.html?path=00-start.ipynb#Now-change-the-experiment"
        page.get_by_role("link", name=re.compile("^Next 01")).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(LESSONS[1].title)
        page.get_by_role("link", name=re.compile("^Before 00")).click()
        page.get_by_role("link", name="a page of their own").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Solutions: start here")
        page.get_by_role("link", name="Back to lesson 00").click()
        page.get_by_role("link", name="flowsim", exact=True).click()
        expect(page.get_by_test_id("player")).to_be_visible()


def test_the_search_answers_while_one_types_and_the_keys_reach_what_it_found(browser: Browser, site: Path) -> None:
    with sealed(browser, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto((site / "read/05-verifier-and-challenge.html").as_uri())
        page.keyboard.press("/")
        field = page.get_by_role("searchbox")
        expect(field).to_be_focused()
        field.press_sequentially("token verifier fits")
        count = page.locator("#found-count")
        expect(count).to_contain_text("found")
        links = page.locator("#found-list a")
        expect(links.first).to_contain_text("token.verifier_fits")
        assert violations(page, "#find") == []
        page.keyboard.press("ArrowDown")
        expect(links.first).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(links.first).to_be_hidden()
        field.fill("<b>no such thing")
        expect(count).to_have_text("Nothing has all of “<b>no such thing” in it.")
        field.fill("consent phishing")
        expect(links.first).to_contain_text("Consent phishing")
        field.press("Enter")
        expect(page).to_have_url(re.compile(r"(13-consent-phishing|glossary)\.html"))


def test_the_pages_can_be_printed_without_what_is_only_for_a_screen(browser: Browser, site: Path) -> None:
    with sealed(browser, viewport={"width": 800, "height": 1100}, color_scheme="dark") as context:
        page = context.new_page()
        page.goto((site / READ[0]).as_uri())
        page.emulate_media(media="print")
        expect(page.get_by_role("banner")).to_be_hidden()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator("html")).to_have_css("color-scheme", "light")


def test_the_pages_work_in_firefox(site: Path, tmp_path: Path) -> None:
    environment = {"FIREFOX": installed.find(installed.FIREFOX), "SITE": site.as_uri(), "HOME": str(tmp_path)}
    command = [str(NODE), "--test", "--test-reporter=spec", "tests/js/firefox/site.js"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
