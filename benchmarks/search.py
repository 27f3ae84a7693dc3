"""The search for attacks: how many different worlds it meets, how their number grows, what two processes and a form bring.

The searches are of an app without PKCE, for a goal that is never reached, so that all is tried up to the bound. Beside it
stands a plain breadth-first search over the same moves: it plays the same decisions, and takes no two worlds for one. All
figures of a table are of one run. "Worlds a minute" are different ones, by the time that the processor spent on them, with
all checks and signatures; that the signatures are remembered helps from the second search on.
"""

import time
import tracemalloc
from array import array
from collections.abc import Callable, Iterator
from random import Random

from benchmarks.rounds import in_turns, table
from flowsim.explorer.exploring import Asked, asked, expand, explore
from flowsim.explorer.known import Known
from flowsim.model.scenario import Scenario
from flowsim.model.world import World

POSITIONS = ("A3",)
MORE = ("A3", "A4")  # so that two processes have enough to do: their start is a part of what is measured
SCENARIO = Scenario(pkce="none", seed=7)


def never(world: World) -> bool:
    """A goal that no world reaches."""
    return False


def plain(question: Asked, depth: int) -> Iterator[int]:
    """How many worlds a search meets that takes no two for one, for each number of decisions."""
    level = [question.begin()]
    for left in range(depth, -1, -1):
        met, later = 0, list[World]()
        while level:
            world = level.pop()
            met += 1
            for one in expand(world, question.positions, left):
                (later if one.cost else level).append(one.world)
        yield met
        level = later


def searched(depth: int, positions: tuple[str, ...] = POSITIONS, jobs: int = 1) -> tuple[int, ...]:
    """How many different worlds a search meets, for each number of decisions."""
    return explore(SCENARIO, positions, never, depth, jobs=jobs).by_depth


def octets_each(worlds: int) -> float:
    """The octets of memory that what is kept of one world takes, of so many."""
    random = Random(7)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    known, waiting = Known(random.randbytes(16)), array("I")
    for number in range(1, worlds):
        met = known.met(random.randbytes(16), number // 3, number % 3, (3, 20))
        assert met == number
        waiting.append(number)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / worlds


def processor_seconds(call: Callable[[], object], rounds: int) -> float:
    """The least that one call takes of a core: what others do on the machine meanwhile does not count."""
    return min(_seconds(call) for _ in range(rounds))


def _seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def report(quick: bool) -> str:
    depth, rounds = (1, 1) if quick else (3, 3)
    question = asked(SCENARIO, POSITIONS, never)
    ours, theirs = searched(depth), tuple(plain(question, depth))
    alone = processor_seconds(lambda: searched(depth), rounds)
    beside = processor_seconds(lambda: [*plain(question, depth)], 1)
    further = depth if quick else depth + 1
    many = sum(searched(further, MORE))
    jobs = in_turns(
        {"one": lambda: searched(further, MORE), "two": lambda: searched(further, MORE, 2)}, rounds=rounds, calls=1
    )
    growth = [(f"{place} decisions", f"{met:,}", f"{theirs[place]:,}") for place, met in enumerate(ours)]
    lines = [
        ("different worlds a minute and core", f"{sum(ours) / alone * 60:,.0f}", f"{sum(ours) / beside * 60:,.0f}"),
        ("times as fast as the plain one", f"{beside / alone:.2f}", ""),
        (f"times as fast with two processes, {many:,} worlds", f"{jobs.times_as_fast('two', 'one'):.2f}", ""),
        ("MB of memory for a million worlds", f"{octets_each(20_000 if quick else 1_000_000):.0f}", ""),
    ]
    return table(
        f"Search up to {depth} decisions, position A3, an app without PKCE",
        ("", "with a form", "plain"),
        [*growth, *lines],
        "What is bigger than 128 MB of digests goes to a file. Worlds that wait come on top, of which so many are kept.",
    )
