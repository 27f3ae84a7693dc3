"""The same story without the attacker: what would have come of it. That tells what is the attacker's doing, and what not.

A refusal that the user meets anyway, because the code was too old, the password was changed or the server wants what the
app does not send, has no attacker for its cause.
"""

from dataclasses import replace
from functools import lru_cache

from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.engine.initial_world import initial_world
from flowsim.model.check import AnyCheck
from flowsim.model.scenario import Scenario
from flowsim.model.states import Role, State
from flowsim.model.transitions import is_terminal
from flowsim.model.world import VICTIM, World

# How what the user wants ends well: with data, or with new tokens.
_WELL = {Role.LOGIN: State.DONE, Role.CALL: State.DONE, Role.REFRESH: State.TOKENS_HELD}


def without_attacker(scenario: Scenario) -> World:
    """The last world of this scenario where nobody attacks."""
    world = initial_world(replace(scenario, attacker=None).settled())
    while move := honest_move(world):
        world = apply(world, move)
    return world


def login_refused(scenario: Scenario) -> AnyCheck | None:
    """The check at which the user's own login ends in this scenario, attack or no attack; None where it does not end so.

    Where PKCE is required of an app that has none, for example, there is no login, and nothing is defended. An MCP server
    of the attacker's belongs to the attack: without it the user has the app call the honest one.
    """
    alone = without_attacker(replace(scenario, second_server=scenario.second_server and not scenario.speaks_mcp))
    if alone.runs[VICTIM].state is State.DONE:
        return None
    failed = (one.check for event in alone.log if event.run == VICTIM for one in event.checks if one.decides)
    return next(failed, None)


def spoilt(world: World, *, over: bool) -> tuple[str, ...]:
    """What of the user's has come to nothing here and would have ended well without the attacker: the names of the runs.

    What has not ended counts where nobody moves any more (`over`). A login that the user has not begun is not spoilt.
    """
    if world.runs[VICTIM].state is State.START or not (over or _refused(world)):
        return ()
    return tuple(name for name in _wanted(world.scenario) if _is_spoilt(world, name, over))


@lru_cache(maxsize=16)
def _wanted(scenario: Scenario) -> tuple[str, ...]:
    """The runs of the user's that end well where nobody attacks: a role of theirs is in _WELL."""
    alone = without_attacker(scenario)
    return tuple(run.name for run in alone.runs.values() if run.owner == VICTIM and _WELL.get(run.role) is run.state)


def _refused(world: World) -> bool:
    """True where something of the user's has ended, and not well."""
    return any(
        run.owner == VICTIM
        and run.role in _WELL
        and is_terminal(run.role, run.state)
        and _WELL[run.role] is not run.state
        for run in world.runs.values()
    )


def _is_spoilt(world: World, name: str, over: bool) -> bool:
    run = world.runs.get(name)
    if run is None:
        return over
    return _WELL[run.role] is not run.state and (over or is_terminal(run.role, run.state))
