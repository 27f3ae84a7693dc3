"""A batch: some worlds of the frontier, and all that can come next in each. A pure function, wherever it is called.

No world is sent. A batch says by which choices one comes to its worlds, and whoever does it makes these choices again, or
has kept the world from when it was met (worlds.py). Back come digests, and by which choices these worlds were met.
"""

import gc
import pickle
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from flowsim.explorer.known import Key
from flowsim.explorer.worlds import worlds_for
from flowsim.model.own_code import failure
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import one_line
from flowsim.model.world import World

_LONGEST = 400  # characters of what a worker says


class Next(NamedTuple):
    """What can come next in a world: the number of the choice, the decisions it takes, 0 or 1, the moves, and the world."""

    choice: int
    decisions: int
    moves: Sequence[Any]
    world: World


class Question(Protocol):
    """What a search asks of every world. It has a hash, and can be pickled, for it is sent along with each batch."""

    @property
    def version(self) -> str:
        """By which code it is asked; a worker that has another one does not answer."""

    def begin(self) -> World:
        """The world with which the search begins."""

    def expand(self, world: World, left: int) -> Iterable[Next]:
        """What can come next where so many decisions are left. A choice has the same number in this world every time."""

    def again(self, world: World, choices: Collection[int]) -> Mapping[int, World]:
        """The worlds that these choices lead to, once more."""

    def digest(self, world: World) -> bytes:
        """What is equal for worlds from which the same can come; always as long."""

    def reached(self, world: World) -> tuple[str, ...]:
        """The names of the goals that are reached in this world."""


class Met(NamedTuple):
    """A world that was met: from which world of the batch, by which of its choices, and at what cost; its digest."""

    parent: int
    choice: int
    decisions: int
    moves: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Batch:
    """The worlds of these numbers, which are all so far from the start, and how one comes to them.

    `before` says of each of them, and of each world on the way, from which it was met and by which of its choices. So many
    decisions are `left`: 0 or more. `depth` is how many there may be altogether.
    """

    numbers: tuple[int, ...]
    key: Key
    depth: int
    before: Mapping[int, tuple[int, int]] = field(repr=False)

    @property
    def left(self) -> int:
        return self.depth - self.key[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was met, no world twice.

    So many worlds of the batch were `done`. That is all of them, unless a goal is `reached` in the last of those, which was
    not played on. `failed` says why there is no answer.
    """

    met: tuple[Met, ...] = ()
    done: int = 0
    reached: tuple[str, ...] = ()
    failed: str = ""


def answered(question: Question, batch: Batch) -> Answer:
    """What comes next in these worlds. Raises ScenarioError where a goal of the learner's own fails."""
    with _no_collector():
        return _answered(question, batch)


@contextmanager
def _no_collector() -> Iterator[None]:
    """Meanwhile nobody looks for what refers to itself. No world does, and to look through all that are kept takes long.

    What has come to be meanwhile counts as old afterwards, so that it is not looked through at once.
    """
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            if not _is_kept_from_it():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


@cache
def _is_kept_from_it() -> bool:
    """True where this program keeps something from the collector. It is asked once, for it counts all that is kept."""
    return gc.get_freeze_count() > 0


def _answered(question: Question, batch: Batch) -> Answer:
    kept = worlds_for(question, batch.depth)
    best: dict[bytes, tuple[Met, World]] = {}
    done, reached = 0, tuple[str, ...]()
    for world in kept.of(batch.numbers, batch.key, batch.before):
        done += 1
        if reached := question.reached(world):
            break
        for choice, decisions, moves, after in question.expand(world, batch.left):
            digest = question.digest(after)
            known = best.get(digest)
            if known is None or (decisions, len(moves)) < known[0][2:4]:
                # What is replaced keeps its place, so that the order does not depend on how batches are cut.
                best[digest] = Met(done - 1, choice, decisions, len(moves), digest), after
    for met, world in best.values():
        further = (batch.key[0] + met.decisions, batch.key[1] + met.moves)
        kept.keep(further, (batch.numbers[met.parent], met.choice), world)
    return Answer(tuple(met for met, _ in best.values()), done, reached)


def answered_elsewhere(question: bytes, version: str, batch: Batch) -> Answer:
    """As `answered`, with the question pickled; what fails is said in the answer."""
    try:
        asked = _asked(question)
    except Exception as error:
        return Answer(failed=f"a worker cannot read what is searched for ({one_line(failure(error), _LONGEST)})")
    if asked.version != version:
        return Answer(failed="a worker has another version of flowsim; give all of them the same")
    try:
        return answered(asked, batch)
    except ScenarioError as error:
        return Answer(failed=one_line(error, _LONGEST))


@lru_cache(maxsize=4)
def _asked(question: bytes) -> Question:
    found: Question = pickle.loads(question)
    return found
