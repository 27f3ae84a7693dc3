"""The site: how soon the first step is on the screen, and how soon the notebooks are there in JupyterLite.

From opening the front page to the first step of a login is measured beside a bare page with one button, each in a window
that has fetched nothing before: as soon as there is a Next, or that button, it is pressed.

A server on this machine hands out the files of build/site, which `make site` writes. A reader opens the first lesson and
runs all of it; beside it stands a notebook with one bare `ipywidgets.Button`, in the same JupyterLite. *Cold* is a window
that has fetched nothing before, *warm* the same window opened again. What is fetched is counted by the files asked for: as
they are, and as a server sends them that compresses.
"""

import gzip
import json
import shutil
import statistics
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from playwright.sync_api import Browser, Error, Page, ViewportSize, sync_playwright

from benchmarks.lab import BUTTON
from benchmarks.rounds import table
from tests.browser import installed
from tests.browser.conftest import FLAGS
from tests.browser.jupyter import ROOT

SITE = ROOT / "build" / "site"
WINDOW: ViewportSize = {"width": 1280, "height": 900}
LESSON, BARE = "00-start.ipynb", "button.ipynb"
SHOWN = {
    LESSON: ".jp-OutputArea [data-testid=player] [data-testid=next]",
    BARE: ".jp-OutputArea .jupyter-button",
}
LIMIT = 300_000  # milliseconds
GOALS = "Goals, cold: at most 15 s to the player and 25 MB compressed."
_BARE_PAGE = """<!doctype html><title>bare</title><button data-testid="next">Next</button>
<p data-position="0"></p><script>
document.querySelector("button").onclick = () => { document.querySelector("p").dataset.position = "1"; };
</script>"""
# Presses Next in the first frame that shows it, and notes when the frame with the first step has been drawn.
_PRESSES = """
let pressed = false;
const look = () => {
  const next = document.querySelector("[data-testid=next]");
  if (next && !pressed && next.getBoundingClientRect().height > 0) {
    pressed = true;
    next.click();
  }
  if (document.querySelector("[data-position='1']")) requestAnimationFrame(() => { window.stepped = performance.now(); });
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
_THERE = """selector => {
    const box = document.querySelector(selector)?.getBoundingClientRect();
    return box && box.height > 0;
}"""


def report(quick: bool) -> str:
    if not (SITE / "lite").exists():
        return "The site\n\nNothing was measured here, because there is no site yet: make site"
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        try:
            browser = playwright.chromium.launch(executable_path=installed.find(installed.CHROMIUM), args=FLAGS)
        except (FileNotFoundError, Error) as problem:
            return f"The site\n\nNothing was measured here, because no browser started. {problem}"
        lite = Path(folder) / "lite"
        shutil.copytree(SITE / "lite", lite)
        _add_button(lite)
        page = _front_page(browser, rounds=2 if quick else 9)
        return f"{page}\n\n{_measured(browser, lite, rounds=1 if quick else 3)}"


def _front_page(browser: Browser, rounds: int) -> str:
    seconds: dict[str, list[float]] = {"the front page": [], "a bare page with a button": []}
    with served(SITE) as (url, _asked):
        for _ in range(rounds):
            for name, found in seconds.items():
                with closing(browser.new_context(viewport=WINDOW)) as context:
                    page = context.new_page()
                    page.goto("about:blank")
                    page.add_init_script(_PRESSES)
                    if name == "the front page":
                        page.goto(f"{url}/index.html")
                    else:
                        page.route(
                            "**/bare.html", lambda route: route.fulfill(body=_BARE_PAGE, content_type="text/html")
                        )
                        page.goto(f"{url}/bare.html")
                    found.append(page.wait_for_function("() => window.stepped").json_value() / 1000)
    rows = [(name, f"{statistics.median(found):.2f}", f"{max(found):.2f}") for name, found in seconds.items()]
    head = ("", "s from opening to the first step on screen", "slowest")
    return table("The front page", head, rows, f"{rounds} windows each; medians. Goal: at most 1 s.")


def _measured(browser: Browser, lite: Path, rounds: int) -> str:
    seconds: dict[tuple[str, str], list[tuple[float, float]]] = {}
    fetched: dict[tuple[str, str], tuple[float, float]] = {}
    with served(lite) as (url, asked):
        for _ in range(rounds):
            for name in SHOWN:
                # No request is looked into here: a browser that is asked about each keeps nothing.
                with closing(browser.new_context(viewport=WINDOW)) as context:
                    for cache in ("cold", "warm"):
                        asked.clear()
                        page = context.new_page()
                        seconds.setdefault((name, cache), []).append(_opened(page, url, name))
                        fetched[name, cache] = _megabytes(lite, asked)
                        page.close()
    rows = []
    for (name, cache), found in seconds.items():
        visible, shown = (statistics.median(one) for one in zip(*found, strict=True))
        raw, small = fetched[name, cache]
        what = "the first lesson's player" if name == LESSON else "a bare ipywidgets.Button"
        rows.append((f"{what}, {cache}", f"{visible:.1f}", f"{shown:.1f}", f"{raw:.1f}", f"{small:.1f}"))
    head = ("", "s from open to notebook", "s from run to widget", "MB fetched", "MB compressed")
    return table("JupyterLite", head, rows, f"{rounds} windows each; medians. {GOALS}")


def _opened(page: Page, url: str, name: str) -> tuple[float, float]:
    """Seconds from the address to the notebook, and from running its cells to the widget of a kernel."""
    start = _now(page)
    page.goto(f"{url}/lab/index.html?path={name}")
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=LIMIT)
    visible = _now(page) - start
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session", timeout=LIMIT)
    start = _now(page)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    page.wait_for_function(_THERE, arg=SHOWN[name], timeout=LIMIT)
    return visible / 1000, (_now(page) - start) / 1000


def _now(page: Page) -> float:
    now: float = page.evaluate("() => performance.timeOrigin + performance.now()")
    return now


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, set[str]]]:
    """The address of a server of this folder, and the set of paths that it was asked for."""
    asked: set[str] = set()

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_said: Any) -> None: ...

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            if int(code) == 200:
                asked.add(self.path.partition("?")[0])

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()


def _megabytes(folder: Path, asked: set[str]) -> tuple[float, float]:
    files = [path.read_bytes() for name in asked if (path := folder / name.lstrip("/")).is_file()]
    small = sum(min(len(one), len(gzip.compress(one, 6))) for one in files)
    return sum(map(len, files)) / 1e6, small / 1e6


def _add_button(lite: Path) -> None:
    """Put a notebook of one cell beside the lessons."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(BUTTON)],
        metadata={"kernelspec": {"name": "python", "display_name": "Python", "language": "python"}},
    )
    nbformat.write(notebook, lite / "files" / BARE)
    listing = lite / "api" / "contents" / "all.json"
    found = json.loads(listing.read_text("utf-8"))
    (like,) = [one for one in found["content"] if one["name"] == LESSON]
    found["content"].append({**like, "name": BARE, "path": BARE})
    listing.write_text(json.dumps(found), "utf-8")
