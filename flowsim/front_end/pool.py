"""Many JSON values in one text, in which whatever is equal is there once.

The runs of a matrix have most of their messages, memories and drawings in common. A pool holds each part once, and what is
made of parts as a list of the places of those. `static/pool.js` reads it.

A part is a text, a number, true, false or null as it is; or a list that begins with what is made of the parts at the places
that follow: 0 a list, 1 an object (name, value, name, value …), 2 a text (joined).
"""

import json
from typing import Any

_LIST, _OBJECT, _TEXT = 0, 1, 2
_END = "</g>"  # a drawing is many small groups, and two drawings share most of theirs


class Pool:
    """Values are added, each gives its number; then all are written as one text."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._places: dict[Any, int] = {}
        self._roots: dict[int, int] = {}

    def add(self, value: Any) -> int:
        """The number of this JSON value, which is put into the pool where no equal one is in it."""
        return self._roots.setdefault(self._add(value), len(self._roots))

    def _add(self, value: Any) -> int:
        if isinstance(value, dict):
            return self._place((_OBJECT, *(self._add(one) for pair in value.items() for one in pair)))
        if isinstance(value, list | tuple):
            return self._place((_LIST, *(self._add(one) for one in value)))
        if isinstance(value, str) and _END in value:
            *groups, last = value.split(_END)
            return self._place((_TEXT, *(self._place(f"{group}{_END}") for group in groups), self._place(last)))
        return self._place(value)

    def text(self) -> str:
        """The places of all that was added, and all parts, as JSON.

        What is no list comes first, and in the order of the alphabet: gzip, which looks back for 32 kB, packs it better by
        a third.
        """
        order = sorted(range(len(self.parts)), key=lambda place: _rank(self.parts[place]))
        new = {place: number for number, place in enumerate(order)}
        parts = [
            [part[0], *(new[one] for one in part[1:])] if isinstance(part, tuple) else part
            for part in (self.parts[place] for place in order)
        ]
        told = [[new[place] for place in self._roots], parts]
        return json.dumps(told, ensure_ascii=True, separators=(",", ":"))

    def _place(self, part: Any) -> int:
        key = (type(part), part)  # True is equal to 1, and is another part
        place = self._places.setdefault(key, len(self.parts))
        if place == len(self.parts):
            self.parts.append(part)
        return place


def values_of(text: str) -> list[Any]:
    """What was added to the pool that this text is of."""
    roots, parts = json.loads(text)
    return [_made(parts, root) for root in roots]


def _made(parts: list[Any], place: int) -> Any:
    if not isinstance(parts[place], list):
        return parts[place]
    kind, *places = parts[place]
    values = [_made(parts, one) for one in places]
    if kind == _OBJECT:
        return dict(zip(values[::2], values[1::2], strict=True))
    return values if kind == _LIST else "".join(values)


def _rank(part: Any) -> tuple[int, str]:
    """Texts and numbers by what they say; lists, the sort is stable, in the order in which they came."""
    return (1, "") if isinstance(part, tuple) else (0, str(part))
