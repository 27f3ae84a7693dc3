"""The runs behind what the lesson on failing logins says. See notebook_claims.py."""

from functools import partial
from typing import Any

from flowsim.clinic.case import played, works
from flowsim.clinic.cases import CASES
from flowsim.exercises.when_login_fails import TABS, TWICE
from flowsim.model.states import State
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import capture
from tests.kit.claims_of_notebooks import run
from tests.kit.notebook_claims import claim

here = partial(claim, "when-login-fails")


def ended(trace: Trace) -> dict[str, State]:
    return {name: one.state for name, one in trace.worlds[-1].runs.items()}


def refused_by(trace: Trace) -> set[str]:
    return {one.check.id for event in trace.events for one in event.checks if one.decides}


def entries(**settings: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = capture(run(**settings))["log"]["entries"]
    return found


@here("A server that refuses an old code is right to do so.")
def a_server_refuses_an_old_code() -> bool:
    case = CASES["open-in-app"]
    trace = played(case)
    return refused_by(trace) == {"token.code_fresh"} and works(case.login(without={"token.code_fresh"}).run())


here("The two are often not the same: what is wrong at step 3 may show at step 8.")(
    lambda: sum(case.step != played(case).verdict.stopped_at_step for case in CASES.values()) >= len(CASES) / 3
)
here("So the first tab comes back with a `state` that the app no longer knows, and the app does what it should:")(
    lambda: (
        refused_by(run(**TABS)) == {"callback.state_same"}
        and ended(run(**TABS)) == {"victim": State.REDIRECT_REFUSED, "tab 2": State.DONE}
    )
)
here("and both notice it at the same moment. Each sends the refresh token that it finds, and it is the same one.")(
    lambda: refused_by(run(**TWICE)) >= {"refresh.not_used"}
)


@here("With rotation a refresh token is good for one exchange")
def a_refresh_token_is_good_for_one_exchange() -> bool:
    came = ended(run(**TWICE))
    return (came["refresh 1"], came["refresh 2"]) == (State.REFRESH_FAILED, State.TOKENS_HELD) and works(
        run(**{**TWICE, "rotation": False})
    )


here("a server cannot tell a second tab from a thief")(lambda: ended(run(**TWICE))["call 1"] is State.API_UNAUTHORIZED)
here("What an app keeps between two steps it keeps for one login, or two tabs break each other.")(
    lambda: not works(run(**TABS))
)
here("What a website's own server sends is in that server's log.")(
    lambda: (
        not any("/oauth/token" in entry["request"]["url"] for entry in entries(client="web"))
        and any("/oauth/token" in entry["request"]["url"] for entry in entries(client="spa"))
    )
)
here("What a page was not allowed to read stands there all the same")(
    lambda: any("access_token" in str(entry["response"]) for entry in entries(client="spa", cors="none"))
)
here("The password, the code, the cookies and the tokens stand in it.")(
    lambda: all(
        one in str(entries(client="spa")) for one in ("password", "code=", "access_token", "Cookie", "Set-Cookie")
    )
)
here("To switch a check off makes a login work, and is no repair.")(
    lambda: works(CASES["open-in-app"].login(without={"token.code_fresh"}).run())
)
