"""What to say of what a browser does of its own accord: frames of the app's page, requests ahead of time, reloads.

Source: OIDC Core section 3.1.2.1 (prompt), RFC 9110 section 9.2.1 (safe methods), RFC 6265bis sections 5.2 and 7.1.
"""

from functools import partial

from flowsim.actors.authorization_server import REMEMBER_COOKIE, cookie_name
from flowsim.engine.honest_moves import renews_silently
from flowsim.model import timeline
from flowsim.model.order import kind_of
from flowsim.model.states import Act, State
from flowsim.model.telling import Telling
from flowsim.model.world import SCAN
from flowsim.protocol.messages import Opening, Request, answered_at, query_of, single, without_query
from flowsim.views.text.words import Table, Words, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)

_OTHER_SITE = "this is a frame in a page of another site"


@tell(Act.RENEW_SILENTLY)
def asks_in_a_frame(told: Telling) -> Words:
    text = (
        "The app wants new tokens without a question to the user. Its page makes a frame that shows nothing, to ask the "
        "server in it. In that frame the server is another site than the page around it, so all hangs on its cookies there."
    )
    return Words("The page of the app makes a frame that shows nothing", text, "a frame that shows nothing")


def in_the_frame(told: Telling) -> str:
    """What the frame asks, and whether the browser sends the server's cookie along from there; empty for no such frame."""
    if not renews_silently(told.run):
        return ""
    pushed = told.sent("request_uri") is not None
    says = "The request that was pushed allows no page." if pushed else _SAYS
    return prose(says, _cookie(told))


_SAYS = "The request says `prompt=none`: the server may show no page."


def _cookie(told: Telling) -> str:
    """Whether the cookie by which the server knows the user came along, and what it took."""
    asked, name = _asked(told), cookie_name(told.server, REMEMBER_COOKIE)
    if asked is not None and name in asked.cookies:
        return "The browser sends the server's cookie along, because it is marked `SameSite=None`."
    why = why_none(told)
    return f"The browser sends no cookie of the server's along: {why}." if why else _NONE_SET


_NONE_SET = "The server has set no cookie by which it could know the user."


def why_none(told: Telling) -> str:
    """Why a cookie of the server's that the browser has does not come along from the frame; empty where it has none."""
    name = cookie_name(told.server, REMEMBER_COOKIE)
    browser = told.before.browsers[told.run.at]
    if name not in browser.cookies.get(told.run.server, {}):
        return ""
    if browser.third_party == "blocked":
        return f"it blocks them, and {_OTHER_SITE}"
    marks = browser.marks.get(told.run.server)
    if marks is None or name not in marks:
        return f"it is marked `SameSite=Lax`, and {_OTHER_SITE}"
    return "it keeps those of a frame apart for each site around it, and this one was set in a tab"


def console(told: Telling) -> tuple[str, ...]:
    """What the browser writes to its console of a cookie of the server's that it does not send from the frame."""
    asked = _asked(told)
    if not renews_silently(told.run) or told.event.act is not Act.STEP_3 or asked is None:
        return ()
    name = cookie_name(told.server, REMEMBER_COOKIE)
    why = "" if name in asked.cookies else why_none(told)
    if not why:
        return ()
    return (f"The cookie {name} was not sent to {without_query(asked.url)}: {why.replace('`', '')}.",)


def _asked(told: Telling) -> Request | None:
    return next((one for one in reversed(told.requests) if one.path == "/authorize"), None)


@tell(Act.OPEN_AHEAD)
def opens_ahead(told: Telling) -> Words:
    safe = (
        "A GET is safe by its definition, so programs may open an address before anybody wants to see it. To open this one "
        "has an effect: there is a `code` in it."
    )
    if told.event.detail == SCAN:
        text = "A scanner looks at what is behind an address. It is no part of the browser, and has no cookie of it."
        return Words(
            "A link scanner opens the address before the user does", prose(safe, text), "open it from elsewhere"
        )
    text = (
        "The browser sends the cookies along that it has for the app, and says in `Sec-Purpose` that it comes ahead of its "
        "user."
    )
    return Words("The browser opens the address ahead of its user", prose(safe, text), "open it ahead of time")


@tell(Act.LOAD_AGAIN)
def loads_again(told: Telling) -> Words:
    sent = told.run.in_flight.message if told.run.in_flight else None
    assert isinstance(sent, Request)
    what = "the form with it" if sent.method == "POST" else "with all that stands in the address"
    text = (
        "By the button, by going back or with a tab that is restored, the browser sends the same request once more, "
        f"{what}. Nobody has asked the server for anything new."
    )
    return Words("The user loads the address of the redirect once more", text, "load it once more")


def was_here_before(told: Telling) -> str:
    """That the app has believed the same answer before, where one was opened twice."""
    came = told.delivered
    twice = any(kind_of(name) in (*timeline.AHEAD, "reload") for name in told.after.runs)
    if not twice or not isinstance(came, Request | Opening):
        return ""
    code = single(query_of(answered_at(came)), "code")
    believed = any(
        event.act is Act.STEP_7
        and event.after is not State.REDIRECT_REFUSED
        and code is not None
        and code in str(event.messages[0].message)
        for event in told.before.log
        if event.messages
    )
    return (
        "The same answer has been here before, and the app has used up the login that it belongs to."
        if believed
        else ""
    )


def left_unanswered(told: Telling) -> str:
    """That the app has not looked at an answer, because it came ahead of the user."""
    if told.stopped_by != "callback.not_ahead":
        return ""
    return "The request says that it comes ahead of its user, and the app does not look at what is in it."


def told_elsewhere(told: Telling) -> str:
    """What a page tells another site by the picture that it loads from there; empty where it loads none."""
    asked = told.to_elsewhere
    if asked is None:
        return ""
    named = asked.header("referer")
    if named is None:
        return "The page loads a picture of another site, and tells that site nothing of its own address."
    held = [name for name in _VALUES if single(query_of(named), name)]
    if not held:
        return "The page loads a picture of another site, and the browser names the page there in `Referer`."
    values = listed(f"`{name}`" for name in held)
    return (
        "The page loads a picture of another site, and the browser writes the whole address of the page into `Referer`. So "
        f"that site knows the {values} in it."
    )


_VALUES = ("code", "state", "nonce", "code_challenge")
