"""Searching for an attack: where it begins, what can come next, when it is over, and what has come of it.

A step of the honest parties costs nothing and a decision costs one. Worlds with fewer decisions come first, and of these
those with fewer moves (levels.py), so the attack that is found is a shortest one: no other takes fewer decisions, and none
of as many fewer moves.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from inspect import getsource
from typing import Any, NamedTuple

from flowsim.engine.apply import admit_attacker, apply
from flowsim.engine.honest_moves import honest_move
from flowsim.engine.initial_world import initial_world
from flowsim.explorer.batches import Next
from flowsim.explorer.canonical import canonical
from flowsim.explorer.compositions import is_half_done
from flowsim.explorer.decisions import decisions
from flowsim.explorer.found import AIM_OF, Found, Timed
from flowsim.explorer.goals import GOALS, Goal, last_acts
from flowsim.explorer.known import Known
from flowsim.explorer.levels import Frontier, go_through
from flowsim.explorer.move_json import move_json
from flowsim.explorer.moves import LEFT_OUT, Choice, choices, goes_on, play
from flowsim.explorer.progress import Progress
from flowsim.explorer.reductions import nothing_skipped, tried_first
from flowsim.explorer.resuming import SearchFile, code_version
from flowsim.explorer.wording import phrase
from flowsim.explorer.workers import refuse_what_cannot_be_sent
from flowsim.model.display import Displayed
from flowsim.model.own_code import result_of
from flowsim.model.positions import known_positions
from flowsim.model.scenario import Scenario, ScenarioError, unknown
from flowsim.model.shown import one_line, shown
from flowsim.model.states import Act
from flowsim.model.transitions import IllegalMove, Move
from flowsim.model.world import OWN_LOGIN, World
from flowsim.simulation.simulation import Simulation

FOUND = "found"  # the name of an attack that was found
_LONGEST_NAME = 60  # characters of a goal of one's own


class Reached(NamedTuple):
    """A world that can be next: by which choice, what it costs in decisions, the moves to it, whose they are, the world.

    A choice is a number: 0 is what the honest parties do next, or what a decision still brings along, and the attacker's
    decisions are counted from 1. In the same world the same choice always has the same number.
    """

    choice: int
    cost: int
    moves: tuple[Move, ...]
    attackers: bool
    world: World


class Edge(NamedTuple):
    """How a world was come to: the number of the one before it, the moves, and whether they are the attacker's."""

    parent: int
    moves: tuple[Move, ...]
    attackers: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks of every world: what can come next for these positions, and whether one of these goals is reached.

    It goes to other processes as it is, so a goal of one's own must be a function that they can import.
    """

    scenario: Scenario
    positions: tuple[str, ...]
    goals: tuple[tuple[str, Goal], ...]
    version: str

    def begin(self) -> World:
        """The world that the search begins with."""
        return start(self.scenario, self.goals[0][0])

    def expand(self, world: World, left: int) -> Iterator[Next]:
        """What can come next, always in the same order."""
        for one in expand(world, self.positions, left, self.last_acts):
            yield Next(one.choice, one.cost, one.moves, one.world)

    def again(self, world: World, choices: Collection[int]) -> dict[int, World]:
        """The worlds that these choices lead to."""
        return {one.choice: one.world for one in again(world, self.positions, choices)}

    def digest(self, world: World) -> bytes:
        """What is equal for worlds from which the same can come."""
        return canonical(world)

    def reached(self, world: World) -> tuple[str, ...]:
        """The names of the goals that are reached in this world. Raises ScenarioError where one of one's own fails."""
        return tuple(name for name, goal in self.goals if _is_reached(name, goal, world))

    @property
    def last_acts(self) -> frozenset[Act] | None:
        """What the last decision can begin with, where that is known of all goals (goals.py)."""
        return _last_acts(self.goals)


@lru_cache(maxsize=16)
def _last_acts(goals: tuple[tuple[str, Goal], ...]) -> frozenset[Act] | None:
    # All worlds of a search are asked for the same.
    return last_acts(name if GOALS.get(name) is goal else "" for name, goal in goals)


def asked(scenario: Scenario, positions: Iterable[str] | str, goals: str | Goal | Iterable[str | Goal]) -> Asked:
    """What a search of this scenario asks. Raises ScenarioError for a position or a goal that there is not."""
    settled = replace(scenario, attacker=None).settled()
    return Asked(settled, known_positions(positions), named_goals(goals), code_version())


@dataclass(frozen=True, kw_only=True, repr=False)
class Exploration(Displayed):
    """What a search has come to.

    `found` is the attack, None where there is none within `depth` decisions; `goal` is then the one that it reaches, and
    `decisions` how many it takes. `worlds` counts the different worlds that were met, and `by_depth` those for each number
    of decisions. `tree` has them all, by number (known.py), and `goal_at` is the number of the one in which the goal is
    reached. `left_out` says what was not tried. `finished` is False where the search was ended before it was through;
    of the worlds it had met by then, `done` were asked for the goals.
    """

    scenario: Scenario
    positions: tuple[str, ...]
    goals: tuple[str, ...]
    depth: int
    tree: Known
    done: int
    finished: bool
    last_acts: frozenset[Act] | None = None
    left_out: tuple[str, ...] = LEFT_OUT

    def __repr__(self) -> str:
        return self.sentence

    @property
    def worlds(self) -> int:
        """How many different worlds were met."""
        return len(self.tree)

    @property
    def by_depth(self) -> tuple[int, ...]:
        """How many of them for each number of decisions, from 0 on."""
        return tuple(self.tree.by_depth)

    @property
    def goal_at(self) -> int | None:
        """The number of the world in which a goal is reached; None where none was found."""
        return self.tree.goal_at

    @property
    def goal(self) -> str:
        """The goal that is reached there; empty where none was found."""
        return next(iter(self.tree.reached), "")

    @property
    def decisions(self) -> int | None:
        """How many decisions the attack takes; None where none was found."""
        return None if self.goal_at is None else self.tree.key(self.goal_at)[0]

    @cached_property
    def found(self) -> Found | None:
        """The attack, which plays like any other; None where none was found."""
        return None if self.goal_at is None else self.attack_to(self.goal_at)

    @cached_property
    def told(self) -> tuple[str, ...]:
        """What the attacker decides, one after the other; nothing where no attack was found."""
        simulation = self.simulation()
        return () if simulation is None else tuple(map(phrase, decisions(simulation.run().events)))

    @cached_property
    def sentence(self) -> str:
        """The answer."""
        if self.decisions == 0:
            return f"no attack is needed: {self.goal} is reached though the attacker does nothing"
        if self.decisions is not None:
            return f"attack found in {self.decisions} move{_s(self.decisions)}: {'; '.join(self.told)}"
        if self.finished:
            return f"none found within {self.depth} move{_s(self.depth)}, {self.worlds:,} world{_s(self.worlds)}"
        return f"ended before all was tried: none found in {self.done:,} world{_s(self.done)}"

    def edges(self, number: int) -> tuple[Edge, ...]:
        """The way from the start to the world of this number."""
        world, edges = start(self.scenario, self.goals[0]), []
        for parent, choice in self.tree.way(number):
            (one,) = again(world, self.positions, (choice,))
            edges.append(Edge(parent, one.moves, one.attackers))
            world = one.world
        return tuple(edges)

    def simulation(self, number: int | None = None) -> Simulation | None:
        """The attack as a run at its start, for a player, or with a number the way to that world; None if there is none."""
        found = self.found if number is None else self.attack_to(number)
        if found is None:
            return None
        return Simulation(replace(self.scenario, attacker=found.name), attackers=[found])

    def attack_to(self, number: int) -> Found:
        """What the attacker does on the way to the world of this number."""
        timed, happened = [], 0
        for edge in self.edges(number):
            for move in edge.moves:
                if edge.attackers:
                    timed.append(Timed(happened, move))
                happened += 1
        goal = self.goal if number == self.goal_at else self.goals[0]
        return Found(
            name=FOUND,
            title="an attack that was found by search",
            positions=self.positions,
            about=f"The moves were found by a search for {goal}.",
            aim=AIM_OF.get(goal, "account"),
            moves=tuple(timed),
        )

    def to_json(self) -> dict[str, Any]:
        """The result as values of JSON. It is the same for every number of jobs, and whoever has worked."""
        found = None
        if self.found is not None:
            found = {
                "goal": self.goal,
                "decisions": self.decisions,
                "told": list(self.told),
                "moves": [[after, move_json(move)] for after, move in self.found.moves],
            }
        return {
            "sentence": self.sentence,
            "found": found,
            "positions": list(self.positions),
            "goals": list(self.goals),
            "depth": self.depth,
            "finished": self.finished,
            "worlds": self.worlds,
            "by_depth": list(self.by_depth),
            "left_out": list(self.left_out),
            "scenario": self.scenario.to_json(),
        }


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def start(scenario: Scenario, goal: str = "") -> World:
    """The world that a search of this scenario begins with: nothing has happened, and the attacker is there."""
    settled = replace(scenario, attacker=None).settled()
    return admit_attacker(initial_world(settled), FOUND, AIM_OF.get(goal, "account"))


def expand(
    world: World, positions: tuple[str, ...], left: int, last: frozenset[Act] | None = None
) -> Iterator[Reached]:
    """The worlds that can be next, where `left` decisions are left; with none the honest parties go on alone.

    The last decision begins with one of the acts of `last`, where these are given (goals.py).
    """
    skips, few = tried_first(world) if left else nothing_skipped, last is not None and left == 1
    for number, option in _options(world, positions, left):
        if isinstance(option, Choice):
            act = option.move.act
            if (few and act not in (last or ())) or (not few and skips(act, option.move.run)):
                continue
        if one := _taken(world, number, option):
            yield one


def again(world: World, positions: tuple[str, ...], choices: Collection[int]) -> Iterator[Reached]:
    """The worlds that these choices lead to, as `expand` gave them; there is at least one."""
    last = max(choices)
    for number, option in _options(world, positions, 1):
        if number in choices and (one := _taken(world, number, option)):
            yield one
        if number >= last:
            return


def _options(world: World, positions: tuple[str, ...], left: int) -> Iterator[tuple[int, Move | Choice]]:
    """What can be tried in this world, each under its number."""
    if move := goes_on(world):
        yield 0, move
        return
    if (move := honest_move(world)) and not is_half_done(world):
        yield 0, move
    if left > 0:
        yield from enumerate(choices(world, positions), start=1)


def _taken(world: World, number: int, option: Move | Choice) -> Reached | None:
    """The world after this; None where it turns out not to be possible."""
    if isinstance(option, Move):
        return Reached(number, 0, (option,), option.run == OWN_LOGIN, apply(world, option))
    played = play(world, option)
    return played and Reached(number, 1, played[1], True, played[0])


def explore(
    scenario: Scenario,
    positions: Iterable[str] | str,
    goals: str | Goal | Iterable[str | Goal] = "data",
    depth: int = 3,
    *,
    jobs: int = 1,
    executor: Executor | None = None,
    batch: int | None = None,
    progress: Callable[[Progress], object] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    checkpoint: str | os.PathLike[str] | None = None,
) -> Exploration:
    """Search for an attack on this scenario by an attacker with these positions, of at most `depth` decisions.

    The goals are some of GOALS by their names, or functions that say of a world whether they are reached there; one is
    enough. What an attack that people wrote would presuppose has to be in the scenario. The work is done here, by so many
    `jobs` or by this `executor`, `batch` worlds at a time; what comes out is the same. `progress` is told how far it is,
    and `cancelled` is asked before each batch. With a `checkpoint` the search is kept in this file, and goes on from there.
    Raises ScenarioError for a position or a goal that there is not, and for a goal that fails.
    """
    question = asked(scenario, positions, goals)
    refuse_what_cannot_be_sent(question.goals, jobs, executor)
    kept = None if checkpoint is None else SearchFile(checkpoint, _about(question, depth))
    frontier = (kept.read() if kept is not None else None) or Frontier.begun(question)
    if kept is not None:
        kept.save(frontier)  # where that cannot be done, it is said before the search and not after it
    finished = go_through(
        frontier,
        question,
        depth,
        jobs=jobs,
        executor=executor,
        batch=batch,
        progress=progress,
        ended=cancelled,
        keeper=kept,
    )
    if kept is not None:
        kept.save(frontier)
    return explored(question, depth, frontier, finished=finished)


def explored(question: Asked, depth: int, frontier: Frontier, *, finished: bool) -> Exploration:
    """What has come of a search that is so far."""
    return Exploration(
        scenario=question.scenario,
        positions=question.positions,
        goals=tuple(name for name, _ in question.goals),
        depth=depth,
        tree=frontier.known,
        done=sum(frontier.done),
        finished=finished,
        last_acts=question.last_acts,
    )


def reaches(found: Found, scenario: Scenario, goals: Iterable[tuple[str, Goal]]) -> bool:
    """Whether an attack that was found reaches one of these goals in another scenario, move by move as it is."""
    try:
        simulation = Simulation(replace(scenario, attacker=found.name), attackers=[found])
        while not any(_is_reached(name, goal, simulation.world) for name, goal in goals):
            if simulation.step() is None:
                return False
    except (ScenarioError, IllegalMove):  # a move of it is not possible there
        return False
    return True


def named_goals(goals: str | Goal | Iterable[str | Goal]) -> tuple[tuple[str, Goal], ...]:
    """These goals, each with its name. Raises ScenarioError for a name that there is not, and for none at all."""
    if isinstance(goals, str) or callable(goals):
        goals = (goals,)
    try:
        wanted = tuple(dict.fromkeys(goals))
    except TypeError:
        raise ScenarioError(f"goals are names, or functions of a world, in a list, not {shown(goals)}") from None
    if not wanted:
        raise ScenarioError(f"a search needs a goal; expected some of: {', '.join(GOALS)}; or a function of a world")
    return tuple(_named(goal) for goal in wanted)


def _named(goal: object) -> tuple[str, Goal]:
    if callable(goal):
        return one_line(getattr(goal, "__name__", "goal"), _LONGEST_NAME), goal
    if not isinstance(goal, str) or goal not in GOALS:
        raise unknown("goal", goal, list(GOALS))
    return goal, GOALS[goal]


def _is_reached(name: str, goal: Goal, world: World) -> bool:
    if GOALS.get(name) is goal:
        return goal(world)
    said = result_of(f"the goal {name}", goal, world)
    if not isinstance(said, bool):
        raise ScenarioError(f"the goal {name} must say True or False of a world, not {shown(said)}")
    return said


def _about(question: Asked, depth: int) -> dict[str, Any]:
    """What makes a search that is kept in a file this one."""
    goals = [name if GOALS.get(name) is goal else f"{name}, by {_code_of(goal)}" for name, goal in question.goals]
    return {
        "settings": question.scenario.to_json(),
        "positions": list(question.positions),
        "goals": goals,
        "depth": depth,
        "code": question.version,
    }


def _code_of(goal: Goal) -> str:
    """A digest of what a function of one's own is made of."""
    try:
        text = getsource(goal)
    except (OSError, TypeError):
        text = getattr(goal, "__qualname__", repr(type(goal)))
    return sha256(text.encode(errors="replace")).hexdigest()[:16]
