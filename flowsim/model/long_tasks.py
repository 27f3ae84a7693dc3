"""Tasks that take long on a slow machine: what computes says how far it is, and whoever shows something tells it.

What computes knows how much there is to do, and only what stands above it knows a place to write that. `told_by` names the
place. Where nobody has named one, nothing is told.
"""

import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from typing import TypeVar

Value = TypeVar("Value")
Tick = Callable[[int, int], None]  # so many done, of so many
Telling = Callable[[str], AbstractContextManager[Tick]]

# A browser's Python has no threads, no programs and no ports, and takes several times as long.
IN_A_BROWSER = sys.platform in ("emscripten", "wasi")

_telling: list[Telling] = []


def told_by(telling: Telling) -> None:
    """From now on this tells what takes long, in a `with` block for each task."""
    _telling[:] = [telling]


def counted(what: str, values: Collection[Value]) -> Iterator[Value]:
    """These values, one after the other, while it is told how many are done. A task within another one is not told."""
    if not _telling:
        yield from values
        return
    telling = _telling.pop()
    try:
        with telling(what) as tick:
            for done, value in enumerate(values, start=1):
                yield value
                tick(done, len(values))
    finally:
        _telling[:] = [telling]
