"""What to say of an authorization server that is a proxy: its own page, the way by the server behind it, and the way back.

Source: Model Context Protocol, Security Best Practices (confused deputy problem).
"""

from functools import partial

from flowsim.model.states import Act, State
from flowsim.model.steps import ATTACKER, UPSTREAM
from flowsim.model.telling import Telling
from flowsim.model.world import Sent, Server
from flowsim.protocol.messages import Request, Response
from flowsim.views.text.words import Table, Words, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)
_NEXT = "Next comes the server behind the proxy."
_UNHEARD = "The user sees an error page, and the app hears nothing."


def shows_consent(told: Telling, protected: str) -> Words:
    """What to say of step 4 at a proxy that asks; `protected` says what protects its page."""
    asks = f"It asks about `{_app(told)}`, by name, and says where the answer goes. Nobody has logged in yet."
    return Words("The proxy shows its own consent page", prose(asks, protected), "the proxy's consent page")


@tell(Act.STEP_4, State.SENT_ON)
def asks_nothing(told: Telling) -> Words:
    proxy = told.server.upstream
    why = (
        f"In this browser the user has agreed to `{_app(told)}` before."
        if proxy is not None and proxy.asks
        else f"It asks nobody whether `{_app(told)}` may have what it wants."
    )
    return Words("The proxy asks nothing, and sends the browser on", prose(why, _marks(told)), "no page, sent on")


@tell(Act.STEP_5, State.SENT_ON)
def allows_at_the_proxy(told: Telling) -> Words:
    text = prose(f"The user allows `{_app(told)}` at the proxy's own page.", _marks(told), _NEXT)
    return Words("The user says yes at the proxy", text, "consent at the proxy")


def _marks(told: Telling) -> str:
    """What the proxy sets before it sends the browser on."""
    answer = told.run.in_flight.message if told.run.in_flight else None
    cookie = answer.header("set-cookie") if isinstance(answer, Response) else None
    name = (cookie or "").partition("=")[0]
    return f"Only now the proxy makes a `state`, and sets the cookie {name} with it." if name else ""


@tell(Act.STEP_U1)
def shows_its_page(told: Telling) -> Words:
    page = "consent page" if told.page == "/consent" else "login page"
    title = f"The server behind shows its {page}"
    return Words(title, prose(_as_whom(told), "It knows of no other app."), _label(told))


@tell(Act.STEP_U1, State.UPSTREAM_ANSWERED)
def knows_the_user(told: Telling) -> Words:
    text = (
        "The browser shows a cookie of an earlier visit, and the user has agreed to the proxy before. So the server behind "
        "asks nothing."
    )
    return Words("The server behind knows the user, and asks nothing", prose(_as_whom(told), text), _label(told))


@tell(Act.STEP_U1, State.ERROR_PAGE)
def shows_an_error(told: Telling) -> Words:
    return Words("The server behind shows an error page", prose(_as_whom(told), _UNHEARD), "an error page")


def _label(told: Telling) -> str:
    return f"asks as {_client_id(told)}"


def _client_id(told: Telling) -> str:
    """Who asks the server behind, as the request says."""
    return next((one for name, one in _query(told) if name == "client_id"), "nobody")


def _as_whom(told: Telling) -> str:
    """Who asks the server behind, and who has brought the browser there."""
    led = (
        "The attacker's link has brought the browser here."
        if _came_by_link(told)
        else "The browser takes the proxy's request to the server behind."
    )
    own = told.server.upstream is not None and told.server.upstream.client_id == _client_id(told)
    whose = ": the proxy's own, for every app" if own else ""
    return f"{led} The `client_id` in the request is `{_client_id(told)}`{whose}."


def _query(told: Telling) -> tuple[tuple[str, str], ...]:
    return told.requests[0].query if told.requests else ()


def _came_by_link(told: Telling) -> bool:
    run = told.before.runs[told.event.run]
    return run.in_flight is not None and run.in_flight.sender == ATTACKER


@tell(Act.STEP_U2)
def logs_in_behind(told: Telling) -> Words:
    said = told.sent("decision")
    decided = {"allow": "allows the proxy what it asks for", "deny": "says no to what the proxy asks for"}.get(
        said or "", ""
    )
    did = [what for what in ("logs in" if told.typed else "", decided) if what]
    seen = f"Only the server behind sees the `{told.typed}`: neither the proxy nor the app does." if told.typed else ""
    text = prose(f"The user {listed(did)}." if did else "", seen)
    title = "The user says no at the server behind" if said == "deny" else "The user logs in at the server behind"
    return Words(
        title if told.typed or said == "deny" else "The user consents at the server behind", text, _given(told)
    )


def _given(told: Telling) -> str:
    decision = {"allow": "consent", "deny": "consent denied"}.get(told.sent("decision") or "", "")
    return ", ".join(part for part in ((told.typed or "").replace("_", "-"), decision) if part)


@tell(Act.STEP_U2, State.LOGIN_FAILED)
def cannot_log_in(told: Telling) -> Words:
    text = "What the user typed is wrong, and the user gives up. Neither the proxy nor the app learns of it."
    return Words("The login at the server behind fails", text, f"{_given(told)}, wrong")


@tell(Act.STEP_U2, State.ERROR_PAGE)
def form_refused(told: Telling) -> Words:
    return Words("The server behind does not take the form", prose("Nobody is logged in.", _UNHEARD), "an error page")


@tell(Act.STEP_U3)
def issues_its_own(told: Telling) -> Words:
    same = "the cookie in this browser names the same one" if told.holds("proxy.browser_same") else ""
    known = "The `state` names a login that the proxy has sent on" if told.holds("proxy.state_known") else ""
    looked = ", and ".join(part for part in (known, same) if part)
    redeems = "The proxy redeems the code of the server behind, and learns who the user is."
    goes = f"Then it issues a `code` of its own, for `{_goes_to(told)}`."
    text = prose(f"{looked}." if looked else "", redeems, goes)
    return Words("The proxy learns who the user is, and issues its code", text, "back at the proxy")


@tell(Act.STEP_U3, State.DENIED)
def was_not_let_in(told: Telling) -> Words:
    text = "The server behind has sent no code. The proxy tells the app access_denied, and issues none either."
    return Words("The proxy hears that the user was not let in", text, "no code")


@tell(Act.STEP_U3, State.ERROR_PAGE)
def goes_on_with_nobody(told: Telling) -> Words:
    if told.stopped_by == "proxy.browser_same":
        text = f"The `state` is right, and belongs to a login of another browser. {_UNHEARD}"
        return Words("The proxy does not go on in this browser", text, "an error page")
    return Words("The proxy does not go on", _UNHEARD, "an error page")


def _goes_to(told: Telling) -> str:
    """The client of the proxy for which its code is."""
    grants = (told.after.servers[told.run.server].grants, told.server.grants)
    new = next((grant for code, grant in reversed(grants[0].items()) if code not in grants[1]), None)
    return _name(told.server, new.request.client_id) if new else "the app"


def _app(told: Telling) -> str:
    """The app about which the proxy asks, or does not: the name that it has at the proxy."""
    asked = [one for event in told.earlier() for one in _authorization_requests(event.messages)]
    client_id = next((value for one in asked for name, value in one.query if name == "client_id"), "")
    return _name(told.server, client_id)


def _authorization_requests(messages: tuple[Sent, ...]) -> list[Request]:
    return [
        sent.message
        for sent in messages
        if isinstance(sent.message, Request) and sent.message.path == "/authorize" and sent.receiver != UPSTREAM
    ]


def _name(server: Server, client_id: str) -> str:
    known = server.clients.get(client_id)
    return known.name if known else client_id
