"""Taking turns: every contender of a comparison runs once in each round, so that a busy machine is busy for them all."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Table = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Rounds:
    """The seconds that one call of each contender took, by name, one value a round."""

    seconds: Mapping[str, Sequence[float]]

    def median(self, name: str) -> float:
        """The seconds of one call: the median of the rounds."""
        return statistics.median(self.seconds[name])

    def times_as_fast(self, name: str, peer: str) -> float:
        """How many calls of `name` are done in the time of one of `peer`: the median of the ratios of the rounds."""
        pairs = zip(self.seconds[name], self.seconds[peer], strict=True)
        return statistics.median(theirs / ours for ours, theirs in pairs)


def in_turns(
    contenders: Mapping[str, Callable[[], Any]],
    *,
    rounds: int,
    calls: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Rounds:
    """The seconds of each contender; in each round each is called so many times, after one round to warm up.

    Before its turn the garbage of the others is collected, so that nobody pays for it but who made it. With the `clock`
    `time.process_time` what counts is the time that the processor has spent on this program.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, call in contenders.items():
            gc.collect()
            start = clock()
            for _ in range(calls):
                call()
            if number:
                seconds[name].append((clock() - start) / calls)
    return Rounds(seconds)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of these values that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]


def table(title: str, head: Sequence[str], rows: Table, *notes: str) -> str:
    """A table as text: the first column to the left, the others to the right, notes below it."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def line(cells: Sequence[str]) -> str:
        first, *rest = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
        return "  ".join([cells[0].ljust(len(first)), *rest]).rstrip()

    ruled = [line(head), "  ".join("-" * width for width in widths), *map(line, rows)]
    return "\n".join([title, "", *ruled, *(f"\n{note}" for note in notes)])
