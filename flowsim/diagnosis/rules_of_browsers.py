"""What a browser's refusal says of its cause: what the page wanted to send or to read, and what the other side allowed.

Source: RFC 10017 section 6.3.3.4, which refers to the Fetch standard.
"""

from collections.abc import Mapping
from http import HTTPStatus

from flowsim.checks.cross_origin import TABLES
from flowsim.diagnosis.clues import Clues, Rule, Suspicion
from flowsim.diagnosis.rules_of_tokens import metadata_cause
from flowsim.model.refusal import NotSent
from flowsim.protocol.cross_origin import is_preflight
from flowsim.protocol.messages import Request, Response


def not_sent(clues: Clues) -> Suspicion:
    """The preflight beside its answer: nobody answers it, or it allows another origin, method or header."""
    question, answer = _question(clues), _answer(clues)
    if question is None or answer is None:
        return Suspicion("preflight-unanswered", "the browser's preflight has no answer")
    origin = question.header("origin") or ""
    allowed = answer.header("access-control-allow-origin")
    if allowed is None:
        seen = f"the preflight of {origin} was answered with {answer.status} and without Access-Control-Allow-Origin"
        return Suspicion("preflight-unanswered", seen)
    if allowed not in ("*", origin):
        return Suspicion(
            "cors-other-origin", f"the page is of {origin}, and the answer to its preflight allows {allowed}"
        )
    wanted = (question.header("access-control-request-headers") or "").replace(" ", "").lower().split(",")
    listed = (answer.header("access-control-allow-headers") or "").replace(" ", "").lower().split(",")
    lacking = [
        name for name in wanted if name and name not in listed and ("*" not in listed or name == "authorization")
    ]
    if lacking:
        allowed = ", ".join(filter(None, listed)) or "none"
        seen = f"the page sends {' and '.join(lacking)}, and the answer to its preflight allows {allowed}"
        return Suspicion("preflight-lacks-header", seen)
    if not 200 <= answer.status <= 299:
        return Suspicion("preflight-unanswered", f"the preflight was answered with {answer.status}")
    return Suspicion("preflight-lacks-method", f"the page wants to {question.header('access-control-request-method')}")


def hidden(clues: Clues) -> Suspicion:
    """The origin of the page beside the one that the answer allows to read it."""
    origin = clues.expected.removeprefix("leave for ").partition(",")[0]
    answer = next((one.message for one in reversed(clues.own) if isinstance(one.message, Response)), None)
    asked = clues.asked_last
    if answer is not None and asked is not None and answer.status == HTTPStatus.NOT_FOUND and "known" in asked.path:
        return Suspicion(metadata_cause(asked), f"the server has nothing at {asked.url}, and answered 404")
    if clues.received.startswith("no leave"):
        return Suspicion("cors-closed", f"the answer does not say that {origin} may read it")
    return Suspicion("cors-other-origin", f"the page is of {origin}, and the answer allows {clues.received} to read it")


def _question(clues: Clues) -> Request | None:
    asked = (one.message for one in reversed(clues.own) if isinstance(one.message, Request))
    return next((one for one in asked if is_preflight(one)), None)


def _answer(clues: Clues) -> Response | None:
    """The answer to that preflight: the first one that came after it."""
    found: Response | None = None
    for one in reversed(clues.own):
        if isinstance(one.message, Response):
            found = one.message
        elif isinstance(one.message, Request) and is_preflight(one.message):
            return found
    return None


def _window(cause: str, seen: str) -> Rule:
    """A rule of a login in a window of its own: what was received in it, in words."""
    return lambda clues: Suspicion(cause, seen.format(expected=clues.expected, received=clues.received))


RULES: Mapping[str, Rule] = {
    check.id: not_sent if isinstance(check.on_failure, NotSent) else hidden
    for table in TABLES.values()
    for check in table
} | {
    "popup.opened_by_click": _window("popup-not-clicked", "browsers open one {expected}, and this one was {received}"),
    "popup.opener_there": _window("popup-cut-off", "the answer needs {expected}, and there is {received}"),
    "popup.receiver_named": _window("popup-posts-to-another", "the answer is for {expected}, and there is {received}"),
    "popup.sender_origin": _window("popup-posted-by-another", "the app expects {expected}, and {received} posted it"),
}
