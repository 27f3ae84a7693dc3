"""In a real Chromium: how soon the player is there, and what a click in it costs beside a redraw through the kernel.

See `clicks` for what is counted of a click, and `lab` for the notebooks. The trace has an attacker. Without a browser this
section says so.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Error, sync_playwright

from benchmarks import lab as notebooks
from benchmarks.clicks import Clicks, step_through
from benchmarks.rounds import table
from flowsim import Simulation
from flowsim.front_end.page import player_page
from tests.browser import installed
from tests.browser.conftest import FLAGS, sealed
from tests.browser.jupyter import jupyter_lab
from tests.browser.lab import Lab

WINDOW = {"width": 1440, "height": 900}
FRAME_MS = 16.7


def report(quick: bool) -> str:
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        try:
            browser = playwright.chromium.launch(executable_path=installed.find(installed.CHROMIUM), args=FLAGS)
        except (FileNotFoundError, Error) as problem:
            return f"In the browser\n\nNothing was measured here, because no browser started. {problem}"
        return _measured(browser, Path(folder), rounds=1 if quick else 5)


def _measured(browser: Browser, folder: Path, rounds: int) -> str:
    page = exported(browser, folder, rounds)
    source = folder / "notebooks"
    source.mkdir()
    with (
        jupyter_lab(folder / "jupyter", notebooks.write_notebooks(source)) as url,
        sealed(browser, viewport=WINDOW) as context,
    ):
        lab = Lab(context.new_page(), url)
        soon = notebooks.first_cells(lab, rounds)
        player, kernel = notebooks.player_clicks(lab, rounds), notebooks.kernel_clicks(lab, rounds)
    return "\n\n".join([_first_cells(soon, rounds), _clicks(page, player, kernel)])


def exported(browser: Browser, folder: Path, rounds: int) -> Clicks:
    """The clicks on Next in an exported page."""
    target = folder / "login.html"
    target.write_text(player_page(Simulation(seed=7, attacker="code-interception")), "utf-8")
    with sealed(browser, viewport=WINDOW) as context:
        page = context.new_page()
        page.goto(target.as_uri())
        return step_through(page, rounds)


def _first_cells(soon: dict[str, float], rounds: int) -> str:
    bare, player = soon["button.ipynb"], soon["player.ipynb"]
    rows = [
        ("the player of a run with an attacker", f"{player:.0f}", "1.00"),
        ("a bare ipywidgets.Button", f"{bare:.0f}", f"{player / bare:.2f}"),
    ]
    head = ("", "ms", "player's time to this one")
    return table(
        "From running the first cell to the widget on the screen", head, rows, f"{rounds} fresh kernels each; medians."
    )


def _clicks(page: Clicks, player: Clicks, kernel: Clicks) -> str:
    head = ("milliseconds", "to next frame: p50", "p95", "slowest", "script and layout: p50", "p95", "slowest", "goal")
    rows = [
        (*page.row("player in an exported page"), f"<= {FRAME_MS}"),
        (*player.row("player in JupyterLab"), f"<= {FRAME_MS}"),
        (*kernel.row("ipywidgets.HTML through the kernel"), ""),
    ]
    counts = ", ".join(str(len(clicks.frames)) for clicks in (page, player, kernel))
    return table("One click", head, rows, f"{counts} clicks. The goal is for the 95th percentile of script and layout.")
