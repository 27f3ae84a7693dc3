"""The exercises on logins that fail though nobody attacks: a repair, a HAR file, two tabs, two refreshes, a program."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from flowsim.clinic.case import played, repaired, works
from flowsim.clinic.cases import CASES
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.model.own_code import result_of
from flowsim.model.shown import shown
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.formats.har import capture, har

_SLOW = CASES["open-in-app"]
_REPAIRS: Mapping[str, Mapping[str, Any]] = {
    "code": {"code_lifetime": 600},
    "login": {"login_lifetime": 3600},
    "pkce": {"pkce": "none"},
    "token": {"access_token_lifetime": 86_400},
}
# Two tabs of one browser, and two refreshes of one page: each begins before the other has ended.
TABS: Mapping[str, Any] = {"client": "spa", "order": "victim:6 tab2:6 victim:11 tab2:11"}
TWICE: Mapping[str, Any] = {
    "client": "spa",
    "scope": "openid profile read:messages offline_access",
    "later": "refresh refresh 2h refresh call",
    "order": "victim:11 refresh1:R1 refresh2:R3 refresh1:R3",
}
_CHANGES: Mapping[str, Any] = {
    "single_flight": True,
    "overlap": 60,
    "rotation": False,
    "refresh_lifetime": 365 * 86_400,
}
# What a website's login sends: a name for each, and how its address ends.
_SENT: Mapping[str, str] = {
    "authorize": "/authorize",
    "callback": "/callback",
    "token": "/oauth/token",
    "api": "/messages",
}


@cache
def _repairs_that_help() -> tuple[str, ...]:
    return tuple(name for name, changed in _REPAIRS.items() if works(_SLOW.login(**changed).run()))


@cache
def _places_for_two_tabs() -> tuple[str, ...]:
    places = ("browser", "state", "tab")
    return tuple(one for one in places if works(Simulation(**{**TABS, "transactions": one, "seed": 7}).run()))


@cache
def _keeps_the_user() -> tuple[str, ...]:
    changed = {name: Simulation(**{**TWICE, name: value, "seed": 7}).run() for name, value in _CHANGES.items()}
    return tuple(name for name, trace in changed.items() if works(trace))


@cache
def _not_captured() -> tuple[str, ...]:
    trace = Simulation(client="web", seed=7).run()
    every, seen = (_paths(one(trace)) for one in (har, capture))
    return tuple(
        name for name, end in _SENT.items() if any(one.endswith(end) for one in every - seen) and end not in str(seen)
    )


def _paths(written: Mapping[str, Any]) -> set[str]:
    return {entry["request"]["url"].partition("?")[0] for entry in written["log"]["entries"]}


def _decided_by(trace: Trace) -> str | None:
    """The check that ended a run of this trace; None where the login works."""
    return None if works(trace) else trace.verdict.stopped_by


def _tries_the_finder(made: Any) -> Verdict:
    """Show the function every case, failing and repaired, and a login in which the app was asked to try again."""
    again = Simulation(client="spa", dpop="tokens", dpop_nonce=True, seed=7).run()
    shown_to_it = [*((case.name, played(case)) for case in CASES.values())]
    mended = ((f"{case.name}, repaired", repaired(case)) for case in CASES.values())
    shown_to_it += [one for one in mended if one[1].verdict.stopped_by is None]  # a prefetch is refused in any case
    for name, trace in [("a login that works", again), *shown_to_it]:
        said, right = result_of("your function", made, trace), _decided_by(trace)
        if said != right:
            told = f"Of {name} it says {shown(said)}, and it is {shown(right)}."
            wrong = "finds a refusal where there is none" if right is None else "misses the refusal"
            return Verdict(False, told, wrong)
    return Verdict(True, f"It is right about {len(shown_to_it) + 1} logins.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="when-login-fails.1",
        question="Which of these repairs make the login of this report work? Choose all; each was played.",
        hint="How old was the code when it came, and how old may it be? Which of the four is about that?",
        several=True,
        options=(
            Option("code", "the server lets a code live for ten minutes", "The code was too old."),
            Option("login", "the server lets a login take an hour", "The user had logged in long before."),
            Option("pkce", "the app leaves PKCE out", "The verifier fits; the code is too old with it and without it."),
            Option("token", "access tokens live for a day", "There is no access token yet when it ends."),
        ),
        computed=lambda: _repairs_that_help(),
        reason=lambda: played(_SLOW).verdict.sentence,
    ),
    Choice(
        id="when-login-fails.2",
        question="Which of these requests of a website's login are not in the HAR file of the user's device? Choose all.",
        hint="Who sends each of them: the browser, or the server that the website runs on?",
        several=True,
        options=(
            Option("authorize", "the authorization request", "The browser takes it to the server."),
            Option("callback", "the request to the `redirect_uri`, with the code", "The browser brings it."),
            Option("token", "the token request", "The website's own server sends it."),
            Option("api", "the call of the API", "The website's own server sends it."),
        ),
        computed=lambda: _not_captured(),
        reason=lambda: (
            "A website sends them from its own server. They stand in its log, and in that of the other side."
        ),
    ),
    Choice(
        id="when-login-fails.3",
        question="Where may the app, a page, keep a login that is under way, so that both tabs get in? Choose all.",
        hint="Play them: `Simulation(**TABS, transactions=…)`. Then look at the player, at step 6 of the first tab.",
        several=True,
        options=(
            Option("browser", "in one place for each browser", "The second tab takes the place of the first."),
            Option("state", "in a record for each login, which it finds by the `state`", "Each finds its own."),
            Option("tab", "in one place for each tab, its `sessionStorage`", "Each tab has a place of its own."),
        ),
        computed=lambda: _places_for_two_tabs(),
        reason=lambda: "Both begin before one of them has ended. So two logins have to be remembered at a time.",
    ),
    Choice(
        id="when-login-fails.4",
        question="Which of these changes keep the user logged in after both tabs have refreshed? Choose all.",
        hint="Play them: `Simulation(**TWICE, overlap=60)`. Two of them change what a stolen refresh token is good for.",
        several=True,
        options=(
            Option("single_flight", "one tab refreshes, and the others wait", "Then each token is sent once."),
            Option("overlap", "the server takes a token for another minute", "The second tab comes within it."),
            Option("rotation", "the server does not rotate", "Then no refresh token is used up."),
            Option("refresh_lifetime", "refresh tokens live for a year", "The token had not come to its end."),
        ),
        computed=lambda: _keeps_the_user(),
        reason=lambda: (
            "Only the first takes nothing away from the server. Without rotation, and within an overlap, a thief who uses "
            "the token goes unnoticed as well."
        ),
    ),
    Made(
        id="when-login-fails.5",
        question=(
            "Write `refusal(trace)`: it returns the id of the check that ended a run of this trace, such as "
            "`token.code_fresh`, and None where nothing ended."
        ),
        hint="A refusal after which the app tries again has ended nothing; the outcome of such an event is `again`.",
        wants="a function",
        is_one=callable,
        trial=_tries_the_finder,
        reason=lambda: "Who refused is known now. Whose mistake it was is the next question.",
    ),
)
