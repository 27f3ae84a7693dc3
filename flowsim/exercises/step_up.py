"""The exercises of the lesson about a login that is not good enough."""

from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict, check_option
from flowsim.exercises.trials import one_caught
from flowsim.model.own_code import result_of
from flowsim.protocol.messages import Response
from flowsim.simulation.simulation import Simulation, Trace

_OFFLINE = "openid profile read:messages offline_access"
_NAMES = ("usual", "max-age-dropped", "anonymous", "prompt-dropped")


@cache
def _money(later: str = "30m refresh call") -> Trace:
    return Simulation(scope=_OFFLINE, api_max_age=600, later=later, remembered="login", max_age=600, seed=7).run()


def _first_refusal(**settings: Any) -> str:
    run = Simulation(seed=7, **settings).run()
    sent = (one.message for event in run.events if event.step == 11 for one in event.messages)
    return next(one.header("WWW-Authenticate") or "" for one in sent if isinstance(one, Response) and one.status == 401)


def _refusals(later: str) -> int:
    """How many calls the API has refused before the app asked for another login."""
    own = [event for event in _money(later).events if event.run.startswith(("call", "victim")) and event.step == 11]
    answers = [event.messages[-1].message for event in own if event.messages]
    return sum(isinstance(one, Response) and one.status == 401 for one in answers)


@cache
def _cases() -> dict[str, dict[str, str]]:
    return {
        _first_refusal(api_acr="one-time-code"): {"acr_values": "https://as.example/acr/one-time-code"},
        _first_refusal(api_max_age=600, later="30m call"): {"max_age": "600"},
        'Bearer error="insufficient_user_authentication", max_age="5", acr_values="a b"': {
            "max_age": "5",
            "acr_values": "a b",
        },
        'Bearer error="invalid_token", acr_values="gold"': {},
    }


def _tries_the_reader(read: Any) -> Verdict:
    for header, wanted in _cases().items():
        said = result_of("your function", lambda header=header: read(header))
        if said != wanted:
            return Verdict(False, f"For `{header[:200]}` it should give {wanted}, and gives {said!r:.120}.", "another")
    return Verdict(True, f"It reads all {len(_cases())} headers.")


def _tries_the_test(test: Any) -> Verdict:
    return one_caught(test, "endpoints", _NAMES, "max-age-dropped")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="step-up.1",
        question="Which check of the API refused the token in the run `money`?",
        hint="The token is new. What in it is old?",
        options=(
            check_option("api.not_expired", "The token was a few seconds old."),
            check_option("api.context_class", "This API does not care how the user logged in."),
            check_option("id_token.login_recent", "That is a check of the app, for its own token."),
            check_option("api.login_recent", "The token's `auth_time` is half an hour old."),
        ),
        computed=lambda: next(one.check.id for event in _money().events for one in event.checks if one.decides),
        reason=lambda: "The API compares `auth_time` with its own clock (RFC 9470 §6).",
    ),
    Made(
        id="step-up.2",
        question=(
            "Write what an app needs: `to_be_asked_for(header)` gets the text of a `WWW-Authenticate` header, and "
            "gives the parameters for the next authorization request as a dict: `max_age` and `acr_values`, as far "
            "as the header names them. For any other error it gives an empty dict."
        ),
        hint="Look at the error first. The parameters are pairs of a name and a text in quotation marks.",
        wants="a function of a text",
        is_one=callable,
        trial=_tries_the_reader,
        reason=lambda: "The error says that another login would help; with any other they mean nothing (RFC 9470 §3).",
    ),
    Made(
        id="step-up.3",
        question=(
            "Find the server that does not do what it accepted. `server.remember()` lets it know the user from an "
            "hour ago, `server.authorize(max_age='0')` asks for a login now, and `server.pages_shown` says which "
            "pages the user has seen. `test(server)` says True for the one that lets the old login pass."
        ),
        hint="With `max_age` 0 the page `login` must be among them.",
        wants="a function of a server",
        is_one=callable,
        trial=_tries_the_test,
        reason=lambda: "A server that shows no login page then has not read the parameter (OIDC Core §3.1.2.1).",
    ),
    Choice(
        id="step-up.4",
        question="The API of `money` says no. After how many refreshes would it say yes?",
        hint="What does a refresh do to `auth_time`?",
        options=(
            Option("one", "after one", "It has refreshed once, and the API has said no."),
            Option("three", "after three", "Each of them brings a new token for the same login."),
            Option("never", "never", "`auth_time` stays what it was."),
        ),
        computed=lambda: (
            "never" if _refusals("30m refresh call") and _refusals("30m refresh refresh refresh call") else "one"
        ),
        reason=lambda: "A refresh makes the token younger, and not the login.",
    ),
)
