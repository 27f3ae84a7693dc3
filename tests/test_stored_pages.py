"""What a saved or converted notebook keeps of a widget: the page that needs no kernel, and not the view that does."""

import copy
import json
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from traitlets.utils.importstring import import_item

from flowsim import Simulation
from flowsim.front_end.page import NEEDS_A_KERNEL, stored
from flowsim.front_end.stored_notebook import VIEW, before_saving, leave_out_views
from flowsim.widgets import attack_lab, bench, choose_a_flow, player, quiz

ROOT = Path(__file__).parents[1]
STATE = "application/vnd.jupyter.widget-state+json"


def notebook_with(*outputs: dict[str, Any]) -> Any:
    made = [nbformat.v4.new_output("execute_result", data, execution_count=1) for data in outputs]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=made)])
    notebook.metadata.widgets = {STATE: {"state": {}, "version_major": 2, "version_minor": 0}}
    return notebook


OURS = {VIEW: {"model_id": "a"}, "text/html": stored("<p>player</p>"), "text/plain": "Player"}
OTHERS = {VIEW: {"model_id": "b"}, "text/html": "<p>a map</p>", "text/plain": "Map"}


def test_the_view_of_our_widget_goes_with_the_state_that_only_it_needs() -> None:
    notebook = notebook_with(OURS)
    assert leave_out_views(notebook)
    assert set(notebook.cells[0].outputs[0].data) == {"text/html", "text/plain"}
    assert "widgets" not in notebook.metadata
    nbformat.validate(notebook)


def test_the_view_of_any_other_widget_stays_with_the_state() -> None:
    notebook = notebook_with(OURS, OTHERS)
    assert not leave_out_views(notebook)
    assert notebook.cells[0].outputs[1].data == OTHERS
    assert STATE in notebook.metadata.widgets


def test_a_notebook_without_widgets_is_saved_as_it_is() -> None:
    content = json.loads(nbformat.writes(notebook_with({"text/plain": "4"})))
    before = copy.deepcopy(content)
    before["metadata"].pop("widgets")
    before_saving({"type": "notebook", "content": content}, path="a.ipynb", contents_manager=None)
    assert content == before


@pytest.mark.parametrize("model", [{"type": "file", "content": "text"}, {"type": "notebook", "content": None}, {}])
def test_what_is_no_notebook_is_left_alone(model: dict[str, Any]) -> None:
    before = copy.deepcopy(model)
    before_saving(model, path="a", contents_manager=None)
    assert model == before


def test_html_that_came_in_lines_is_known_as_well() -> None:
    notebook = notebook_with({**OURS, "text/html": stored("<p>\nplayer</p>").splitlines(keepends=True)})
    leave_out_views(notebook)
    assert VIEW not in notebook.cells[0].outputs[0].data


def page_of(widget: Any) -> str:
    shown = widget._repr_mimebundle_()
    data = shown[0] if isinstance(shown, tuple) else shown
    assert leave_out_views(notebook_with(data))
    page: str = data["text/html"]
    return page


def test_every_widget_that_needs_a_kernel_says_so_in_the_same_sentence() -> None:
    for widget in (bench(), attack_lab(), quiz(), choose_a_flow()):
        assert page_of(widget).count(NEEDS_A_KERNEL) == 1
    assert NEEDS_A_KERNEL not in page_of(player(Simulation()))


def test_the_front_end_says_it_in_the_same_sentence() -> None:
    script = (ROOT / "flowsim" / "widgets" / "kernel.js").read_text("utf-8")
    assert NEEDS_A_KERNEL in script


# What Jupyter reads.


def test_the_installed_settings_are_those_of_the_repository_and_name_what_there_is() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shared = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    for source, target in shared.items():
        assert source.removeprefix("binder/jupyter/") == target.removeprefix("etc/jupyter/")
    converting, serving = (json.loads((ROOT / source).read_text()) for source in shared)
    (preprocessor,) = converting["HTMLExporter"]["preprocessors"]
    assert callable(import_item(preprocessor))
    (extension,) = serving["ServerApp"]["jpserver_extensions"]
    assert import_module(extension)._jupyter_server_extension_points() == [{"module": extension}]


@pytest.mark.parametrize(("markdown", "fetched"), [("a word", False), ("$a^2$", True)])
def test_a_converted_page_fetches_the_setter_of_formulas_only_for_a_formula(markdown: str, fetched: bool) -> None:
    notebook = notebook_with(OURS)
    notebook.cells.append(nbformat.v4.new_markdown_cell(markdown))
    exporter = HTMLExporter(preprocessors=["flowsim.front_end.stored_notebook.convert"])
    body, _ = exporter.from_notebook_node(notebook)
    assert ("mathjax/2" in body) is fetched
    assert "require.min.js" not in body
    assert "unpkg.com" not in body
