"""Where in a trace it was decided how an attack ends, for a player that is to open there."""

from flowsim.check import CheckResult
from flowsim.simulation import Trace


def deciding(trace: Trace) -> tuple[int, CheckResult] | None:
    """After how many events the attack was stopped, and by which check; None where it works or no check stops it."""
    if trace.verdict.attack_succeeded:
        return None
    found = (
        (event.index, result)
        for event in trace.events
        for result in event.checks
        if result.decides and result.check.id == trace.verdict.stopped_by
    )
    return next(found, None)


def where(trace: Trace) -> int:
    """The position at which it was decided: where the attack was stopped, else the end."""
    stopped = deciding(trace)
    return stopped[0] if stopped else len(trace.events)
