"""Who plays a batch on: this process, or any executor of the manner of `concurrent.futures`.

Batches are pure functions of what is sent along, so one that is lost is simply done again: in a fresh pool where a process
of our own has died, and here where somebody else's executor gives anything but an answer. Answers come back in the
order of the batches, whoever was first; that is why nothing depends on how many work.
"""

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from threading import Lock
from types import ModuleType
from typing import Any, Generic, TypeVar

from flowsim.model.long_tasks import IN_A_BROWSER
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import shown

Batch = TypeVar("Batch")
Answer = TypeVar("Answer")

MOST_JOBS = 256
_AHEAD = 8  # batches for each worker that are begun before their turn comes
_LOOK = 0.1  # seconds between two looks whether the search is to end
_FRESH_POOLS = 3  # that are made in the place of broken ones; after that everything is done here


class Workers(Generic[Batch, Answer]):
    """Those who do the batches of one search. `jobs` processes are started when there is work for more than one.

    Each process has a queue of its own, for it has kept the worlds that it has met (worlds.py) and nobody else has.
    `work(batch)` does a batch here. `sent(batch)` gives the function and the arguments that do the same elsewhere. What
    comes back from there is no `answer` unless it is of this type.
    """

    def __init__(
        self,
        work: Callable[[Batch], Answer],
        sent: Callable[[Batch], tuple[Any, ...]],
        *,
        answer: type[Answer],
        jobs: int = 1,
        executor: Executor | None = None,
    ) -> None:
        self._work, self._sent, self._answer = work, sent, answer
        self._given = executor
        self.jobs = jobs if executor is None or jobs > 1 else _size_of(executor)
        self._own: list[ProcessPoolExecutor | None] = [None] * self.jobs
        self._fresh = _FRESH_POOLS
        self.lost = 0  # batches that were done again

    @property
    def alone(self) -> bool:
        """Whether every batch is done here."""
        return self._given is None and self.jobs == 1

    def answers(
        self, batches: Iterable[Batch], ended: Callable[[], bool], near: Callable[[Batch], int] = lambda batch: 0
    ) -> Iterator[tuple[Batch, Answer, int]]:
        """Each batch with its answer and with who gave it, a number below `jobs`; in order.

        `near` says who had better do a batch; processes of our own do, as long as that leaves none without work. Once it
        is `ended`, no more are begun; those on their way are dropped.
        """
        waiting: deque[_Begun[Batch, Answer]] = deque()
        rest = iter(batches)
        try:
            while not ended():
                while len(waiting) < (1 if self.alone else _AHEAD * self.jobs):
                    try:
                        batch = next(rest)
                    except StopIteration:
                        break
                    waiting.append(self._begin(batch, self._who(near(batch), waiting)))
                if not waiting:
                    return
                begun = waiting.popleft()
                batch, who, future = begun.batch, begun.who, begun.future
                if future is None:
                    yield batch, self._work(batch), who
                    continue
                while True:
                    try:
                        answer = future.result(timeout=_LOOK)
                        if not isinstance(answer, self._answer):
                            answer = self._again(batch, who, waiting)
                    except NotYet:
                        if not future.done():
                            if ended():
                                future.cancel()
                                return
                            continue
                        answer = self._again(batch, who, waiting)
                    except (
                        Exception
                    ):  # whatever it says, it is no answer; if the work itself is at fault, it shows here
                        answer = self._again(batch, who, waiting)
                    break
                yield batch, answer, who
        finally:
            for one in waiting:
                if one.future is not None:
                    one.future.cancel()

    def close(self) -> None:
        """Let go of the processes that were started here; an executor that was given stays as it is."""
        for own in self._own:
            if own is not None:
                own.shutdown(wait=True, cancel_futures=True)
        self._own = [None] * self.jobs

    def _who(self, near: int, waiting: Iterable["_Begun[Batch, Answer]"]) -> int:
        """Who is to do a batch: the nearest, unless it has more to do than another one by two batches.

        An executor that was given decides that itself.
        """
        if self._given is not None:
            return 0
        undone = [0] * self.jobs
        for one in waiting:
            undone[one.who] += one.future is not None and not one.future.done()
        least = min(undone)
        return near if undone[near] < least + 2 else undone.index(least)

    def _begin(self, batch: Batch, who: int) -> "_Begun[Batch, Answer]":
        """This batch on its way to whoever does it; without a future where it is done here when its turn comes."""
        executor = self._given or self._pool(who)
        if executor is not None:
            # an executor may take nothing more
            with suppress(Exception), _without_the_callers_script(), _interrupts_held_back():
                return _Begun(batch, who, executor.submit(*self._sent(batch)))
            if executor is self._own[who]:
                self._drop_pool(who)
        return _Begun(batch, who, None)

    def _again(self, batch: Batch, who: int, waiting: deque["_Begun[Batch, Answer]"]) -> Answer:
        """The answer to a batch that was lost; those behind it which were lost with it are begun once more."""
        self.lost += 1
        own = self._own[who]
        if own is not None and _is_broken(own):
            self._drop_pool(who)
            begun = [self._begin(one.batch, who) if one.who == who else one for one in waiting]
            waiting.clear()
            waiting.extend(begun)
        return self._work(batch)

    def _pool(self, who: int) -> ProcessPoolExecutor | None:
        if self.jobs == 1 or self._fresh < 0:
            return None
        own = self._own[who]
        if own is None:
            own = self._own[who] = own_pool(1)
        return own

    def _drop_pool(self, who: int) -> None:
        own, self._own[who] = self._own[who], None
        self._fresh -= 1
        if own is not None:
            own.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Begun(Generic[Batch, Answer]):
    """A batch that was begun, by whom, and what comes of it."""

    batch: Batch
    who: int
    future: Future[Answer] | None


def own_pool(jobs: int) -> ProcessPoolExecutor:
    """So many processes of our own."""
    # Processes that are forked off one with threads may hang, and a notebook has threads.
    if "forkserver" not in get_all_start_methods():
        context: BaseContext = get_context("spawn")
    else:
        context = get_context("forkserver")
        context.set_forkserver_preload(["flowsim.explorer.exploring"])
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_leave_interrupts_to_the_parent)


@contextmanager
def _without_the_callers_script() -> Iterator[None]:
    """Processes that are started meanwhile do not run the caller's script first, as Python would have them do.

    They need nothing of it. A script that searches where it is run, and not in a function that it calls at the end, would
    search again in each of them, and what was typed or piped into Python is no file at all.
    """
    with _STARTING:
        script = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = script


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Processes that are started meanwhile hear no Ctrl-C, which a terminal sends to all; here it comes a moment later.

    They would complain of it for as long as they have not got so far as to ignore it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_STARTING = Lock()


def checked_jobs(jobs: object) -> int:
    """This number of processes, once it is one. Raises ScenarioError."""
    if type(jobs) is not int or not 1 <= jobs <= MOST_JOBS:
        raise ScenarioError(f"jobs must be a whole number from 1 to {MOST_JOBS}, not {shown(jobs)}")
    if jobs > 1 and IN_A_BROWSER:
        raise ScenarioError(f"a browser's Python has one process, so jobs must be 1 here, not {jobs}")
    return jobs


def checked_executor(executor: object) -> Executor | None:
    """This executor, once it can be asked for something. Raises ScenarioError."""
    if executor is None or callable(getattr(executor, "submit", None)):
        return executor  # type: ignore[return-value]
    raise ScenarioError(
        f"executor must be one of concurrent.futures, Client().executor() of ipyparallel or client.get_executor() of Dask, "
        f"not {shown(executor)}"
    )


def refuse_what_cannot_be_sent(goals: Iterable[tuple[str, object]], jobs: int, executor: Executor | None) -> None:
    """Raises ScenarioError where those who are to work on this search could not import one of its goals."""
    if isinstance(executor, ThreadPoolExecutor) or (jobs == 1 and executor is None):
        return
    try:
        pickle.dumps(tuple(goals))
        homeless = any(getattr(goal, "__module__", "") == "__main__" for _, goal in goals)
    except Exception:  # pickling can raise anything
        homeless = True
    if homeless:
        raise ScenarioError(
            "a goal of your own is looked up by its name in other processes, so it must be a def at the top of a file that "
            "they can import, not one of a notebook or a lambda; put it into such a file, or leave out jobs and executor"
        )


def _size_of(executor: Executor) -> int:
    """How many work in this executor, as far as it says so."""
    size = getattr(executor, "_max_workers", None)
    return size if type(size) is int and size > 0 else os.cpu_count() or 1


def _is_broken(pool: ProcessPoolExecutor) -> bool:
    try:
        pool.submit(int).cancel()
    except BrokenExecutor:
        return True
    return False


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
