"""How a notebook shows something that is made below the views: it asks for the drawing of its class, by name.

The public face, `flowsim/__init__.py`, says which view draws what, and imports the view only when a notebook asks.
"""

from collections.abc import Callable, Mapping
from typing import Any

Bundle = Mapping[str, str]  # what is shown, by its media type
DRAWINGS: dict[str, Callable[[Any], Bundle]] = {}


class Displayed:
    """What a notebook shows for a bare last line: its drawing, or, where none is registered, its repr."""

    def _repr_mimebundle_(self, **_: Any) -> Bundle:
        draw = DRAWINGS.get(type(self).__name__)
        return draw(self) if draw else {"text/plain": repr(self)}
