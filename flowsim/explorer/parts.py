"""The parts of a world as texts without random values and seconds: worked out once for each part that stays as it is.

A world shares nearly everything with the one before it, so a part is found again by its identity. What is found is kept for
as long as it is of use: two generations of so many parts, and the elder goes when the younger is full.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any

from frozendict import frozendict

from flowsim.explorer.random_values import BETWEEN, OPAQUE, Part, of_bytes, of_text
from flowsim.protocol.messages import Request, Response

# The fields that are seconds since 1970, alone or as the values of a mapping.
SECONDS = frozenset(
    [
        "started",
        "auth_time",
        "expires",
        "issued",
        "idle_until",
        "rotated",
        "listed_until",
        "created",
        "seen",
        "registered",
    ]
)
_KEPT = 50_000  # parts of a generation
_NONE, _EMPTY = Part("None"), Part("()")


class Remembered:
    """What was worked out for objects that never change, by their identity; bounded."""

    def __init__(self, most: int = _KEPT) -> None:
        self._most = most
        self._young: dict[int, tuple[object, Any]] = {}
        self._old: dict[int, tuple[object, Any]] = {}

    def get(self, thing: object) -> Any:
        """What was worked out for this object; None where that is not known any more."""
        key = id(thing)
        found = self._young.get(key)
        if found is not None:
            return found[1]
        found = self._old.get(key)
        if found is None:
            return None
        self._keep(key, found)
        return found[1]

    def set(self, thing: object, worked_out: Any) -> None:
        # The object is kept as well, so that no other one can have its identity.
        self._keep(id(thing), (thing, worked_out))

    def _keep(self, key: int, found: tuple[object, Any]) -> None:
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = found

    def clear(self) -> None:
        self._young, self._old = {}, {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


remembered = Remembered()


def joined(name: str, parts: Iterable[Part]) -> Part:
    """These parts as one, in this order."""
    texts: list[str] = [name]
    values: list[str] = []
    times: list[int] = []
    for text, own, seconds in parts:
        texts.append(text)
        if own:
            values += own
        if seconds:
            times += seconds
    return Part(short(texts), tuple(values), tuple(times))


def short(texts: Iterable[str]) -> str:
    """A text of fixed length for these, another one for any others."""
    return blake2b(BETWEEN.join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def part_of(thing: Any, name: str = "") -> Part:
    """This part of a world; `name` is that of the field it is in."""
    kind: Any = type(thing)
    if kind is str:
        return of_text(thing)
    if thing is None:
        return _NONE
    if kind is int:
        return Part("at", (), (thing,)) if name in SECONDS else Part(repr(thing))
    if not thing and (kind is tuple or kind is frozendict):
        return _EMPTY
    reads = reader_of(kind)
    if reads is not None:
        found: Part | None = remembered.get(thing)
        if found is None:
            found = reads(thing, name)
            remembered.set(thing, found)
        return found
    if kind is bool or kind is float:
        return Part(repr(thing))
    if kind is bytes:
        return of_bytes(thing)
    if isinstance(thing, str):
        return Part(f"{kind.__name__}.{thing}")
    return Part(repr(thing), (OPAQUE,))


left_out: set[tuple[type, str]] = set()  # for a test: fields that are not read


def forget() -> None:
    """Forget what was worked out: it was read with the same fields left out."""
    remembered.clear()
    reader_of.cache_clear()


@cache
def reader_of(kind: type) -> Callable[[Any, str], Part] | None:
    """What reads things of this class; None where it is no class of things that have parts."""
    if kind is Request or kind is Response:
        return _message
    if is_dataclass(kind):
        return _record(kind)
    if issubclass(kind, Mapping):
        return of_mapping
    if issubclass(kind, tuple | list):
        return lambda thing, name: joined("", [part_of(one, name) for one in thing])
    if issubclass(kind, frozenset | set):
        return lambda thing, name: joined("set", sorted(part_of(one, name) for one in thing))
    return None


def _record(kind: type) -> Callable[[Any, str], Part]:
    """What reads the fields of this class, one after the other."""
    names = tuple(field.name for field in fields(kind) if (kind, field.name) not in left_out)
    called = kind.__name__
    if len(names) <= 1:
        return lambda thing, name: joined(called, [part_of(getattr(thing, name), name) for name in names])
    get = attrgetter(*names)
    last: tuple[tuple[object, ...], list[Part]] = ((object(),) * len(names), [_NONE] * len(names))

    def read(thing: Any, name: str) -> Part:
        # The last one of its class mostly had the same in most of its fields.
        nonlocal last
        here = get(thing)
        read = [
            part if one is before else part_of(one, name)
            for one, before, part, name in zip(here, *last, names, strict=True)
        ]
        last = here, read
        return joined(called, read)

    return read


def _message(message: Request | Response, name: str) -> Part:
    """An HTTP message; the most of its headers are the same in all."""
    first = (message.method, message.url) if isinstance(message, Request) else (str(message.status),)
    headers = [of_text(one) for pair in message.headers for one in pair]
    return joined("message", [*map(of_text, first), of_text(message.body), *headers])


def of_mapping(mapping: Mapping[Any, Any], name: str = "") -> Part:
    """A mapping: in which order things came into it makes no difference."""
    items = [(part_of(key), part_of(value, name)) for key, value in mapping.items()]
    if len(items) > 1:
        items.sort(key=_by_text)
    return joined("map", [one for item in items for one in item])


def _by_text(item: tuple[Part, Part]) -> tuple[object, ...]:
    return item[0].text, item[1].text, item[0].values, item[1].values
