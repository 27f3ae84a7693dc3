"""Worlds come back by the choices that led to them, so a search needs to keep none; it keeps some, because that is faster.

A world of the frontier was at hand when it was met. Whoever met it keeps it until its turn comes, as long as there is room.
Else the choices on the way to it are made again, from the nearest world on that way which is at hand. What comes back is
the same world, for a choice always leads to the same. So the memory that a search takes is bounded, and a batch can be done
by anybody, who may have kept nothing.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Mapping, Sequence
from threading import local
from typing import Protocol

from flowsim.explorer.known import Key
from flowsim.model.world import World

AHEAD = 10_000  # worlds that are kept until their turn comes, about 13 kB each
BEHIND = 2_000  # worlds on the way to others that were made again
_SEARCHES = 2  # of which worlds are kept

Step = tuple[int, int]  # a world by the number of the one before it, and which of its choices led here


class Again(Protocol):
    """Whoever can make choices again (batches.py)."""

    def begin(self) -> World: ...

    def again(self, world: World, choices: Collection[int]) -> Mapping[int, World]: ...


class Worlds:
    """The worlds that are kept of one search."""

    def __init__(self, question: Again) -> None:
        self._question = question
        self._start = question.begin()
        self._ahead: dict[Key, dict[Step, World]] = {}
        self._behind: OrderedDict[Step, World] = OrderedDict()
        self._room = AHEAD

    def keep(self, key: Key, step: Step, world: World) -> None:
        """Keep this world, which is so far from the start, until its turn comes; it may turn out that it never does."""
        there = self._ahead.setdefault(key, {})
        if self._room > 0 and step not in there:
            self._room -= 1
            there[step] = world

    def of(self, numbers: Sequence[int], key: Key, before: Mapping[int, Step]) -> list[World]:
        """The worlds of these numbers, which are so far from the start. Those that are nearer are kept no longer."""
        for nearer in [one for one in self._ahead if one < key]:
            self._room += len(self._ahead.pop(nearer))
        here = self._ahead.get(key, {})
        found = {0: self._start}
        wanted: dict[int, dict[int, int]] = {}
        for number in numbers:
            while number not in found:
                step = before[number]
                if (world := self._at_hand(here, step)) is not None:
                    found[number] = world
                    break
                on_the_way = step[0] in wanted
                wanted.setdefault(step[0], {})[step[1]] = number
                if on_the_way:
                    break
                number = step[0]
        self._make(wanted, found)
        return [found[number] for number in numbers]

    def _at_hand(self, here: dict[Step, World], step: Step) -> World | None:
        world = here.pop(step, None)
        if world is not None:
            self._room += 1
            return world
        world = self._behind.get(step)
        if world is not None:
            self._behind.move_to_end(step)
        return world

    def _make(self, wanted: dict[int, dict[int, int]], found: dict[int, World]) -> None:
        """Make the choices that are wanted of each world again, those nearer to the start first."""
        ready = [number for number in wanted if number in found]
        while ready:
            parent = ready.pop()
            choices = wanted[parent]
            for choice, world in self._question.again(found[parent], choices).items():
                number = choices[choice]
                found[number] = world
                if number in wanted:
                    ready.append(number)
                    self._behind[parent, choice] = world
        while len(self._behind) > BEHIND:
            self._behind.popitem(last=False)


class _Kept(local):
    """Each thread keeps its own, so that none waits for another."""

    def __init__(self) -> None:
        self.worlds: OrderedDict[Hashable, Worlds] = OrderedDict()


_KEPT = _Kept()


def worlds_for(question: Again, depth: int) -> Worlds:
    """What this thread keeps of the search that asks this, to this depth. Its worlds always have the same numbers."""
    name = (question, depth)
    kept = _KEPT.worlds.pop(name, None) or Worlds(question)
    _KEPT.worlds[name] = kept
    while len(_KEPT.worlds) > _SEARCHES:
        _KEPT.worlds.popitem(last=False)
    return kept


def forget(question: Again, depth: int) -> None:
    """Keep nothing any longer of this search."""
    _KEPT.worlds.pop((question, depth), None)
