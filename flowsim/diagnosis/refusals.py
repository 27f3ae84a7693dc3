"""Where a run was refused: the check that decided, or the answer that said so, and who that was.

What was put right later has refused nothing: a password that was typed once more, a nonce that came with the next proof, a
login that an API demanded and got, metadata that was found at the next address.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flowsim.diagnosis.clues import Clues, parameters
from flowsim.model.check import CheckResult
from flowsim.model.refusal import (
    AskUser,
    EmptyFrame,
    ErrorPage,
    Hidden,
    LoginAgain,
    NotSent,
    NoWindow,
    OAuthError,
    Refusal,
    Stop,
    Undelivered,
)
from flowsim.model.states import Act, Outcome, State
from flowsim.model.steps import ACTOR_BY_ID, step_name
from flowsim.model.world import STEP_UP, Event
from flowsim.protocol import challenges
from flowsim.protocol.messages import Response, single

_PUT_RIGHT = (Outcome.WRONG_CREDENTIALS, Outcome.AGAIN, Outcome.ASKED, Outcome.NOT_THERE)
DEMANDED = ("insufficient_user_authentication", "insufficient_scope")  # by which an API asks for another login


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: the party by its id, the number of the step, the error of the protocol if any, and what led to it."""

    clues: Clues
    party: str
    step: int
    error: str | None

    @property
    def told(self) -> str:
        """Who refused, and how: the beginning of a sentence."""
        name = ACTOR_BY_ID[self.party].name
        who = f"The {name if name.startswith('API') else name.lower()}"
        result = self.clues.result
        did = _did(result.check.on_failure if result else None, self.error)
        return f"{who} {did} at step {step_name(self.step)}"


def refusal(events: Sequence[Event]) -> Refused | None:
    """The first refusal that was not put right; None where there is none."""
    for event in events:
        if event.by_attacker or event.act is Act.ANSWER_COPY:
            continue  # nobody listens to the answer to a copy; what it has done shows later, or in silences.py
        result = next((one for one in event.checks if one.decides), None)
        if result is not None and not _put_right(events, event, result):
            check = result.check
            return Refused(_up_to(events, event, result), check.actor, check.step, check.error)
        if result is None and (told := _told(event)) is not None and not _granted(events, event, _challenged(event)):
            return Refused(_up_to(events, event, None), event.sender, event.step, told)
    return None


def _up_to(events: Iterable[Event], event: Event, result: CheckResult | None) -> Clues:
    return Clues(tuple(one for one in events if one.index <= event.index), event, result)


def _put_right(events: Sequence[Event], event: Event, result: CheckResult) -> bool:
    if event.outcome in _PUT_RIGHT and event.after is not State.LOGIN_FAILED:
        return True
    return _granted(events, event, result.check.error)


def _granted(events: Sequence[Event], event: Event, error: str | None) -> bool:
    """True where an API has demanded another login with this error, and the app has come to its end with that one."""
    if error not in DEMANDED:
        return False
    return any(one.run.startswith(STEP_UP) and one.index > event.index and one.after is State.DONE for one in events)


def _told(event: Event) -> str | None:
    """The error that an answer names, where no check of flowsim's has decided; `status 500` where it names none."""
    if event.act in (Act.STEP_7, Act.STEP_R1) or event.outcome in (Outcome.OK, Outcome.AGAIN, Outcome.NOT_THERE):
        return None
    for answer in _answers(event):
        error = answer.json().get("error") or single(parameters(answer), "error")
        if isinstance(error, str) and error:
            return error
        if answer.status >= 400 or event.outcome is Outcome.UNAUTHORIZED:
            return f"status {answer.status}"
    return None


def _challenged(event: Event) -> str | None:
    """The error in the challenge of an answer of this event, where one demands another login."""
    said = [value for answer in _answers(event) for value in answer.all_of("www-authenticate")]
    return next((one for one in DEMANDED if challenges.with_error(said, one) is not None), None)


def _answers(event: Event) -> Iterator[Response]:
    return (one.message for one in event.messages if isinstance(one.message, Response))


def _did(on_failure: Refusal | None, error: str | None) -> str:
    """What the party did, in words."""
    match on_failure:
        case Stop():
            return "stopped"
        case ErrorPage():
            return "showed an error page"
        case LoginAgain():
            return "showed its login page again"
        case NoWindow():
            return "opened no window"
        case NotSent():
            return "did not send the page's request"
        case Hidden():
            return "hid the answer from the page"
        case EmptyFrame():
            return "left the frame empty"
        case Undelivered():
            return "did not hand the answer on"
        case AskUser():
            return "asked the user first"
        case OAuthError(code=code):
            return f"answered {code}"
    return f"answered {error}" if error else "answered 401"
