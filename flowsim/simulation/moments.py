"""A moment of a story by its name: a state of the login, an act, or a secret that has just been made."""

from collections.abc import Callable

from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.shown import shown
from flowsim.model.states import Act, State
from flowsim.model.world import VICTIM, World
from flowsim.simulation.ledger import KINDS

Moment = Callable[[World], bool]
STATES: dict[str, State] = {state.value: state for state in State}
ACTS: dict[str, Act] = {act.value: act for act in Act}


def moment(name: str) -> Moment:
    """Whether a world is at this moment. Raises ScenarioError, with the nearest name there is, for a name that is none.

    `code_in_browser`, a State: a login of the victim stands in it. `take_response` or `step_8`, an Act: it is the last
    thing that happened, whoever did it. `code_verifier`, a kind of secret: one was made in the last thing that happened.
    """
    if not isinstance(name, str):
        raise unknown("moment", name, [*STATES, *ACTS, *KINDS])
    if name in STATES:
        return lambda world: any(run.owner == VICTIM and run.state is STATES[name] for run in world.runs.values())
    if name in ACTS:
        return lambda world: bool(world.log) and world.log[-1].act is ACTS[name]
    if name in KINDS:
        return lambda world: bool(world.log) and any(made.kind == name for made in world.log[-1].made)
    raise unknown("moment", name, [*STATES, *ACTS, *KINDS])


def after_step(number: int) -> Moment:
    """Whether the honest parties have just taken the step of this number: 1 to 11 in the login, 12 to 16 after it,
    17 and 18 where the app asks for the server's metadata.

    Raises ScenarioError for a number that no step has.
    """
    last = max(act.step for act in Act)
    if type(number) is not int or not 1 <= number <= last:
        raise ScenarioError(f"there is no step {shown(number)}; expected 1 to {last}")
    return lambda world: bool(world.log) and world.log[-1].act.step == number and not world.log[-1].by_attacker
