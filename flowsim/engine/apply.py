"""The heart: `apply(world, move)` gives the world after one move. Same world and same move, same result, always.

The table of model/transitions.py says which moves are legal, and handlers/ what each of them does. Here the actors are
let act, what they sent and checked is recorded, and the table is asked where the run stands then. Nothing here reads a
clock, draws from the operating system or talks to anybody: time, randomness and every message are in the world.
"""

from dataclasses import replace

from frozendict import frozendict

from flowsim.engine import network
from flowsim.engine.effect import put_away
from flowsim.engine.handlers import ATTACKER_ACTS, handler_of
from flowsim.engine.turn import Turn
from flowsim.model import transitions
from flowsim.model.context import Context
from flowsim.model.order import DEVICE, kind_of
from flowsim.model.settings import ScenarioError
from flowsim.model.shown import shown
from flowsim.model.states import Act, Role, State
from flowsim.model.steps import ATTACKER, BROWSER, USER, step
from flowsim.model.transitions import IllegalMove
from flowsim.model.world import (
    ATTACKER_RUN,
    ATTACKER_USER,
    SCAN,
    VICTIM,
    Browser,
    Event,
    Run,
    World,
    evolve,
    is_other_app,
    session_of,
)
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Opening, Request


def apply(world: World, move: transitions.Move) -> World:
    """The world after this move; the one that was given stays as it is.

    Raises IllegalMove where the table does not allow the move, ScenarioError for what is no move or has parts that are of
    another kind than its own, and ValueError for seconds in a move that is no wait.
    """
    _refuse_what_is_no_move(move)
    run = world.runs.get(move.run) or _opened(world, move)
    if run is None or move.act not in transitions.TRANSITIONS[run.role].get(run.state, {}):
        raise IllegalMove(move, run.role if run else None, run.state if run else None)
    if move.seconds and move.act is not Act.WAIT:
        raise ValueError(f"only a wait lets time pass, so {move.act.phrase!r} takes no seconds")
    if run.device and run.device not in world.browsers:
        world = evolve(world, browsers=world.browsers.set(run.device, _another_device(world)))
    scenario = world.scenario
    names = _STAND_INS if run.owner == ATTACKER_USER else _NOBODY
    context = Context(scenario.seed or 0, world.now, scenario.policy, run.name, world.draws, names)
    turn = Turn(world, run, move, context)
    effect = handler_of(run, move.act)(turn)
    after = transitions.follow(run.role, run.state, move.act, effect.outcome)
    number = effect.step or move.act.step or (world.log[-1].step if world.log else 1)
    plan = step(number)
    sender, receiver = effect.sender or plan.sender, effect.receiver or plan.receiver
    event = Event(
        index=len(world.log) + 1,
        run=run.name,
        act=move.act,
        step=number,
        sender=names.get(sender, sender),
        receiver=names.get(receiver, receiver),
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
    moved = evolve(run, state=after, in_flight=effect.in_flight, who=effect.who or run.who, read=effect.read)
    runs = world.runs.set(run.name, moved)
    return evolve(
        world,
        now=world.now + move.seconds,
        draws=context.draws,
        runs=runs if effect.opens is None else runs.set(effect.opens.name, effect.opens),
        obeyed=(*world.obeyed, *network.obeyed(event.messages)),
        log=(*world.log, event),
        **put_away(effect, turn),
    )


def _refuse_what_is_no_move(move: object) -> None:
    """Raises ScenarioError for what a reader may have written in the place of a move, such as “step 8”."""
    usual = 'for example Move("victim", Act.STEP_8)'
    if not isinstance(move, transitions.Move):
        raise ScenarioError(f"expected a Move, {usual}, not {shown(move)}")
    if type(move.act) is not Act:
        raise ScenarioError(f"a move names an act, {usual}, not {shown(move.act)}")
    if not isinstance(move.run, str):
        raise ScenarioError(f"a move names a run, {usual}, not {shown(move.run)}")
    if move.role is not None and type(move.role) is not Role:
        raise ScenarioError(f"a move opens a run with a role such as Role.LOGIN, not {shown(move.role)}")
    if type(move.seconds) is not int:
        raise ScenarioError(f"the seconds of a move are a whole number, not {shown(move.seconds)}")
    message = move.message
    if message is not None and not (isinstance(message, Request | Opening) and isinstance(message.url, str)):
        raise ScenarioError(
            f"the message of a move is an Opening(url=…) or a Request(method=…, url=…), not {shown(message)}"
        )


def _opened(world: World, move: transitions.Move) -> Run | None:
    """The run that this move opens, at its start; None where it opens none."""
    victim = world.runs[VICTIM]
    if move.role is None:
        return None
    run = evolve(
        victim, name=move.run, role=move.role, state=State.START, in_flight=None, read=None, who=session_of(world)
    )
    if kind_of(move.run) == SCAN:
        return evolve(run, who="")
    if kind_of(move.run) == DEVICE:
        return evolve(run, device=move.run, who="")
    if not move.by_attacker:
        elsewhere = next((origin for origin in world.clients if origin != victim.client), None)
        return evolve(run, client=elsewhere, who="") if is_other_app(run) and elsewhere else run
    if move.role is Role.LOGIN:
        return evolve(run, owner=ATTACKER_USER, who="")
    named = origin_of(move.message.url) if move.message else run.api
    return evolve(run, owner=ATTACKER, client=ATTACKER, who="", api=named if named in world.apis else run.api)


def _another_device(world: World) -> Browser:
    """Another device of the user's: the same apps are installed there, and nobody has been logged in."""
    apps = {
        origin: tuple(app for app in claimants if app != ATTACKER)
        for origin, claimants in world.browsers[VICTIM].apps.items()
    }
    victims = world.browsers[VICTIM]
    new = Browser(owner=VICTIM, third_party=victims.third_party, posts_new=victims.posts_new)
    return evolve(new, apps=frozendict(apps))


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
_NOBODY: frozendict[str, str] = frozendict()
