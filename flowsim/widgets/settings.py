"""The settings of a branch as controls. A control shows what one would write in Python, and its help says it in words.

A control is made from what its setting says of itself, so that a new setting has one as soon as it is declared.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import fields
from typing import Any, NamedTuple

import ipywidgets

from flowsim.model.clients import PROFILES, RedirectKind
from flowsim.model.scenario import SETTINGS, Scenario, ServerSettings
from flowsim.model.settings import Setting
from flowsim.simulation.names import meanings
from flowsim.widgets.controls import Ask, choice, dropdown, number, row, text, tick

# What a lesson changes all the time. The checks have a panel of their own.
_FIRST = ("client", "pkce", "attacker", "user", "seed")
_ELSEWHERE = ("without",)
_WHERE: dict[RedirectKind, str] = {
    "scheme": "phone",
    "claimed-https": "phone",
    "loopback": "computer",
    "page": "browser",
    "website": "website",
}
_LONG_NUMBER = 19  # digits
_LETTER, _FRAME, _NARROWEST, _TEXT, _CHOICE, _SEED, _WIDEST = 7, 44, 100, 190, 170, 64, 176  # pixels
_OF_SERVER = frozenset(one.name for one in fields(ServerSettings))
_TICK = 2


class Field(NamedTuple):
    """A control, what its value means as a setting, and which value it has for a setting."""

    control: Any
    setting: Callable[[Any], Any] = lambda value: value
    value: Callable[[Any], Any] = lambda setting: setting


class Settings(ipywidgets.VBox):
    """Rows of controls, one control for each of some settings."""

    def __init__(self, ask: Ask, *rows: Iterable[Setting]) -> None:
        """Lay out a control for each, and ask for a change of the setting whenever one is used."""
        made = [{one.name: _field(one) for one in settings} for settings in rows]
        super().__init__([row(*(field.control for field in fields.values())) for fields in made if fields])
        self.add_class("fs-bench-rows")
        self.fields = {name: field for fields in made for name, field in fields.items()}
        self._shown: dict[str, Any] = {}
        for name, field in self.fields.items():
            field.control.observe(_asking(ask, name, field.setting), "value")

    def show(self, settings: Scenario, *, asked: str | None = None) -> None:
        """Have every control show what these settings say.

        Where one of them was `asked` for, and has been set, it and those that have changed with it are shown. The reader
        may have used another one meanwhile, of which the kernel has not heard yet: that one is left as it is.
        """
        for name, field in self.fields.items():
            value = field.value(getattr(settings, name))
            if asked is None or name == asked or value != self._shown.get(name):
                field.control.value = value
            self._shown[name] = value


def first_settings(ask: Ask) -> Settings:
    """The settings that a lesson changes all the time."""
    return Settings(ask, [SETTINGS[name] for name in _FIRST])


def more_settings(ask: Ask) -> Settings:
    """The settings that are needed less often: those of the server in rows of their own, times and ticks each together."""
    rows: dict[tuple[bool, int], list[Setting]] = {}
    for one in SETTINGS.values():
        if one.name not in (*_FIRST, *_ELSEWHERE):
            rows.setdefault((one.name in _OF_SERVER, _form(one)), []).append(one)
    return Settings(ask, *(rows[key] for key in sorted(rows)))


def help_of(setting: Setting, help_text: str = "") -> str:
    """What a setting is, and what each of its values means, a line each."""
    said = {**meanings(setting), **setting.words}
    return "\n".join((help_text or setting.help, *(f"{value}: {meaning}" for value, meaning in said.items())))


def _form(setting: Setting) -> int:
    """Controls of one form stand together: lists and texts, then times, then ticks."""
    return _TICK if setting.kind == "switch" and not setting.unset else int(setting.kind == "time")


def _field(setting: Setting) -> Field:
    name, help_text, values = _capital(setting.title), help_of(setting), list(meanings(setting))
    if setting.kind == "names":
        shown = text(name, help_text, _TEXT, "none")
        several = tuple if isinstance(setting.default, tuple) else frozenset
        return Field(shown, lambda typed: several(typed.split()), _in_one_text)
    if setting.kind == "time":
        name = f"{name} in seconds"
        if not setting.unset:
            return Field(number(name, help_text, _width(name)))
    if _form(setting) == _TICK:
        return Field(tick(setting.title, help_text))
    if setting.kind == "switch":
        options = [("yes", True), ("no", False)]
    elif values:
        options = [(_shown(setting, value), value) for value in values]
    else:
        short = int in setting.types
        shown = text(name, help_text, _NARROWEST if short else _TEXT, setting.unset or "nothing")
        if setting.name == "seed":
            shown.layout.flex = f"0 1 {_SEED}px"
        return Field(shown, _number_or_text if short else str, lambda value: "" if value is None else str(value))
    if setting.name == "pkce":
        return Field(choice(name, help_text, values, _CHOICE))
    if not setting.unset:
        return Field(_list(name, help_text, options))
    # To ipywidgets the value None is that nothing is chosen, so a word stands for it.
    return Field(
        _list(name, help_text, [(setting.unset, setting.unset), *options]),
        lambda chosen: None if chosen == setting.unset else chosen,
        lambda value: setting.unset if value is None else value,
    )


def _in_one_text(names: Collection[str]) -> str:
    return " ".join(names if isinstance(names, tuple) else sorted(names))


def _list(name: str, help_text: str, options: list[tuple[str, Any]]) -> Any:
    return dropdown(name, help_text, options, _width(name, *(word for word, _ in options)))


def _shown(setting: Setting, value: Any) -> str:
    return f"{value} ({_WHERE[PROFILES[value].kind]})" if setting.name == "client" else str(value)


def _width(name: str, *words: str) -> int:
    """How wide a control has to be at least, in pixels, so that one can read its name and nearly whatever is chosen."""
    longest = _LETTER * max(map(len, words), default=0)
    return max(_NARROWEST, _LETTER * len(name), min(_FRAME + longest, _WIDEST))


def _capital(title: str) -> str:
    """A title as the name of a control. A name of the protocol's keeps its own spelling."""
    first = title.partition(" ")[0]
    return title if "_" in first or not first.isalpha() else title[:1].upper() + title[1:]


def _asking(ask: Ask, name: str, setting: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda change: ask(lambda session: session.change(**{name: setting(change["new"])}), name)


def _number_or_text(typed: str) -> int | str | None:
    """What somebody typed: a number where it is one, else the text; None for an empty field."""
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < _LONG_NUMBER else typed or None
