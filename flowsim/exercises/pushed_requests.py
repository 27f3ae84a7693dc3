"""The exercises of the lesson about pushed requests."""

from typing import Any

from flowsim.analysis.matrix import cell
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict, check_option
from flowsim.model.own_code import result_of
from flowsim.mutants.catalogue import SUITES
from flowsim.mutants.server_under_test import ServerUnderTest
from flowsim.mutants.specimens import Mutant
from flowsim.mutants.under_test import VERIFIER
from flowsim.protocol.messages import REDIRECTS

BARE = dict.fromkeys(("response_type", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"))
_WRONG = {"response_type": "token", "redirect_uri": "https://x.example/", "code_challenge_method": "S512"}


def _server(**settings: Any) -> ServerUnderTest:
    server = SUITES["endpoints"].make(Mutant(name="usual", about="one that is sound", settings=settings))
    assert isinstance(server, ServerUnderTest)
    return server


def _tries_to_push(function: Any) -> Verdict:
    server = _server(par="required")
    code = result_of("your function", lambda: function(server))
    if not isinstance(code, str) or not code:
        return Verdict(False, "It gives no code. This server takes no other requests than pushed ones.", "no code")
    answer = server.token(code=code, code_verifier=VERIFIER)
    if answer.status != 200:
        said = str(answer.json().get("error_description"))
        return Verdict(False, f"The server does not take this code: {said}.", said)
    return Verdict(True, "The request was pushed, and the server gives tokens for its code.")


def _second_answer() -> str:
    server = _server()
    name = server.push().json()["request_uri"]
    _, second = (server.authorize(client_id=server.client_id, request_uri=name, **BARE) for _ in range(2))
    return "redirect" if second.status in REDIRECTS else "page" if second.status == 400 else "login"


def _another_error() -> str:
    heard = {name: _server().push(**{name: value}).json().get("error") for name, value in _WRONG.items()}
    return ", ".join(name for name, error in heard.items() if error not in (None, "invalid_request"))


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="pushed-requests.1",
        question="Which check stopped the attacker that pushed a request in the name of the website?",
        hint="It is a check of the endpoint for pushed requests.",
        options=(
            check_option("push.client_known", "Everybody knows the website's `client_id`."),
            check_option("push.client_authenticated", "Whoever pushes for a website has to show its secret."),
            check_option("authorize.pushed_where_required", "It was pushed, or at least that was tried."),
            check_option("authorize.redirect_uri_registered", "This server only looks how the address begins."),
        ),
        computed=lambda: str(cell("redirect-manipulation", "par-with-secret").verdict.stopped_by),
        reason=lambda: "The endpoint asks who pushes, by the rules of the token endpoint (RFC 9126 §2).",
    ),
    Made(
        id="pushed-requests.2",
        question=(
            "Push a request yourself. `code_of_a_pushed_request(server)` gives a code that was asked for with no "
            "parameter in the address but the two that PAR leaves there. `server.push()` pushes a right request, and"
            " `server.code(client_id=…, request_uri=…, **BARE)` has a browser open an address."
        ),
        hint="`server.push().json()` holds the `request_uri`, and `server.client_id` is whose request it is.",
        wants="a function of a server",
        is_one=callable,
        trial=_tries_to_push,
        reason=lambda: (
            "The server keeps the parameters under that name; the code is bound to the challenge that was pushed."
        ),
    ),
    Choice(
        id="pushed-requests.3",
        question=(
            "The browser opens the same `request_uri` a second time, as when the user presses *reload*. What comes?"
        ),
        hint="Where does the server know an address of the app from?",
        options=(
            Option("login", "the login page once more", "A used name is as good as none here."),
            Option(
                "redirect",
                "a redirect to the app, with an error",
                "Without a request there is no address to send it to.",
            ),
            Option("page", "an error page, and the app hears nothing", "The server knows no such request any more."),
        ),
        computed=_second_answer,
        reason=lambda: "A `request_uri` should be good once; a server may let a reload through (RFC 9126 §4).",
    ),
    Choice(
        id="pushed-requests.4",
        question=(
            "Something in a pushed request is wrong. For which of these does the endpoint answer with a code of its"
            " own?"
        ),
        hint="Push each of them at a server of the zoo, and read the error.",
        options=(
            Option("redirect_uri", "`redirect_uri=https://x.example/`", "That is an `invalid_request`."),
            Option("code_challenge_method", "`code_challenge_method=S512`", "That is an `invalid_request`."),
            Option("response_type", "`response_type=token`", "There is an error with its name."),
        ),
        computed=_another_error,
        reason=lambda: (
            "The errors are those of the authorization endpoint (RFC 9126 §2.3): `unsupported_response_type`."
        ),
    ),
)
