"""The public names: each can be imported and is documented, costs nothing until it is used, and the notebooks use it."""

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import flowsim

ROOT = Path(__file__).parents[1]
NAMES = [name for name in flowsim.__all__ if not name.startswith("__")]
HEAVY = {"IPython", "anywidget", "cryptography", "graphviz", "httpx", "ipywidgets", "jinja2", "jwt"}


def fresh(program: str) -> str:
    """What this program prints in a Python of its own."""
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def loaded(program: str) -> set[str]:
    """The modules that are there once this program has run in a Python of its own."""
    return set(fresh(f"{program}\nimport sys; print(*sys.modules)").splitlines()[-1].split())


def test_there_are_about_thirty_of_them_and_each_stands_once() -> None:
    assert 20 <= len(NAMES) <= 34
    assert len(set(NAMES)) == len(NAMES)


def test_none_of_them_is_the_name_of_a_folder_or_a_file_of_the_package() -> None:
    inside = {path.stem for path in (ROOT / "flowsim").iterdir()}
    assert not inside & set(NAMES), "importing that folder would hide the public name"


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_imported_and_is_documented(name: str) -> None:
    public = getattr(flowsim, name)
    told = public.__doc__
    assert told and told.strip().endswith((".", ")"))
    assert not inspect.isclass(public) or not told.startswith(f"{name}("), "that is what a dataclass says of itself"


@pytest.mark.parametrize("name", [name for name in NAMES if inspect.isclass(getattr(flowsim, name))])
def test_what_is_public_in_a_public_class_is_documented(name: str) -> None:
    public = getattr(flowsim, name)
    own = {
        key: value
        for key, value in vars(public).items()
        if not key.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))
    }
    assert [key for key, value in own.items() if not inspect.getdoc(value)] == []


def test_editors_are_told_of_the_same_names_as_are_loaded() -> None:
    tree = ast.parse((ROOT / "flowsim" / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test))
    told = {
        alias.asname or alias.name: (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(told) == set(NAMES)
    for name, (module, there) in told.items():
        assert getattr(import_module(str(module)), there) is getattr(flowsim, name)


def test_they_can_be_listed_before_any_is_loaded() -> None:
    assert set(NAMES) <= set(fresh("import flowsim; print(*dir(flowsim))").split())


def test_a_name_that_is_none_is_an_error() -> None:
    with pytest.raises(AttributeError, match="'simulation_'"):
        _ = flowsim.simulation_  # type: ignore[attr-defined]


def test_no_module_computes_anything_when_it_is_imported() -> None:
    """Every module of the package, in one Python that counts: no login, no key, no hash, no program, no bundle."""
    package = ROOT / "flowsim"
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in package.rglob("*.py")]
    modules = sorted({name.removesuffix(".__init__") for name in names if not name.endswith("__main__")})
    program = f"""
import hashlib, subprocess
from importlib import import_module
counted = []
def count(place, name):
    real = getattr(place, name)
    def counting(*given, **named):
        counted.append(name)
        return real(*given, **named)
    setattr(place, name, counting)
count(hashlib, "scrypt")
count(subprocess, "run")
count(import_module("flowsim.protocol.keys"), "_implementation")
count(import_module("flowsim.engine.apply"), "apply")
count(import_module("flowsim.front_end.bundle"), "bundle")
count(import_module("flowsim.front_end.bundle"), "style")
for module in {modules}:
    import_module(module)
print(*counted)
from flowsim import Simulation, player
player(Simulation(seed=7))
print(*sorted(set(counted)))
"""
    assert fresh(program).splitlines()[-2:] == ["", "_implementation apply bundle run style"]


NOTEBOOK = {"IPython", "anywidget", "ipywidgets"}


@pytest.mark.parametrize(
    ("program", "needed"),
    [
        ("import flowsim.widgets", ""),
        ("from flowsim import Simulation, attack_lab, bench, player, predict, quiz", ""),
        ("from flowsim import Simulation, player; player(Simulation(seed=7))", "cryptography graphviz jinja2"),
    ],
)
def test_a_widget_loads_what_it_needs_and_nothing_for_another(program: str, needed: str) -> None:
    there = loaded(program)
    assert (HEAVY & there) - NOTEBOOK == set(needed.split())
    for other in ("analysis.matrix", "exercises", "live", "lessons.flow_chooser", "judge"):
        assert f"flowsim.{other}" not in there


def test_whoever_has_no_notebook_is_told_what_is_missing() -> None:
    program = """
import sys
sys.modules["anywidget"] = None
from flowsim import Simulation
try:
    from flowsim import player
except ImportError as error:
    print(error)
"""
    assert "pip install 'flowsim[notebook]'" in fresh(program)


def test_importing_flowsim_loads_next_to_nothing() -> None:
    new = loaded("import flowsim") - loaded("import importlib, typing")
    assert {name for name in new if name.partition(".")[0] not in sys.stdlib_module_names} == {
        "flowsim",
        "flowsim.model",
        "flowsim.model.display",
        "flowsim.model.long_tasks",
    }


@pytest.mark.parametrize(
    ("program", "needed"),
    [
        ("from flowsim import Attacker, Move, Scenario, Simulation, matrix", ""),
        ("from flowsim import Simulation; Simulation(seed=7)", ""),
        ("from flowsim import Simulation; Simulation(seed=7).goto(2)", ""),
        ("from flowsim import Simulation; Simulation(seed=7).goto(5)", "jinja2"),
        ("from flowsim import Simulation; Simulation(seed=7).run()", "jinja2 cryptography"),
        ("from flowsim import Simulation, transcript; transcript(Simulation(seed=7).run())", "jinja2 cryptography"),
        ("from flowsim import Simulation, sequence; sequence(Simulation(seed=7).trace)", "graphviz"),
        ("from flowsim.protocol.messages import request; request('GET', 'https://as.example/a b')", "httpx"),
    ],
)
def test_what_is_slow_to_load_is_loaded_where_it_is_needed(program: str, needed: str) -> None:
    assert HEAVY & loaded(program) == set(needed.split())


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ("--help", ""),
        ("steps", ""),
        ("checks", ""),
        ("run --help", ""),
        ("matrix --help", ""),
        ("run --seed 7", "jinja2 cryptography"),
        ("run --seed 7 --attack code-interception --mermaid", "jinja2"),
    ],
)
def test_each_command_loads_only_what_it_needs(arguments: str, needed: str) -> None:
    program = f"""
from contextlib import suppress
from flowsim.cli import main
with suppress(SystemExit):
    main({arguments.split()})
"""
    assert HEAVY & loaded(program) == set(needed.split())


def test_the_help_needs_no_more_of_flowsim_than_the_command_line() -> None:
    program = (
        "from contextlib import suppress\nfrom flowsim.cli import main\nwith suppress(SystemExit): main(['--help'])"
    )
    inside = {name for name in loaded(program) if name.startswith("flowsim")}
    inside -= {"flowsim", "flowsim.cli", "flowsim.cli.terminal"}
    assert inside == {"flowsim.model", "flowsim.model.display", "flowsim.model.long_tasks", "flowsim.model.shown"}


def sources() -> Iterator[tuple[str, str]]:
    """The README's examples and the code of the notebooks, each with a name."""
    readme = (ROOT / "README.md").read_text("utf-8")
    yield "README", "\n".join(part.partition("```")[0] for part in readme.split("```python\n")[1:])
    for path in sorted((ROOT / "notebooks").rglob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        lines = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        yield str(path.relative_to(ROOT)), "\n".join(lines)


@pytest.mark.parametrize(("name", "source"), [pytest.param(*one, id=one[0]) for one in sources()])
def test_a_reader_is_shown_the_public_name_where_there_is_one(name: str, source: str) -> None:
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
    from_inside = [
        f"from {node.module} import {alias.name}"
        for node in imports
        if node.module and node.module.startswith("flowsim.")
        for alias in node.names
        if alias.name in NAMES and getattr(import_module(node.module), alias.name) is getattr(flowsim, alias.name)
    ]
    assert from_inside == [], f"{name}: from flowsim import …"
