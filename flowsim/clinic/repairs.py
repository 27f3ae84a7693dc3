"""The repairs that a learner chooses from, and what comes of each: it is applied as a setting, and the login is played.

Beside a case's own repair stand those of other cases that are of no help here, first of those that failed at the same check
or step. And there is one that always tempts: to switch off the check that refuses. The login may work with it, and so may
what the check was there for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from random import Random
from typing import Any, Literal

from flowsim.clinic.case import Case, played, works
from flowsim.clinic.cases import CASES
from flowsim.model.check import AnyCheck
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import ACTOR_BY_ID, API, CLIENT, SERVER, step_name
from flowsim.simulation.simulation import Trace

Kind = Literal["works", "unsafe", "fails"]
OTHERS = 3
WITHOUT = "without"


@dataclass(frozen=True, slots=True)
class Repair:
    """One repair that may be chosen: its key, its words, and the settings that it changes."""

    key: str
    words: str
    changed: Mapping[str, Any]

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a repair: whether the login works now, and a sentence that says how it ended."""

    kind: Kind
    sentence: str
    trace: Trace


@cache
def offered(case: Case) -> tuple[Repair, ...]:
    """The repairs to choose from, in an order that the case's name fixes."""
    others = (_of(other, case) for other in _nearest(case))
    no_help = (one for one in others if one is not None and not works(case.login(**one.changed).run()))
    shown = [Repair(case.name, case.remedy, case.repair), *islice(no_help, OTHERS), *_without(case)]
    return tuple(Random(case.name).sample(shown, len(shown)))


def tried(case: Case, repair: Repair) -> Tried:
    """Play the login with this repair."""
    trace = case.login(**repair.changed).run()
    if not works(trace):
        return Tried("fails", trace.verdict.sentence, trace)
    if repair.key == WITHOUT:
        check = _refuses(case)
        assert check is not None
        return Tried(
            "unsafe",
            "The login works, and now nobody looks any more. Whatever this check keeps out gets in as well: "
            f"`flowsim why {check.id}` plays that.",
            trace,
        )
    return Tried("works", trace.verdict.sentence, trace)


def _nearest(case: Case) -> list[Case]:
    """The other cases, those that look most like this one first; what is alike is in an order that its name fixes."""
    own = played(case).verdict

    def alike(other: Case) -> int:
        verdict = played(other).verdict
        same: tuple[bool, ...] = (
            verdict.stopped_by == own.stopped_by,
            verdict.stopped_at_step == own.stopped_at_step,
            verdict.error == own.error,
            other.settings.get("client") == case.settings.get("client"),
        )
        return sum(same)

    others = [other for other in CASES.values() if other is not case]
    return sorted(Random(case.name).sample(others, len(others)), key=alike, reverse=True)


def _of(other: Case, case: Case) -> Repair | None:
    """The repair of another case, for this one; None where it makes no sense here."""
    changed = {**other.repair}
    if "mistakes" in changed:  # who mends a mistake makes the others still
        mended = {*other.settings["mistakes"]} - {*changed["mistakes"]}
        changed["mistakes"] = tuple(sorted({*case.settings.get("mistakes", ())} - mended))
    try:
        case.login(**changed)
    except ScenarioError:
        return None
    return Repair(other.name, other.remedy, changed)


def _without(case: Case) -> list[Repair]:
    """To switch off the check that refuses, where it is one of the app's, of the server's or of the API's."""
    check = _refuses(case)
    if check is None or check.actor not in (CLIENT, SERVER, API):
        return []
    who = ACTOR_BY_ID[check.actor].name
    words = f"{who}, step {step_name(check.step)}: it no longer checks that “{check.title}”."
    return [Repair(WITHOUT, words, {"without": {*case.settings.get("without", ()), check.id}})]


def _refuses(case: Case) -> AnyCheck | None:
    trace = played(case)
    found = (one.check for event in trace.events for one in event.checks if one.check.id == trace.verdict.stopped_by)
    return next(found, None)
