"""Through all worlds in order: first those with fewest decisions of the attacker, and of these those with fewest moves.

Worlds that are equally far from the start make a *bucket*. Each choice makes the way longer, so when a bucket's turn comes
it is complete, and no shorter way to one of its worlds can turn up any more. A bucket is cut into batches, which are done
by whoever is there, and the answers are put together in the order of the batches. So nothing that comes out depends on who
works, on how many there are, or on how a bucket was cut.
"""

import pickle
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Protocol

from flowsim.explorer.batches import Answer, Batch, Question, answered, answered_elsewhere
from flowsim.explorer.known import NUMBER, Key, Known, Numbers
from flowsim.explorer.progress import Progress, seconds_left
from flowsim.explorer.workers import Workers
from flowsim.explorer.worlds import forget
from flowsim.model.scenario import ScenarioError

SMALLEST, LARGEST = 16, 128  # worlds of a batch
_SAY = 0.1  # seconds between two times that it is said how far it is


@dataclass(slots=True)
class Frontier:
    """How far a search is: the worlds it has met, and those that wait to be played on, by how far they are from the start.

    Worlds are numbers here (known.py). `done` counts those that were played on, by the decisions before them.
    """

    known: Known
    buckets: dict[Key, Numbers] = field(default_factory=dict)
    done: list[int] = field(default_factory=list)

    @classmethod
    def begun(cls, question: Question) -> "Frontier":
        """The frontier of a search that has not begun."""
        return cls(Known(question.digest(question.begin())), {(0, 0): array(NUMBER, [0])})

    @property
    def waiting(self) -> int:
        """How many worlds wait."""
        return len(self.known) - sum(self.done)

    def next_key(self) -> Key | None:
        """How far those are whose turn it is; None where nobody waits, and where a goal is reached."""
        return min(self.buckets, default=None) if self.known.goal_at is None else None

    def batches(self, key: Key, depth: int, size: int, keeps: Sequence[int]) -> Iterator[Batch]:
        """Those that wait so far from the start, in their order and cut into batches of at most this size.

        `keeps` says of each world who has kept it. A batch is of worlds that one of them has kept, so that it need make
        none again; what was met in one batch stands together.
        """
        # Those that are nearer by now had their turn before.
        here = [number for number in sorted(self.buckets[key]) if self.known.key(number) == key]
        self.buckets[key] = array(NUMBER, here)
        for _, kept in groupby(here, keeps.__getitem__):
            while some := tuple(islice(kept, size)):
                yield Batch(some, key, depth, self.known.steps_to(some))

    def take(self, batch: Batch, answer: Answer) -> list[int]:
        """What was met: the worlds that are new or nearer. Raises ScenarioError where the answer is that there is none."""
        if answer.failed:
            raise ScenarioError(answer.failed)
        decisions, moves = batch.key
        taken = []
        for met in answer.met:
            further = (decisions + met.decisions, moves + met.moves)
            number = self.known.met(met.digest, batch.numbers[met.parent], met.choice, further)
            if number is not None:
                self.buckets.setdefault(further, array(NUMBER)).append(number)
                taken.append(number)
        while len(self.done) <= decisions:
            self.done.append(0)
        self.done[decisions] += answer.done
        if answer.reached:
            self.known.goal_at, self.known.reached = batch.numbers[answer.done - 1], answer.reached
        return taken

    def took(self, key: Key, count: int) -> None:
        """So many worlds of this bucket are done, from its beginning."""
        if key not in self.buckets:  # all of it was done before
            return
        del self.buckets[key][:count]
        if not self.buckets[key]:
            del self.buckets[key]


def go_through(
    frontier: Frontier,
    question: Question,
    depth: int,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    batch: int | None = None,
    progress: Callable[[Progress], object] | None = None,
    ended: Callable[[], bool] = lambda: False,
    keeper: "Keeper | None" = None,
) -> bool:
    """Go through all worlds that wait, up to this many decisions or to the nearest goal. True where that is done.

    It is not where it was `ended` before; then the frontier says how far it is, and may be gone on with. `progress` is told
    now and then how far it is, and the `keeper` saves the frontier whenever that is due.
    Raises ScenarioError where a goal of the learner's own fails, and where a worker cannot be asked.
    """
    workers = _workers(question, jobs, executor)
    told = _Told(frontier, depth, progress)
    keeps = array("B", bytes(len(frontier.known)))  # who has met each world

    def near(batch: Batch) -> int:
        return keeps[batch.numbers[0]]

    try:
        while (key := frontier.next_key()) is not None:
            size = batch or _size(len(frontier.buckets[key]), workers)
            taken = 0
            for one, answer, who in workers.answers(frontier.batches(key, depth, size, keeps), ended, near):
                for number in frontier.take(one, answer):
                    if number == len(keeps):
                        keeps.append(who)
                    keeps[number] = who
                taken += answer.done
                told.tell(key)
                if answer.reached:
                    break
                if keeper is not None and keeper.due:
                    frontier.took(key, taken)
                    taken = 0
                    keeper.save(frontier)
            frontier.took(key, taken)
            if key in frontier.buckets and frontier.known.goal_at is None:
                return False
        told.tell(None)
        forget(question, depth)
        return True
    finally:
        workers.close()


class Keeper(Protocol):
    """Whoever keeps a search somewhere, so that it can be gone on with."""

    @property
    def due(self) -> bool:
        """Whether it is time to save it again."""

    def save(self, frontier: Frontier) -> None:
        """Keep this frontier in the place of what was kept before."""


class _Told:
    """Says how far it is, and not too often."""

    def __init__(self, frontier: Frontier, depth: int, progress: Callable[[Progress], object] | None) -> None:
        self._frontier, self._depth, self._progress = frontier, depth, progress
        self._began = time.monotonic()
        self._before = len(frontier.known), sum(frontier.done)
        self._again = 0.0
        self._decisions = 0

    def tell(self, key: Key | None) -> None:
        """Say it, if it is time again, or if all is done and no key is left."""
        now = time.monotonic()
        self._decisions = self._decisions if key is None else key[0]
        if self._progress is None or (key is not None and now < self._again):
            return
        self._again = now + _SAY
        frontier, elapsed = self._frontier, now - self._began
        done = sum(frontier.done) - self._before[1]
        self._progress(
            Progress(
                worlds=len(frontier.known),
                done=sum(frontier.done),
                frontier=frontier.waiting,
                decisions=self._decisions,
                depth=self._depth,
                elapsed=elapsed,
                rate=(len(frontier.known) - self._before[0]) / elapsed if elapsed > 0 else 0.0,
                left=seconds_left(
                    frontier.known.by_depth, frontier.done, self._depth, done / elapsed if elapsed > 0 else 0.0
                ),
            )
        )


def _workers(question: Question, jobs: int, executor: Executor | None) -> Workers[Batch, Answer]:
    asked = b""

    def as_sent(batch: Batch) -> tuple[object, ...]:
        nonlocal asked
        asked = asked or pickle.dumps(question)
        return answered_elsewhere, asked, question.version, batch

    return Workers(lambda batch: answered(question, batch), as_sent, answer=Answer, jobs=jobs, executor=executor)


def _size(worlds: int, workers: Workers[Batch, Answer]) -> int:
    """How many worlds make a batch: so many that each worker gets a few batches."""
    return SMALLEST if workers.alone else min(LARGEST, max(SMALLEST, worlds // (8 * workers.jobs)))
