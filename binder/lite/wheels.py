"""The Python packages of the browser's kernel: fetched by the lock, and listed for Pyodide.

All of them are pure Python, because a wheel for Linux is of no use in a browser. Where a package is published with compiled
parts and works without them, those parts are left out, and so is what nobody needs there: each reader fetches all of it.
"""

import base64
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from email.parser import BytesParser
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LOCK = HERE / "requirements.lock"
COMPILED = (".so", ".pyd", ".c")
# What is in a wheel and of no use here: front ends of Jupyter, which the page has; what completion knows of packages that
# are not there.
LEFT_OUT = {
    "anywidget": ("anywidget/labextension/",),
    "jedi": ("jedi/third_party/django-stubs/", "jedi/third_party/typeshed/stubs/"),
}

# A cell says `import flowsim`, and Pyodide loads what flowsim depends on; what flowsim imports only where there is a
# notebook is no dependency of the package itself, and is one here.
ALSO_NEEDED = {"flowsim": {"anywidget", "ipywidgets"}}
# Front-end files for a Jupyter server; here the page has them.
NOT_FOR_THE_KERNEL = {"jupyterlab-widgets", "widgetsnbextension"}
# What the conditions of dependencies are asked about.
EMSCRIPTEN = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "wasm32",
    "platform_python_implementation": "CPython",
    "platform_system": "Emscripten",
    "sys_platform": "emscripten",
    "extra": "",
}


class BuildError(Exception):
    """What keeps the site from being built, in one sentence."""


def fetch(folder: Path, python: str) -> list[Path]:
    """Fill `folder` with the wheels that the lock names, for this version of Python such as "3.14", and return them.

    A wheel that is there already is not fetched again; one that the lock does not name is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "fetched"
    wanted = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes() + python.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return sorted(folder.glob("*.whl"))
    for old in folder.iterdir():
        old.unlink()
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:"),
        *("--platform", "manylinux2014_x86_64", "--python-version", python, "--implementation", "cp"),
        *("--dest", str(folder), "--requirement", str(LOCK)),
    ]
    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise BuildError(
            f"pip reached no index, or had not what {LOCK.relative_to(ROOT)} names. It says:\n{done.stderr.strip()}"
        )
    for wheel in sorted(folder.glob("*.whl")):
        _repack(wheel)
    stamp.write_text(wanted)
    return sorted(folder.glob("*.whl"))


def build_flowsim(folder: Path) -> Path:
    """Write flowsim's own wheel into `folder`, and return it.

    Its build tag is made from its content, so that no browser takes an older one out of its cache.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("flowsim-*.whl"):
        old.unlink()
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1580601600"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"flowsim's own wheel could not be built:\n{done.stderr.strip()}")
    (built,) = folder.glob("flowsim-*.whl")
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    name, version, *rest = built.name.split("-")
    return built.rename(folder / "-".join([name, version, f"0{digest[:8]}", *rest]))


def write_lock(folder: Path, info: dict[str, str]) -> None:
    """Write pyodide-lock.json for the wheels in `folder`; `info` says for which Python and which Pyodide."""
    python = ".".join(info["python"].split(".")[:2])
    content = {"info": info, "packages": listed(sorted(folder.glob("*.whl")), python)}
    (folder / "pyodide-lock.json").write_text(json.dumps(content, indent=1, sort_keys=True), encoding="utf-8")


def listed(wheels: list[Path], python: str) -> dict[str, Any]:
    """The entries of pyodide-lock.json for these wheels: what each holds, and which others it needs."""
    found = {_name(wheel): wheel for wheel in wheels}
    environment = EMSCRIPTEN | {"python_version": python, "python_full_version": f"{python}.0"}
    return {name: _entry(name, wheel, set(found), environment) for name, wheel in sorted(found.items())}


def _entry(name: str, wheel: Path, known: set[str], environment: dict[str, str]) -> dict[str, Any]:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [one for one in names if one.endswith(".dist-info/METADATA") and one.count("/") == 1]
        asked = BytesParser().parsebytes(archive.read(metadata)).get_all("Requires-Dist", [])
    needed = [Requirement(one) for one in asked]
    depends: set[str] = {
        canonicalize_name(one.name) for one in needed if one.marker is None or one.marker.evaluate(environment)
    }
    depends = (depends | ALSO_NEEDED.get(name, set())) - NOT_FOR_THE_KERNEL
    if missing := depends - known:
        raise BuildError(
            f"{wheel.name} needs {', '.join(sorted(missing))}, which {LOCK.relative_to(ROOT)} does not name."
        )
    return {
        "name": name,
        "version": str(parse_wheel_filename(wheel.name)[1]),
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": sorted(_imported(names)),
        "depends": sorted(depends),
        "unvendored_tests": False,
    }


def _imported(names: list[str]) -> set[str]:
    """The modules and packages at the top of a wheel with these files."""
    tops = {name.split("/")[0] for name in names if name.endswith((".py", ".pyc"))}
    return {top.partition(".")[0] for top in tops if not top.endswith((".data", ".dist-info"))}


def _name(wheel: Path) -> str:
    return str(parse_wheel_filename(wheel.name)[0])


def _repack(wheel: Path) -> None:
    """Write a wheel anew as one for any machine, without what is of no use in a browser."""
    name, version = wheel.name.split("-")[:2]
    useless = (f"{name}-{version}.data/", *LEFT_OUT.get(name, ()))
    with zipfile.ZipFile(wheel) as archive:
        names = [
            one for one in archive.namelist() if not one.endswith(("/", *COMPILED)) and not one.startswith(useless)
        ]
        files = {one: archive.read(one) for one in names}
    about = f"{name}-{version}.dist-info"
    files[f"{about}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: flowsim\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{about}/RECORD"] = record(files, f"{about}/RECORD")
    wheel.unlink()
    with zipfile.ZipFile(wheel.with_name(f"{name}-{version}-py3-none-any.whl"), "w") as archive:
        for one, content in files.items():
            archive.writestr(zipfile.ZipInfo(one), content, zipfile.ZIP_DEFLATED, 9)


def record(files: dict[str, bytes], own_name: str) -> bytes:
    """The list of a wheel's files that stands in it under this name."""
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    for name, content in files.items():
        if name != own_name:
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            writer.writerow([name, f"sha256={digest}", len(content)])
    writer.writerow([own_name, "", ""])
    return rows.getvalue().encode()
