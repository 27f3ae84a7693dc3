"""A second search, as plain as can be: every sequence is played, and no two worlds are ever taken for one.

It shares with the first (explorer/) what an attacker can write, and nothing of how worlds are gone through: no form, no
reductions, no numbers, no order of moves. So it finishes small bounds only, and says so where it does not.

`by_decisions` takes a decision with what follows of itself, as the first search does. `by_acts` knows no decisions: each
act of the attacker's comes alone, also the steps that would follow of themselves, in any order with those of others. How
many decisions that makes is counted afterwards in the log.

What an attacker can write has two reductions of its own: a request that was pushed is opened next, and a request in flight
is changed once, or twice by somebody who cannot read it. A naive search can do without them as well: then every request
that was pushed can be opened at any later time, others go on meanwhile, and what was changed can be changed once more.
`bound_codes` says more of a search than the goals do: what all the codes that came to be in it are bound to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from flowsim.actors import client
from flowsim.engine.apply import admit_attacker, apply
from flowsim.engine.honest_moves import honest_move, waits_for_metadata
from flowsim.engine.initial_world import initial_world
from flowsim.explorer import compositions, moves
from flowsim.explorer.compositions import Desk
from flowsim.explorer.decisions import decisions
from flowsim.explorer.goals import GOALS
from flowsim.explorer.knowledge import known
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import IllegalMove, Move, acts
from flowsim.model.world import ATTACKER_USER, AuthorizationRequest, World

Bound = tuple[AuthorizationRequest, str]  # what a code is bound to: the request for it, and the user


class TooManyError(Exception):
    """The search does not finish within so many moves."""


@dataclass(slots=True)
class _Counted:
    """How many moves may still be played."""

    left: int

    def play(self, world: World, move: Move) -> World:
        self.left -= 1
        if self.left < 0:
            raise TooManyError
        return apply(world, move)


def begin(scenario: Scenario, goal: str) -> World:
    """The world at the start."""
    aim = goal if goal in ("denial", "password") else "account"
    return admit_attacker(initial_world(scenario.settled()), "naive", aim)


def by_decisions(scenario: Scenario, positions: tuple[str, ...], goal: str, bound: int, most: int) -> int | None:
    """How many decisions the shortest attack takes; None where there is none of up to so many.

    Raises TooManyError where that would take more than `most` moves.
    """
    counted = _Counted(most)
    for taken, level in enumerate(_levels(scenario, positions, goal, bound, counted)):
        if any(map(GOALS[goal], level)):
            return taken
    return None


def bound_codes(scenario: Scenario, positions: tuple[str, ...], bound: int, most: int) -> frozenset[Bound]:
    """What the codes are bound to that come to be within so many decisions. Raises TooManyError."""
    levels = _levels(scenario, positions, "data", bound, _Counted(most))
    return frozenset(one for level in levels for world in level for one in bound_in(world))


def bound_in(world: World) -> Iterator[Bound]:
    """What each code in this world is bound to."""
    return ((grant.request, grant.sub) for server in world.servers.values() for grant in server.grants.values())


def _levels(
    scenario: Scenario, positions: tuple[str, ...], goal: str, bound: int, counted: _Counted
) -> Iterator[list[World]]:
    """The worlds after each number of decisions, from none up to so many."""
    level = [*_gone_on(begin(scenario, goal), counted)]
    yield level
    for _ in range(bound):
        level = [one for world in level for one in _decided(world, positions, counted)]
        yield level


@contextmanager
def pushed_requests_wait_and_changed_ones_change_again() -> Iterator[None]:
    """Meanwhile an attacker's moves are without the two reductions that the first search has in common with this one."""

    def opened(desk: Desk, asked: dict[str, str]) -> Iterator[str]:
        if desk.scenario.par != "required":
            yield desk._written(asked)
        for uri in known(desk.world).pushed if desk.scenario.par == "required" else ():
            yield client.pushed_address(f"{desk.server}/authorize", asked["client_id"], uri)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "is_half_done", lambda world: False)
        patch.setattr(moves, "_had_its_say", lambda world, run, has: False)
        patch.setattr(compositions.Desk, "_opened", opened)
        yield


def _gone_on(world: World, counted: _Counted) -> Iterator[World]:
    """This world, and those that the honest parties come to by themselves, one after the other."""
    while move := moves.goes_on(world):
        world = counted.play(world, move)
    yield world
    while move := honest_move(world):
        world = counted.play(world, move)
        while follows := moves.goes_on(world):
            world = counted.play(world, follows)
        yield world


def _decided(world: World, positions: tuple[str, ...], counted: _Counted) -> Iterator[World]:
    for choice in all_choices(world, positions):
        if played := moves.play(world, choice):
            counted.left -= len(played[1])
            yield from _gone_on(played[0], counted)


def all_choices(world: World, positions: tuple[str, ...]) -> list[moves.Choice]:
    """Everything that the attacker can decide, also what a search would have tried before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "skipped", lambda world: lambda act, run: False)
        return [*moves.choices(world, positions)]


def by_acts(scenario: Scenario, positions: tuple[str, ...], goal: str, bound: int, most: int) -> int | None:
    """The same, of single acts: the fewest decisions in any log of up to so many in which the goal is reached."""
    counted = _Counted(most)
    best: int | None = None
    waiting = [begin(scenario, goal)]
    while waiting:
        world = waiting.pop()
        made = len(decisions(world.log))
        if made > bound or (best is not None and made >= best):
            continue
        if GOALS[goal](world):
            best = made
            continue
        waiting += _with_one_more(world, positions, counted)
    return best


def _with_one_more(world: World, positions: tuple[str, ...], counted: _Counted) -> Iterator[World]:
    """The worlds after one more act of anybody's."""
    possible = [choice.move for choice in all_choices(world, positions) if choice.move.act is not Act.WAIT]
    for run in world.runs.values():
        if run.owner in (ATTACKER, ATTACKER_USER) and not waits_for_metadata(world, run):
            possible += [Move(run.name, act) for act in acts(run.role, run.state) if act.step and run.in_flight]
            possible += [Move(run.name, act) for act in acts(run.role, run.state) if act is Act.STEP_2]
    honest = honest_move(world)
    for move in dict.fromkeys([*([honest] if honest else []), *possible]):
        try:
            yield counted.play(world, move)
        except IllegalMove:
            continue
