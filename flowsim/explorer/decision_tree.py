"""What a search has gone through, as a tree: a branch is a decision of the attacker, with what others do in between folded.

A search keeps of each world only from which one it was met (known.py). So a branch is worked out when somebody looks at it:
the moves to its world are played, and its choices are made once more. It costs about what it did in the search, for this
one world. The tree is the same whoever has searched.

    attack      the goal is reached here, with no further decision
    way         the attack goes on from here
    open        more decisions follow, and none of them leads to the attack
    dead end    nothing that was tried after it leads to a world that was not met before
    untried     what comes after it was not tried: here is the bound, or there the search was over
    met         the same world as one that was met elsewhere, so it is gone on with there
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

from flowsim.explorer.canonical import canonical
from flowsim.explorer.exploring import Exploration, Reached, again, expand, start
from flowsim.explorer.found import Found, Timed
from flowsim.model.transitions import Move
from flowsim.model.world import World

Kind = Literal["attack", "way", "open", "dead end", "untried", "met"]
_KEPT = 64  # worlds that are not played again while one looks around


@dataclass(frozen=True, slots=True)
class Branch:
    """A decision: from which world and by which of its choices, what it is, and how it goes on.

    `number` is that of the world after it, None where the search was over before that was met. `worlds` counts those that
    were met by way of it, itself included; 0 where they were met elsewhere. `before` has the worlds before and after each
    move of the decision.
    """

    parent: int
    choice: int
    number: int | None
    kind: Kind
    worlds: int
    moves: tuple[Move, ...]
    before: World
    after: World


class DecisionTree:
    """The tree of an exploration. Numbers are those of its worlds; 0 is the start."""

    def __init__(self, exploration: Exploration) -> None:
        self.exploration = exploration
        self._known = exploration.tree
        self._world = lru_cache(maxsize=_KEPT)(self._played)
        self.branches = lru_cache(maxsize=_KEPT)(self._branches)

    @cached_property
    def way(self) -> frozenset[int]:
        """The worlds on the way to the attack, with the start and the one in which the goal is reached."""
        goal = self._known.goal_at
        return frozenset() if goal is None else frozenset({0, goal, *(parent for parent, _ in self._known.way(goal))})

    @cached_property
    def _edge(self) -> int:
        """After so many decisions not everything was tried any more."""
        if self.exploration.decisions is not None:
            return self.exploration.decisions
        return self.exploration.depth if self.exploration.finished else max(0, len(self._known.by_depth) - 2)

    @cached_property
    def _beneath(self) -> tuple[list[int], list[int]]:
        """For each world how many were met by way of it, itself included, and most decisions before one of them."""
        known = self._known
        counts, deepest = [1] * len(known), [known.key(number)[0] for number in range(len(known))]
        for number in sorted(range(1, len(known)), key=known.key, reverse=True):
            parent, _ = self._parent(number)
            counts[parent] += counts[number]
            deepest[parent] = max(deepest[parent], deepest[number])
        return counts, deepest

    def _parent(self, number: int) -> tuple[int, int]:
        found = self._known.before(number)
        assert found is not None, "only the start has nothing before it"
        return found

    def _played(self, number: int) -> World:
        if number == 0:
            return start(self.exploration.scenario, self.exploration.goals[0])
        parent, choice = self._parent(number)
        (made,) = again(self._world(parent), self.exploration.positions, (choice,))
        return made.world

    def _branches(self, number: int) -> tuple[Branch, ...]:
        """What the attacker can decide after this world and after each step of others that follows on it, in order."""
        return tuple(self._following(number))

    def _following(self, number: int) -> Iterator[Branch]:
        at: int | None = number
        while at is not None:
            world, here, at = self._world(at), at, None
            decisions = self._known.key(here)[0]
            left = self.exploration.depth - decisions if decisions < self._edge else 0
            for one in expand(world, self.exploration.positions, left, self.exploration.last_acts):
                met = self._known.number(canonical(one.world))
                own = met is not None and self._known.before(met) == (here, one.choice)
                if one.cost:
                    yield self._branch(here, met, own, world, one)
                elif own:
                    at = met

    def _branch(self, parent: int, met: int | None, own: bool, world: World, one: Reached) -> Branch:
        kind: Kind = "met"
        worlds = 0
        if met is None:
            kind = "untried"
        elif own:
            counts, deepest = self._beneath
            decisions = self._known.key(met)[0]
            worlds = counts[met]
            if met in self.way:
                kind = "attack" if decisions == self.exploration.decisions else "way"
            elif deepest[met] > decisions:
                kind = "open"
            else:
                kind = "untried" if decisions >= self._edge else "dead end"
        return Branch(parent, one.choice, met, kind, worlds, one.moves, world, one.world)


def attack_of(exploration: Exploration, branch: Branch) -> Found:
    """The way to this decision and the decision itself, to be played like any attack."""
    found = exploration.attack_to(branch.parent)
    happened = len(branch.before.log)
    timed = tuple(Timed(happened + place, move) for place, move in enumerate(branch.moves))
    return replace(found, moves=(*found.moves, *timed))
