"""What Binder would build and open, said by repo2docker itself.

Its dry run chooses the build pack and writes the Dockerfile as Binder does. No image is built.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

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
    named = re.findall(r"requirements\.lock|binder/\w+|notebooks", script.read_text())
    assert set(named) == {"requirements.lock", "binder/jupyter", "notebooks"}
    assert all((ROOT / name).exists() for name in named)


def test_the_link_in_the_readme_opens_the_first_notebook() -> None:
    links = re.findall(r"https://mybinder\.org/v2/[^\s)\"'<>]+", (ROOT / "README.md").read_text())
    assert links, "README.md has no link to Binder"
    for link in links:
        assert parse_qs(urlsplit(link).query)["urlpath"] == [START]


def test_jupyterlab_itself_starts_with_the_same_notebook() -> None:
    settings = json.loads((BINDER / "jupyter" / "jupyter_lab_config.json").read_text())
    assert settings["LabApp"]["default_url"] == f"/{START}"
    assert (ROOT / START.removeprefix("lab/tree/")).is_file()
