"""Values that a reader may hand to whatever asks for one: what cannot be compared, shown or counted."""

from typing import Any


class Odd:
    """A thing that cannot be compared, shown, or asked whether it is true."""

    def _no(self, *_: object) -> Any:
        raise ArithmeticError("no")

    __eq__ = __repr__ = __bool__ = _no
    __hash__ = object.__hash__


def in_itself() -> list[Any]:
    held: list[Any] = []
    held.append(held)
    return held


def deep() -> list[Any]:
    held: list[Any] = []
    for _ in range(100_000):
        held = [held]
    return held
