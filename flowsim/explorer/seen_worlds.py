"""Which worlds were met, by their digests: 24 to 48 octets for each, and beyond some size in a file and not in memory.

A dict takes four times as much. Here the digests stand one behind the other, in the order in which they came, and a table
of numbers says where each one is: it is looked for from the place that its first octets name, up to the first free one
(open addressing). What is too big for memory is in a file without a name. The operating system keeps of it in memory what
there is room for, and the file is gone with the search.
"""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmap import mmap

SIZE = 16  # octets of a digest
IN_MEMORY = 1 << 27  # octets of one of the two; what is bigger goes to a file
_FIRST = 1 << 10  # worlds that there is room for at first
_NUMBER = 4  # octets


class SeenWorlds:
    """The worlds that were met, numbered from 0 in the order in which they were added."""

    def __init__(self, digests: bytes = b"", in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._many = 0
        self._digests, self._slots = self._room(_FIRST * SIZE), self._table(_FIRST * 2)
        self._mask = _FIRST * 2 - 1
        for at in range(0, len(digests), SIZE):
            self.add(digests[at : at + SIZE])

    def __len__(self) -> int:
        return self._many

    def __iter__(self) -> Iterator[bytes]:
        return (self.digest(number) for number in range(self._many))

    @property
    def on_disk(self) -> bool:
        """Whether some of it is in a file."""
        return not isinstance(self._digests, bytearray)

    @property
    def octets(self) -> int:
        """How much room it takes, in memory and in files."""
        return len(self._digests) + len(self._slots) * _NUMBER

    def digest(self, number: int) -> bytes:
        """The digest of the world of this number."""
        return bytes(self._digests[number * SIZE : (number + 1) * SIZE])

    def get(self, digest: bytes) -> int | None:
        """The number of the world with this digest; None where it was not met."""
        slots, digests, place = self._slots, self._digests, self._place(digest)
        while number := slots[place]:
            if digests[(number - 1) * SIZE : number * SIZE] == digest:
                return number - 1
            place = (place + 1) & self._mask
        return None

    def add(self, digest: bytes) -> int:
        """The number of this world, a new one where it was not met. Raises ValueError for a digest of another length."""
        if len(digest) != SIZE:
            raise ValueError(f"a digest has {SIZE} octets, not {len(digest)}")
        known = self.get(digest)
        if known is not None:
            return known
        if (self._many + 1) * SIZE > len(self._digests):
            self._grow()
        number = self._many
        self._digests[number * SIZE : (number + 1) * SIZE] = digest
        self._many += 1
        self._put(digest, self._many)
        return number

    def _place(self, digest: bytes) -> int:
        return int.from_bytes(digest[:8], "little") & self._mask

    def _put(self, digest: bytes, number: int) -> None:
        place = self._place(digest)
        while self._slots[place]:
            place = (place + 1) & self._mask
        self._slots[place] = number

    def _grow(self) -> None:
        """Room for twice as many."""
        before = self._digests
        self._digests = self._room(2 * len(before))
        self._digests[: len(before)] = before[:]
        slots = 2 * len(self._slots)
        self._slots, self._mask = self._table(slots), slots - 1
        for number in range(self._many):
            self._put(self.digest(number), number + 1)

    def _table(self, slots: int) -> memoryview:
        return memoryview(self._room(slots * _NUMBER)).cast("I")

    def _room(self, octets: int) -> "bytearray | mmap":
        """So many octets, all of them 0: in memory, or in a file."""
        if octets <= self._in_memory:
            return bytearray(octets)
        from mmap import mmap  # here, because a browser's Python has none, and no search there is as big

        with TemporaryFile() as file:
            file.truncate(octets)
            return mmap(file.fileno(), octets)
