"""What to say where the app is a page: what the browser asks before it sends a request, and what it hides of an answer.

Source: RFC 10017 section 6.3.3.4, which refers to the Fetch standard (CORS).
"""

from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER
from flowsim.model.telling import Telling
from flowsim.model.world import OWN_LOGIN
from flowsim.protocol.cross_origin import is_preflight, lets_send
from flowsim.protocol.messages import Request, Response
from flowsim.views.text.words import Table, Words, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)

_HEADERS = {"authorization": "`Authorization`", "dpop": "`DPoP`"}
_WANTED = {
    Act.STEP_2: "its authorization request",
    Act.STEP_7: "the `code`",
    Act.STEP_10: "the `access_token`",
    Act.STEP_R1: "its `refresh_token`",
    Act.STEP_V1: "the `refresh_token` that is to be revoked",
}
_LOST = {
    Act.STEP_D2: "The app knows no endpoint of this server, and can send nobody there.",
    Act.STEP_2: "The server has kept the request, and the app does not learn its name.",
    Act.STEP_9: "The `code` is used up, and the app has no token.",
    Act.STEP_11: "The app has no data to show.",
    Act.STEP_R3: "The server has issued new tokens, and the app has none of them.",
    Act.STEP_V2: "The app forgets its `refresh_token`, and does not learn what the server says about it.",
}


def asked_for_leave(told: Telling) -> str:
    """That the browser has asked beforehand, where it has and where the page may send what it wants to send."""
    question = _preflight(told)
    if question is None:
        return ""
    whom = "the API" if told.event.act is Act.STEP_10 else "the server"
    if told.event.receiver == ATTACKER:
        whom = "the attacker's server"
    asks = f"No form can send {_named(question)}, so the browser asks {whom} first whether this page may."
    return prose(asks, _NOT_KEPT_TO if _sends_all_the_same(told) else "")


def _sends_all_the_same(told: Telling) -> bool:
    """True where the answer gives the page no leave and the browser, which is the attacker's own, does not mind."""
    if told.event.run != OWN_LOGIN:
        return False
    three = zip(told.messages, told.messages[1:], told.messages[2:], strict=False)
    return any(
        isinstance(answer, Response) and isinstance(sent, Request) and not lets_send(answer, sent)
        for question, answer, sent in three
        if isinstance(question, Request) and is_preflight(question)
    )


def _preflight(told: Telling) -> Request | None:
    return next((one for one in told.requests if is_preflight(one)), None)


def _named(question: Request) -> str:
    """What takes the browser's question: the headers, and a `Content-Type` that no form has."""
    names = (question.header("access-control-request-headers") or "").split(",")
    headers = [_HEADERS.get(name, name) for name in names if name != "content-type"]
    body = ["a body of this `Content-Type`"] if len(headers) < len(names) else []
    return " and ".join([*([f"the header {listed(headers)}"] if headers else []), *body])


@tell(Act.STEP_2, State.REQUEST_NOT_SENT)
@tell(Act.STEP_7, State.REQUEST_NOT_SENT)
@tell(Act.STEP_10, State.REQUEST_NOT_SENT)
@tell(Act.STEP_R1, State.REQUEST_NOT_SENT)
@tell(Act.STEP_V1, State.REQUEST_NOT_SENT)
def not_sent(told: Telling) -> Words:
    text = prose(
        f"The page wants to send {_WANTED[told.event.act]}.",
        asked_for_leave(told),
        "The answer gives it no leave, and the browser sends nothing more.",
        _NO_DEFENCE,
    )
    return Words("The browser does not send the page's request", text, _label(told))


def _label(told: Telling) -> str:
    """What the browser has asked for the page, and the answer: `preflight: may I GET with authorization? no leave`."""
    question = _preflight(told)
    if question is None:
        return "not sent"
    names = (question.header("access-control-request-headers") or "").replace(",", ", ")
    method = question.header("access-control-request-method")
    return f"preflight: may I {method}{f' with {names}' if names else ''}? no leave"


@tell(Act.STEP_D2, State.ANSWER_HIDDEN)
@tell(Act.STEP_2, State.ANSWER_HIDDEN)
@tell(Act.STEP_9, State.ANSWER_HIDDEN)
@tell(Act.STEP_11, State.ANSWER_HIDDEN)
@tell(Act.STEP_R3, State.ANSWER_HIDDEN)
@tell(Act.STEP_V2, State.ANSWER_HIDDEN)
def hidden(told: Telling) -> Words:
    answer = told.answer
    went_well = answer is not None and answer.status < 400
    about_keys = told.stopped_by in ("page.keys_readable", "page.new_keys_readable")
    lost = _LOST[told.event.act]
    if about_keys:
        lost = "So the app cannot check the ID token, and throws the tokens away."
    elif not went_well and told.event.act is not Act.STEP_V2:
        lost = "What it says is an error, and the app does not learn which."
    text = prose(
        "The browser has the answer. It does not say that this page may read it, so the page is told that the request "
        "has failed, and no more.",
        lost
        if went_well or told.event.act is Act.STEP_V2
        else "What it says is an error, and the app does not learn which.",
        _NO_DEFENCE,
    )
    return Words("The browser hides the answer from the page", text)


_NOT_KEPT_TO = "It gets no leave, but the browser is the attacker's own and sends the request all the same."
_NO_DEFENCE = "It is the browser that keeps to this: a program that is no browser asks nobody."
