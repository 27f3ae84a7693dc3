"""Which defences are enough, and none of them too many: the smallest sets under which no attack is found.

Sets are tried by their size. A set that contains one that is enough is not tried, for it is not a smallest one. One under
which an attack that is known already works, played again in its settings, is refuted without a search. Only for what is
left is there a search; the attack that it finds is known from then on.

That a set is enough says: within this many moves, for these positions and these goals, and apart from what the search
leaves out. A set beyond the largest size that was tried may be a smallest one, too.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from math import comb
from typing import Any, Unpack

from flowsim.analysis.defences import DEFENCES, defended
from flowsim.explorer.exploring import Exploration, explore, named_goals, reaches
from flowsim.explorer.found import Found
from flowsim.explorer.goals import Goal
from flowsim.explorer.moves import LEFT_OUT
from flowsim.explorer.progress import Progress
from flowsim.explorer.search import DEPTH, GOAL, asking, checked_depth, scenario_of, telling
from flowsim.explorer.workers import checked_executor, checked_jobs, own_pool
from flowsim.model.interrupts import interrupts
from flowsim.model.positions import known_positions
from flowsim.model.scenario import Scenario, ScenarioError, Settings, unknown
from flowsim.model.settings import names_in
from flowsim.model.shown import shown

LARGEST = 2  # defences of a set, where nobody has said how many


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """How far it is: so many of all sets of this size were tried, and so many of any size are enough.

    `worlds` are those of all searches so far, and `search` is how far the one at work is.
    """

    size: int
    tried: int
    total: int
    enough: int
    searches: int
    worlds: int
    search: Progress | None = None

    def __str__(self) -> str:
        now = "" if self.search is None else f"; now {self.search.worlds:,} worlds, move {self.search.decisions}"
        return (
            f"{self.tried:,} of {self.total:,} sets of {self.size}, {self.enough} enough; {self.searches:,} searches, "
            f"{self.worlds:,} worlds{now}"
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class MinimalDefences:
    """The smallest sets of defences under which no attack was found, and how that was found out.

    `sets` has them by size, each as names in the order of DEFENCES. `always` are the defences that are there besides, and
    `among` those that were tried. An attack known already `refuted` so many sets; for others there were `searches`, in so
    many `worlds` altogether. `attacks` are what those have found, each with the set under which it was found.
    `finished` is False where it was ended before all sets of up to `largest` defences were tried.
    """

    sets: tuple[tuple[str, ...], ...]
    always: tuple[str, ...]
    among: tuple[str, ...]
    positions: tuple[str, ...]
    goals: tuple[str, ...]
    depth: int
    largest: int
    refuted: int
    searches: int
    worlds: int
    attacks: tuple[tuple[tuple[str, ...], Exploration], ...]
    finished: bool
    left_out: tuple[str, ...] = LEFT_OUT

    def __repr__(self) -> str:
        return self.sentence

    @property
    def sentence(self) -> str:
        """The answer."""
        within = f"no attack was found within {self.depth} move{'s' if self.depth != 1 else ''}"
        if not self.sets and not self.finished:
            return f"ended before all was tried: no set so far under which {within}"
        if not self.sets:
            return f"no set of up to {self.largest} of {len(self.among)} defences under which {within}"
        told = "; ".join(" + ".join(names) or "none at all" for names in self.sets)
        more = "" if self.finished else ", and not all was tried"
        return f"{len(self.sets)} smallest set{'s' if len(self.sets) != 1 else ''} under which {within}{more}: {told}"

    def to_json(self) -> dict[str, Any]:
        """The result as values of JSON."""
        return {
            "sentence": self.sentence,
            "sets": [list(names) for names in self.sets],
            "always": list(self.always),
            "among": list(self.among),
            "positions": list(self.positions),
            "goals": list(self.goals),
            "depth": self.depth,
            "largest": self.largest,
            "refuted": self.refuted,
            "searches": self.searches,
            "worlds": self.worlds,
            "attacks": [{"defences": list(names), "attack": one.sentence} for names, one in self.attacks],
            "finished": self.finished,
            "left_out": list(self.left_out),
        }


def minimal_defences(
    *,
    positions: str | Iterable[str] = (),
    goals: str | Goal | Iterable[str | Goal] = GOAL,
    depth: int = DEPTH,
    defences: Collection[str] = (),
    among: Collection[str] | None = None,
    largest: int = LARGEST,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[Trying], object] | None = None,
    cancel: Callable[[], bool] | None = None,
    **settings: Unpack[Settings],
) -> MinimalDefences:
    """The smallest sets of defences under which `search` finds no attack of at most `depth` moves.

        minimal_defences(positions="A3", client="native-scheme")

    The app and the server have these settings and no defence (flowsim.analysis.defences) but those `defences` that are
    always there. `among` are the defences to try, all that go with these settings where it is left out, and `largest`
    says how many of them a set has at most. All else is as for `search`; `progress` is called with a `Trying`.
    Raises ScenarioError for what makes no sense.
    """
    scenario_of(None, defences, settings)  # what is wrong with them is said now
    always = tuple(name for name in DEFENCES if name in defences and name != "none")
    make = partial(defended, *always, **settings)
    tried = _Tried(
        make=make,
        always=always,
        among=_among(among, make, always),
        largest=_checked_largest(largest),
        ask={"positions": known_positions(positions), "goals": goals, "depth": checked_depth(depth)},
        progress=telling(progress),
    )
    jobs, executor, cancelled = checked_jobs(jobs), checked_executor(executor), asking(cancel)
    own = own_pool(jobs) if jobs > 1 and executor is None else None
    with interrupts() as pressed, own or nullcontext():
        tried.all_sets(lambda: pressed() or cancelled(), executor=own or executor, jobs=1 if own is None else jobs)
    return tried.result()


class _Tried:
    """What has come out so far."""

    def __init__(
        self,
        *,
        make: Callable[..., Scenario],
        always: tuple[str, ...],
        among: tuple[str, ...],
        largest: int,
        ask: dict[str, Any],
        progress: Callable[[Trying], object] | None,
    ) -> None:
        self._make, self._always, self._among, self._largest = make, always, among, largest
        self._ask, self._progress = ask, progress
        self._goals = named_goals(ask["goals"])
        self._sets: list[tuple[str, ...]] = []
        self._attacks: list[tuple[tuple[str, ...], Exploration]] = []
        self._known: list[Found] = []  # the one that has refuted last comes first
        self._refuted = self._searches = self._worlds = 0
        self._finished = False

    def all_sets(self, ended: Callable[[], bool], **how: Any) -> None:
        """Try all sets by their size, until all are tried or it is `ended`."""
        for size in range(min(self._largest, len(self._among)) + 1):
            total = comb(len(self._among), size)
            for number, names in enumerate(combinations(self._among, size)):
                if ended():
                    return
                self._tell(size, number, total)
                scenario = self._worth_trying(names)
                if scenario is None or self._is_refuted(scenario):
                    continue
                if not self._search(names, scenario, ended, partial(self._tell, size, number, total), how):
                    return
        self._finished = True

    def _worth_trying(self, names: tuple[str, ...]) -> Scenario | None:
        """The app and the server with this set; None where a part of it is enough, or makes the same app and server."""
        if any(set(enough) <= {*names} for enough in self._sets):
            return None
        try:
            scenario = self._make(*names)
        except ScenarioError:  # these cannot be had together
            return None
        fewer = (tuple(name for name in names if name != left) for left in names)
        return None if any(self._make(*some) == scenario for some in fewer) else scenario

    def _is_refuted(self, scenario: Scenario) -> bool:
        for found in self._known:
            if reaches(found, scenario, self._goals):
                self._known.remove(found)
                self._known.insert(0, found)
                self._refuted += 1
                return True
        return False

    def _search(
        self,
        names: tuple[str, ...],
        scenario: Scenario,
        ended: Callable[[], bool],
        tell: Callable[[Progress], None],
        how: dict[str, Any],
    ) -> bool:
        """Search under this set. False where the search was ended before it was through."""
        result = explore(scenario, **self._ask, **how, cancelled=ended, progress=tell)
        self._searches += 1
        self._worlds += result.worlds
        if result.found is not None:
            self._attacks.append((names, result))
            self._known.insert(0, result.found)
        elif result.finished:
            self._sets.append(names)
        return result.finished

    def _tell(self, size: int, tried: int, total: int, search: Progress | None = None) -> None:
        if self._progress is not None:
            self._progress(
                Trying(
                    size=size,
                    tried=tried,
                    total=total,
                    enough=len(self._sets),
                    searches=self._searches,
                    worlds=self._worlds,
                    search=search,
                )
            )

    def result(self) -> MinimalDefences:
        return MinimalDefences(
            sets=tuple(self._sets),
            always=self._always,
            among=self._among,
            positions=self._ask["positions"],
            goals=tuple(name for name, _ in self._goals),
            depth=self._ask["depth"],
            largest=self._largest,
            refuted=self._refuted,
            searches=self._searches,
            worlds=self._worlds,
            attacks=tuple(self._attacks),
            finished=self._finished,
        )


def _among(among: object, make: Callable[..., Scenario], always: tuple[str, ...]) -> tuple[str, ...]:
    """The defences to try: those that are named, or all that go with these settings and change something."""
    if among is None:
        return tuple(_that_fit(make, make(), always))
    named = names_in("among", among)
    for name in named:
        if name not in DEFENCES:
            raise unknown("defence", name, list(DEFENCES))
        make(name)
    return tuple(name for name in DEFENCES if name in named and name not in ("none", *always))


def _that_fit(make: Callable[..., Scenario], bare: Scenario, always: tuple[str, ...]) -> Iterator[str]:
    for name in DEFENCES:
        with suppress(ScenarioError):
            if name not in always and make(name) != bare:
                yield name


def _checked_largest(largest: object) -> int:
    if type(largest) is not int or not 0 <= largest <= len(DEFENCES):
        raise ScenarioError(f"largest must be a number of defences from 0 to {len(DEFENCES)}, not {shown(largest)}")
    return largest
