"""What to say of the pages of the authorization server, and of what a user does there: steps 4 and 5.

Source: RFC 6749 sections 3.1 and 10.12, RFC 9700 section 4.16, RFC 8252 section 8.12.
"""

from functools import partial

from flowsim.actors import browser
from flowsim.actors.authorization_server import REMEMBER_COOKIE, cookie_name
from flowsim.model.states import Act, State
from flowsim.model.telling import Telling
from flowsim.protocol.messages import Response
from flowsim.views.text import words_of_proxy, words_of_tabs
from flowsim.views.text.words import Table, Words, listed, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)

UNHEARD = "The user sees an error page, and the app hears nothing."


@tell(Act.STEP_4)
def shows_its_page(told: Telling) -> Words:
    if told.server.upstream is not None:
        return words_of_proxy.shows_consent(told, prose(_protected(told), words_of_tabs.took_its_place(told)))
    if told.page == "/consent":
        text = prose(consent_page(told), words_of_tabs.took_its_place(told))
        return Words("The server shows its consent page", text, "consent page")
    text = prose(login_page(told), _not_good_enough(told), words_of_tabs.took_its_place(told))
    return Words("The server shows its login page", text, "login page")


def _not_good_enough(told: Telling) -> str:
    """Why a user whom the server knows has to log in all the same."""
    cookies = next((one.cookies for one in reversed(told.requests)), {})
    known = cookies.get(cookie_name(told.server, REMEMBER_COOKIE)) in told.server.known_users
    return "It knows the user by a cookie, but that login is not what the app asks for." if known else ""


def login_page(told: Telling) -> str:
    """The page itself, who can read what is typed into it, and what protects it."""
    reader = (
        "The app shows it in a window of its own, so it can read what is typed there."
        if told.scenario.web_view
        else "The app cannot read what the user types there."
    )
    return prose("The page comes from the authorization server.", reader, _protected(told))


def consent_page(told: Telling) -> str:
    return prose(
        "The server knows the user by the cookie of an earlier visit.",
        "So it asks for consent, and for no password.",
        _protected(told),
    )


def _protected(told: Telling) -> str:
    return f"The page {framing(told)}, and its form carries a secret against forged forms."


def framing(told: Telling) -> str:
    """Whether the headers of the page let other sites frame it: the end of a sentence about the page."""
    policy = told.answer.header("content-security-policy") if told.answer else None
    return "forbids other sites to frame it" if "frame-ancestors" in (policy or "") else "lets other sites frame it"


@tell(Act.STEP_4, State.APPROVED)
def asks_nothing(told: Telling) -> Words:
    asks = told.server.settings.asks_consent
    agreed = "and this user has agreed to this app before" if asks else "and this server asks for no consent"
    taken = "takes both for granted and" if asks else "shows no page at all: it"
    text = f"The browser shows a cookie of an earlier visit, {agreed}. So the server {taken} issues a `code`."
    return Words("The server knows the user, and asks nothing", text, "known user, no page")


@tell(Act.STEP_4, State.REQUEST_REFUSED)
def may_show_no_page(told: Telling) -> Words:
    text = "The request allows no page, and what was good enough a moment ago is no more."
    return Words("The server refuses the request", text)


@tell(Act.STEP_4, State.FRAME_EMPTY)
def leaves_the_frame_empty(told: Telling) -> Words:
    text = (
        "The server's page says who may show it in a frame, and this site may not. So the browser shows nothing, and "
        "there is no button to press."
    )
    return Words("The browser leaves the frame empty", text, "the server's page, in a frame")


@tell(Act.STEP_4, State.APPROVED_FOR_ANOTHER)
def asks_nothing_for_another(told: Telling) -> Words:
    text = f"The server knows the user, and has nothing to ask. {_ELSEWHERE}"
    return Words("The server allows the login that the link names", text, "allowed, for another browser")


@tell(Act.STEP_5, State.APPROVED_FOR_ANOTHER)
def logs_in_for_another(told: Telling) -> Words:
    said = {"allow": "consents"}.get(told.sent("decision") or "", "")
    did = [what for what in ("logs in" if told.typed else "", said) if what]
    title = f"The user {listed(did)}, and another browser goes on"
    return Words(title, prose(proof(told), _ELSEWHERE), given(told))


_ELSEWHERE = (
    "The login that the link names goes on in the browser that it began in. This one is told to close the page."
)


@tell(Act.STEP_4, State.ERROR_PAGE)
def has_no_login(told: Telling) -> Words:
    if told.stopped_by == "login.same_browser":
        text = f"The address names a login that began in another browser, and the server keeps it there. {UNHEARD}"
        return Words("The server shows an error page", text, "an error page")
    text = prose("The server finds no login under way in this browser.", words_of_tabs.took_its_place(told), UNHEARD)
    return Words("The server shows an error page", text, "an error page")


@tell(Act.STEP_5)
def logs_in(told: Telling) -> Words:
    typed, decision = told.typed, told.sent("decision")
    decided = {"allow": "consents", "deny": "says no"}.get(decision or "", "")
    did = [what for what in ("logs in" if typed else "", decided) if what]
    return Words(
        f"The user {listed(did)}", prose(proof(told), warning(told), _decided(told), _seen_by(told)), given(told)
    )


def proof(told: Telling) -> str:
    """How the user proves who they are."""
    if told.typed is None:
        return "The server knows this user already."
    wrong = told.result("login.credentials_fit")
    fits = "" if wrong is None or wrong.passed else ", and it is wrong"
    if told.typed == "password":
        return f"The user proves who they are with a `password`{fits}."
    return f"The user proves who they are with a `one_time_code` from their authenticator app{fits}."


def _decided(told: Telling) -> str:
    decision = told.sent("decision")
    if decision is None and told.server.settings.asks_consent:
        return "It is known that this user has agreed to this app before, so the server issues the `code` at once."
    if decision is None:
        return "This server asks for no consent, and issues the `code` at once."
    then = "Then the user" if told.typed else "The user"
    return f"{then} sees what the app asks for, and says {'yes' if decision == 'allow' else 'no'}."


def _seen_by(told: Telling) -> str:
    """Who sees what was typed."""
    if told.typed is None:
        return ""
    if told.scenario.web_view:
        return f"It is the app's own window, so the app can read the `{told.typed}`, too."
    # After a 307 the browser sends the last form on, and it is this one where no consent is asked for.
    alone = "decision" if told.sent("decision") else told.typed
    if alone == told.typed and told.server.settings.redirect_status == 307:
        return f"The `{told.typed}` goes to the authorization server."
    return f"Only the authorization server sees the `{told.typed}`."


def warning(told: Telling) -> str:
    """What the page warns of on which the user decides; empty where it does not."""
    browsers = (world.browsers[told.run.at] for world in (told.before, told.after))
    shown = [one.body for one in told.messages if isinstance(one, Response)] + [one.page for one in browsers]
    if told.sent("decision") is None or not any(map(browser.warns, shown)):
        return ""
    return "The page warns that the answer goes to the user's own computer, where any program can wait for it."


def given(told: Telling) -> str:
    """A label: what the user typed, and how the consent page was answered."""
    if told.event.after in (State.LOGIN_SHOWN_AGAIN, State.LOGIN_FAILED):
        return f"{(told.typed or '').replace('_', '-')}, wrong"
    decision = {"allow": "consent", "deny": "consent denied"}.get(told.sent("decision") or "", "")
    return ", ".join(part for part in ((told.typed or "").replace("_", "-"), decision) if part)


@tell(Act.STEP_5, State.DENIED)
def says_no(told: Telling) -> Words:
    read = (
        "logs in, reads what the app asks for, and says no"
        if told.typed
        else "reads what the app asks for, and says no"
    )
    return Words("The user says no", prose(warning(told), f"The user {read}.", "No code is issued."), given(told))


@tell(Act.STEP_5, State.LOGIN_SHOWN_AGAIN)
def types_it_wrong(told: Telling) -> Words:
    return Words(
        f"The {_typed_name(told)} is wrong",
        prose("The server shows its page again.", _hears_nothing(told)),
        given(told),
    )


@tell(Act.STEP_5, State.LOGIN_FAILED)
def types_it_wrong_again(told: Telling) -> Words:
    text = prose("The user gives up.", "The app is still waiting.", _hears_nothing(told))
    return Words(f"The {_typed_name(told)} is wrong again", text, given(told))


def _typed_name(told: Telling) -> str:
    return "password" if told.typed == "password" else "one-time code"


def _hears_nothing(told: Telling) -> str:
    if told.scenario.web_view:
        return "Nobody tells the app, which can see it in its own window."
    return "The app learns nothing about it."


@tell(Act.STEP_5, State.ERROR_PAGE)
def form_refused(told: Telling) -> Words:
    text = prose("Nobody is logged in by it.", words_of_tabs.took_its_place(told), UNHEARD)
    return Words("The server does not take the form", text, "an error page")
