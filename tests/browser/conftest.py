"""One JupyterLab and one Chromium for all browser tests; each test gets a window of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from tests.browser import chromium
from tests.browser.jupyter import ROOT, jupyter_lab
from tests.browser.lab import Lab

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
def jupyter_url(tmp_path_factory: pytest.TempPathFactory, notebooks: Path) -> Iterator[str]:
    with jupyter_lab(tmp_path_factory.mktemp("jupyter"), notebooks) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def lab(browser: Browser, jupyter_url: str, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A new window; the test fails if anything in it asks another machine for something.

    Whether the test passed or failed, its last moment is in build/screenshots/last/.
    """
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.route(OUTSIDE, refuse)
    lab = Lab(context.new_page(), jupyter_url)
    yield lab
    lab.shot(f"last/{request.node.name}")
    lab.shut_down()
    context.close()
    assert not asked, f"requests left this machine: {asked}"
