"""The heart: `apply(world, move)` gives the world after one move. Same world and same move, same result, always.

The table of model/transitions.py says which moves are legal, and handlers/ what each of them does. Here the actors are
let act, what they sent and checked is recorded, and the table is asked where the run stands then. Nothing here reads a
clock, draws from the operating system or talks to anybody: time, randomness and every message are in the world.
"""

from dataclasses import replace

from frozendict import frozendict

from flowsim.engine.effect import put_away
from flowsim.engine.handlers import ATTACKER_ACTS, handler_of
from flowsim.engine.turn import Turn
from flowsim.model import transitions
from flowsim.model.context import Context
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER, BROWSER, USER, step
from flowsim.model.transitions import IllegalMove
from flowsim.model.world import ATTACKER_RUN, ATTACKER_USER, VICTIM, Event, Run, World, evolve
from flowsim.protocol.addresses import origin_of


def apply(world: World, move: transitions.Move) -> World:
    """The world after this move; the one that was given stays as it is.

    Raises IllegalMove where the table does not allow the move, and ValueError for seconds in a move that is no wait.
    """
    run = world.runs.get(move.run) or _opened(world, move)
    if run is None or move.act not in transitions.TRANSITIONS[run.role].get(run.state, {}):
        raise IllegalMove(move, run.role if run else None, run.state if run else None)
    if move.seconds and move.act is not Act.WAIT:
        raise ValueError(f"only a wait lets time pass, so {move.act.phrase!r} takes no seconds")
    scenario = world.scenario
    names = _STAND_INS if run.owner == ATTACKER_USER else frozendict()
    context = Context(scenario.seed or 0, world.now, scenario.policy, run.name, world.draws, names)
    turn = Turn(world, run, move, context)
    effect = handler_of(run, move.act)(turn)
    after = transitions.follow(run.role, run.state, move.act, effect.outcome)
    number = effect.step or move.act.step or (world.log[-1].step if world.log else 1)
    plan = step(number)
    event = Event(
        index=len(world.log) + 1,
        run=run.name,
        act=move.act,
        step=number,
        sender=names.get(effect.sender or plan.sender, effect.sender or plan.sender),
        receiver=names.get(effect.receiver or plan.receiver, effect.receiver or plan.receiver),
        before=run.state,
        after=after,
        outcome=effect.outcome,
        messages=tuple(context.messages),
        checks=tuple(context.checks),
        made=tuple(context.made),
        by_attacker=run.owner in (ATTACKER, ATTACKER_USER) or move.act in ATTACKER_ACTS,
        now=world.now + move.seconds,
        elapsed=move.seconds,
        detail=effect.detail,
    )
    moved = evolve(run, state=after, in_flight=effect.in_flight, who=effect.who or run.who)
    return evolve(
        world,
        now=world.now + move.seconds,
        draws=context.draws,
        runs=world.runs.set(run.name, moved),
        log=(*world.log, event),
        **put_away(effect, turn),
    )


def _opened(world: World, move: transitions.Move) -> Run | None:
    """The run that this move opens, at its start; None where it opens none."""
    victim = world.runs[VICTIM]
    if move.role is None:
        return None
    run = evolve(victim, name=move.run, role=move.role, state=State.START, in_flight=None)
    if not move.by_attacker:
        return run
    if move.role is Role.LOGIN:
        return evolve(run, owner=ATTACKER_USER, who="")
    named = origin_of(move.message.url) if move.message else run.api
    return evolve(run, owner=ATTACKER, client=ATTACKER, who="", api=named if named in world.apis else run.api)


def admit_attacker(world: World, name: str, aim: str) -> World:
    """This world with an attacker in it: one more run, which stands at its start."""
    victim = world.runs[VICTIM]
    run = Run(
        name=ATTACKER_RUN,
        role=Role.THEFT,
        owner=ATTACKER,
        client=ATTACKER,
        server=victim.server,
        api=victim.api,
    )
    known = evolve(world.attacker, aim=aim)
    scenario = replace(world.scenario, attacker=name)
    return evolve(world, runs=world.runs.set(ATTACKER_RUN, run), scenario=scenario, attacker=known)


# The user and the browser of an attacker's own login are the attacker.
_STAND_INS = frozendict({USER: ATTACKER, BROWSER: ATTACKER})
