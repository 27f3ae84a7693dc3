"""What to say of sessions: a login at another app, one more at the same app, and the steps of a logout.

Source: OIDC RP-Initiated Logout sections 2, 3, 4 and 6.
"""

from functools import partial

from flowsim.actors.authorization_server import REMEMBER_COOKIE
from flowsim.model.states import Act, Role, State
from flowsim.model.telling import Telling
from flowsim.protocol.messages import leads_to
from flowsim.views.text.words import Table, Words, prose, tells

TELLERS: Table = {}
tell = partial(tells, TELLERS)


def has_session(told: Telling) -> bool:
    """True where the server knows the user's browser before this event, by a cookie of an earlier login."""
    jar = told.before.browsers[told.run.at].cookies.get(told.run.server)
    return jar is not None and jar.get(REMEMBER_COOKIE) in told.server.known_users


def _session_of_the_server(told: Telling) -> str:
    if has_session(told):
        return "The server has a session with this browser: what it will ask for depends on that."
    return "The server has no session with this browser: it will ask who the user is."


@tell(Act.STEP_1, whose="other app")
def opens_another_app(told: Telling) -> Words:
    app = told.before.clients[told.run.client]
    held = "has a session of its own" if app.tokens else "has no session"
    text = f"This app is called {app.profile.app_name}, and it {held} with the user."
    return Words(
        "The user clicks “Log in” in another app",
        prose(text, _session_of_the_server(told)),
        "click “Log in” in another app",
    )


@tell(Act.STEP_1, whose="again")
def logs_in_again(told: Telling) -> Words:
    held = told.before.clients[told.run.client].tokens.get(told.run.who)
    text = (
        "The app has a session with the user, and begins another login."
        if held
        else "The app has no session with the user."
    )
    runs = told.before.runs  # which of them comes first, the order of a scenario may say
    before = (runs[event.run] for event in told.before.log if event.act is Act.STEP_1)
    again = " again" if any((one.owner, one.client) == (told.run.owner, told.run.client) for one in before) else ""
    text = prose(text, _session_of_the_server(told))
    return Words(f"The user clicks “Log in”{again}", text, f"click “Log in”{again}")


@tell(Act.STEP_L1)
def logs_out(told: Telling) -> Words:
    ends = prose(
        "The app ends its own session: it throws away the tokens that it holds for this browser.",
        "The browser gets another session cookie, with nobody behind it." if told.requests else "",
    )
    if told.run.role is Role.APP_LOGOUT:
        text = prose(ends, "Nobody else is told.", _goes_on(told))
        return Words("The user logs out at the app", text, "log out of the app")
    shows = "It shows its ID token there, as `id_token_hint`." if _hint(told) else "It has no ID token to show there."
    text = prose(ends, "Then it sends the browser to the server, to log out there as well.", shows)
    return Words("The user logs out at the app and at the server", text, "log out of app and server")


def _goes_on(told: Telling) -> str:
    if has_session(told):
        return "The session of the server goes on: it knows this browser by a cookie of its own."
    return "The server has no session with this browser."


def _hint(told: Telling) -> bool:
    flying = told.run.in_flight
    return flying is not None and "id_token_hint=" in leads_to(flying.message)


@tell(Act.STEP_L2)
def ends_the_session(told: Telling) -> Words:
    if not has_session(told):
        text = "The server has no session with this browser, so there is nothing to end."
        return Words("The server has no session to end", prose(text, _sends_back(told)), "nothing to end")
    why = (
        "An ID token of its own names the user who is logged in, so the server asks nothing."
        if told.holds("logout.user_named")
        else ""
    )
    text = prose(why, "It ends its session with this browser.", _sends_back(told))
    return Words("The server ends its session", text, "session ended")


def _sends_back(told: Telling) -> str:
    if told.event.after is State.LOGOUT_DONE:
        return "It will send the browser back to the address that the app has registered."
    return "It shows a page of its own that says so: there is no address to send the browser back to."


@tell(Act.STEP_L2, State.LOGOUT_QUESTION)
def asks_first(told: Telling) -> Words:
    text = (
        "No ID token names the user who is logged in. Anybody can send a browser to this address. "
        "So the server asks the user whether to log out, and its form carries a secret against forged forms."
    )
    return Words("The server asks whether to log out", text, "log out?")


@tell(Act.STEP_L2, State.LOGOUT_REFUSED)
@tell(Act.STEP_L3, State.LOGOUT_REFUSED)
def logout_refused(told: Telling) -> Words:
    text = "The server's session goes on, and the browser is sent nowhere."
    return Words("The server refuses the logout request", text, "logout refused")


@tell(Act.STEP_L3)
def says_yes(told: Telling) -> Words:
    text = prose("The user says yes, and the server ends its session with this browser.", _sends_back(told))
    return Words("The user wants to log out", text, "yes, log out")


@tell(Act.STEP_L4)
def is_back(told: Telling) -> Words:
    state = "The `state` is the one that the app has sent." if told.holds("signed_out.state_same") else ""
    text = prose(
        "The browser is back at the app, and nobody is logged in there.",
        state,
        "No token was called back by this: whoever kept one can use it until it expires.",
    )
    return Words("The browser comes back to the app", text)


@tell(Act.STEP_L4, State.LOGOUT_ANSWER_REFUSED)
def is_back_with_another_state(told: Telling) -> Words:
    text = "The app has begun no logout with this `state`, so it takes this for an answer to nothing."
    return Words("The app does not believe the answer", text)
