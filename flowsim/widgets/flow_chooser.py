"""“Which flow?” in a notebook: one question after the other, every answer with its reason, and the flow at the end."""

from typing import Any

import traitlets

from flowsim.front_end.page import stored
from flowsim.lessons.flow_chooser.walk import Path, table
from flowsim.widgets.module import FrontEnd


class FlowChooser(FrontEnd):
    """The questions of the table to click through. `path` is the way taken so far, for the cells that follow."""

    front_end = traitlets.Unicode("flow_chooser").tag(sync=True)
    table = traitlets.Dict().tag(sync=True)
    answers = traitlets.List(traitlets.Int()).tag(sync=True)

    def __init__(self, path: Path | None = None) -> None:
        """Begin at the first question, or where this path stands."""
        super().__init__(table=table(), answers=list((path or Path()).answers))

    @property
    def path(self) -> Path:
        """The answers given so far."""
        return Path(tuple(self.answers))

    def __repr__(self) -> str:
        """Return the way so far as text."""
        return repr(self.path)

    def _repr_mimebundle_(self, **settings: Any) -> Any:
        """Add the way so far as HTML, for a notebook that no kernel runs."""
        shown: Any = super()._repr_mimebundle_(**settings)
        bundle = shown[0] if isinstance(shown, tuple) else dict(shown or {})
        page = stored(self.path._repr_html_(), needs_a_kernel="To choose here")
        return {**bundle, "text/html": page, "text/plain": repr(self)}
