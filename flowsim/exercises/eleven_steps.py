"""The exercises of the lesson that goes through the eleven steps."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from flowsim.actors import api, authorization_server
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict, check_option
from flowsim.exercises.trials import sent_request
from flowsim.model.context import Context
from flowsim.model.own_code import result_of
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import shown
from flowsim.protocol.messages import Request, Response, query_of, request
from flowsim.simulation.simulation import Simulation

_ISSUER, _API = "https://as.example", "https://api.example"


@cache
def _sent() -> Request:
    """The authorization request of the login."""
    return sent_request(Simulation(pkce="S256", seed=7), 3, 1)


def _error_without_method() -> str:
    login = Simulation(pkce="S256", seed=7)
    login.at_step(3)
    context = Context(7, login.world.now, login.scenario.policy, "reader")
    forgetful = request("GET", _sent().url.replace("&code_challenge_method=S256", ""))
    _, reply = authorization_server.handle(login.world.servers[_ISSUER], forgetful, context)
    return dict(query_of(reply.location))["error"]


def _redeem(fields: dict[str, str] | None = None, later: int = 0) -> tuple[int, dict[str, Any]]:
    """Status and body of the server's answer at step 8: to the app's own request, or to one with these fields instead."""
    login = Simulation(pkce="S256", seed=7)
    asked = sent_request(login, 7, 1)
    if fields is not None:
        asked = request("POST", asked.url, form=fields)
    context = Context(7, login.world.now + later, login.scenario.policy, "reader")
    _, reply = authorization_server.handle(login.world.servers[_ISSUER], asked, context)
    return reply.status, reply.json()


def _refuses_the_id_token() -> str:
    login = Simulation(pkce="S256", seed=7)
    event = login.at_step(9)
    received = event.messages[0].message if event else None
    assert isinstance(received, Response)
    id_token = received.json()["id_token"]
    call = sent_request(login, 10, 0)
    context = Context(7, login.world.now, login.scenario.policy, "reader")
    api.handle(login.world.apis[_API], replace(call, headers=(("Authorization", f"Bearer {id_token}"),)), context)
    return next(result.check.id for result in context.checks if result.decides)


def _never_in_the_browser() -> tuple[str, ...]:
    knowing = Simulation(pkce="S256", seed=7).run().ledger.table()
    return tuple(kind for kind, lanes in knowing.items() if "browser" not in lanes and kind != "data")


def _callbacks() -> tuple[tuple[str, str, bool, str], ...]:
    """The state that was kept, the address that came, whether it is this login's, and what is wrong with it."""
    kept = dict(query_of(_sent().url))["state"]
    came, other = f"https://app.example/callback?code=c&state={kept}", kept.swapcase()
    return (
        (kept, came, True, "the genuine answer"),
        (kept, f"https://app.example/callback?state={kept}&code=c", True, "the genuine answer, in another order"),
        (kept, came.replace(kept, other), False, "a state that differs in capitals only"),
        (kept, came.replace(kept, kept[:-1]), False, "a state that is cut short"),
        (kept, came.replace(kept, kept + "x"), False, "a state that only begins like the right one"),
        (kept, "https://app.example/callback?code=c", False, "no state at all"),
        (kept, "https://app.example/callback?code=c&state=", False, "an empty state"),
        (kept, f"https://app.example/callback?code=c&other={kept}", False, "the right text in another parameter"),
        (kept, f"{came}&state=mine", False, "two of them, the right one first"),
        (
            kept,
            f"https://app.example/callback?code=c&state=mine&state={kept}",
            False,
            "two of them, the right one last",
        ),
        ("", "https://app.example/callback?code=c&state=", False, "an empty state where none was kept"),
    )


def _tries_the_check(check: Callable[[str, str], object]) -> Verdict:
    for kept, url, mine, what in _callbacks():
        said = result_of("your function", lambda kept=kept, url=url: bool(check(kept, url)))
        if said is not mine:
            wrong = "refuses" if mine else "accepts"
            return Verdict(False, f"Your check {wrong} {what}: `{shown(url, 120)}`.", f"{wrong} {what}")
    return Verdict(True, f"It tells all {len(_callbacks())} answers apart.")


def _tries_the_request(make: Callable[[str, str], object]) -> Verdict:
    login = Simulation(pkce="S256", seed=7)
    asked = sent_request(login, 7, 1)
    right = dict(asked.form)
    made = result_of("your function", make, right["code"], right["code_verifier"])
    if not isinstance(made, dict) or not all(isinstance(one, str) for pair in made.items() for one in pair):
        raise ScenarioError(f"your function gave {shown(made)}; expected a dict of texts, the fields of the form")
    status, body = _redeem(made)
    if status == 200:
        return Verdict(True, "The server took it, and answered with tokens.")
    error = str(body.get("error"))
    return Verdict(False, f"The server answers {status}, `{error}`: {body.get('error_description', 'no more')}.", error)


EXERCISES: tuple[Exercise, ...] = (
    Made(
        id="eleven-steps.1",
        question=(
            "Write the check of step 6. `is_mine(kept, url)` gets the `state` that the app has kept and the address"
            " that was opened, and says True where the answer belongs to this login."
        ),
        hint="`urllib.parse.parse_qs` gives a list for each parameter. How long may the list of `state` be?",
        wants="a function of `kept` and `url`",
        is_one=callable,
        trial=_tries_the_check,
        reason=lambda: (
            "An app must compare the whole text, and a parameter must not come twice (RFC 6749 §3.1, §10.12)."
        ),
    ),
    Choice(
        id="eleven-steps.2",
        question=(
            "An app makes a challenge with SHA-256 and forgets the `code_challenge_method`. Which `error` stands in the"
            " redirect?"
        ),
        hint="Which method is meant when none is named? This server takes `S256` only: see step 3.",
        options=(
            Option("invalid_grant", "`invalid_grant`", "There is no grant yet, that is no code. The request is wrong."),
            Option("invalid_request", "`invalid_request`", "Without a method the challenge counts as `plain`."),
            Option(
                "invalid_client",
                "`invalid_client`",
                "The server knows this client. It has not even looked for a secret.",
            ),
            Option("access_denied", "`access_denied`", "That is what a user's no brings, or the server's."),
        ),
        computed=_error_without_method,
        reason=lambda: "A server that does not take the method must say so (RFC 7636 §4.3, §4.4.1).",
    ),
    Choice(
        id="eleven-steps.3",
        question=(
            "The app sends the right code and the right verifier, but 61 seconds after it got the code. Which `error`"
            " does it get?"
        ),
        hint="It is the same one that a wrong verifier gets in step 8.",
        options=(
            Option("invalid_request", "`invalid_request`", "The request is well made. What it pays with is no good."),
            Option("invalid_grant", "`invalid_grant`", "The code is the grant, and it has expired."),
            Option("expired_token", "`expired_token`", "That is an error of the device flow."),
            Option("invalid_token", "`invalid_token`", "That is what an API answers. A code is no token."),
        ),
        computed=lambda: str(_redeem(later=61)[1].get("error")),
        reason=lambda: "This server's codes live for 60 seconds. An expired code is an invalid grant (RFC 6749 §5.2).",
    ),
    Choice(
        id="eleven-steps.4",
        question="An app mixes up its tokens and sends the *ID token* to the API. Which check refuses it?",
        hint="The first check that fails decides. Compare the headers of the two tokens.",
        options=(
            check_option("api.signature", "The server has signed both tokens with the same key."),
            check_option("api.token_type", "The `typ` of an ID token is not `at+jwt`."),
            check_option("api.audience", "It would fail, too, but another one fails before it."),
            check_option("api.not_expired", "The ID token is still good."),
        ),
        computed=_refuses_the_id_token,
        reason=lambda: "An access token says in its header that it is one (RFC 9068 §4).",
    ),
    Choice(
        id="eleven-steps.5",
        question="Which of these never passed through the browser?",
        hint="Read the column “You” in the table of who knows what.",
        several=True,
        options=(
            Option("state", "the `state`", "It went to the server and came back, both times in an address."),
            Option("code", "the `code`", "It came in the redirect."),
            Option("code_challenge", "the `code_challenge`", "It went to the server in an address."),
            Option("code_verifier", "the `code_verifier`", "It went straight to the server, at step 7."),
            Option("access_token", "the access token", "It came straight from the server, at step 9."),
            Option("id_token", "the ID token", "It came straight from the server, at step 9."),
        ),
        computed=_never_in_the_browser,
        reason=lambda: "Steps 7 to 11 take the back channel.",
    ),
    Made(
        id="eleven-steps.6",
        question=(
            "Write the client's step 7. `token_request(code, code_verifier)` gives the fields of the form, as a dict."
            " It is sent to the server of this lesson, whose app has no secret."
        ),
        hint="Look at the message of step 7: five fields. The address must be the one of the authorization request.",
        wants="a function of `code` and `code_verifier`",
        is_one=callable,
        trial=_tries_the_request,
        reason=lambda: "The fields are those of RFC 6749 §4.1.3, and the verifier of RFC 7636 §4.5.",
    ),
)
