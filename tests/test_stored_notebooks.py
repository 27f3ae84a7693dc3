"""Stored notebooks stand as somebody who ran them from the top would have saved them, so that plain nbval takes them."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.store_outputs import store

ROOT = Path(__file__).parents[1]
CELLS = ("", "from flowsim import Simulation", "print(1)\nprint(2)", "Simulation(seed=7).run().verdict.sentence")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook with its outputs, in a folder as `notebooks` is one, with an empty cell and a count that was wrong."""
    folder = tmp_path_factory.mktemp("clone") / "notebooks"
    folder.mkdir()
    (folder / "conftest.py").write_text((ROOT / "notebooks" / "conftest.py").read_text())
    (folder.parent / "tests").mkdir()
    (folder.parent / "tests" / "nbval_sanitize.cfg").write_text("[year]\nregex: 20\\d\\d\nreplace: a year\n")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    notebook.cells[0].execution_count = 40
    path = folder / "lesson.ipynb"
    nbformat.write(notebook, path)
    store(path)
    return path


def plain_nbval(notebook: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "notebooks"]
    return subprocess.run(command, cwd=notebook.parents[1], capture_output=True, text=True, check=False)


def test_the_cells_are_counted_from_one_without_a_gap(stored: Path) -> None:
    cells = nbformat.read(stored, as_version=4).cells
    assert [cell.execution_count for cell in cells] == [None, 1, 2, 3]
    assert cells[-1].outputs[0].execution_count == 3


@pytest.mark.parametrize("mode", ["--nbval", "--nbval-lax"])
def test_nbval_takes_it_without_another_option(stored: Path, mode: str) -> None:
    done = plain_nbval(stored, mode)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_nbval_leaves_out_what_differs_from_machine_to_machine_and_nothing_else(stored: Path) -> None:
    written = stored.read_text()
    try:
        notebook = nbformat.read(stored, as_version=4)
        notebook.cells[2].source = "print(2031)"
        notebook.cells[2].outputs = [nbformat.v4.new_output("stream", text="2030\n")]
        nbformat.write(notebook, stored)
        assert plain_nbval(stored, "--nbval").returncode == 0
        notebook.cells[2].source = "print(1931)"
        nbformat.write(notebook, stored)
        assert plain_nbval(stored, "--nbval").returncode == 1
    finally:
        stored.write_text(written)
