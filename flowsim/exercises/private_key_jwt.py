"""The exercises of the lesson about a key instead of a secret."""

from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Verdict, check_option
from flowsim.exercises.trials import one_caught
from flowsim.model.own_code import result_of
from flowsim.mutants.grading import system_under_test
from flowsim.mutants.proofs import MINE, key
from flowsim.mutants.server_under_test import ServerUnderTest
from flowsim.mutants.under_test import VERIFIER
from flowsim.protocol import client_assertions, signed_tokens
from flowsim.protocol.messages import Response
from flowsim.simulation.simulation import Simulation, Trace

_NAMES = ("usual", "assertion-for-others", "assertion-again", "any-signer", "modest")


@cache
def _held() -> Trace:
    return Simulation(attacker="mix-up-with-assertion", iss=False, seed=7).run()


def _server(name: str = "usual") -> ServerUnderTest:
    server = system_under_test("endpoints", name)
    assert isinstance(server, ServerUnderTest)
    return server


def _redeemed(server: ServerUnderTest, assertion: str) -> Response:
    """The answer to a token request with a fresh code and this assertion."""
    code = server.code(client_id=server.key_client_id)
    asserted = client_assertions.parameters(assertion)
    return server.token(client_id=None, code=code, code_verifier=VERIFIER, **asserted)


def _tries_the_assertion(make: Any) -> Verdict:
    server = _server()
    for jti in ("my first", "my second"):
        given = (server.key_client_id, server.issuer, server.now, jti, key(MINE))
        text = result_of("your function", lambda given=given: make(*given))
        if not isinstance(text, str):
            return Verdict(False, "It must give a text: three parts with dots between them.", "no text")
        answer = _redeemed(server, text)
        if answer.status != 200:
            said = str(answer.json().get("error_description"))
            return Verdict(False, f"The server has refused it: {said}.", said)
    return Verdict(True, "The server has taken two of them.")


def _tries_the_test(test: Any) -> Verdict:
    return one_caught(test, "endpoints", _NAMES, "assertion-for-others")


def _has_to_differ() -> str:
    """The claim which alone makes the server take a used assertion again, when it is another one."""
    server = _server()
    used = server.assertion()
    _redeemed(server, used)
    token = signed_tokens.read(used)
    assert token is not None
    claims = dict(token.claims)
    others = {"iss": "x", "sub": "x", "aud": "x", "jti": "x", "exp": claims["exp"] - 1}
    taken = [
        name
        for name, other in others.items()
        if _redeemed(server, server.assertion(**claims | {name: other})).status == 200
    ]
    return ", ".join(taken)


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="private-key-jwt.1",
        question=(
            "In the run `held` the attacker brought a genuine assertion to the honest server. Which check refused it?"
        ),
        hint="For whom had the app made it?",
        options=(
            check_option("code_assertion.signature", "The app has signed it, with its registered key."),
            check_option("code_assertion.audience", "The app made it for the attacker's server."),
            check_option("code_assertion.not_seen", "This server had never seen it."),
            check_option("code_assertion.issuer", "It names the app, and the app has made it."),
        ),
        computed=lambda: str(_held().verdict.stopped_by),
        reason=lambda: f"{_held().verdict.sentence}",
    ),
    Made(
        id="private-key-jwt.2",
        question=(
            "Make an assertion that a server takes. `my_assertion(client_id, issuer, now, jti, octets)` gives its "
            "text; `octets` are those of the private Ed25519 key whose public half this client has registered."
        ),
        hint="The cell “By hand” makes one. What has to be another value here: `iss`, `sub`, `aud`, `iat`, `exp`?",
        wants="a function of `client_id`, `issuer`, `now`, `jti` and `octets`",
        is_one=callable,
        trial=_tries_the_assertion,
        reason=lambda: "It finds the client by `sub`, and its key by the client (RFC 7523 §3).",
    ),
    Made(
        id="private-key-jwt.3",
        question=(
            "Write the test of an auditor: `test(server)` says True for a server that takes an assertion made for "
            "*another* server, and accuses no other. `server.assertion(aud=…)` makes one with any claim changed."
        ),
        hint="Use `redeemed_with`, and see first that the server takes a right one.",
        wants="a function of a server",
        is_one=callable,
        trial=_tries_the_test,
        reason=lambda: "One claim is wrong and all else is right, so what the server says is about that claim.",
    ),
    Choice(
        id="private-key-jwt.4",
        question=(
            "A developer keeps each assertion for its whole minute. The second request with it is refused. Which "
            "claim, if it alone were another, would have made the server say yes?"
        ),
        hint="By what does the server know that an assertion has come before?",
        options=(
            Option("iss", "`iss`", "That must name the client."),
            Option("aud", "`aud`", "That must name the server."),
            Option("exp", "`exp`", "Another end does not make it another assertion."),
            Option("jti", "`jti`", "That is its own name."),
        ),
        computed=_has_to_differ,
        reason=lambda: "The server remembers the `jti` of each assertion until it expires (RFC 7523 §3).",
    ),
)
