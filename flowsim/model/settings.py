"""What a setting says of itself: its default, its title, what each of its values means, and within which bounds it is.

    par: Par = setting(
        "off",
        title="pushed requests",
        help="how the app's request reaches the server (RFC 9126)",
        choices={"off": "through the browser", "optional": "the app pushes it", "required": "…"},
    )

A setting is declared once, in the class of those whose it is (app_settings.py, server_settings.py, scenario.py). All else
is read from there: what is refused, the options of the command line, the controls of a bench, the words for it.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import Field, dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from itertools import groupby
from typing import Any, Literal, TypeVar, get_args, get_origin

from frozendict import frozendict

from flowsim.model.own_line import ToldInOneSentence
from flowsim.model.shown import WIDTH, shorten, shown

T = TypeVar("T")
Kind = Literal["choice", "switch", "time", "number", "names", "text"]

MOST_CHARACTERS = 2000  # of a text
MOST_NAMES = 1000
MOST_BITS = 4096
_KEY = "setting"
_TYPE_WORDS: dict[Any, str] = {bool: "True or False", int: "a whole number", str: "a text", type(None): "None"}


class ScenarioError(ToldInOneSentence, ValueError):
    """A setting or a combination of settings that makes no sense; the message says what to do instead."""


def unknown(what: str, given: object, known: list[str]) -> ScenarioError:
    """The error for a name that does not exist, with the nearest one that does."""
    near = get_close_matches(shorten(given, WIDTH), known, n=1, cutoff=0.4) if isinstance(given, str) else []
    hint = f"did you mean {near[0]}?" if near else f"expected one of: {', '.join(known)}"
    return ScenarioError(f"unknown {what} {shown(given)}; {hint}")


def names_in(what: str, given: object) -> tuple[str, ...]:
    """These names, in their order. Raises ScenarioError for what is no list, tuple or set of texts, or for too many."""
    if not isinstance(given, list | tuple | Set):
        example = f", such as ({shown(given)},)" if isinstance(given, str) else ""
        raise ScenarioError(f"{what} must be a list of names{example}, not {shown(given)}")
    if len(given) > MOST_NAMES:
        raise ScenarioError(f"{what} must be at most {MOST_NAMES} names, not {len(given)}")
    names = tuple(given)
    for name in names:
        if not isinstance(name, str):
            raise ScenarioError(f"{what} must be a list of names, each a text, and {shown(name)} is none")
    return names


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting, described: `name`, `owner`, `type` and `default` are those of its field, all else its declaration says.

    `title` is what a sentence calls it, and `help` one sentence on it. `choices` says what each value means, where there
    are a few; `words` what a text is made of; `unset` what None means. A number is from `least` to `most`, in `unit`,
    because of `clause`; `most` may name the setting that bounds this one. For a text or a list it is the greatest length.
    `option` is a shorter name for the command line. `only` are values of other settings without which this one would do
    nothing: beside any others it is refused.
    """

    name: str = ""
    owner: str = ""
    type: Any = None
    default: Any = None
    title: str
    help: str
    choices: Mapping[Any, str] = frozendict()
    words: Mapping[str, str] = frozendict()
    unset: str = ""
    unit: str = ""
    least: int | None = None
    most: int | str | None = None
    clause: str = ""
    option: str = ""
    only: Mapping[str, Any] = frozendict()

    @cached_property
    def types(self) -> tuple[Any, ...]:
        """The types that a value may have, for example `bool` and `NoneType`; a list of names has none here."""
        return () if get_origin(self.type) in (tuple, frozenset) else get_args(self.type) or (self.type,)

    @cached_property
    def kind(self) -> Kind:
        """How one gives a value: one of a few, on or off, a time in seconds, a number, several names, or a text."""
        if self.choices:
            return "choice"
        if not self.types:
            return "names"
        if bool in self.types:
            return "switch"
        if str in self.types:
            return "text"
        return "time" if self.unit == "seconds" else "number"

    def refuse(self, value: Any, beside: Any) -> None:
        """Raises ScenarioError where this setting cannot have this value beside these other settings."""
        kind = self.kind
        if kind == "choice":
            self._refuse_other(value)
        elif self.types and type(value) not in self.types:
            expected = " or ".join(_TYPE_WORDS[one] for one in self.types)
            raise ScenarioError(f"{self.name} must be {expected}, not {shown(value)}")
        elif isinstance(value, str):
            self._refuse_text(value)
        elif type(value) is int and value.bit_length() > MOST_BITS:
            raise ScenarioError(
                f"{self.name} must be a number of at most {MOST_BITS} bits, not of {value.bit_length()}"
            )
        if kind == "names" and isinstance(self.most, int) and len(value) > self.most:
            raise ScenarioError(f"{self.name} must be at most {self.most} {self.unit}, not {len(value)}")
        if kind in ("time", "number") and value is not None:
            self._refuse_number(value, beside)

    def refuse_idle(self, value: Any, beside: Any) -> None:
        """Raises ScenarioError where this setting has a value of its own that would do nothing beside these settings."""
        if value == self.default:
            return
        for name, wanted in self.only.items():
            given = getattr(beside, name)
            if given != wanted:
                raise ScenarioError(
                    f"{self.name}: it does something only where {name} is {shown(wanted)}, and here that is "
                    f"{shown(given)}; choose {shown(wanted)} for {name}, or leave {self.name} at {shown(self.default)}"
                )

    def _refuse_other(self, value: Any) -> None:
        if type(value) in {*map(type, self.choices)} and value in self.choices:
            return
        if isinstance(self.default, str):
            raise unknown(self.title, value, list(self.choices))
        *others, last = map(str, self.choices)
        raise ScenarioError(f"{self.name} must be {', '.join(others)} or {last}, not {shown(value)}")

    def _refuse_text(self, value: str) -> None:
        most = self.most if isinstance(self.most, int) else MOST_CHARACTERS
        if len(value) > most:
            raise ScenarioError(f"{self.name} must be at most {most} characters, not {len(value)}")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ScenarioError(f"{self.name} must be text that UTF-8 can write, not {shown(value)}") from None

    def _refuse_number(self, value: int, beside: Any) -> None:
        most = getattr(beside, self.most) if isinstance(self.most, str) else self.most
        if isinstance(self.most, str) and type(most) is not int:
            most = None  # which is refused itself
        if self.least is None or (self.least <= value and (most is None or value <= most)):
            return
        allowed = "positive" if most is None else f"{self.least} to {most} {self.unit}"
        because = f" ({self.clause})" if self.clause else ""
        raise ScenarioError(f"{self.name} must be {allowed}{because}, not {value}")


def setting(default: T, **said: Any) -> T:
    """The field of a dataclass that is this setting; what is `said` of it is what `Setting` has a place for.

    A type checker sees the default beside the field's type.
    """
    made: Any = field(default=default, metadata={_KEY: Setting(**said)})
    return made  # type: ignore[no-any-return]


def described(declared: Field[Any], owner: str) -> Setting:
    """The setting that this field declares, with what only the field knows."""
    said: Setting = declared.metadata[_KEY]
    return replace(said, name=declared.name, owner=owner, type=declared.type, default=declared.default)


def reference(settings: Iterable[Setting]) -> str:
    """Every setting in a few lines of Markdown, under the name of its owner: title, default, and what each value means."""
    groups = groupby(settings, key=lambda one: one.owner)
    return "\n\n".join(f"**Settings of {owner}**\n\n" + "\n".join(map(_entry, own)) for owner, own in groups)


def _entry(one: Setting) -> str:
    unset = f" ({one.unset})" if one.default is None else ""
    meanings = [f"\n  - `{value!r}`: {meaning}" for value, meaning in one.choices.items()]
    meanings += [f"\n  - `{word}`: {meaning}" for word, meaning in one.words.items()]
    unit = f" {one.unit}" if one.unit and isinstance(one.default, int) else ""
    return f"- `{one.name} = {one.default!r}`{unit}{unset}, {one.title}: {one.help}.{''.join(meanings)}"
