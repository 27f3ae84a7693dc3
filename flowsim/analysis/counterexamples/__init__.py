"""Why each check is there: for every one of them, something that goes wrong as soon as it is off, and nothing else.

A check that nothing needs would be a ritual. So each has a case here: a message that this check alone finds wrong.
Where two checks look at the same, the other one is switched off in both plays, and that is said.
`why(check)` plays the case twice, with the check and without it, and asks the matrix which attacks it stops.

Source: the clause of each check.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from flowsim.analysis.counterexamples import (
    after_login,
    apis_behind,
    assertions,
    assistants,
    devices,
    login,
    pages,
    popups,
    proxies,
    sessions,
)
from flowsim.analysis.counterexamples.case import Counterexample
from flowsim.analysis.counterexamples.requests import decider
from flowsim.analysis.matrix import whole_matrix
from flowsim.checks import known_check
from flowsim.model.check import AnyCheck, CheckResult
from flowsim.model.choices import choices_of
from flowsim.model.steps import step_name

CASES: tuple[Counterexample, ...] = (
    *login.CASES,
    *after_login.CASES,
    *assertions.CASES,
    *pages.CASES,
    *devices.CASES,
    *popups.CASES,
    *sessions.CASES,
    *assistants.CASES,
    *proxies.CASES,
    *apis_behind.CASES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Necessity:
    """What happens to one wrong message with a check and without it, and the attacks of the matrix that the check stops.

    `then` is the check that stops the message where this one is off; None where no check does. `also_off` are checks
    that are off in both plays, because they look at the same.
    """

    check: AnyCheck
    result: CheckResult
    stopped: bool
    goes_through: bool
    then: str | None
    also_off: tuple[str, ...]
    attacks: tuple[str, ...]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        check = self.check
        yield f"{check.id}: {check.title}"
        yield f"  looked at in step {step_name(check.step)}, {check.clause}"
        yield f"  expected   {self.result.expected}"
        yield f"  received   {self.result.received}"
        if self.also_off:
            look = "look" if len(self.also_off) > 1 else "looks"
            yield f"  with {' and '.join(self.also_off)} switched off as well, which {look} at the same"
        error = f", {check.error}" if check.error else ""
        yield f"  switched on   {'stopped here' if self.stopped else 'not stopped'}{error}"
        yield f"  switched off  {self._without()}"
        for choice in choices_of(check.id):
            yield f"  by choice     {choice.clause}: {choice.asks}; this server {choice.does}"
        if self.attacks:
            yield f"  stops these attacks of the matrix: {', '.join(self.attacks)}"

    def _without(self) -> str:
        if self.goes_through:
            return "it goes through"
        if self.then:
            return f"it is stopped by {self.then} instead"
        return "it is let on, and ends for want of what the check asks for"


def why(check_id: str) -> Necessity:
    """What goes wrong as soon as this check is off: its case, played now with the check and without it.

    Raises ScenarioError, with the nearest name, for a check there is not.
    """
    check = known_check(check_id)
    case = next(one for one in CASES if one.check == check_id)
    results, went_well = case.judged(case.off)
    result = next(one for one in results if one.check.id == check_id)
    without, goes_through = case.judged(case.off | {check_id})
    return Necessity(
        check=check,
        result=result,
        stopped=result.decides and not went_well,
        goes_through=goes_through,
        then=decider(without),
        also_off=tuple(sorted(case.off)),
        attacks=tuple(attacks_that_end_at(check_id)),
    )


def attacks_that_end_at(check_id: str) -> list[str]:
    """The attacks that this check stops in some cell of the matrix."""
    cells = whole_matrix().cells.values()
    stopped = [one.attack for one in cells if not one.works and one.verdict.stopped_by == check_id]
    return [*dict.fromkeys(stopped)]


__all__ = ["CASES", "Counterexample", "Necessity", "attacks_that_end_at", "why"]
