"""Whose turn it is, said by somebody who looks on: the scenario in whose order that run moves next.

What has happened so far is written into the order move by move, then the turn that is wanted, then what the order still
had to say. So the same story comes again from the start, and goes on from here as it was asked to.

Source: none of the protocol's. The words of an order stand in model/order.py.
"""

from dataclasses import replace

from flowsim.engine.turns_left import turns_left
from flowsim.model import order, timeline
from flowsim.model.order import Turn
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.shown import shown
from flowsim.model.transitions import is_terminal
from flowsim.model.world import Event, World


def turn_named(name: object, scenario: Scenario) -> Turn:
    """The turn of this name, as `tab 2` or `tab2`. Raises ScenarioError for one that there cannot be in this scenario."""
    if not isinstance(name, str):
        raise ScenarioError(f'a step is that of a run, for example step("tab 2"), not {shown(name)}')
    try:
        turn = order.turn_of(name)
        order.in_plan(f"{scenario.order} {order.text_of([turn])}", timeline.parse(scenario.later))
    except order.OrderError as error:
        raise ScenarioError(f"step: {error}") from None
    return turn


def has_turns(world: World, event: Event) -> bool:
    """True for a move that an order can name: what an attacker does, and what comes by itself, has no turn."""
    if event.by_attacker:
        return False
    planned = {item.run for item in timeline.parse(world.scenario.later) if item.after is None}
    begun = order.may_begin(event.run) or order.kind_of(event.run) == order.COPY
    return event.run == order.FIRST or begun or event.run in planned


def is_turn(turn: Turn, event: Event) -> bool:
    """True where this event is the move of this turn."""
    return event.run == turn.run and not event.by_attacker and turn.act in (None, event.act)


def with_turn(world: World, turn: Turn) -> Scenario:
    """The scenario of this world in which all has happened so far, and this turn comes next.

    Raises ScenarioError where the order would become too long.
    """
    so_far = [
        Turn(event.run, act=event.act if event.act in order.NETWORK_ACTS else None)
        for event in world.log
        if has_turns(world, event)
    ]
    return replace(world.scenario, order=order.text_of((*so_far, turn, *turns_left(world))))


def cannot_move(world: World, turn: Turn) -> ScenarioError:
    """The error for a run that has no move in this world, or with whose messages the network cannot do what it is to do."""
    run, there = turn.run, world.runs.get(turn.run)
    if turn.act is not None:
        after = f"after move {len(world.log)}"
        return ScenarioError(
            f"the network cannot {turn.act.phrase} of {run} {after}: no such message is on its way next"
        )
    if there is None:
        why = "what it needs is not there yet"
    elif is_terminal(there.role, there.state):
        why = f"it has ended with “{there.state.phrase}”"
    else:
        why = f"it stands at “{there.state.phrase}” and waits for what does not come"
    return ScenarioError(f"{run} has no move after move {len(world.log)}: {why}")
