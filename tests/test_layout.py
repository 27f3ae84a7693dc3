"""Who may import whom, and what no committed file may hold."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "flowsim"

# A folder or file imports only from those listed before it, and from its own folder. The order stands in pyproject.toml.
LAYERS = (
    *tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["flowsim"]["layers"],
    # The public face, which re-exports from all of them, and `python -m flowsim`.
    "__init__",
    "__main__",
)

# What only a notebook has. `flowsim` must do without, all but its widgets.
NOTEBOOK_ONLY = {"IPython", "anywidget", "ipywidgets", "traitlets"}

SOURCES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return the dotted name of a module of flowsim, such as `flowsim.views.svg`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def layer_of(module: str) -> str:
    """Return the layer of a dotted name: `views` for `flowsim.views.svg`."""
    _, _, inner = module.partition(".")
    return inner.split(".")[0] or "__init__"


def imports_of(path: Path) -> Iterator[str]:
    """Yield the full dotted name of everything that a file imports, wherever in it that stands."""
    package = list(path.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*base, *([node.module] if node.module else [])])
            # `from flowsim import steps` imports the module `steps`.
            yield from (f"{source}.{alias.name}" if source == "flowsim" else source for alias in node.names)


def test_every_module_imports_only_from_the_layers_before_its_own() -> None:
    wrong = []
    for path in SOURCES:
        own = layer_of(name_of(path))
        allowed = {*LAYERS[: LAYERS.index(own) + 1]}
        ours = (module for module in imports_of(path) if module.split(".")[0] == "flowsim")
        wrong += [f"{name_of(path)} imports {module}" for module in ours if layer_of(module) not in allowed]
    assert wrong == [], "what is imported stands after its reader in the layers of pyproject.toml"


def test_each_layer_is_a_folder_or_a_file_that_is_there() -> None:
    there = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert there - {"__pycache__", "py.typed"} == set(LAYERS)


def test_only_the_widgets_import_what_a_notebook_brings() -> None:
    others = [path for path in SOURCES if layer_of(name_of(path)) != "widgets"]
    wrong = {name_of(path): NOTEBOOK_ONLY & {module.split(".")[0] for module in imports_of(path)} for path in others}
    assert {name: modules for name, modules in wrong.items() if modules} == {}


def test_flowsim_imports_without_a_notebook() -> None:
    """Import every module but the widgets in a fresh Python, and look at what that has loaded."""
    modules = [
        name_of(path).removesuffix(".__init__")
        for path in SOURCES
        if layer_of(name_of(path)) not in ("widgets", "__main__")
    ]
    program = f"import {', '.join(modules)}, sys; print(*{NOTEBOOK_ONLY} & {{*sys.modules}})"
    result = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout.strip()) == (0, ""), result.stderr


# A home folder, a temporary folder, or the host of a package registry.
MACHINE = re.compile(
    r"(?<![\w.])/(?:home|root|Users|tmp|work)/\w"
    r"|(?:pypi|pythonhosted|npmjs|anaconda)\.(?:org|com)"
    r"|(?:deb|security)\.debian\.org"
)


def committed_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


TOP = """.ci .github .gitignore LICENSE Makefile README.md benchmarks binder docs environment.yml flowsim notebooks
pyproject.toml requirements.lock tests"""


def test_nothing_lies_beside_the_folders_that_is_not_known() -> None:
    assert sorted({path.relative_to(ROOT).parts[0] for path in committed_files()}) == TOP.split()


def test_no_file_names_a_registry_or_a_folder_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in committed_files()
        if path != Path(__file__)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if MACHINE.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", ["requirements.lock", "binder/requirements.lock"])
def test_each_lock_has_hashes_and_no_addresses(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    for requirement in lock.replace("\\\n", " ").splitlines():
        assert re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement


def test_the_short_names_that_are_explained_are_those_that_are_used() -> None:
    """Each name in the legend of `flowsim.model` is a variable, a parameter or a field in many files."""
    legend = (PACKAGE / "model" / "__init__.py").read_text("utf-8").partition("\n\n")[2]
    names = set(re.findall(r"`([a-z]+)`", legend)) - {"jti"}
    used: dict[str, set[Path]] = {name: set() for name in names}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = {ast.arg: "arg", ast.Name: "id", ast.Attribute: "attr"}.get(type(node))
            if name and (word := getattr(node, name)) in used:
                used[word].add(path)
    assert len(names) > 15
    assert {name for name, paths in used.items() if len(paths) < 5} == set()
