"""Where in a trace it was decided how an attack ends, for a player that is to open there."""

from dataclasses import replace

from flowsim.model.check import CheckResult
from flowsim.simulation.simulation import Trace


def stopped_at(trace: Trace) -> tuple[int, CheckResult] | None:
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


def turning_point(trace: Trace) -> int:
    """The position at which it was decided: where the attack was stopped or came to what it wanted, else the end."""
    if stopped := stopped_at(trace):
        return stopped[0]
    so_far = (replace(trace, worlds=trace.worlds[: count + 1], over=False) for count in range(len(trace.worlds)))
    won = (len(part.events) for part in so_far if part.verdict.attack_succeeded)
    return next(won, len(trace.events))
