"""Predictions: a question about a run, to be answered before its outcome is shown.

Which of the choices is right is computed from the run that the player shows: from its verdict, from the check that stopped
somebody, from the ledger. What is said afterwards is computed, too. `ask` stands for any of these names, or for a question
of one's own:

    who-wins        Does the attacker get what it is after? Without one: does the login succeed?
    where-stopped   At which step is the attacker stopped?
    which-check     Which check stops it?
    what-it-holds   Which secrets does the attacker hold in the end?

Source: none of the protocol's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from flowsim.checks import CHECKS
from flowsim.model.scenario import ScenarioError
from flowsim.model.settings import unknown
from flowsim.model.shown import shown
from flowsim.model.states import State
from flowsim.model.steps import ATTACKER, STEPS, step
from flowsim.simulation.ledger import KINDS, ledger
from flowsim.simulation.simulation import Trace
from flowsim.simulation.turning_point import turning_point

# Checks that a reader may think of, in the order in which they are made; they stand beside the one that is right.
_CHECKS = (
    "callback.state_same",
    "token.client_authenticated",
    "token.code_of_client",
    "token.verifier_fits",
    "token.code_unused",
    "id_token.nonce",
)
_LATER_CHECKS = ("refresh.token_of_client", "refresh.not_used")
_FOUND = ("code_verifier", "access_token", "data")  # what a reader may think that an attacker gets


@dataclass(frozen=True, slots=True)
class Prediction:
    """A question, its choices, and a function that finds in a trace which of them is right.

    `at` is after how many events it is asked: nothing later is shown before the answer. None is the moment before the
    attacker first acts, else the position of the simulation. `why` says from the trace what the reason is; None is the
    sentence of the verdict. `name` is what a record of answers calls it, if it is not the question.
    """

    question: str
    choices: tuple[str, ...]
    answer: Callable[[Trace], str]
    at: int | None = None
    why: Callable[[Trace], str] | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A prediction on one trace, and what comes of it: `right` is a place in `choices`, `decided_at` a position."""

    name: str
    question: str
    choices: tuple[str, ...]
    at: int
    right: int
    why: str
    decided_at: int


Ask = str | Prediction
Asks = Ask | Mapping[str, Ask]


def asked(ask: Ask, trace: Trace, position: int) -> Asked:
    """The prediction on this trace, which a player opens at this position.

    Raises ScenarioError for a name there is not, for a moment after which nothing is left to predict, for fewer than two
    choices, and where the answer that is computed is none of the choices.
    """
    at = _moment(ask, trace, position)
    question = ask if isinstance(ask, Prediction) else _named(ask)(trace, at)
    choices = tuple(dict.fromkeys(question.choices))
    if len(choices) < 2 or not all(isinstance(one, str) and one.strip() for one in choices):
        raise ScenarioError(f"a prediction needs two choices or more, each a text, not {shown(question.choices)}")
    came = question.answer(trace)
    if came not in choices:
        raise ScenarioError(f"the run answers {shown(came)} to “{question.question}”, which is none of the choices")
    return Asked(
        name=question.name or question.question,
        question=question.question,
        choices=choices,
        at=at,
        right=choices.index(came),
        why=(question.why or _sentence)(trace),
        decided_at=max(at, turning_point(trace)),
    )


def asks_of(ask: Asks | None, names: Iterable[str], usual: str) -> dict[str, Ask]:
    """Branch → what is asked about it; what is asked without a branch is about the `usual` one.

    Raises ScenarioError for a branch there is not.
    """
    if ask is None:
        return {}
    asks = dict(ask) if isinstance(ask, Mapping) else {usual: ask}
    names = tuple(names)
    for name in asks:
        if name not in names:
            raise unknown("branch", name, list(names))
    return asks


def _moment(ask: Ask, trace: Trace, position: int) -> int:
    count = len(trace.events)
    own = ask.at if isinstance(ask, Prediction) else None
    if own is None:
        strikes = next((event.index - 1 for event in trace.events if event.by_attacker), None)
        own = min(position, count - 1) if strikes is None else strikes
    if isinstance(own, bool) or not isinstance(own, int) or not 0 <= own < count:
        raise ScenarioError(
            f"a prediction is asked after 0 to {count - 1} of the {count} events, not after {shown(own)}"
        )
    return own


def _named(name: object) -> "Callable[[Trace, int], Prediction]":
    if not isinstance(name, str):
        raise ScenarioError(f"a prediction is a name or a Prediction, not {shown(name)}")
    if name not in NAMED:
        raise unknown("prediction", name, list(NAMED))
    return NAMED[name]


def _sentence(trace: Trace) -> str:
    return trace.verdict.sentence


def _who_wins(trace: Trace, at: int) -> Prediction:
    if not trace.scenario.attacker and trace.attacker is None:
        question = "Does this login succeed?"
        return Prediction(question, ("Yes", "No"), lambda run: _yes(run.verdict.ended is State.DONE), name="who-wins")
    question = "Does the attacker get what it is after?"
    return Prediction(question, ("Yes", "No"), lambda run: _yes(run.verdict.attack_succeeded), name="who-wins")


def _yes(holds: bool) -> str:
    return "Yes" if holds else "No"


_NOWHERE = "Nowhere: it succeeds"
_ENDS = "Nowhere: no check stops it"


def _where_stopped(trace: Trace, at: int) -> Prediction:
    """Where checks are made after this moment, in the run or in a login that nobody attacks."""

    def came(run: Trace) -> str:
        number = run.verdict.stopped_at_step
        return _step(number) if number is not None else _NOWHERE if run.verdict.attack_succeeded else _ENDS

    now = max((event.step for event in trace.events[:at]), default=0)
    last = max(_CHECKED) if trace.scenario.later else STEPS[-1].number
    there = [number for number in _CHECKED if number <= last]
    # An attacker who comes after a login goes through steps of its own from the start.
    coming = [_step(number) for number in there if number > now] or [_step(number) for number in there]
    right = came(trace)
    steps = [*coming, *(() if right in coming or right in (_NOWHERE, _ENDS) else (right,))]
    choices = (*steps, right if right == _ENDS else _NOWHERE)
    return Prediction("At which step is the attacker stopped?", choices, came, name="where-stopped")


# The steps at which somebody looks at what came, and may refuse it.
_CHECKED = {
    3: "the server looks at the request",
    5: "the server looks at who logs in",
    6: "the app looks at the redirect",
    8: "the server looks at what it is sent for the code",
    9: "the app looks at the tokens",
    11: "the API looks at the access token",
    13: "the server looks at the refresh token",
}


def _step(number: int) -> str:
    return f"Step {step(number).name}: {_CHECKED.get(number, step(number).title)}"


def _which_check(trace: Trace, at: int) -> Prediction:
    """The same checks whatever comes of the run, and the right one."""

    def came(run: Trace) -> str:
        title = run.verdict.stopped_by_title
        return title if title is not None else _NOWHERE if run.verdict.attack_succeeded else _ENDS

    right = came(trace)
    known = [*_CHECKS, *(_LATER_CHECKS if trace.scenario.later else ()), *filter(None, [trace.verdict.stopped_by])]
    titles = [check.title for name, check in CHECKS.items() if name in known]
    choices = (*titles, right if right == _ENDS else _NOWHERE)
    return Prediction("Which check stops the attacker?", choices, came, name="which-check")


def _what_it_holds(trace: Trace, at: int) -> Prediction:
    """What it holds when it is asked, in the end, and what else one may think."""
    in_browser = trace.scenario.profile.in_browser
    now = set(ledger(trace.events[:at], in_browser=in_browser).holds(ATTACKER))
    end = set(trace.ledger.holds(ATTACKER))
    exist = {secret.kind for secret in trace.ledger.secrets} | {"access_token", "data"}
    thought = [
        end,
        now,
        now | {"code"},
        *(end ^ {kind} for kind in _FOUND if kind in exist),
        end | {"access_token", "data"},
    ]
    sets = sorted({_kinds(one) for one in thought}, key=lambda text: (text.count(","), text))
    return Prediction(
        "What does the attacker hold in the end?",
        tuple(sets),
        lambda run: _kinds(run.ledger.holds(ATTACKER)),
        name="what-it-holds",
    )


def _kinds(held: Iterable[str]) -> str:
    held = set(held)
    return ", ".join(kind for kind in KINDS if kind in held) or "nothing"


NAMED: dict[str, Callable[[Trace, int], Prediction]] = {
    "who-wins": _who_wins,
    "where-stopped": _where_stopped,
    "which-check": _which_check,
    "what-it-holds": _what_it_holds,
}


def named(name: str, trace: Trace, at: int) -> Prediction:
    """The question of this name about this trace, asked after `at` events."""
    return replace(_named(name)(trace, at), at=at)
