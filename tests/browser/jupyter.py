"""Starts a JupyterLab for the browser tests, on a loopback port, in a copy of the notebooks.

It reads the settings of `binder/jupyter`, as `make lab` and Binder do, and none of the user's own. It saves nothing by
itself: how long a test takes would decide what the next one finds in the file.
"""

import filecmp
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
# Where tests run on several cores there is a server for each.
LOG = ROOT / "build" / f"jupyter-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}.log"
TOKEN = "browser-tests"
START_SECONDS = 180
END_SECONDS = 60


@contextmanager
def jupyter_lab(folder: Path, notebooks: Path) -> Iterator[str]:
    """Yield the base URL of a JupyterLab that lives in `folder`, with a copy of `notebooks`."""
    work = folder / "work"
    shutil.copytree(notebooks, work / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    environment = _environment(folder)
    settings = folder / "config" / "lab" / "user-settings" / "@jupyterlab" / "docmanager-extension"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text(json.dumps({"autosave": False}), "utf-8")
    _trust(work / "notebooks", environment)
    port = _free_port()
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("w") as log:
        server = subprocess.Popen(_command(port), cwd=work, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, server)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()


def restore(copy: Path, notebooks: Path) -> None:
    """Have the copy of the notebooks as it was when JupyterLab started, whatever has been saved or written in it."""
    for path in _files(copy) - _files(notebooks):
        (copy / path).unlink()
    for path in _files(notebooks):
        if not (copy / path).exists() or not filecmp.cmp(notebooks / path, copy / path):
            shutil.copy2(notebooks / path, copy / path)


def _files(folder: Path) -> set[Path]:
    """What lies in this folder, without what Jupyter and Python keep there for themselves."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in found if not {".ipynb_checkpoints", "__pycache__"} & {*path.parts}}


def end_kernels(url: str) -> None:
    """End the kernel of every notebook, whichever page has begun it."""
    with httpx.Client(
        base_url=url, headers={"Authorization": f"token {TOKEN}"}, timeout=END_SECONDS, trust_env=False
    ) as server:
        for session in server.get("/api/sessions").raise_for_status().json():
            server.delete(f"/api/sessions/{session['id']}")


def _command(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "jupyterlab"),
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
    ]


def _environment(folder: Path) -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    return {
        **{name: value for name, value in os.environ.items() if name != "FLOWSIM_PROGRESS"},
        "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
        "JUPYTER_CONFIG_PATH": str(ROOT / "binder" / "jupyter"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
    }


def _trust(notebooks: Path, environment: dict[str, str]) -> None:
    """Sign the notebooks as `make lab` does, or JupyterLab would hide their stored diagrams."""
    names = [str(path) for path in notebooks.rglob("*.ipynb")]
    subprocess.run(
        [sys.executable, "-m", "jupyter", "trust", *names],
        check=True,
        env=environment,
        stdout=subprocess.DEVNULL,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/api/status", params={"token": TOKEN}).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start; it ended with this in {LOG}:\n{_last_lines()}")


def _last_lines() -> str:
    return "\n".join(LOG.read_text().splitlines()[-20:])
