"""One folder with all that Python in the browser is made of: Pyodide, a Graphviz, the wheels, and the list of them."""

import json
import shutil
from pathlib import Path

from jupyter_core.paths import jupyter_path

from binder.lite import bytecode, wheels
from binder.lite.wheels import HERE, BuildError

NPM = HERE / "node_modules"
EXTENSION = "@jupyterlite/pyodide-kernel-extension"
# Loaded before the first cell is run, all at once.
PRELOADED = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython", "flowsim")
PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")
LIBRARY = "python_stdlib.zip"
# Who asks for the source of something in a notebook asks for flowsim's.
READABLE = ("flowsim-",)


def write(folder: Path, work: Path, npm: Path = NPM) -> None:
    """Fill `folder`, which is emptied first. Wheels are kept in `work` for the next time; `npm` is a node_modules."""
    about = npm / "pyodide" / "pyodide-lock.json"
    if not about.exists():
        raise BuildError(f"There is no Pyodide in {npm}. To fetch it: make binder/lite/node_modules/installed")
    info = json.loads(about.read_text("utf-8"))["info"]
    python = ".".join(info["python"].split(".")[:2])
    archives = dict.fromkeys(_wheels(work, python), f"/lib/python{python}/site-packages")
    archives[npm / "pyodide" / LIBRARY] = f"/lib/python{python.replace('.', '')}.zip"
    compiled = bytecode.compiled(archives, work / "compiled", npm / "pyodide" / "pyodide.mjs", READABLE)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in PYODIDE:
        shutil.copy(npm / "pyodide" / name, folder)
    shutil.copy(npm / "@viz-js" / "viz" / "dist" / "viz.js", folder)
    shutil.copy(HERE / "kernel.mjs", folder)
    for archive, ready in compiled.items():
        shutil.copy(ready, folder / archive.name)
    wheels.write_lock(folder, info)


def _wheels(work: Path, python: str) -> list[Path]:
    own = wheels.build_flowsim(work / "own")
    brought = work / "brought"  # by JupyterLite: the kernel itself, and what stands for packages of Jupyter's servers
    shutil.rmtree(brought, ignore_errors=True)
    shutil.copytree(extension(EXTENSION) / "static" / "pypi", brought)
    stand_ins = [
        wheel for name in ("ipykernel", "piplite", "pyodide_kernel") for wheel in brought.glob(f"{name}-*.whl")
    ]
    return [*wheels.fetch(work / "wheels", python), *stand_ins, own]


def extension(name: str) -> Path:
    """The folder of this extension of JupyterLab in the environment."""
    for folder in jupyter_path("labextensions"):
        if (path := Path(folder) / name).is_dir():
            return path
    raise BuildError(f"JupyterLab has no extension {name} in this environment. To install it: make .venv/installed")
