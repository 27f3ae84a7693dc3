"""What a browser writes to its console where it hides an answer, sends no request or shows no page, in our own words.

A page learns no more than that something has failed. Why, the browser tells the developer alone, in its console: which
page, which address, what was missing. Each browser has words of its own for it, and none of them are copied here. What
is said is computed from the messages of the event and from the check that decided.

Source: the Fetch standard (a network error tells a page nothing); Console Standard (where else it is told).
"""

from collections.abc import Callable, Mapping

from flowsim.engine.honest_moves import frame_of
from flowsim.model.check import CheckResult
from flowsim.model.refusal import EmptyFrame, Hidden, NotSent, NoWindow, Refusal, Undelivered
from flowsim.model.telling import Telling
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.cross_origin import is_preflight, readable
from flowsim.protocol.messages import Request, Response, leads_to, without_query
from flowsim.views.text import words_of_cookies, words_of_the_browser


def console(told: Telling) -> tuple[str, ...]:
    """The lines that the browser writes to its console in this event; none where it does all that it was asked to do."""
    decided = next((one for one in told.event.checks if one.decides), None)
    line = _LINES.get(type(decided.check.on_failure)) if decided else None
    return (*words_of_cookies.console(told), *words_of_the_browser.console(told), *((line(told),) if line else ()))


def told_in_console(failure: Refusal) -> bool:
    """True where the browser writes to its console what has come of this."""
    return type(failure) in _LINES


def of_check(result: CheckResult) -> str | None:
    """The line for this check alone, where its event is not at hand; None where nothing of it stands in a console."""
    if not told_in_console(result.check.on_failure) or result.passed is not False:
        return None
    return f"{_WHAT[type(result.check.on_failure)]}: expected {result.expected}, and there was {result.received}."


def _hidden(told: Telling) -> str:
    """An answer that the page may not read: whose page, which address, and what the answer says of it."""
    answer, asked = told.answer, _asked(told)
    if answer is None:
        return _of_the_decision(told)
    page = (asked.header("origin") if asked else None) or told.after.runs[told.event.run].client
    where = without_query(asked.url) if asked else "another origin"
    named = answer.header("access-control-allow-origin")
    lacks = f"Its Access-Control-Allow-Origin names {named}" if named else "It has no Access-Control-Allow-Origin"
    return (
        f"The page {page} may not read the answer of {where} (status {answer.status}). {lacks}. "
        "The request was sent, and whatever it does is done."
    )


def _not_sent(told: Telling) -> str:
    """A request that the browser keeps back, because the answer to its preflight gives no leave."""
    question = next((one for one in told.requests if is_preflight(one)), None)
    answer = told.answer
    if question is None or answer is None:
        return _of_the_decision(told)
    page, method = question.header("origin") or "", question.header("access-control-request-method") or ""
    return (
        f"The page {page} may not send {method} to {without_query(question.url)}: {_no_leave(question, answer, page)}. "
        "The request was not sent."
    )


def _no_leave(question: Request, answer: Response, page: str) -> str:
    """What is wrong with this answer to a preflight, the first thing of it."""
    if not 200 <= answer.status <= 299:
        return f"the preflight was answered with status {answer.status}"
    if not readable(answer, page):
        named = answer.header("access-control-allow-origin")
        return f"the answer to the preflight {f'names {named}' if named else 'names no origin that may'}"
    method = question.header("access-control-request-method") or ""
    headers = (question.header("access-control-request-headers") or "").split(",")
    allowed = {one.strip().lower() for one in (answer.header("access-control-allow-headers") or "").split(",")}
    lacking = [one for one in headers if one and one not in allowed]
    named = f"the header {' and '.join(lacking)}" if lacking else f"the method {method}"
    return f"the answer to the preflight does not allow {named}"


def _of_the_decision(told: Telling) -> str:
    """Where a message is missing, because the wire has not shown it: what the check itself says."""
    return next(line for one in told.event.checks if one.decides and (line := of_check(one)))


def _empty_frame(told: Telling) -> str:
    """A page that other sites may not show in a frame."""
    asked = told.requests[-1]
    result = next(one for one in told.event.checks if one.decides)
    around = frame_of(told.after, told.run)
    return f"{without_query(asked.url)} is not shown in a frame of {around}: it says {result.received}."


def _undelivered(told: Telling) -> str:
    """An address of a scheme that nobody has registered, or an answer that is posted to nobody; it is not repeated."""
    if told.delivered is None:
        return _of_the_decision(told)
    where = without_query(leads_to(told.delivered))
    if told.stopped_by == "popup.receiver_named":
        (result,) = (one for one in told.event.checks if one.decides)
        return f"A message was not delivered. It was for {result.expected}, and the page there is {result.received}."
    if told.stopped_by == "popup.opener_there":
        (result,) = (one for one in told.event.checks if one.decides)
        return f"The script of {where} has no window to post to. A page that has opened this one: {result.received}."
    return f"The address {where} was not opened: no app has registered {origin_of(where)}."


def _no_window(told: Telling) -> str:
    """A window that a page has asked for, and that no click has."""
    return f"The page {told.run.client} asked for a window in no click of the user, so none was opened."


def _asked(told: Telling) -> Request | None:
    """The request of the page whose answer has come: one of this event, else the one that was in flight before it."""
    asked = [one for one in told.requests if not is_preflight(one)]
    if asked:
        return asked[-1]
    if isinstance(told.delivered, Request):
        return told.delivered
    earlier = (one.message for event in told.earlier() for one in reversed(event.messages))
    return next((one for one in earlier if isinstance(one, Request) and not is_preflight(one)), None)


_LINES: Mapping[type[Refusal], Callable[[Telling], str]] = {
    Hidden: _hidden,
    NotSent: _not_sent,
    EmptyFrame: _empty_frame,
    NoWindow: _no_window,
    Undelivered: _undelivered,
}
_WHAT: Mapping[type[Refusal], str] = {
    Hidden: "The page may not read this answer",
    NotSent: "The page may not send this request",
    EmptyFrame: "The page is not shown in this frame",
    NoWindow: "No window was opened",
    Undelivered: "The answer was not handed over",
}
