"""Controls with a name and a help text: ipywidgets' own, each made in one way, for the rows of the bench.

The name stands above a field, and the help shows where the mouse rests on the name. ipywidgets shows a tooltip only
where there is no description, so the description carries the help with it.
"""

from collections.abc import Callable
from html import escape
from typing import Any, Protocol

import ipywidgets

from flowsim.session.session import BenchSession


class Ask(Protocol):
    """What a control does when it is used: it has the session do something, and says which switch that was."""

    def __call__(self, act: Callable[[BenchSession], bool], switch: str = "", /) -> None: ...


def dropdown(name: str, help_text: str, options: list[Any], width: int) -> Any:
    """A list to choose from, at least this wide in pixels; an option is a value, or what one reads and a value."""
    return _field(ipywidgets.Dropdown(options=options, **_named(name, help_text, width)))


def choice(name: str, help_text: str, options: list[Any], width: int) -> Any:
    """Options side by side, of which one is chosen."""
    control = _field(ipywidgets.RadioButtons(options=options, **_named(name, help_text, width)))
    control.add_class("fs-bench-choice")
    return control


def text(name: str, help_text: str, width: int, placeholder: str = "", *, continuous: bool = False) -> Any:
    """A line to type in. Its value changes when it is left or Enter is pressed; with `continuous`, at every key."""
    named = _named(name, help_text, width)
    return _field(ipywidgets.Text(placeholder=placeholder, continuous_update=continuous, **named))


def number(name: str, help_text: str, width: int) -> Any:
    """A whole number to type in."""
    return _field(ipywidgets.IntText(**_named(name, help_text, width)))


def tick(name: str, help_text: str, *classes: str, **more: Any) -> Any:
    """A box to tick. ipywidgets shows its description as its tooltip, so the help is there, below the line one sees.

    All that it is from the start it is made with: each later change is a message to the page of its own.
    """
    named = {"description": f"{name}\n{help_text}", "tooltip": help_text, "indent": False}
    return ipywidgets.Checkbox(**named, **more, _dom_classes=("fs-bench-tick", *classes))


def button(name: str, help_text: str, press: Callable[[], None]) -> Any:
    """A button, and what happens when it is pressed."""
    made = ipywidgets.Button(description=name, tooltip=help_text)
    made.on_click(lambda _: press())
    return made


def opener(name: str, help_text: str, part: Any) -> Any:
    """A button that shows and hides this part, which is hidden at first."""
    made = ipywidgets.ToggleButton(description=name, tooltip=help_text)
    made.add_class("fs-bench-opener")
    ipywidgets.dlink((made, "value"), (part.layout, "display"), lambda on: None if on else "none")
    return made


def row(*controls: Any) -> Any:
    """Controls side by side, which go on in another line where they have no room."""
    made = ipywidgets.HBox(controls)
    made.add_class("fs-bench-row")
    return made


def _named(name: str, help_text: str, width: int) -> dict[str, Any]:
    return {
        "description": f'<span title="{escape(help_text)}">{escape(name)}</span>',
        "description_allow_html": True,
        "tooltip": help_text,
        "layout": {"flex": f"1 1 {width}px", "width": "auto"},
    }


def _field(control: Any) -> Any:
    control.add_class("fs-bench-field")
    return control
