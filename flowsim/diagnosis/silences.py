"""A run in which nobody refused and that still came to nothing: a message was lost, or nobody waited for it."""

from collections.abc import Sequence

from flowsim.diagnosis.clues import Suspicion
from flowsim.model.states import Act, State
from flowsim.model.world import Event

_WAITING: dict[State, Suspicion] = {
    State.CODE_SENT: Suspicion("request-lost", "the app has sent the code, and no answer came"),
    State.CODE_ACCEPTED: Suspicion("answer-lost", "the server has answered with tokens, and the app has none"),
    State.CODE_REFUSED: Suspicion("answer-lost", "the server has answered, and the app got no answer"),
    State.REFRESH_SENT: Suspicion("request-lost", "the app has sent its refresh token, and no answer came"),
    State.REFRESH_ACCEPTED: Suspicion(
        "answer-lost", "the server has answered with new tokens, and the app has the old ones"
    ),
    State.API_ASKED: Suspicion("request-lost", "the app has called the API, and no answer came"),
    State.CODE_IN_BROWSER: Suspicion(
        "callback-not-opened", "the browser has an address with the code, and no app opened it"
    ),
    State.CODE_TAKEN: Suspicion("code-taken", "another program took the answer with the code"),
    State.AUTHORIZATION_FAILED: Suspicion(
        "action-denied", "the app was told access_denied, and the user had not said no"
    ),
    State.COPY_REFUSED: Suspicion("request-delivered-twice", "the same request came once more, and was refused"),
    State.APPROVED_FOR_ANOTHER: Suspicion("another-browser", "the user allowed it in another browser than it began in"),
    State.FRAME_EMPTY: Suspicion("framing-forbidden", "the browser left the frame empty"),
}


_UNHEARD = (State.UNANSWERED, State.API_UNANSWERED, State.TIMED_OUT)


def _lost(events: Sequence[Event], last: Event) -> Suspicion:
    """Which of the two was lost: the request, or the answer of whoever had it."""
    for event in reversed([one for one in events if one.run == last.run]):
        if event.act is Act.LOSE_ANSWER:
            return Suspicion("answer-lost", "what was asked has been done, and its answer did not come to the app")
        if event.act is Act.LOSE_REQUEST:
            return Suspicion("request-lost", "the request did not arrive, and the app waits for an answer")
    return Suspicion("request-lost", "the app waits for an answer", "answer-lost")


def silence(events: Sequence[Event]) -> tuple[Event, Suspicion] | None:
    """The last event of the first run that stopped on its way, and what was waited for; None where all reached an end."""
    last: dict[str, Event] = {}
    for event in events:
        last[event.run] = event
    for event in last.values():
        if event.after in _UNHEARD:
            return event, _lost(events, event)
        if event.after in _WAITING:
            return event, _WAITING[event.after]
    return None
