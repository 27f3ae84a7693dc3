"""What a check is: one rule that somebody must look at, and what it found.

A check compares what was *expected* with what was *received* and names the clause that demands it. Checks stand in
tables, one table for each place where something is judged. All checks of a table are evaluated and recorded. The first
failing one that is switched on decides; one that is switched off is shown all the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from flowsim.model.refusal import ErrorCode, OAuthError, Refusal
from flowsim.model.scenario import Policy

Facts = TypeVar("Facts", contravariant=True)
Failure = TypeVar("Failure", bound=Refusal, covariant=True)
NOTHING = "nothing"


# What a check found: expected, received, passed. The last is None where there was nothing to compare.
Finding = tuple[str, str, bool | None]


@dataclass(frozen=True, slots=True)
class Check(Generic[Facts, Failure]):
    """One rule: its id, who checks, the step whose message it judges, the clause, and the function that judges facts.

    `on_failure` is what follows where it does not hold.
    """

    id: str
    actor: str
    step: int
    clause: str
    on_failure: Failure
    title: str
    judge: Callable[[Facts], Finding]

    @property
    def error(self) -> ErrorCode | None:
        """The error code of the protocol that a failure brings about; None where it brings about something else."""
        return self.on_failure.code if isinstance(self.on_failure, OAuthError) else None


AnyCheck: TypeAlias = Check[Any, Refusal]


class CheckResult(NamedTuple):
    """A check as it was evaluated. `on` tells whether it counts; `decides` marks the one that stopped the run.

    It is `unknown` where somebody else's client has to look, and nobody here can see whether it did.
    """

    check: AnyCheck
    expected: str
    received: str
    passed: bool | None
    on: bool
    decides: bool
    unknown: bool = False


_result = tuple.__new__  # what the constructor comes down to; a login takes dozens of results


def evaluate(
    table: Sequence[Check[Facts, Failure]], facts: Facts, policy: Policy, after: AnyCheck | None = None
) -> tuple[list[CheckResult], Check[Facts, Failure] | None]:
    """Every result in the order of the table, and the check that decides: the first that is on and failed, or None.

    None decides where a check of an earlier table has decided, which is `after`; all are evaluated just the same.
    """
    results = []
    decided: Check[Facts, Failure] | None = None
    off = policy.off
    for check in table:
        expected, received, passed = check.judge(facts)
        on = check.id not in off
        decides = passed is False and on and decided is None and after is None
        if decides:
            decided = check
        results.append(_result(CheckResult, (check, expected, received, passed, on, decides, False)))
    return results, decided


NOT_SEEN = "unknown: the wire does not show it"


def unknown(table: Sequence[AnyCheck], policy: Policy) -> tuple[CheckResult, ...]:
    """The checks of this table where a client that somebody else wrote has to make them: nobody here sees the result."""
    return tuple(CheckResult(one, "", NOT_SEEN, None, policy.is_on(one.id), False, unknown=True) for one in table)


def finding(expected: str, received: str | None, passed: bool | None) -> Finding:
    """A finding with `received` shown as “nothing” where it is missing."""
    return expected, received or NOTHING, passed


def same(expected: str | None, received: str | None) -> Finding:
    """Passes when both are the same text, or both are missing."""
    return expected or NOTHING, received or NOTHING, expected == received
