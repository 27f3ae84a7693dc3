"""What a search keeps of every world it has met: a few octets, so that millions of them have room.

Worlds are numbered in the order in which they were met; number 0 is the start. Of each there is its digest, from which
world it was met and by which of its choices, and how far it is from the start. The world itself is not kept. It comes
back where it is asked for: the choices on the way to it are made again.
"""

import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from flowsim.explorer.seen_worlds import SIZE as DIGEST
from flowsim.explorer.seen_worlds import SeenWorlds

if TYPE_CHECKING:
    Numbers = array[int]
else:  # before Python 3.12 an array has no parameter
    Numbers = array
Key = tuple[int, int]  # how far a world is from the start: decisions of the attacker, then moves
NUMBER = "I"  # of a world, in an array
_COLUMNS = {"parents": NUMBER, "choices": "H", "decisions": "B", "moves": "H"}


class Known:
    """All worlds that were met, by number. `goal_at` is the one in which a goal is `reached`, None as long as none is."""

    def __init__(self, start: bytes) -> None:
        self.goal_at: int | None = None
        self.reached: tuple[str, ...] = ()
        self._numbers = SeenWorlds()
        self._parents, self._choices = array(_COLUMNS["parents"]), array(_COLUMNS["choices"])
        self._decisions, self._moves = array(_COLUMNS["decisions"]), array(_COLUMNS["moves"])
        self.by_depth: list[int] = []
        self._numbers.add(start)
        self._note(0, 0, (0, 0))

    def __len__(self) -> int:
        return len(self._numbers)

    def key(self, number: int) -> Key:
        """How far this world is from the start, on the shortest way that is known."""
        return self._decisions[number], self._moves[number]

    def met(self, digest: bytes, parent: int, choice: int, key: Key) -> int | None:
        """The number of this world where it is new, or where this way to it is shorter than all before; else None."""
        number = self._numbers.add(digest)
        if number == len(self._parents):
            self._note(parent, choice, key)
            return number
        if self.key(number) <= key:
            return None
        self._count(self._decisions[number], -1)
        self._parents[number], self._choices[number] = parent, choice
        self._decisions[number], self._moves[number] = key
        self._count(key[0], 1)
        return number

    def steps_to(self, numbers: Iterable[int]) -> dict[int, tuple[int, int]]:
        """Of these worlds and of all on the way to them, from which each was met and by which of its choices."""
        steps: dict[int, tuple[int, int]] = {}
        for number in numbers:
            while number and number not in steps:
                steps[number] = self._parents[number], self._choices[number]
                number = self._parents[number]
        return steps

    def way(self, number: int) -> tuple[tuple[int, int], ...]:
        """The way to this world: the world before each choice on it, and which of its choices that is."""
        steps = []
        while number:
            steps.append((self._parents[number], self._choices[number]))
            number = self._parents[number]
        return tuple(reversed(steps))

    def number(self, digest: bytes) -> int | None:
        """The number of the world with this digest; None where it was not met."""
        return self._numbers.get(digest)

    def digests(self) -> Iterator[bytes]:
        """The digests of all worlds, by their numbers."""
        return iter(self._numbers)

    def before(self, number: int) -> tuple[int, int] | None:
        """From which world this one was met, and by which of its choices; None for the start."""
        return (self._parents[number], self._choices[number]) if number else None

    def children(self) -> Iterator[tuple[int, int, int]]:
        """Every world but the start: its number, the world from which it was met, and by which choice."""
        yield from zip(range(1, len(self)), self._parents[1:], self._choices[1:], strict=True)

    def to_columns(self) -> dict[str, bytes]:
        """All of it as octets: one column for each thing that is kept of a world."""
        columns = {name: to_octets(getattr(self, f"_{name}")) for name in _COLUMNS}
        return {"digests": b"".join(self._numbers), **columns}

    @classmethod
    def of_columns(cls, columns: Mapping[str, bytes]) -> "Known":
        """What `to_columns` gave. Raises ValueError where it does not fit together."""
        digests = columns["digests"]
        new = cls(digests[:DIGEST])
        new._numbers = SeenWorlds(digests)
        for name, kind in _COLUMNS.items():
            setattr(new, f"_{name}", of_octets(kind, columns[name]))
        many = len(digests) // DIGEST
        lengths = {len(new._numbers), *(len(getattr(new, f"_{name}")) for name in _COLUMNS)}
        if lengths != {many} or not many or any(parent >= many for parent in new._parents):
            raise ValueError("these columns do not fit together")
        new.by_depth = []
        for decisions in new._decisions:
            new._count(decisions, 1)
        return new

    def _note(self, parent: int, choice: int, key: Key) -> None:
        """Note how the world was met that is new."""
        self._parents.append(parent)
        self._choices.append(choice)
        self._decisions.append(key[0])
        self._moves.append(key[1])
        self._count(key[0], 1)

    def _count(self, decisions: int, more: int) -> None:
        while len(self.by_depth) <= decisions:
            self.by_depth.append(0)
        self.by_depth[decisions] += more


def to_octets(column: Numbers) -> bytes:
    """These numbers as octets, the same on every machine."""
    if sys.byteorder == "big":
        column = array(column.typecode, column)
        column.byteswap()
    return column.tobytes()


def of_octets(kind: str, octets: bytes) -> Numbers:
    """What `to_octets` gave. Raises ValueError for octets that are cut off."""
    column: Numbers = array(kind)
    column.frombytes(octets)
    if sys.byteorder == "big":
        column.byteswap()
    return column
