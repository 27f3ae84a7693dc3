"""The JavaScript module and the styles of all widgets, which a notebook gets once and not once a widget.

A widget of anywidget's carries its module and its style sheet as traits: 200 kB for each player. So there is one model
that carries them for all and shows nothing, and each widget only says where it is. Its own module, entry.js, is thirty
lines that ask for that model by its name. Stored widget state holds both models, so a page without a kernel finds it too.

Source: none of the protocol's; anywidget's manual on what a front-end module is given (`model.widget_manager`), and
ipywidgets' on traits that hold another widget.
"""

from functools import cache
from pathlib import Path

import anywidget
import ipywidgets
import traitlets

from flowsim.front_end.bundle import bundle, style
from flowsim.front_end.live_page import LIVE_STYLES
from flowsim.views import formats

_HERE = Path(__file__).parent
_SHEETS = tuple(
    f"{name}.css" for name in ("task", "quiz", "exercise", "attack_lab", "bench", "flow_chooser", "clinic", "search")
)
STYLES = (*LIVE_STYLES, Path(formats.__path__[0]) / "matrix.css", *(_HERE / name for name in _SHEETS))
ENTRY = _HERE / "widgets.js"


class Module(anywidget.AnyWidget):
    """What all widgets of a kernel share: `code`, the module that draws them, and their styles."""

    _esm = "export default {};"
    _css = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)


class FrontEnd(anywidget.AnyWidget):
    """A widget that is drawn by the shared module: by its front end of this name, a key of what widgets.js exports."""

    _esm = traitlets.Unicode().tag(sync=True)
    front_end = traitlets.Unicode().tag(sync=True)
    module = traitlets.Instance(Module).tag(sync=True, **ipywidgets.widget_serialization)

    @traitlets.default("_esm")
    def _entry(self) -> str:
        return _entry()

    @traitlets.default("module")
    def _shared(self) -> Module:
        return _shared_now()


@cache
def _entry() -> str:
    return (_HERE / "entry.js").read_text("utf-8")


_shared: list[Module] = []


def _shared_now() -> Module:
    """The module's model; a new one where somebody has closed it, as `Widget.close_all()` does."""
    if not _shared or _shared[0].comm is None:
        _shared[:] = [Module(code=bundle(ENTRY), _css=style(*STYLES))]
    return _shared[0]
