"""The exercises of the lesson about tokens with a key."""

from functools import cache
from typing import Any

from flowsim.exercises.kinds import Choice, Exercise, Made, Value, Verdict, check_option
from flowsim.exercises.trials import one_caught
from flowsim.model.own_code import result_of
from flowsim.mutants.api_under_test import ApiUnderTest
from flowsim.mutants.grading import system_under_test
from flowsim.mutants.proofs import MINE, key
from flowsim.protocol.messages import Request
from flowsim.simulation.simulation import Simulation, Trace

_NAMES = ("usual", "photos", "any-key", "proof-for-another", "mere-bearer")


@cache
def _thief() -> Trace:
    return Simulation(client="spa", attacker="access-token-theft", dpop="tokens", seed=7).run()


def _proofs_of_a_login() -> int:
    noncing = Simulation(client="spa", dpop="tokens", dpop_nonce=True, seed=7).run()
    sent = (one.message for event in noncing.events for one in event.messages)
    return sum(isinstance(one, Request) and one.header("dpop") is not None for one in sent)


def _tries_the_proof(make: Any) -> Verdict:
    api = system_under_test("APIs", "usual")
    assert isinstance(api, ApiUnderTest)
    for jti in ("my first", "my second"):
        token = api.token(bound_to=MINE, jti=jti)
        given = ("GET", api.address, token, api.now, jti, key(MINE))
        text = result_of("your function", lambda given=given: make(*given))
        if not isinstance(text, str):
            return Verdict(False, "It must give a text: three parts with dots between them.", "no text")
        answer = api.call(token, proof=text)
        if answer.status != 200:
            said = (answer.header("WWW-Authenticate") or "").partition('error_description="')[2].partition('"')[0]
            return Verdict(False, f"The API has refused it: {said}.", said)
    return Verdict(True, "The API has taken two of them.")


def _tries_the_test(test: Any) -> Verdict:
    return one_caught(test, "APIs", _NAMES, "proof-for-another")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="dpop.1",
        question="The thief of a bound access token sent it as `Bearer`, without a proof. Which check refused it?",
        hint="The first that fails decides, and the scheme comes before the proof.",
        options=(
            check_option("api_proof.key", "No key was shown that could be the wrong one."),
            check_option("api.signature", "The token is genuine."),
            check_option("api_proof.scheme", "The token names a key, and came as if it did not."),
            check_option("api_proof.not_seen", "There was no proof that could have come before."),
        ),
        computed=lambda: str(_thief().verdict.stopped_by),
        reason=lambda: "An API that knows DPoP must refuse a bound token that comes as a bearer token (RFC 9449 §7.2).",
    ),
    Made(
        id="dpop.2",
        question=(
            "Make a proof that an API takes. `my_proof(method, address, access_token, now, jti, octets)` gives its "
            "text; the token is bound to the Ed25519 key with these octets."
        ),
        hint="`by_hand` makes one with the key of the lesson. The public key in its header must be that of `octets`.",
        wants="a function of `method`, `address`, `access_token`, `now`, `jti` and `octets`",
        is_one=callable,
        trial=_tries_the_proof,
        reason=lambda: (
            "The API takes the key out of the proof, and compares its name with that in the token (RFC 9449 §4.3)."
        ),
    ),
    Made(
        id="dpop.3",
        question=(
            "Write the test: `test(api)` says True for an API that takes a proof made for *another* token of the "
            "same key, and accuses no other. `api.token(bound_to='mine', jti=…)` makes a token, `api.proof(token)` a"
            " proof for it."
        ),
        hint="Two tokens. See first that each is taken with its own proof, then show one with that of the other.",
        wants="a function of an API",
        is_one=callable,
        trial=_tries_the_test,
        reason=lambda: "All fits but `ath`, the hash of the token (RFC 9449 §4.3).",
    ),
    Value(
        id="dpop.4",
        question=(
            "With `dpop_nonce=True` some requests are sent twice. How many proofs does the app send in the login "
            "`noncing`?"
        ),
        hint="The server refuses the first proof, for want of a nonce. Who else?",
        wants="a whole number",
        example="7",
        computed=_proofs_of_a_login,
        meanings={
            "2": "That is how many it would be without the nonce.",
            "3": "The server and the API each have nonces of their own.",
        },
        reason=lambda: "One for each of the two is refused, and made again with the nonce (RFC 9449 §8, §9).",
    ),
)
