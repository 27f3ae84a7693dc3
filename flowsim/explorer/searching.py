"""A search that is gone on with in short turns, so that whoever shows it can do something else in between.

It needs no thread and no process, so it goes in a browser's Python as well. What comes out is what one long turn brings.
"""

import time
from collections.abc import Callable, Iterable

from flowsim.explorer.exploring import Exploration, asked, explored
from flowsim.explorer.goals import Goal
from flowsim.explorer.levels import Frontier, go_through
from flowsim.explorer.progress import Progress, seconds_left
from flowsim.model.scenario import Scenario

_BATCH = 4  # worlds between two looks at the clock


class Searching:
    """A search under way. `progress` says how far it is, `finished` whether it is through, `exploration` what is known.

    Raises ScenarioError for a position or a goal that there is not; `go_on` does for a goal of one's own that fails.
    """

    def __init__(
        self, scenario: Scenario, positions: Iterable[str] | str, goals: str | Goal | Iterable[str | Goal], depth: int
    ) -> None:
        self._asked = asked(scenario, positions, goals)
        self.scenario, self.positions = self._asked.scenario, self._asked.positions
        self.goals = tuple(name for name, _ in self._asked.goals)
        self.depth = depth
        self.finished = False
        self._frontier = Frontier.begun(self._asked)
        self._elapsed = 0.0

    def go_on(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> Progress:
        """Go on for about so many seconds, or to the end, and say how far it is then."""
        began = clock()
        self.finished = go_through(
            self._frontier, self._asked, self.depth, batch=_BATCH, ended=lambda: clock() - began >= seconds
        )
        self._elapsed += clock() - began
        return self.progress

    @property
    def progress(self) -> Progress:
        """How far it is; times are those that were spent on it."""
        frontier, done = self._frontier, sum(self._frontier.done)
        speed = 1 / self._elapsed if self._elapsed > 0 else 0.0
        return Progress(
            worlds=len(frontier.known),
            done=done,
            frontier=frontier.waiting,
            decisions=max(0, len(frontier.done) - 1),
            depth=self.depth,
            elapsed=self._elapsed,
            rate=len(frontier.known) * speed,
            left=seconds_left(frontier.known.by_depth, frontier.done, self.depth, done * speed),
        )

    @property
    def exploration(self) -> Exploration:
        """What has come of it so far."""
        return explored(self._asked, self.depth, self._frontier, finished=self.finished)
