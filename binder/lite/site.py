"""The whole site: pages to read, JupyterLite to run the notebooks in, and a zip file of both."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from binder.lite import kernel, lab
from binder.lite.wheels import HERE, ROOT
from flowsim.front_end.site.repository import repository
from flowsim.front_end.site.site import write as write_pages

ZIP = "flowsim-site.zip"
START = """\
flowsim: the lessons, the players and the notebooks, without a server and without an installation.

To read: any web server can show this folder, under any address, and so can one line of Python 3. In this folder say

    python -m http.server --bind 127.0.0.1

(on Windows py instead of python; on a Mac and on Linux perhaps python3), and open

    http://127.0.0.1:8000

in a browser. Nothing is fetched from anywhere else. What you change in a notebook is kept by that browser, on that machine.
"""
# Sources of JupyterLite's build, and fonts in forms that no browser asks for that can run it.
NEEDED_BY_NOBODY = ("rspack.config*.js", "build/*.eot", "build/fa-*.svg", "build/fa-*.ttf")
_NOT_INPUTS = {"node_modules", "__pycache__", ".ipynb_checkpoints", ".pytest_cache"}


def build(folder: Path, work: Path, npm: Path = kernel.NPM) -> bool:
    """Write the site into `folder`, and ZIP beside it; False if both are there already and nothing has changed since.

    What was there before stays until all is ready. `work` and `npm` as for the kernel.
    """
    stamp = work / f"site-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
    archive = folder.with_name(ZIP)
    page = repository(ROOT)
    now = f"{_digest()} {page}"
    if stamp.exists() and stamp.read_text() == now and archive.exists() and (folder / "index.html").exists():
        return False
    fresh = work / "site"
    lab.write(fresh / "lite", work, npm)
    for pattern in NEEDED_BY_NOBODY:
        for path in (fresh / "lite").glob(pattern):
            path.unlink()
    write_pages(fresh, ROOT / "notebooks", repository=page, run=True)
    (fresh / "START.txt").write_text(START, "utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(folder)
    _zip(folder, archive)
    stamp.write_text(now)
    return True


def _zip(folder: Path, archive: Path) -> None:
    partial = archive.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as target:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            target.write(path, Path(archive.stem) / path.relative_to(folder))
    partial.rename(archive)


def _digest() -> str:
    """Something that changes with whatever the site is made of."""
    found = hashlib.sha256()
    for name in ("jupyterlite-core", "jupyterlite-pyodide-kernel", "ipywidgets", "anywidget"):
        found.update(f"{name} {version(name)}\n".encode())
    for path in _inputs():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        found.update(f"{path.relative_to(ROOT).as_posix()} {content}\n".encode())
    return found.hexdigest()


def _inputs() -> Iterator[Path]:
    yield ROOT / "pyproject.toml"
    for folder in (ROOT / "flowsim", ROOT / "notebooks", HERE):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not _NOT_INPUTS & {*path.relative_to(ROOT).parts}:
                yield path
