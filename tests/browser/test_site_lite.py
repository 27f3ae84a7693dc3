"""The notebooks in JupyterLite, as the site serves them: Python runs in this browser, and there is no other machine.

The site is built as `make site` builds it, and lies under a path at a server that only hands out files.
"""

import configparser
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from flowsim.session.session import BenchSession
from tests.browser.conftest import sealed
from tests.browser.jupyter import ROOT
from tests.browser.lab import LOAD_MS, Lab
from tests.browser.test_bench import CELL, Bench

# nbval compares neither numbers of cells nor the views of widgets.
NOT_COMPARED = {"metadata", "traceback", "output_type", "name", "execution_count", "transient"}
VIEW = "application/vnd.jupyter.widget-view+json"

_FRONT = "window.jupyterapp?.shell.currentWidget"
_OPENED = f"""name => {{
    const panel = {_FRONT};
    return panel?.context?.path === name && panel.sessionContext.session?.kernel?.status === "idle"
}}"""
_NOTEBOOK = f"() => {_FRONT}.content.model.toJSON()"


class Lite(Lab):
    """One browser window on JupyterLite, which a folder of the site is."""

    def open(self, name: str) -> None:
        """Open this notebook as the front page does, and wait until its kernel is idle."""
        self.page.goto(f"{self.url}/lite/lab/index.html?path={name}")
        self._wait_for_lab()
        self.wait_for_kernel(name)

    def wait_for_kernel(self, name: str) -> None:
        """Wait until this notebook is in front, its kernel idle, and no question was asked."""
        self.page.wait_for_function(_OPENED, arg=name, timeout=LOAD_MS)
        questions = self.page.locator(".jp-Dialog, .Toastify__toast").all_inner_texts()
        assert not questions, f"JupyterLite asked the reader: {questions}"


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder that `make site` writes, as it is now."""
    folder = ROOT / "build" / "site"
    done = subprocess.run(
        [sys.executable, "-m", "binder.lite", "site", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def site_url(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Its address: a path at Python's own server of files, on a free port."""
    root = tmp_path_factory.mktemp("web")
    (root / "any").mkdir()
    (root / "any" / "where").symlink_to(site)
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        found = re.search(r"port (\d+)", server.stdout.readline())
        assert found
        yield f"http://127.0.0.1:{found[1]}/any/where"
        server.terminate()


@pytest.fixture
def lite(browser: Browser, site_url: str) -> Iterator[Lite]:
    """A window from which nothing reaches another machine; a request that tried fails the test."""
    with sealed(browser, viewport={"width": 1280, "height": 900}) as context:
        yield Lite(context.new_page(), site_url)


def stored(name: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads((ROOT / "notebooks" / name).read_text("utf-8"))["cells"]
    return cells


def as_compared(outputs: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What nbval looks at in the outputs of a cell: each kind of content, in its order."""
    rules = configparser.RawConfigParser()
    rules.read(ROOT / "tests" / "nbval_sanitize.cfg")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for output in outputs:
        if "data" in output and not any(output["data"].values()):
            continue  # the line that told how far a task was, on a machine where it took long: it is empty at the end
        parts = {**output, **output.get("data", {})}
        if output["output_type"] == "stream":  # which a kernel sends in as many pieces as it likes
            text = "".join(parts["text"])
            found[output["name"]] = ["".join([*found[output["name"]], text])]
            continue
        for key, content in parts.items():
            if key in NOT_COMPARED | {"data", VIEW}:
                continue
            text = content if isinstance(content, str) else "".join(map(str, content))
            for rule in rules.sections():
                text = re.sub(rules[rule]["regex"], rules[rule]["replace"], text)
            found[key].append(text)
    return dict(found)


def assert_prints_what_is_stored(lite: Lite, name: str) -> None:
    ran = lite.page.evaluate(_NOTEBOOK)["cells"]
    for now, before in zip(ran, stored(name), strict=True):
        if before["cell_type"] == "code":
            assert as_compared(now["outputs"]) == as_compared(before["outputs"]), before["id"]


def test_the_first_lesson_runs_to_its_end_and_answers(lite: Lite) -> None:
    lite.open("00-start.ipynb")
    lite.hide_sidebar()
    lite.run_all()
    assert_prints_what_is_stored(lite, "00-start.ipynb")

    player = lite.cell(7).get_by_test_id("player")
    player.get_by_test_id("next").click()
    expect(player.get_by_test_id("where")).to_contain_text("Step 1 of 11")

    bench, session = Bench(lite.cell(CELL).locator(".fs-bench")), BenchSession(pkce="S256", seed=7)
    bench.field("Attacker").select_option("code-interception")
    session.change(attacker="code-interception")
    bench.is_in_view(session)

    part = lite.cell(21).get_by_test_id("exercise")
    part.get_by_role("radio", name="the verifier fits the challenge").check()
    part.get_by_role("button", name="Answer").click()
    expect(part.get_by_test_id("outcome")).to_contain_text("Right.", timeout=LOAD_MS)
    lite.shot("lite-1280")


def test_the_quiz_runs_in_the_browser(lite: Lite) -> None:
    lite.open("20-true-or-false.ipynb")
    lite.run_all()
    assert_prints_what_is_stored(lite, "20-true-or-false.ipynb")
    expect(lite.page.locator(".fs-quiz").first).to_be_visible()


def test_on_a_phone_the_notebook_has_the_whole_width(browser: Browser, site_url: str) -> None:
    with sealed(browser, viewport={"width": 390, "height": 844}) as context:
        lite = Lite(context.new_page(), site_url)
        lite.open("00-start.ipynb")
        wide = "() => document.querySelector('.jp-Notebook').getBoundingClientRect().width >= 360"
        lite.page.wait_for_function(wide)
