"""How far a search is, for whoever shows it: a line of a terminal, or a bar in a notebook.

What is left cannot be known: how many worlds the next level has is seen when it is there. The estimate takes it that the
levels go on growing as the last two that are done did, and says nothing before there are two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_LEAST = 50  # worlds of a level from which its growth is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A moment of a search.

    `worlds` are the distinct ones met so far, `done` those of them that were played on, and `frontier` those that wait.
    `decisions` is how many decisions of the attacker lie before those that are played on now, of at most `depth`.
    `elapsed` is in seconds since it began or went on, and `rate` in worlds a second. `left` is an estimate in seconds, None
    where none can be made.
    """

    worlds: int
    done: int
    frontier: int
    decisions: int
    depth: int
    elapsed: float
    rate: float
    left: float | None = None

    def __str__(self) -> str:
        left = (
            f"about {in_words(self.left)} left if it grows as before" if self.left is not None else "time left unknown"
        )
        return (
            f"{self.worlds:,} worlds, {self.rate:,.0f} a second, {self.frontier:,} wait, "
            f"move {self.decisions} of {self.depth}, {left}"
        )


def seconds_left(known: Sequence[int], done: Sequence[int], depth: int, rate: float) -> float | None:
    """How long a search will still take, in seconds; None where nothing can be said.

    `known` are the worlds met so far by the decisions before them, `done` those of them that were played on, and `rate` how
    many are played on in a second. The level at work is the last in `done`; those before it are complete.
    """
    level = len(done) - 1
    if level < 2 or rate <= 0 or known[level - 2] < _LEAST:
        return None
    growth = known[level - 1] / known[level - 2]
    size = max(float(known[level]), known[level - 1] * growth)
    ahead = size - done[level]
    for _ in range(level, depth):
        size *= growth
        ahead += size
    return ahead / rate


def in_words(seconds: float) -> str:
    """A time, rounded to what one may believe of it: `40 s`, `3 min`, `2.5 h`."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
