"""The runs behind what the lessons on sessions and on a backend for the frontend say. See notebook_claims.py."""

from functools import partial
from typing import Any

from flowsim import Simulation
from flowsim.lessons.alive import alive
from flowsim.lessons.backend import CROSS_SITE, OWN_PAGE, SUBDOMAIN, Backend
from flowsim.model.clients import CLIENTS
from flowsim.model.states import Act, State
from flowsim.simulation.simulation import Trace
from tests.kit.notebook_claims import claim

OFFLINE = "openid profile read:messages offline_access"
said = partial(claim, "sessions-and-logout")


def kept(later: str, **settings: Any) -> Trace:
    usual = {"client": "web", "remembered": "from-now", "scope": OFFLINE, "seed": 7}
    return Simulation(**{**usual, "later": later, **settings}).run()


@said("One click, and whoever sits at the browser is in again.")
def a_logout_of_the_app_alone_is_undone_by_a_click() -> bool:
    for client in CLIENTS:
        again = [event for event in kept("app-logout login", client=client).events if event.run == "login 1"]
        if again[-1].after is not State.DONE or any(event.act is Act.STEP_5 for event in again):
            return False
    return True


@said("No session ends a token.")
def a_logout_leaves_the_tokens() -> bool:
    found = [
        alive(kept(f"other-app {plan}", client=client))
        for plan in ("app-logout", "server-logout")
        for client in CLIENTS
    ]
    tokens = [good for one in found for name, good in one.items() if "token" in name]
    return len(tokens) == 4 * len(CLIENTS) and all(tokens)


@said(
    "A logout at the server shows an ID token, or the user is asked; the browser comes back to a registered address only."
)
def without_an_id_token_the_user_is_asked() -> bool:
    shown, asked = kept("server-logout"), kept("server-logout", scope="read:messages")
    states = {event.after for event in asked.events}
    return State.LOGOUT_QUESTION in states and not {event.after for event in shown.events} & {State.LOGOUT_QUESTION}


@said("The server ends its session, because the ID token is one of its own and names the user who is logged in.")
def the_session_of_the_server_ends() -> bool:
    found = alive(kept("other-app server-logout"))
    return not found["session of the server"] and found["session of another app"]


# ---- A backend for the frontend

served = partial(claim, "backend-for-frontend")


@served("A script of another origin has to ask for leave first, by a preflight, and the server gives it to nobody.")
def no_script_of_another_origin_gets_leave() -> bool:
    own = Backend(trace=kept(""))
    tried = [own.attempt(place, "fetch with the header") for place in (CROSS_SITE, SUBDOMAIN)]
    return all(one.why == "the preflight" and not one.acted for one in tried)


@served("It can use the session while the page is open, and it can carry off no token and no cookie.")
@served("the tokens are on the app's server, and the browser holds a cookie that scripts cannot read.")
@served("It can take nothing along.")
def the_browser_never_sees_a_token() -> bool:
    trace = kept("")
    seen = [
        one.message.text() for event in trace.events for one in event.messages if "browser" in (one.sender, one.receiver)
    ]
    held = trace.worlds[-1].clients["https://web.example"].tokens
    tokens = [text for one in held.values() for text in (one.access_token, one.refresh_token) if text]
    cookies = [text for text in seen if "Set-Cookie: __Host-session" in text]
    used = Backend(trace=trace).attempt(OWN_PAGE, "fetch with the header").acted
    return (
        used
        and bool(tokens)
        and not any(t in text for t in tokens for text in seen)
        and all("HttpOnly" in c for c in cookies)
    )


@served("It cannot get new tokens either: for that it would need the secret of the app's server")
def without_the_secret_a_code_gives_nothing() -> bool:
    stolen = Simulation(client="web", attacker="code-interception", pkce="none", seed=7).run()
    return stolen.verdict.stopped_by == "token.client_authenticated"
