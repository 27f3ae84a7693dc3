"""What came of several logins of one user, told login by login: which worked, and where each of the others ended.

Source: none of the protocol's. All of it is read off the log and the states that the runs stand in.
"""

from collections.abc import Iterable

from flowsim.engine.honest_moves import chosen_server, is_out_of_hands
from flowsim.model import order
from flowsim.model.check import AnyCheck
from flowsim.model.states import Outcome, Role, State
from flowsim.model.steps import step_name
from flowsim.model.transitions import is_terminal
from flowsim.model.world import SECOND_SERVER, VICTIM, Run, World, is_further_login

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NOT_THE_END = (Outcome.WRONG_CREDENTIALS, Outcome.AGAIN)


def users_logins(world: World) -> tuple[Run, ...]:
    """The logins of the user's in tabs, windows and on devices, the one that began first before the others."""
    began = list(dict.fromkeys(event.run for event in world.log))
    own = [run for run in world.runs.values() if run.name == VICTIM or is_further_login(run)]
    return tuple(sorted(own, key=lambda run: began.index(run.name) if run.name in began else len(began)))


def of_several(world: World, *, over: bool = False) -> tuple[str, bool] | None:
    """What came of each login, in a few sentences, and whether all have worked; None where the user has but one.

    `over` says that nobody moves any more.
    """
    logins = users_logins(world)
    if len(logins) < 2:
        return None
    names = order.names(world.scenario.order)
    good = [run for run in logins if run.state is State.DONE]
    if len(good) == len(logins):
        all_of_them = "Both logins" if len(logins) == 2 else f"All {_number(len(logins))} logins"
        return f"{all_of_them} worked: {_listed(names[run.name] for run in good)}.", True
    of_all = f"of the {_number(len(logins))} logins"
    first = f"None {of_all} has worked."
    if good:
        first = f"{_number(len(good)).capitalize()} {of_all} worked: {_listed(names[run.name] for run in good)}."
    rest = [
        f"{_capital(names[run.name])} {_end_of(world, run, over)}." for run in logins if run.state is not State.DONE
    ]
    return " ".join((first, *rest)), False


def refused_later(world: World) -> AnyCheck | None:
    """The first check that refused something of the user's other than a login."""
    logins = {run.name for run in world.runs.values() if run.role is Role.LOGIN}
    return next(
        (
            one.check
            for event in world.log
            for one in event.checks
            if one.decides and event.run not in logins and event.outcome not in _NOT_THE_END
        ),
        None,
    )


def waits_for_nobody(world: World, run: Run) -> bool:
    """True for a login at the server of the attacker's that the user has chosen, in a run without an attacker."""
    return is_out_of_hands(world, run) and chosen_server(world, run) == SECOND_SERVER


def _end_of(world: World, run: Run, over: bool) -> str:
    if run.state is State.START:
        return "has not begun"
    if over and waits_for_nobody(world, run):
        return "goes no further: the server that the user has chosen there is the attacker's, and nobody answers"
    if not is_terminal(run.role, run.state):
        return f"is under way: {run.state.phrase}"
    last = [event for event in world.log if event.run == run.name][-1]
    stopped = next((one.check for one in last.checks if one.decides), None)
    step = step_name(stopped.step if stopped else last.step)
    if stopped is None:
        return f"ended at step {step}: {run.state.phrase}"
    return f"ended at step {step}: “{stopped.title}” did not hold"


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _listed(names: Iterable[str]) -> str:
    *most, end = names
    return f"{', '.join(most)} and {end}" if most else end


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
