"""Pairs of worlds with one form, played on alike: what can come of the one must be what can come of the other.

The pairs come about as they do in a search: by the same moves in another order, or with moves between them that changed
nothing, so that runs have other names and random values are others. They are played on with the same choices, by what the
form calls them; at every step it is compared what they can choose, what comes of it, and where all that stands.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

import pytest

from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.explorer import moves
from flowsim.explorer.canonical import Form, form_of, move_in
from flowsim.explorer.exploring import start
from flowsim.explorer.goals import GOALS
from flowsim.model.scenario import Scenario
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import IllegalMove, Move, is_terminal
from flowsim.model.world import World, evolve
from flowsim.simulation.ledger import ledger
from flowsim.simulation.verdict import verdict

Named = tuple[object, ...]  # what a form calls a choice
Forms = Callable[[World], Form]


class Pair(NamedTuple):
    """Two worlds that came about in different ways."""

    one: World
    other: World


def first_world(scenario: Scenario, positions: tuple[str, ...]) -> World:
    """The world at the start. Its attacker is called after its positions, which are no part of a world otherwise."""
    world = start(scenario)
    return evolve(world, scenario=replace(world.scenario, attacker=" ".join(positions)))


def options(world: World, form: Form) -> dict[Named, tuple[Move, ...]]:
    """What can be chosen next: the moves of each choice, by what the form calls it. No choice is left out as tried."""
    if move := moves.goes_on(world):
        return {("goes on", *move_in(form, move)): (move,)}
    found: dict[Named, tuple[Move, ...]] = {}
    if move := honest_move(world):
        found["honest", *move_in(form, move)] = (move,)
    for choice in unreduced(world, tuple((world.scenario.attacker or "").split())):
        if played := moves.play(world, choice):
            acts = tuple(move.act for move in played[1])
            found["attacker", *move_in(form, choice.move), acts] = played[1]
    return found


def unreduced(world: World, positions: tuple[str, ...]) -> list[moves.Choice]:
    """Every choice, also one that was possible before the last step of others and is the same after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "skipped", lambda world: lambda act, run: False)
        return [*moves.choices(world, positions)]


def walked(scenario: Scenario, positions: tuple[str, ...], random: Random, forms: Forms = form_of) -> Iterator[Pair]:
    """A walk at random, of two worlds at a time that have one form: a pair after each choice, where they differ."""
    one = other = first_world(scenario, positions)
    hurry = random.choice((0.2, 0.5, 0.8))
    for _ in range(random.randint(4, 14)):
        here, there = forms(one), forms(other)
        can, could = options(one, here), options(other, there)
        if can.keys() != could.keys() or not can:
            return
        names = [*can]
        first = _one_of(names, random, hurry)
        way = random.random()
        if way < 0.3 and (idle := _idle(other, could, there, random, forms)) is not None:
            other = idle
            there = forms(other)
            could = options(other, there)
            if first not in could:
                return
            one, other = _played(one, can[first]), _played(other, could[first])
        elif way < 0.7 and (both := _swapped(one, other, first, names, random, forms)) is not None:
            one, other = both
        else:
            one, other = _played(one, can[first]), _played(other, could[first])
        if forms(one).digest != forms(other).digest:
            return
        yield Pair(one, other)


def _one_of(names: list[Named], random: Random, hurry: float) -> Named:
    honest = [name for name in names if name[0] != "attacker"]
    mine = [name for name in names if name[0] == "attacker"]
    return random.choice(honest if honest and (not mine or random.random() < hurry) else mine)


def _played(world: World, chosen: tuple[Move, ...]) -> World:
    for move in chosen:
        world = apply(world, move)
    return world


def _idle(world: World, could: dict[Named, tuple[Move, ...]], form: Form, random: Random, forms: Forms) -> World | None:
    """The world after a choice that changes nothing of its form; None where none of three does."""
    tried = [name for name in could if name[0] == "attacker"]
    for name in random.sample(tried, min(3, len(tried))):
        after = _played(world, could[name])
        if forms(after).digest == form.digest:
            return after
    return None


def _swapped(
    one: World, other: World, first: Named, names: list[Named], random: Random, forms: Forms
) -> tuple[World, World] | None:
    """The first world after two choices and the second after the same in the other order; None where that differs."""
    second = random.choice(names)
    if second == first:
        return None
    try:
        one = _after(_after(one, first, forms), second, forms)
        other = _after(_after(other, second, forms), first, forms)
    except KeyError:
        return None
    return (one, other) if forms(one).digest == forms(other).digest else None


def _after(world: World, name: Named, forms: Forms) -> World:
    return _played(world, options(world, forms(world))[name])


def parting(pair: Pair, random: Random, steps: int, forms: Forms = form_of) -> str:
    """In what these two worlds come to differ when they are played on alike; empty where in nothing."""
    one, other = pair
    for step in range(steps):
        here, there = forms(one), forms(other)
        if here.digest != there.digest:
            return f"their form, after {step} more choices"
        if said := _differ(state_of(one), state_of(other)):
            return f"{said}, after {step} more choices"
        can, could = options(one, here), options(other, there)
        if odd := [*(can.keys() ^ could.keys())]:
            return f"what can be chosen, after {step} more choices: {sorted(map(repr, odd))[:2]}"
        if not can:
            break
        name = _one_of([*can], random, 0.4)
        before = len(one.log), len(other.log)
        one, other = _played(one, can[name]), _played(other, could[name])
        if said := _differ(happened(one, before[0]), happened(other, before[1])):
            return f"what came of {name[:3]}: {said}"
    return _differ(ended(one), ended(other))


def _differ(one: object, other: object) -> str:
    return "" if one == other else f"{one} and {other}"


def happened(world: World, since: int) -> list[object]:
    """What has happened since this many events: acts, outcomes, where runs came to, and every check's verdict."""
    return [
        (
            event.act.value,
            event.outcome.value,
            event.before.value,
            event.after.value,
            [(one.check.id, one.passed, one.decides) for one in event.checks],
        )
        for event in world.log[since:]
    ]


def state_of(world: World) -> object:
    """Where all runs stand, and which goals are reached; of the attacker's own programs those that can still move."""
    runs = sorted((run.name, run.state.value) for run in world.runs.values() if run.owner != ATTACKER)
    programs = sorted(
        run.state.value for run in world.runs.values() if run.owner == ATTACKER and not is_terminal(run.role, run.state)
    )
    return runs, programs, {name: goal(world) for name, goal in GOALS.items()}


def ended(world: World) -> object:
    """What the verdict says when the honest parties have gone on to the end."""
    try:
        while move := honest_move(world):
            world = apply(world, move)
    except IllegalMove as error:
        return str(error)
    said = verdict(world, ledger(world.log, in_browser=world.scenario.profile.in_browser), over=True)
    return said.attack_succeeded, said.attacker_reads_data, said.accounts, said.ended.value, said.tone


def told(world: World) -> tuple[Any, ...]:
    """What has happened in a world, in short."""
    return tuple((event.run, event.act.value, event.outcome.value) for event in world.log)
