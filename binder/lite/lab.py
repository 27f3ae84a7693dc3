"""JupyterLite: the lab as a folder of files, the notebooks in it, and the kernel that its page starts."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat

from binder.lite import kernel
from binder.lite.wheels import HERE, ROOT, BuildError

# The kernel, and the front end of the widgets. Others of this environment are for a server that is not there.
EXTENSIONS = (kernel.EXTENSION, "@jupyter-widgets/jupyterlab-manager", "anywidget")
KERNEL_PLUGIN = f"{kernel.EXTENSION}:kernel"
NOT_FOR_READERS = shutil.ignore_patterns(
    "conftest.py", "images", "node_modules", "__pycache__", ".ipynb_checkpoints", ".pytest_cache"
)


def write(folder: Path, work: Path, npm: Path = kernel.NPM) -> None:
    """Write JupyterLite with the notebooks into `folder`, which is emptied first. `work` and `npm` as for the kernel."""
    contents = work / "contents"
    _copy_notebooks(contents)
    _run_jupyter_lite(folder, contents, work / "settings")
    where = Path("static") / "pyodide"
    kernel.write(folder / where, work, npm)
    _name_kernel(folder, where)
    _begin_narrow(folder)


def _copy_notebooks(contents: Path) -> None:
    """What a reader sees in the file browser: the lessons, their solutions, and the apps that they look into."""
    shutil.rmtree(contents, ignore_errors=True)
    shutil.copytree(ROOT / "notebooks", contents, ignore=NOT_FOR_READERS)
    for path in contents.rglob("*.ipynb"):
        # Read like this, each text is one string: JupyterLite has no server that would put its lines together.
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                # These outputs are stored by whoever wrote the notebook; without this word JupyterLab hides the diagrams.
                cell.metadata["trusted"] = True
        path.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")


def _run_jupyter_lite(folder: Path, contents: Path, settings: Path) -> None:
    for old in (folder, settings):
        shutil.rmtree(old, ignore_errors=True)
    settings.mkdir(parents=True)
    for name in ("jupyter-lite.json", "overrides.json"):
        shutil.copy(HERE / name, settings)
    config = {
        "apps": ["lab"],
        "contents": [str(contents)],
        "federated_extensions": [str(kernel.extension(name)) for name in EXTENSIONS],
        "ignore_sys_prefix": ["federated_extensions", "translation"],
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
        "output_dir": str(folder),
    }
    (settings / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}))
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(settings)]
    done = subprocess.run(command, cwd=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"`jupyter lite build` failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def _name_kernel(folder: Path, where: Path) -> None:
    """Tell JupyterLite where its kernel lies."""
    path = folder / "jupyter-lite.json"
    settings: dict[str, Any] = json.loads(path.read_text("utf-8"))
    # With this no browser takes the list of another day out of its cache.
    version = hashlib.sha256((folder / where / "pyodide-lock.json").read_bytes()).hexdigest()[:16]
    plugin = settings["jupyter-config-data"]["litePluginSettings"][KERNEL_PLUGIN]
    plugin["pyodideUrl"] = f"./{where.as_posix()}/kernel.mjs"
    plugin["loadPyodideOptions"] = {
        "lockFileURL": f"./{where.as_posix()}/pyodide-lock.json?{version}",
        "packages": [*kernel.PRELOADED],
    }
    path.write_text(json.dumps(settings, indent=1), "utf-8")


def _begin_narrow(folder: Path) -> None:
    """Have the page of the lab leave the room of a phone to the notebook."""
    shutil.copy(HERE / "phone.js", folder)
    path = folder / "lab" / "index.html"
    page = path.read_text("utf-8")
    if "</body>" not in page:
        raise BuildError(f"{path.name} of JupyterLite has no end of its body, where phone.js belongs")
    path.write_text(page.replace("</body>", '<script src="../phone.js"></script></body>', 1), "utf-8")
