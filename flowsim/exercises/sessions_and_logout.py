"""The exercises of the lesson about sessions and logout."""

from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict
from flowsim.lessons.alive import alive
from flowsim.simulation.simulation import Simulation, Trace

_OFFLINE = "openid profile read:messages offline_access"


@cache
def _run(later: str, **settings: Any) -> Trace:
    return Simulation(client="web", remembered="from-now", scope=_OFFLINE, later=later, seed=7, **settings).run()


def _seen_by_the_user() -> str:
    """Which pages of the server the user sees at the login that follows a logout of the app alone."""
    own = [event for event in _run("app-logout login").events if event.run == "login 1"]
    asked = {event.after.value for event in own}
    typed = any(event.step == 5 for event in own)
    return "login" if typed else "nothing" if "approved" in asked else "consent"


def _alive_late() -> str:
    found = alive(_run("other-app server-logout 2h"))
    return next((name for name in ("refresh token of the app", "access token of the app") if found[name]), "none")


def _tries_the_plan(plan: Any) -> Verdict:
    found = alive(_run(plan))
    left = [name for name, good in found.items() if good and name != "session of another app"]
    if left:
        return Verdict(False, f"Still alive at the end: {', '.join(left)}.", ", ".join(left))
    return Verdict(True, "At the end nothing of this app is alive any more.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="sessions-and-logout.1",
        question="The user logs out of the app alone, and clicks “Log in” again. What does the server show them?",
        hint="Which session has ended, and which one does the server look at?",
        options=(
            Option(
                "login", "its login page", "The server's session has not ended: it knows the browser by its cookie."
            ),
            Option("consent", "its consent page", "The user has agreed to this app, and the server remembers it."),
            Option("nothing", "no page at all", "The server knows the user, and what the user has allowed."),
        ),
        computed=_seen_by_the_user,
        reason=lambda: "A logout of the app alone is undone by one click, whoever sits at the browser by then.",
    ),
    Choice(
        id="sessions-and-logout.2",
        question="Two hours after a logout at the server: which token of the app, if somebody kept a copy, is still good?",
        hint="Look at what ends by time, and at what was asked for with `offline_access`.",
        options=(
            Option("none", "none", "The logout has called no token back."),
            Option("access token of the app", "the access token", "It has expired in the meantime, after an hour."),
            Option("refresh token of the app", "the refresh token", "It lives for weeks, and no session ends it."),
        ),
        computed=_alive_late,
        reason=lambda: "So whoever wants to end everything has the refresh token revoked as well (RFC 7009 §2.1).",
    ),
    Made(
        id="sessions-and-logout.3",
        question=(
            "Write a plan for `later`, after which neither a session nor a token of this app is alive: not that of the "
            "app, not that of the server, no access token and no refresh token. The words are those of this lesson, "
            "`logout` for the refresh token, and times such as `2h`."
        ),
        hint="Once the app has ended its session it has no refresh token that it could have revoked.",
        wants="a text such as 'app-logout login'",
        is_one=lambda made: isinstance(made, str),
        trial=_tries_the_plan,
        reason=lambda: "The order matters, and an access token that an API checks by itself ends by time alone.",
    ),
)
