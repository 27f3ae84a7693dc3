"""What the tests of the bench say: which controls it has, what they show, and whether all of it is in step."""

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import ipywidgets

from flowsim.model.scenario import SETTINGS
from flowsim.widgets import Bench

Act = Callable[[Bench], None]


def controls(made: Bench) -> dict[str, Any]:
    """The control of every setting that has one."""
    fields = made.settings.fields | made.more.fields
    return {name: field.control for name, field in fields.items()}


def shown(made: Bench) -> dict[str, Any]:
    """The settings that the controls show."""
    fields = made.settings.fields | made.more.fields
    off = frozenset(check for check, box in made.checks.boxes.items() if not box.value)
    said = {name: field.setting(field.control.value) for name, field in fields.items()}
    sets = {name: frozenset(said[name]) for name in said if isinstance(SETTINGS[name].default, frozenset)}
    return said | sets | {"without": off}


def asked(made: Bench) -> dict[str, Any]:
    """The same settings as the session has them."""
    return {name: getattr(made.session.settings, name) for name in shown(made)}


def is_in_step(made: Bench) -> bool:
    """Whether controls, session and player all say the same."""
    session, player = made.session, made.player
    branch = next(one for one in player.payload["branches"] if one["name"] == player.branch)
    return (
        shown(made) == asked(made)
        and made.branches.ready.value == session.ready
        and (player.branch, player.position) == (session.branch, session.position)
        and len(branch["trace"]["events"]) == len(session.trace.events)
        and branch["trace"]["verdict"] == session.trace.verdict.to_json()
    )


def every_widget(widget: Any) -> Iterator[Any]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every_widget(child)


def everything_one_can_use(made: Bench) -> list[Any]:
    made.checks.fill()  # which else waits until its panel is opened
    return [one for one in every_widget(made) if hasattr(one, "description") and not isinstance(one, ipywidgets.Label)]


def name_of(widget: Any) -> str:
    """What one reads beside it."""
    return unescape(re.sub(r"<[^>]*>", "", widget.description)).partition("\n")[0]


def use(name: str, value: Any) -> Act:
    return lambda made: setattr(controls(made)[name], "value", value)


def press(name: str) -> Act:
    return lambda made: getattr(made.branches, name).click()
