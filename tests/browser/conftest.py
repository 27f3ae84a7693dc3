"""One JupyterLab and one Chromium for all browser tests.

A test of a page gets a window of its own. The tests of notebooks share one, because to load JupyterLab, to start a
kernel and to run a whole lesson takes far longer than what most tests then do: see `Lab.ready`.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, expect, sync_playwright

from flowsim import Simulation
from flowsim.front_end.page import player_page
from tests.browser import installed
from tests.browser.exported import Opened
from tests.browser.jupyter import ROOT, jupyter_lab, restore
from tests.browser.lab import Lab

# How long a test waits for what is to come, in milliseconds: another file of tests may have the other core.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)

# Without these Chromium looks for updates and needs a graphics card or a user who is not root.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WINDOW: ViewportSize = {"width": 1440, "height": 900}
OUTSIDE = re.compile(r"^(https?|wss?)://(?!(127\.0\.0\.1|localhost)[:/])")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies beside this file, and nothing else: pytest hands over every test there is."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def notebooks() -> Path:
    """The folder whose copy JupyterLab shows."""
    return ROOT / "notebooks"


@pytest.fixture(scope="session")
def jupyter_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that JupyterLab lives in; the copy of the notebooks is in its `work/notebooks`."""
    return tmp_path_factory.mktemp("jupyter")


@pytest.fixture(scope="session")
def jupyter_url(jupyter_folder: Path, notebooks: Path) -> Iterator[str]:
    with jupyter_lab(jupyter_folder, notebooks) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.find(installed.CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def sealed(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A new window from which nothing reaches another machine; it is an error at the end if anything tried."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    asked = seal(context)
    yield context
    context.close()
    assert not asked, f"requests left this machine: {asked}"


def seal(context: BrowserContext) -> list[str]:
    """Let nothing out of this window; the list that is returned fills with the addresses that it asked for."""
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(OUTSIDE, refuse)
    return asked


class Desk:
    """The window that the tests of notebooks share, and what it has asked of other machines."""

    def __init__(self, browser: Browser, jupyter_url: str) -> None:
        self._browser = browser
        self.lab = Lab(self._window(), jupyter_url)

    def renew(self) -> None:
        """Put another window in the place of this one, whatever a test has left in it."""
        self.close()
        self.lab.move_to(self._window())

    def close(self) -> None:
        self._context.close()

    def _window(self) -> Page:
        self._context = self._browser.new_context(viewport=WINDOW)
        self._context.set_default_timeout(PATIENCE_MS)
        self.asked = seal(self._context)
        return self._context.new_page()


@pytest.fixture(scope="session")
def desk(browser: Browser, jupyter_url: str) -> Iterator[Desk]:
    desk = Desk(browser, jupyter_url)
    yield desk
    desk.close()


@pytest.fixture
def lab(desk: Desk, jupyter_folder: Path, notebooks: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The window on JupyterLab; whether the test passed or failed, its last moment is in build/screenshots/last/.

    No test depends on those before it: the window has its size, and the copy of the notebooks lies there as at the
    start. What stands open in JupyterLab is `Lab.ready`'s to know. What a test has failed with stays in its own test:
    the next one has another window, in which it loads JupyterLab and starts its kernel anew.
    """
    failed = request.session.testsfailed
    restore(jupyter_folder / "work" / "notebooks", notebooks)
    desk.lab.page.set_viewport_size(WINDOW)
    yield desk.lab
    asked = [*desk.asked]
    desk.asked.clear()
    try:
        desk.lab.shot(f"last/{request.node.path.stem}-{request.node.name}")
    finally:
        if request.session.testsfailed > failed:
            desk.renew()
    assert not asked, f"requests left this machine: {asked}"


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Opens the exported page of a login with these settings, or the page of this text, in a window of its own.

    The window may use the clipboard, and it animates nothing.
    """
    with sealed(browser, viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])

        def open_page(text: str = "", **settings: Any) -> Page:
            target = tmp_path / "login.html"
            target.write_text(text or player_page(Simulation(seed=7, **settings)), "utf-8")
            page = context.new_page()
            page.goto(target.as_uri())
            page.wait_for_selector("#unpacking", state="detached")  # there until the script of the page has run
            return page

        yield open_page
