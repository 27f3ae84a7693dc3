"""The exercises of the lesson about a real app at a real port."""

from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any

from flowsim.checks.authorize import redirect_matches
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.model import hooks
from flowsim.model.authentication import ACR
from flowsim.model.own_code import result_of
from flowsim.model.shown import shown
from flowsim.model.steps import CLIENT
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Simulation, Trace

_ADDRESSES = (
    ("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback"),
    ("http://127.0.0.1/callback", "http://127.0.0.1/callback"),
    ("http://127.0.0.1:8000/callback", "http://127.0.0.1:51004/callback"),
    ("http://[::1]/callback", "http://[::1]:51004/callback"),
    ("http://127.0.0.1/callback", "http://127.0.0.1:51004/other"),
    ("http://127.0.0.1/callback", "http://127.0.0.1:51004/callback?next=x"),
    ("http://127.0.0.1/callback", "https://127.0.0.1:51004/callback"),
    ("http://127.0.0.1/callback", "http://[::1]:51004/callback"),
    ("http://127.0.0.1/callback", "http://127.0.0.1:51004@evil.example/callback"),
    ("http://127.0.0.1/callback", "http://127.0.0.1.evil.example/callback"),
    ("http://127.0.0.1/callback", "http://127.0.0.1:port/callback"),
    ("https://app.example/callback", "https://app.example/callback"),
    ("https://app.example/callback", "https://app.example:8443/callback"),
)
_ROLE = "https://as.example/role"


@cache
def _desktop() -> Trace:
    scope = "openid profile read:messages offline_access"
    return Simulation(client="native-loopback", scope=scope, later="refresh", seed=7).run()


def _not_sent_by_the_app() -> str:
    """The step among 3, 7, 10 and 12 at which a request goes out that the app does not send itself."""
    senders = {
        event.step: sent.sender
        for event in _desktop().events
        for sent in event.messages
        if event.step in (3, 7, 10, 12) and isinstance(sent.message, Request)
    }
    (found,) = (number for number, sender in senders.items() if sender != CLIENT)
    return str(found)


def _role_after_a_refresh() -> str:
    """Which role stands in the refreshed access token when the role has changed since the login."""
    roles = iter(("owner", "guest"))
    name = "a role that changes"
    try:
        hooks.action(name)(lambda login: hooks.Claims({_ROLE: next(roles)}))
        scope = "openid read:messages offline_access"
        run = Simulation(actions=(name,), scope=scope, later="refresh", seed=7).run()
    finally:
        hooks.ACTIONS.pop(name, None)
    made = [one.value for event in run.events for one in event.made if one.kind == "access_token"]
    token = signed_tokens.read(made[-1])
    return str(token.claims.get(_ROLE, "none")) if token and len(made) > 1 else "none"


def _tries_the_addresses(fits: Any) -> Verdict:
    for registered, sent in _ADDRESSES:
        said = result_of("your function", fits, registered, sent)
        if not isinstance(said, bool):
            return Verdict(False, f"It must say True or False, and said {shown(said)}.", "neither True nor False")
        if said is not redirect_matches(registered, sent):
            how = "takes" if said else "refuses"
            return Verdict(False, f"Where `{registered}` is registered it {how} `{sent}`.", f"{how} {sent}")
    return Verdict(True, f"It says of all {len(_ADDRESSES)} pairs what the server says.")


def _tries_the_action(function: Any) -> Verdict:
    kinds = (ACR["one-time-code"], ACR["password"], None)
    for scope, acr in product((("openid", "write:messages"), ("openid", "read:messages")), kinds):
        login = hooks.Login(
            sub="user-alice",
            username="alice",
            email="alice@example.com",
            client_id="my-desktop-app",
            scope=scope,
            time=datetime(2026, 1, 1, 12, tzinfo=UTC),
            acr=acr,
        )
        said = result_of("your action", function, login)
        right: type = hooks.Deny if "write:messages" in scope and acr != ACR["one-time-code"] else hooks.Claims
        if not isinstance(said, right):
            told = f"`scope` {' '.join(scope)} and `acr` {acr}"
            return Verdict(False, f"For {told} it must give {right.__name__}, and gave {shown(said)}.", told)
    return Verdict(True, "It lets in whom it should, and denies the others.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="real-port.1",
        question="Which of these requests does the SDK write, and never send itself?",
        hint="Look at the left half of each line: who sends it?",
        options=(
            Option("3", "the authorization request", "The app makes the address, and the browser opens it."),
            Option("7", "the token request", "It goes from the app to the server, past the browser."),
            Option("10", "the call of the API", "The app sends it, with the access token in a header."),
            Option("12", "the refresh", "It is a token request like the one of step 7, and no browser is needed."),
        ),
        computed=_not_sent_by_the_app,
        reason=lambda: "So what stands in it passes the browser, and whoever can look in there (RFC 6749 §4.1).",
    ),
    Made(
        id="real-port.2",
        question=(
            "A desktop app gets another port each time. Write what a server does with its address: "
            "`fits(registered, sent)` says whether an address is good, when this one is registered."
        ),
        hint="Equal is good. Else both are `http` at `127.0.0.1` or `[::1]`, and all is equal but the port, in digits.",
        wants="a function of two addresses",
        is_one=callable,
        trial=_tries_the_addresses,
        reason=lambda: (
            "Only the port of a loopback address may differ (RFC 8252 §7.3); all else is compared letter by letter."
        ),
    ),
    Made(
        id="real-port.3",
        question=(
            "Write an action: who wants `write:messages` must have logged in with a one-time code. Everybody else is "
            "let in without a claim."
        ),
        hint="`login.scope` is a tuple of words, and `login.acr` ends in `/one-time-code`, or is None if nobody asked.",
        wants="a function of a login",
        is_one=callable,
        trial=_tries_the_action,
        reason=lambda: "An app that has not asked for a kind of login is denied, and may ask (OIDC Core §3.1.2.1).",
    ),
    Choice(
        id="real-port.4",
        question=(
            "An action writes the user's role into the tokens: `owner`. A minute later they are only a `guest`, and the "
            "app refreshes. Which role stands in its new access token?"
        ),
        hint="When does an action run?",
        options=(
            Option("owner", "`owner`", "The action ran at the login, and what it said is kept with the refresh token."),
            Option("guest", "`guest`", "For that the action would have to run at each refresh. Here it does not."),
            Option("none", "none", "The server kept what the action said."),
        ),
        computed=_role_after_a_refresh,
        reason=lambda: (
            "Here an action runs when the user has agreed, and not again; other servers may do it otherwise."
        ),
    ),
)
