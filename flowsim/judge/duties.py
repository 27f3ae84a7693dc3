"""What a duty of a client is, what a trial of it can find, and how the two are put together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from flowsim.judge.baseline import Baseline, Wrong
from flowsim.judge.client_under_test import FUNCTIONS, NotWritten, Odd, Refused
from flowsim.judge.court import Case, Court, Stuck
from flowsim.live.faults import Live, Need
from flowsim.live.login import LiveLogin

Kind = Literal["duty", "attack"]
Outcome = Literal["holds", "fails", "lets pass", "not tried"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a trial has found: whether the duty holds (None: it could not be tried), and a sentence about what happened.

    `excuse` says why a clause asks nothing of this client here, where that is so.
    """

    holds: bool | None
    said: str
    excuse: str = ""


@dataclass(slots=True)
class Trial:
    """What a trial may use: the servers, what is known of the client, and new cases."""

    court: Court
    known: Baseline
    cases: list[Case] = field(default_factory=list)

    def case(self, server: Live | None = None, **more: Any) -> Case:
        """A new case, whose logins are those of the row."""
        self.cases.append(self.court.case(server, **more))
        return self.cases[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One thing that a client has to do, or an attack it has to stand; `needs` are the functions that it is tried with."""

    id: str
    title: str
    clause: str
    function: str
    trial: Callable[[Trial], Found]
    need: Need = "must"
    kind: Kind = "duty"
    needs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.function in FUNCTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of one duty: the outcome, a sentence about what happened, and the logins it happened in."""

    duty: Duty
    outcome: Outcome
    said: str
    logins: tuple[LiveLogin, ...] = ()

    @property
    def id(self) -> str:
        return self.duty.id


def tried(duty: Duty, trial: Trial) -> Row:
    """Try this duty. Whatever the client does, a row comes of it."""
    for name in duty.needs:
        if reason := trial.known.lacks(name):
            return Row(duty=duty, outcome="not tried", said=reason)
    trial.cases = []
    try:
        found = duty.trial(trial)
    except NotWritten as error:
        found = Found(None, f"not there yet: {error.function}")
    except Odd as error:
        trial.known.oddities += 1
        found = Found(False, str(error))
    except Refused as error:
        found = Found(False, f"{error.function} failed before anything was wrong: {error.said}")
    except (Stuck, Wrong) as error:
        found = Found(False, str(error))
    return Row(
        duty=duty,
        outcome=_outcome(duty, found),
        said=found.said if not found.excuse or found.holds else f"{found.said} – allowed, since {found.excuse}",
        logins=tuple(login for case in trial.cases for login in case.logins),
    )


def _outcome(duty: Duty, found: Found) -> Outcome:
    if found.holds is None:
        return "not tried"
    if found.holds:
        return "holds"
    return "lets pass" if duty.need == "may" or found.excuse else "fails"
