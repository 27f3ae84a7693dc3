"""A search comes out the same whoever works on it, a worker that dies loses nothing, and a file brings it back."""

import gc
import os
import random
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from flowsim import search
from flowsim.explorer import batches, worlds
from flowsim.explorer.batches import Batch, Next, answered
from flowsim.explorer.exploring import Exploration, asked
from flowsim.explorer.levels import Frontier, go_through
from flowsim.explorer.progress import Progress, seconds_left
from flowsim.explorer.workers import Workers, own_pool
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.world import World

ASKED: dict[str, Any] = {
    "defences": ["fixed-algorithm", "exact-redirect-uri"],
    "positions": ["A3"],
    "goals": "refresh-token",
}


def columns(found: Exploration) -> dict[str, object]:
    """All that was met, and the answer."""
    return {**found.tree.to_columns(), "json": found.to_json()}


@pytest.fixture(scope="module")
def alone() -> dict[str, object]:
    """What comes out in one process."""
    found = search(**ASKED, depth=2)
    assert found.finished and found.worlds > 100
    return columns(found)


@dataclass(frozen=True)
class Graph:
    """A question about numbers in the place of worlds: a random graph, in which some ways are shorter than others."""

    size: int
    goal: int = -1
    version: str = "1"

    def begin(self) -> Any:
        return 0

    def expand(self, world: Any, left: int) -> Iterator[Next]:
        drawn = random.Random(world * 7919 + self.size)
        for choice in range(drawn.randrange(6)):
            number: Any
            cost, moves, number = drawn.randrange(2), (0,) * drawn.randrange(1, 4), drawn.randrange(self.size)
            one = Next(choice, cost, moves, number)
            if one.decisions <= left:
                yield one

    def again(self, world: Any, choices: Collection[int]) -> dict[int, Any]:
        return {one.choice: one.world for one in self.expand(world, 1) if one.choice in choices}

    def digest(self, world: Any) -> bytes:
        return int(world).to_bytes(16, "big")

    def reached(self, world: Any) -> tuple[str, ...]:
        return ("it",) if world == self.goal else ()

    def shortest(self, depth: int) -> dict[int, tuple[int, int]]:
        """How far each number is from the start, worked out in the plain way."""
        best = {0: (0, 0)}
        heap = [((0, 0), 0)]
        while heap:
            key, number = heappop(heap)
            if best[number] != key:
                continue
            for one in self.expand(number, depth - key[0]):
                after: Any = one.world
                further = (key[0] + one.decisions, key[1] + len(one.moves))
                if further < best.get(after, (depth + 1, 0)):
                    best[after] = further
                    heappush(heap, (further, after))
        return best


def gone_through(question: Graph, depth: int, **how: Any) -> Frontier:
    frontier = Frontier.begun(question)
    assert go_through(frontier, question, depth, **how)
    return frontier


@cache
def first_through(graph: Graph) -> Frontier:
    """How far one gets in eight decisions, worked out once, in one thread and in batches as they usually are."""
    return gone_through(graph, 8)


def test_each_world_is_met_on_the_shortest_way_to_it_however_the_work_is_cut() -> None:
    graph = Graph(3000)
    best = graph.shortest(8)
    first = first_through(graph)
    numbers = range(len(first.known))
    assert {graph_number(first, number): first.known.key(number) for number in numbers} == best
    for how in ({"batch": 1}, {"batch": 7}, {"batch": 10_000}, {"executor": ThreadPoolExecutor(3), "batch": 5}):
        other = gone_through(graph, 8, **how)
        assert (other.known.to_columns(), other.done) == (first.known.to_columns(), first.done)


def graph_number(frontier: Frontier, number: int) -> int:
    """Which number of the graph the world of this number is."""
    digests = frontier.known.to_columns()["digests"]
    return int.from_bytes(digests[16 * number : 16 * number + 16], "big")


@pytest.mark.parametrize("goal", [5, 77, 1234, 2999])
def test_a_goal_is_reached_on_the_shortest_way_and_no_further_world_is_looked_at(goal: int) -> None:
    graph = Graph(3000, goal)
    best = graph.shortest(12)[goal]
    one, other = gone_through(graph, 12), gone_through(graph, 12, batch=100, executor=ThreadPoolExecutor(2))
    assert one.known.to_columns() == other.known.to_columns()
    at = one.known.goal_at
    assert at is not None and one.known.key(at) == best and graph_number(one, at) == goal
    assert (other.known.goal_at, other.done, other.known.reached) == (at, one.done, ("it",))


def test_where_there_is_no_room_the_choices_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = Graph(3000)
    first = first_through(graph)
    for ahead, behind in ((0, 0), (10, 3)):
        monkeypatch.setattr(worlds, "AHEAD", ahead)
        monkeypatch.setattr(worlds, "BEHIND", behind)
        assert gone_through(graph, 8).known.to_columns() == first.known.to_columns()


def test_without_room_a_search_of_worlds_is_the_same(alone: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "AHEAD", 5)
    monkeypatch.setattr(worlds, "BEHIND", 20)
    assert columns(search(**ASKED, depth=2)) == alone


@pytest.mark.parametrize("jobs", [2, 3])
def test_any_number_of_jobs_brings_the_same(alone: dict[str, object], jobs: int) -> None:
    assert columns(search(**ASKED, depth=2, jobs=jobs)) == alone


@pytest.mark.parametrize("batch", [1, 50])
def test_threads_and_batches_of_any_size_bring_the_same(alone: dict[str, object], batch: int) -> None:
    from flowsim.explorer.exploring import explore
    from flowsim.explorer.search import scenario_of

    scenario = scenario_of(None, ASKED["defences"], {})
    with ThreadPoolExecutor(2) as executor:
        found = explore(scenario, ASKED["positions"], ASKED["goals"], 2, executor=executor, batch=batch)
    assert columns(found) == alone


def test_the_hash_seed_changes_nothing(alone: dict[str, object]) -> None:
    program = f"""
import hashlib
from flowsim import search
found = search(**{ASKED!r}, depth=2)
print(hashlib.sha256(repr(found.tree.to_columns()).encode()).hexdigest(), found)
"""
    told = set()
    for seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-"],
            input=program,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran.stderr
        told.add(ran.stdout)
    assert len(told) == 1


class Dying(Executor):
    """Loses some of its batches, in every way in which an executor can."""

    _max_workers = 2

    def __init__(self, fails: Callable[[int], str]) -> None:
        self.asked = 0
        self._fails = fails

    def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        self.asked += 1
        how = self._fails(self.asked)
        if how == "takes nothing":
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Any] = Future()
        if how == "raises":
            future.set_exception(ConnectionError("the engine has gone"))
        elif how == "times out":
            future.set_exception(TimeoutError())
        elif how == "cancels":
            future.cancel()
            future.set_running_or_notify_cancel()
        else:
            future.set_result(function(*given, **named))
        return future


@pytest.mark.parametrize("how", ["takes nothing", "raises", "times out", "cancels"])
@pytest.mark.parametrize("every", [1, 3])
def test_an_executor_that_loses_batches_loses_no_world(alone: dict[str, object], how: str, every: int) -> None:
    executor = Dying(lambda number: how if number % every == 0 else "")
    assert columns(search(**ASKED, depth=2, executor=executor)) == alone
    assert executor.asked > 3


def test_a_process_that_is_killed_loses_nothing(alone: dict[str, object]) -> None:
    with own_pool(2) as pool:
        victim = pool.submit(os.getpid).result()
        killed: list[int] = []

        def tell(progress: Progress) -> None:
            if not killed and progress.worlds > 20:
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)

        assert columns(search(**ASKED, depth=2, executor=pool, progress=tell)) == alone
        assert killed


def test_where_a_pool_of_its_own_breaks_a_fresh_one_goes_on(
    alone: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flowsim.explorer import workers

    made: list[ProcessPoolExecutor] = []
    worked: dict[int, list[ProcessPoolExecutor | None]] = {}
    of_process = Workers._pool

    def pool(jobs: int) -> ProcessPoolExecutor:
        made.append(own_pool(jobs))
        if len(made) == 1:
            os.kill(made[0].submit(os.getpid).result(), signal.SIGKILL)
        return made[-1]

    def noted(self: Workers[Any, Any], who: int) -> ProcessPoolExecutor | None:
        worked.setdefault(who, []).append(of_process(self, who))
        return worked[who][-1]

    monkeypatch.setattr(workers, "own_pool", pool)
    monkeypatch.setattr(Workers, "_pool", noted)
    assert columns(search(**ASKED, depth=2, jobs=2)) == alone
    broken = [some for some in worked.values() if made[0] in some]
    assert broken and broken[0][-1] is not made[0], "a fresh pool has taken the place of the one that broke"
    assert broken[0][-1] is not None


def test_who_has_kept_a_world_plays_it_on_as_long_as_nobody_is_without_work(monkeypatch: pytest.MonkeyPatch) -> None:
    from flowsim.explorer import workers

    monkeypatch.setattr(workers, "own_pool", ThreadPoolExecutor)
    held = threading.Event()
    both: Workers[int, int] = Workers(abs, lambda batch: (lambda: held.wait() and batch,), answer=int, jobs=2)
    batches = [1, 1, 0, 1, 0, 0, 1, 1, 1, 1]
    answers = both.answers(iter(batches), lambda: False, lambda batch: batch)
    threading.Timer(0.3, held.set).start()
    done = [(batch, who) for batch, _, who in answers]
    both.close()
    assert [batch for batch, _ in done] == batches
    assert done[:7] == [(1, 1), (1, 1), (0, 0), (1, 1), (0, 0), (0, 0), (1, 1)]
    assert (1, 0) not in done[:7], "nobody has two batches more than another one"

    held.clear()
    answers = both.answers([1] * 4, lambda: False, lambda batch: batch)
    threading.Timer(0.3, held.set).start()
    assert [who for _, _, who in answers] == [1, 1, 0, 1], "the third goes to the one who has nothing to do"
    both.close()


def test_a_batch_leaves_the_collector_of_garbage_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    question = asked(Scenario(pkce="none", seed=7), ("A3",), "data")
    ring: list[object] = []
    ring.append(Ring(ring))
    gone = weakref.ref(ring[0])
    gc.unfreeze()  # what was kept at the first test of this file
    monkeypatch.setattr(batches, "_is_kept_from_it", lambda: False)
    answered(question, Batch((0,), (0, 0), 1, {}))
    assert gc.isenabled() and not gc.get_freeze_count()
    del ring
    gc.collect()
    assert gone() is None


@dataclass(eq=False)
class Ring:
    """What refers to itself, by way of what it holds."""

    held: list[object]


def test_a_worker_with_other_code_does_not_answer() -> None:
    from flowsim.explorer.batches import answered_elsewhere

    class Other(Executor):
        _max_workers = 2

        def submit(self, function: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
            assert function is answered_elsewhere
            question, _, batch = given
            future: Future[Any] = Future()
            future.set_result(function(question, "other code", batch))
            return future

    with pytest.raises(ScenarioError, match="another version of flowsim"):
        search(**ASKED, depth=2, executor=Other())


def got_there(world: World) -> bool:
    """A goal of one's own that other processes can import: the attacker has read something."""
    return bool(world.attacker.loot)


def test_a_goal_of_ones_own_goes_to_other_processes_where_they_can_import_it() -> None:
    one, other = (search(pkce="none", positions="A3", goals=got_there, depth=1, jobs=jobs) for jobs in (1, 2))
    assert one.found is not None and one.goal == "got_there"
    assert columns(one) == columns(other)


def test_one_that_they_cannot_import_is_refused_before_anything_is_begun() -> None:
    with pytest.raises(ScenarioError, match="a def at the top of a file that they can import"):
        search(goals=lambda world: False, jobs=2)
    assert search(goals=lambda world: False, depth=0).finished
    with ThreadPoolExecutor(2) as executor:
        assert search(goals=lambda world: False, depth=0, executor=executor).finished


def test_dask_brings_the_same(alone: dict[str, object]) -> None:
    distributed = pytest.importorskip("distributed")
    with distributed.Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        assert columns(search(**ASKED, depth=2, executor=client.get_executor())) == alone


def test_ipyparallel_brings_the_same(alone: dict[str, object]) -> None:
    ipyparallel = pytest.importorskip("ipyparallel")
    with ipyparallel.Cluster(n=1, log_level=40) as client:
        assert columns(search(**ASKED, depth=2, executor=client.executor())) == alone


# ---- In a file


def after(times: int) -> Callable[[], bool]:
    """Wants the search to end when it is asked for the time after so many."""
    counted = count()
    return lambda: next(counted) >= times


def test_a_search_goes_on_from_its_file(alone: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "a search"
    rounds = 1
    while not (found := search(**ASKED, depth=2, checkpoint=file, cancel=after(3))).finished:
        assert "ended before all was tried" in found.sentence
        rounds += 1
    assert rounds > 2
    assert columns(found) == alone
    assert columns(search(**ASKED, depth=2, checkpoint=file)) == alone
    assert [path.name for path in tmp_path.iterdir()] == ["a search"]


def test_a_search_that_was_killed_goes_on_from_its_file(alone: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "search"
    program = f"""
import os, signal
from flowsim import search
from flowsim.explorer import resuming
resuming.EVERY = 0.0
def tell(progress):
    if progress.worlds > 50:
        os.kill(os.getpid(), signal.SIGKILL)
search(**{ASKED!r}, depth=2, checkpoint={str(file)!r}, progress=tell)
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    begun: list[Progress] = []
    assert columns(search(**ASKED, depth=2, checkpoint=file, progress=begun.append)) == alone
    assert begun[0].done > 1


def kept(tmp_path: Path) -> Path:
    """The file of a search that has not come to its end."""
    file = tmp_path / "search"
    assert not search(**ASKED, depth=2, checkpoint=file, cancel=after(3)).finished
    return file


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"depth": 3}, "there depth is 2, and here it is 3"),
        ({"positions": ["A4"]}, "there positions is ['A3'], and here it is ['A4']"),
        ({"goals": "data"}, "there goals is"),
        ({"defences": ["fixed-algorithm", "S256"]}, "there pkce is 'none', and here it is 'S256'"),
        ({"without": ["token.code_fresh"]}, "there without is"),
    ],
)
def test_a_file_of_another_search_is_refused(tmp_path: Path, other: dict[str, Any], told: str) -> None:
    file = kept(tmp_path)
    before = file.read_bytes()
    with pytest.raises(ScenarioError, match="is of another search") as refused:
        search(**{**ASKED, "depth": 2, **other}, checkpoint=file)
    assert told in str(refused.value) and "\n" not in str(refused.value)
    assert file.read_bytes() == before


def test_a_file_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = kept(tmp_path)
    monkeypatch.setattr("flowsim.explorer.exploring.code_version", lambda: "another")
    with pytest.raises(ScenarioError, match="written by another version of flowsim"):
        search(**ASKED, depth=2, checkpoint=file)


def test_a_file_that_is_cut_off_or_changed_anywhere_is_refused(tmp_path: Path) -> None:
    file = kept(tmp_path)
    whole = file.read_bytes()
    cuts = {0, 1, 10, len(whole) // 2, len(whole) - 1, *range(15, len(whole), 301)}
    changed = [whole[:at] for at in cuts] + [whole[:at] + b"\0" + whole[at + 1 :] for at in cuts if whole[at] != 0]
    for octets in (*changed, b"{}", b"flowsim search, form 1\n{}\n", os.urandom(300)):
        file.write_bytes(octets)
        with pytest.raises(ScenarioError) as refused:
            search(**ASKED, depth=2, checkpoint=file)
        assert len(str(refused.value)) < 700 and "\n" not in str(refused.value)
        assert file.read_bytes() == octets


@pytest.mark.parametrize("path", ["nowhere/search", ".", 7, "a\0b"])
def test_a_place_where_no_file_can_be_is_said_before_anything_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    told: list[Progress] = []
    with pytest.raises(ScenarioError):
        search(**ASKED, depth=2, checkpoint=path, progress=told.append)
    assert told == []


# ---- How far it is


def test_progress_says_what_is_the_case() -> None:
    told: list[Progress] = []
    found = search(**ASKED, depth=2, progress=told.append)
    assert told[-1].worlds == found.worlds == told[-1].done
    assert told[-1].frontier == 0
    assert all(one.done + one.frontier == one.worlds and one.decisions <= one.depth == 2 for one in told)
    assert [one.worlds for one in told] == sorted(one.worlds for one in told)
    assert all("time left unknown" in str(one) or "left if it grows as before" in str(one) for one in told)


def test_nothing_is_said_of_the_time_left_before_two_levels_are_done() -> None:
    assert seconds_left([60], [30], 5, 10.0) is None
    assert seconds_left([60, 600], [60, 30], 5, 10.0) is None
    assert seconds_left([10, 100, 500], [10, 100, 30], 5, 10.0) is None, "too few worlds to know how they grow"
    assert seconds_left([60, 600, 100], [60, 600, 0], 2, 0.0) is None


def test_the_time_left_takes_it_that_levels_grow_as_before() -> None:
    # Levels of 60, 600, 6000 and 60000 worlds at 100 worlds a second; a tenth of the third is done.
    assert seconds_left([60, 600, 1000], [60, 600, 600], 3, 100.0) == pytest.approx((5400 + 60_000) / 100)
    assert seconds_left([60, 600, 6000], [60, 600, 6000], 2, 100.0) == 0
    assert seconds_left([60, 600, 8000], [60, 600, 7000], 2, 100.0) == pytest.approx(10), "more are there than expected"


def test_it_ends_where_it_is_asked_to_and_says_what_is_known() -> None:
    found = search(**ASKED, depth=2, cancel=lambda: True)
    assert not found.finished and found.worlds == 1 and found.found is None
    assert found.sentence == "ended before all was tried: none found in 0 worlds", "it was met, and not looked at"
