"""The diagnosis of a run that did not reach its end: who refused, why, the likely cause, and what to change.

First the refusal is found (refusals.py). Then the rule for the check that decided looks at the clues, which are the checks
and messages until then (clues.py), and names a cause (causes.py). Last comes the sentence. None of them looks at settings,
at a seed or at a name, so what was planted in a run cannot be read off.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowsim.diagnosis import (
    rules_of_apis,
    rules_of_assistants,
    rules_of_browsers,
    rules_of_clients,
    rules_of_codes,
    rules_of_proofs,
    rules_of_requests,
    rules_of_tokens,
    rules_of_users,
)
from flowsim.diagnosis.causes import CAUSES, NONE, UNDER_WAY, UNKNOWN, Cause
from flowsim.diagnosis.clues import Rule, Suspicion
from flowsim.diagnosis.refusals import Refused, refusal
from flowsim.diagnosis.silences import silence
from flowsim.diagnosis.without_checks import by_messages
from flowsim.model.shown import safe, shorten
from flowsim.model.states import State
from flowsim.model.steps import step_name
from flowsim.model.world import VICTIM, Event
from flowsim.simulation.simulation import Trace

RULES: Mapping[str, Rule] = {
    **rules_of_requests.RULES,
    **rules_of_clients.RULES,
    **rules_of_codes.RULES,
    **rules_of_tokens.RULES,
    **rules_of_apis.RULES,
    **rules_of_proofs.RULES,
    **rules_of_browsers.RULES,
    **rules_of_users.RULES,
    **rules_of_assistants.RULES,
}
_LONG = re.compile(r"\S{61,}")
LAST_OF_LOGIN = 11  # the number of the last step of a login
_LONGEST = 60  # characters of one value in the sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What went wrong in a run, in one sentence, and the same in names and numbers.

    `party` is the id of who refused and `step` the number of the step at which it did; `event` is the index of that event
    in the trace, counted from 1 as events are, and `check` the id of the check that decided. `cause` is the name of the
    likeliest cause, `other` that of the next one where the clues do not decide, both among CAUSES. `repair` is what to
    change, in words, and `settings` are those that repair it in the simulation, where it came of a setting.

    Where nothing went wrong `cause` is "none", and where it is not over "under-way"; there `party` and `check` are empty
    and `step` and `event` are 0.
    """

    sentence: str
    cause: str
    repair: str
    clause: str
    party: str = ""
    step: int = 0
    event: int = 0
    check: str = ""
    other: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """True where something was refused, or came to nothing."""
        return self.cause not in (NONE.name, UNDER_WAY.name)

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as JSON values, names as here."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {"settings": dict(self.settings)}


def diagnose(trace: Trace) -> Diagnosis:
    """The diagnosis of this trace: of one that was played or read back, and of a recording."""
    return diagnosis_of(trace.events, over=trace.over)


def diagnosis_of(events: Sequence[Event], *, over: bool) -> Diagnosis:
    """The diagnosis of what these events tell; `over` says that no more of them will come."""
    refused = refusal(events)
    if refused is not None:
        return _of(refused)
    last = {event.run: event.after for event in events if event.act.step <= LAST_OF_LOGIN}
    ended = last.get(VICTIM, State.START)
    lost = silence(events) if over else None
    if lost is not None:
        event, suspicion = lost
        return _told(
            f"Nothing more happened after step {step_name(event.step)}", suspicion, step=event.step, event=event.index
        )
    if State.DONE in last.values() or ended is State.TOKENS_HELD:
        return Diagnosis(
            sentence="Nothing went wrong: the login reached its end, and so did all that came after it.",
            cause=NONE.name,
            repair=NONE.repair,
            clause=NONE.clause,
        )
    return under_way(ended)


def under_way(state: State) -> Diagnosis:
    """The diagnosis of a login that has come as far as this, and in which nothing has been refused."""
    return Diagnosis(
        sentence=f"Nothing has gone wrong so far: the login stands here: {state.phrase}.",
        cause=UNDER_WAY.name,
        repair=UNDER_WAY.repair,
        clause=UNDER_WAY.clause,
    )


def what_went_wrong(trace: Trace) -> str:
    """One line below the verdict of a login that nobody attacks and that has failed; empty for any other."""
    if trace.attacker is not None or any(event.by_attacker for event in trace.events):
        return ""
    found = diagnose(trace)
    return f"What went wrong: {found.sentence}" if found.failed else ""


def _of(refused: Refused) -> Diagnosis:
    clues, check = refused.clues, refused.clues.result.check if refused.clues.result else None
    rule = RULES.get(check.id, _by_its_title) if check else by_messages
    begin = refused.told + (f", because “{check.title}” did not hold" if check else "")
    return _told(
        begin,
        rule(clues),
        party=refused.party,
        step=refused.step,
        event=clues.event.index,
        check=check.id if check else "",
        error=refused.error,
    )


def _by_its_title(clues: Any) -> Suspicion:
    """For a check of which no rule knows more than what it expected and what it received."""
    return Suspicion(UNKNOWN.name, f"{clues.expected} was expected, and {clues.received} came")


def _told(
    begin: str,
    suspicion: Suspicion,
    *,
    step: int,
    event: int,
    party: str = "",
    check: str = "",
    error: str | None = None,
) -> Diagnosis:
    cause = _cause(suspicion.cause)
    other = _cause(suspicion.other) if suspicion.other else None
    likely = f"the likely cause is that {cause.words}; what to change: {cause.repair} ({cause.clause})"
    if cause is UNKNOWN:
        likely = f"{cause.words}; what to do: {cause.repair} ({cause.clause})"
    if other is not None:
        likely = (
            f"it does not decide between two causes: either {cause.words}, or {other.words}; what to change: "
            f"{cause.repair} ({cause.clause}), or {other.repair} ({other.clause})"
        )
    seen = _LONG.sub(lambda long: shorten(long[0], _LONGEST), suspicion.seen)
    return Diagnosis(
        sentence=safe(f"{begin}: {seen}; {likely}."),
        cause=cause.name,
        repair=cause.repair,
        clause=cause.clause,
        party=party,
        step=step,
        event=event,
        check=check,
        other=other.name if other else "",
        settings=cause.settings,
    )


def _cause(name: str) -> Cause:
    return CAUSES[name]
