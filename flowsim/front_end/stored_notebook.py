"""Notebooks as they are stored and converted: where a widget of ours has a page of its own, the page stays, the view goes.

A widget's view is a number that means something to one run of one kernel. In a saved notebook that is opened the next day,
and in a page that nbconvert makes, it is an error or a blank, and it hides the page beside it that would have shown. So
JupyterLab's server leaves the views out when it saves, and nbconvert when it converts: `jupyter_server_config.d` and
`jupyter_nbconvert_config.json` in binder/jupyter name this module, and installing flowsim installs both.
"""

import re
from collections.abc import MutableMapping
from typing import Any

from flowsim.front_end.page import STORED

VIEW = "application/vnd.jupyter.widget-view+json"
_STATE = "application/vnd.jupyter.widget-state+json"
_NOTHING = "data:text/javascript,"
_FORMULA = re.compile(r"\$|\\\(|\\\[|\\begin\{")


def leave_out_views(notebook: MutableMapping[str, Any]) -> bool:
    """Take the view out of each output that has a stored page of ours, and the widgets' state if nothing shows it then.

    Says whether there is such a page, and no view of any other widget.
    """
    ours = others = False
    for cell in notebook.get("cells", ()):
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if STORED in "".join(data.get("text/html", "")):
                ours = True
                data.pop(VIEW, None)
            others = others or VIEW in data
    if not others and "metadata" in notebook:
        notebook["metadata"].get("widgets", {}).pop(_STATE, None)
        if not notebook["metadata"].get("widgets", True):
            del notebook["metadata"]["widgets"]
    return ours and not others


def convert(notebook: Any, resources: Any) -> tuple[Any, Any]:
    """Do so before nbconvert makes a page: a preprocessor, after the one that runs the cells.

    A page with no widget but ours, and no formula, needs none of the scripts that nbconvert's template fetches.
    """
    if leave_out_views(notebook):
        resources["require_js_url"] = _NOTHING
        if not any(_FORMULA.search(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"):
            resources["mathjax_url"] = _NOTHING
    return notebook, resources


def before_saving(model: MutableMapping[str, Any], **_about: Any) -> None:
    """Do so before Jupyter's server writes a file: a hook of its contents manager."""
    if model.get("type") == "notebook" and model.get("content"):
        leave_out_views(model["content"])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(app: Any) -> None:
    app.contents_manager.register_pre_save_hook(before_saving)
