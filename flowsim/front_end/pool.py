"""Many JSON values in one packed text, in which whatever is equal is there once.

The runs of a matrix have most of their messages, memories and drawings in common. A pool holds each part once, and what is
made of parts as a list of places of parts before it. `static/pool.js` unpacks it.

A part is a text, a number, true, false or null as it is; or a list that begins with what is made of the parts at the places
that follow: 0 a list, 1 an object (name, value, name, value …), 2 a text (joined).
"""

import gzip
import json
from base64 import b64encode
from typing import Any

_LIST, _OBJECT, _TEXT = 0, 1, 2
_END = "</g>"  # a drawing is many small groups, and two drawings share most of theirs


class Pool:
    """Values are added, each gives its place; then all are packed."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self._places: dict[Any, int] = {}

    def add(self, value: Any) -> int:
        """The place of this JSON value, which is put into the pool where no equal one is in it."""
        if isinstance(value, dict):
            return self._place((_OBJECT, *(self.add(one) for pair in value.items() for one in pair)))
        if isinstance(value, list | tuple):
            return self._place((_LIST, *(self.add(one) for one in value)))
        if isinstance(value, str) and _END in value:
            *groups, last = value.split(_END)
            return self._place((_TEXT, *(self._place(f"{group}{_END}") for group in groups), self._place(last)))
        return self._place(value)

    def packed(self) -> str:
        """All parts as JSON, packed with gzip, in base64."""
        text = json.dumps(self.parts, ensure_ascii=True, separators=(",", ":"))
        return b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")

    def _place(self, part: Any) -> int:
        key = (type(part), part)  # True is equal to 1, and is another part
        place = self._places.setdefault(key, len(self.parts))
        if place == len(self.parts):
            self.parts.append(part)
        return place
