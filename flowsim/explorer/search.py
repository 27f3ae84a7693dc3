"""`flowsim.search(…)`: is there an attack on this app and this server, within so many moves of an attacker?"""

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, Unpack

from flowsim.analysis.defences import defended
from flowsim.explorer.exploring import Exploration, explore
from flowsim.explorer.goals import Goal
from flowsim.explorer.progress import Progress
from flowsim.explorer.workers import checked_executor, checked_jobs
from flowsim.model.interrupts import interrupts
from flowsim.model.own_code import result_of
from flowsim.model.scenario import SETTINGS, Scenario, ScenarioError, Settings, unknown
from flowsim.model.settings import names_in
from flowsim.model.shown import shown
from flowsim.simulation.names import check_names

DEPTH = 3  # moves of the attacker's, where nobody has said how many
MOST_DEPTH = 60
GOAL = "account"
SEED = 7  # of a search for which nobody has named one, so that it comes out the same twice


def search(
    scenario: Scenario | None = None,
    *,
    positions: str | Iterable[str] = (),
    goals: str | Goal | Iterable[str | Goal] = GOAL,
    depth: int = DEPTH,
    defences: Collection[str] | None = None,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancel: Callable[[], bool] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    **settings: Unpack[Settings],
) -> Exploration:
    """Look for an attack on this app and this server, shortest first: every sequence of at most `depth` moves is tried.

        search(pkce="none", positions="A3")
        search(positions=["A3", "A4"], goals=["data", "refresh-token"], depth=4, without={"token.verifier_fits"})
        search(defences=["S256", "state"], positions="A3", executor=Client().executor())

    The app and the server are a `Scenario`, or settings as for `Simulation`. With `defences` they have those and no others
    (flowsim.analysis.defences), with the settings besides. A move is one decision of the attacker with what follows of
    itself: a request and its answer. `positions` are those it has beside A1, which everybody has. Its `goals` are names, or
    functions of your own that say True or False of a world; one of them is enough. Such a function asks what is the case in
    the world. It leaves the log alone, for of worlds that differ in nothing but how they came about one is looked at.

    The work is done by so many `jobs`, or by any executor: of `concurrent.futures`, `Client().executor()` of ipyparallel,
    or `client.get_executor()` of Dask; what comes out is the same. Where other processes work, a goal of your own must be
    a `def` at the top of a file that they can import. `progress` is called with a `Progress` some times a second, and
    `cancel` is asked whether to end. It ends at Ctrl-C as well, with what is known by then. With a `checkpoint`, the name
    of a file, it is kept there, and goes on from there the next time.

    What comes back has the answer as `sentence`, the attack as `simulation()` for a player, and in `left_out` what was not
    tried: that none was found says nothing of that, or of longer attacks. Raises ScenarioError for what makes no sense.
    """
    scenario = scenario_of(scenario, defences, settings)
    with interrupts() as pressed:
        return explore(
            scenario,
            positions,
            goals,
            checked_depth(depth),
            jobs=checked_jobs(jobs),
            executor=checked_executor(executor),
            progress=telling(progress),
            cancelled=_any_of(pressed, asking(cancel)),
            checkpoint=checkpoint,
        )


def checked_depth(depth: object) -> int:
    """This number of moves, once it is one. Raises ScenarioError."""
    if type(depth) is not int or not 0 <= depth <= MOST_DEPTH:
        raise ScenarioError(f"depth must be a whole number of moves from 0 to {MOST_DEPTH}, not {shown(depth)}")
    return depth


def scenario_of(scenario: object, defences: object, settings: Mapping[str, Any]) -> Scenario:
    """The app and the server that are meant. Raises ScenarioError for what is no scenario, no setting or no defence."""
    if scenario is not None and not isinstance(scenario, Scenario):
        raise ScenarioError(f'expected a Scenario, or settings by name such as client="spa", not {shown(scenario)}')
    wrong = [name for name in settings if name not in SETTINGS]
    if wrong:
        raise unknown("setting", wrong[0], list(SETTINGS))
    if settings.get("attacker") is not None or (scenario is not None and scenario.attacker is not None):
        raise ScenarioError("a search is the attacker itself, so no other one can be named; leave attacker out")
    if defences is not None and scenario is not None:
        raise ScenarioError(
            "defences are those of an app that has no others, so they do not go with a Scenario; give one"
        )
    if defences is not None:
        made = defended(*(name for name in names_in("defences", defences) if name != "none"), **settings)
    else:
        made = Scenario(**settings) if scenario is None else replace(scenario, **settings)
    check_names(made, ())
    return made if made.seed is not None else replace(made, seed=SEED)


def telling(progress: object) -> Callable[[object], object] | None:
    """This `progress` of the caller's; one that fails is said to. Raises ScenarioError for what cannot be called."""
    if progress is None:
        return None
    function = _function("progress", progress)
    return lambda now: result_of("the function progress", function, now)


def asking(cancel: object) -> Callable[[], bool]:
    """This `cancel` of the caller's; one that fails, or says neither yes nor no, is said to.

    Raises ScenarioError for what cannot be called.
    """
    if cancel is None:
        return lambda: False
    function = _function("cancel", cancel)

    def asked() -> bool:
        said = result_of("the function cancel", function)
        if not isinstance(said, bool):
            raise ScenarioError(f"the function cancel must say True or False, not {shown(said)}")
        return said

    return asked


def _function(name: str, function: object) -> Callable[..., Any]:
    if not callable(function):
        raise ScenarioError(f"{name} must be a function, or None, not {shown(function)}")
    return function


def _any_of(*asked: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: any(one() for one in asked)
