"""What to say where nobody means harm: a message is lost or delivered twice, an app waits, a server reads before it writes.

Source: RFC 9110 section 9.2.2 (what may be repeated), RFC 6749 sections 4.1.2 and 10.5, RFC 9700 section 4.14.2.
"""

from functools import partial

from flowsim.model.states import Act, Role, State
from flowsim.model.telling import Telling
from flowsim.model.world import Grant, RefreshRecord
from flowsim.protocol.messages import Request, single
from flowsim.views.text.words import Table, Words, prose, tells
from flowsim.views.text.words_of_mistakes import not_read

TELLERS: Table = {}
tell = partial(tells, TELLERS)


# ---- A server that reads in one move and writes in another


@tell(Act.LOOK_UP)
def looks_it_up(told: Telling) -> Words:
    if unread := not_read(told):
        return Words(
            "The server looks at the request", f"{unread.removesuffix('.')}, so it can look nothing up.", "a form?"
        )
    kind, found = _looked_up(told)
    text = (
        f"The server reads what it knows of the `{kind}`: {found}. It writes nothing yet. It will judge by what it has "
        "read, whatever another request does meanwhile."
    )
    which = "second delivery, " if told.run.role is Role.COPY else ""
    return Words(f"The server looks the {kind} up", text, f"{which}{kind}: {found}")


def _looked_up(told: Telling) -> tuple[str, str]:
    """Which kind of thing the server looks up, and what it finds."""
    asked = told.delivered
    assert isinstance(asked, Request)
    code = single(asked.form, "code")
    if code is not None:
        return "code", _of_grant(told.server.grants.get(code))
    return "refresh_token", _of_record(told.server.refresh_tokens.get(single(asked.form, "refresh_token") or ""))


def _of_grant(grant: Grant | None) -> str:
    return "there is none such" if grant is None else "used before" if grant.used else "not used yet"


def _of_record(record: RefreshRecord | None) -> str:
    if record is None:
        return "there is none such"
    return "revoked" if record.revoked else "not exchanged yet" if record.rotated is None else "exchanged before"


# ---- What is lost


@tell(Act.LOSE_REQUEST)
def request_is_lost(told: Telling) -> Words:
    to = _asked(told)
    text = f"The network loses the request. The {to} never sees it. The app hears nothing, and waits."
    return Words("The request is lost on the way", text, "lost")


@tell(Act.LOSE_ANSWER)
def answer_is_lost(told: Telling) -> Words:
    text = prose(
        f"The {_asked(told)} has answered, and the network loses the answer.",
        _what_was_in_it(told),
        "The app hears nothing, and waits.",
    )
    return Words("The answer is lost on the way", text, "lost")


def _asked(told: Telling) -> str:
    return "API" if told.run.state is State.API_UNANSWERED else "server"


def _what_was_in_it(told: Telling) -> str:
    """What the app would have learnt."""
    match told.event.before:
        case State.CODE_ACCEPTED:
            return "The `code` is used up, and the tokens that were issued for it are with nobody."
        case State.REFRESH_ACCEPTED if told.server.settings.rotation:
            return "The `refresh_token` that the app still holds is used up, and its successor is with nobody."
        case State.REFRESH_ACCEPTED:
            return "The tokens in it are with nobody."
        case State.CODE_REFUSED | State.REFRESH_REFUSED:
            return "It was an error."
        case State.REVOCATION_SENT:
            return "What it says about the `refresh_token` the app never learns."
    return ""


# ---- What is delivered twice


@tell(Act.DUPLICATE)
def delivered_twice(told: Telling) -> Words:
    text = (
        "The network delivers the same bytes to the server a second time. So the server has two requests before it, and "
        "the app waits for one answer."
    )
    return Words("The request is delivered twice", text, "the same request again")


@tell(Act.ANSWER_COPY)
def copy_answered(told: Telling) -> Words:
    tokens = "It issues tokens for it, and they are with nobody." if told.made("access_token") else ""
    text = prose(
        "To the server this is another request.", by_what_it_read(told), "Nobody waits for its answer.", tokens
    )
    return Words("The server answers the second delivery", text, "answered, unheard")


@tell(Act.ANSWER_COPY, State.COPY_REFUSED)
def copy_refused(told: Telling) -> Words:
    text = prose(
        "To the server this is another request.",
        by_what_it_read(told),
        what_it_ends(told),
        "Nobody waits for its answer.",
    )
    return Words("The server refuses the second delivery", text, "refused, unheard")


def by_what_it_read(told: Telling) -> str:
    """How a server that is not atomic comes to its judgement; empty for any other."""
    read = told.before.runs[told.event.run].read if told.event.run in told.before.runs else None
    asked = told.delivered
    if read is None or not isinstance(asked, Request) or not_read(told):
        return ""
    code, token = single(asked.form, "code") or "", single(asked.form, "refresh_token") or ""
    then, now = read.grants.get(code), told.server.grants.get(code)
    since = then is not None and now is not None and now.used and not then.used
    was, is_now = read.refresh_tokens.get(token), told.server.refresh_tokens.get(token)
    if was is not None and is_now is not None and was != is_now:
        since = True
    meanwhile = " What it read is no longer so." if since else ""
    return f"The server goes by what it read before.{meanwhile}"


def what_it_ends(told: Telling) -> str:
    """Which tokens the server has revoked in this event, because something came a second time."""
    before, after = told.server, told.after.servers[told.run.server]
    access = any(
        one.revoked and not before.access_tokens[jti].revoked
        for jti, one in after.access_tokens.items()
        if jti in before.access_tokens
    )
    family = any(
        one.revoked and not before.refresh_tokens[text].revoked
        for text, one in after.refresh_tokens.items()
        if text in before.refresh_tokens
    )
    if not access and not family:
        return ""
    what = "every `refresh_token` of this login" if family else ""
    also = "the `access_token` from it" if access else ""
    revoked = " and ".join(one for one in (also, what) if one)
    return f"It cannot tell an accident from a theft, and revokes {revoked}."


# ---- What the app does that hears nothing


@tell(Act.RETRY)
def tries_again(told: Telling) -> Words:
    new = [
        *(["a new proof"] if told.proved else []),
        *(["a new `client_assertion`"] if told.sent("client_assertion") else []),
    ]
    text = prose(
        "No answer has come in time. The app cannot tell whether the request or the answer was lost.",
        f"It sends the same request once more, with {' and '.join(new)}."
        if new
        else "It sends the same request once more.",
    )
    return Words("The app sends its request once more", text)


@tell(Act.TIME_OUT)
def gives_up(told: Telling) -> Words:
    return Words(
        "The app gives up waiting", prose("No answer has come in time.", _what_is_left(told)), "no answer: given up"
    )


def _what_is_left(told: Telling) -> str:
    if told.event.before is State.API_UNANSWERED:
        return "The app goes without the data."
    match told.run.role:
        case Role.LOGIN:
            return "No tokens have come for this login. The user has to begin it again."
        case Role.REFRESH:
            return "The app keeps the tokens that it has."
    app = told.before.clients[told.run.client]
    forgets = told.client is not None and told.client.tokens != app.tokens
    return "The app forgets the `refresh_token` all the same." if forgets else ""


@tell(Act.GO_WITHOUT)
def goes_without(told: Telling) -> Words:
    text = (
        "The user has logged out of the app meanwhile, and the tokens of this login have gone with that. So there is "
        "nothing to call the API with."
    )
    return Words("The app has no token to call the API with", text, "no token left")


@tell(Act.STEP_R1, State.REFRESH_JOINED)
def waits_for_the_other(told: Telling) -> Words:
    text = (
        "The app has a refresh under way, and the `refresh_token` that it holds is in that request. So it sends nothing: "
        "the answer that comes will serve for both."
    )
    return Words("The app waits for the refresh under way", text, "waits for the other refresh")
