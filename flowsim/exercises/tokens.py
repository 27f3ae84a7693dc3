"""The exercises of the lesson about tokens."""

from collections.abc import Callable
from functools import cache
from typing import Any

from flowsim.analysis.forged_tokens import Attempt, hand_to_api
from flowsim.exercises.kinds import Choice, Exercise, Made, Option, Value, Verdict, check_option
from flowsim.model.own_code import result_of
from flowsim.simulation.simulation import Simulation, Trace

_NOW = 1_767_225_600
_GOOD_HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "2026-01"}
_GOOD = {
    "iss": "https://as.example",
    "aud": "https://api.example",
    "sub": "user-alice",
    "exp": _NOW + 600,
    "iat": _NOW,
    "scope": "openid profile read:messages",
}
_FIXES: dict[str, dict[str, Any]] = {
    "scope": {"scope": "openid read:messages"},
    "lifetime": {"scope": "openid", "access_token_lifetime": 86_400},
    "nonce": {"scope": "openid", "nonce": False},
    "key": {"scope": "openid", "dpop": "tokens"},
}


@cache
def _none(**settings: Any) -> Attempt:
    return hand_to_api("alg-none", **settings)


def _refuses_none() -> str:
    check = _none().refused_by
    return check.id if check else ""


@cache
def _narrow(fix: str = "") -> Trace:
    return Simulation(**(_FIXES[fix] if fix else {"scope": "openid"}), seed=7).run()


def _works(trace: Trace) -> bool:
    return trace.verdict.error is None


def _cases() -> tuple[tuple[dict[str, Any], dict[str, Any], bool, str], ...]:
    """A header, claims, whether the API should take such a token, and what it is."""
    changed: tuple[tuple[dict[str, Any], dict[str, Any], bool, str], ...] = (
        ({}, {}, True, "a good token"),
        (
            {},
            {"aud": ["https://other.example", "https://api.example"]},
            True,
            "a token for two APIs, one of them this one",
        ),
        ({}, {"scope": "read:messages"}, True, "a token with no more scope than is needed"),
        ({"alg": "none"}, {}, False, "a token without a signature"),
        ({"alg": "HS256"}, {}, False, "a token with another algorithm"),
        ({"typ": "JWT"}, {}, False, "an ID token"),
        ({}, {"aud": "https://other.example"}, False, "a token for another API"),
        ({}, {"aud": "https://api.example.attacker.example"}, False, "a token for an API whose name only begins alike"),
        ({}, {"iss": "https://other.example"}, False, "a token of another server"),
        ({}, {"exp": _NOW - 3600}, False, "a token that expired an hour ago"),
        ({}, {"exp": None}, False, "a token that never expires"),
        ({}, {"scope": "openid profile"}, False, "a token without the scope"),
        ({}, {"scope": "read:messages.all"}, False, "a scope that only begins alike"),
        ({}, {"scope": None}, False, "a token without any scope"),
    )
    return tuple(
        (_with(_GOOD_HEADER, header), _with(_GOOD, claims), good, what) for header, claims, good, what in changed
    )


def _with(usual: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def _tries_the_api(accepts: Callable[..., Any]) -> Verdict:
    for header, claims, good, what in _cases():
        said = result_of("your function", lambda h=header, c=claims: bool(accepts(dict(h), dict(c), _NOW)))
        if said is not good:
            wrong = "refuses" if good else "accepts"
            return Verdict(False, f"Your API {wrong} {what}.", f"{wrong} {what}")
    return Verdict(True, f"It judges all {len(_cases())} tokens as flowsim's own API does.")


EXERCISES: tuple[Exercise, ...] = (
    Choice(
        id="tokens.1",
        question="Which check of the API refuses a token whose algorithm is `none`?",
        hint=(
            "The first check that fails decides. What does a verifier of tokens have to know before it looks at a"
            " signature?"
        ),
        options=(
            check_option("api.algorithm", "The API decides which algorithm it takes."),
            check_option("api.signature", "There is no signature that could be wrong."),
            check_option("api.token_type", "The forger has left the type as it was."),
            check_option("api.audience", "The forger has left the audience as it was."),
        ),
        computed=_refuses_none,
        reason=lambda: f"{_none()!r}.",
    ),
    Choice(
        id="tokens.2",
        question="That check is switched off. Is the token with `alg: none` accepted now?",
        hint="What is there that the check of the signature could verify?",
        options=(
            Option(
                "yes",
                "Yes",
                "The token says that there is no signature, and an API that believes it has nothing to verify.",
            ),
            Option(
                "no", "No", "You count on the check of the signature. But the token says that there is none to verify."
            ),
        ),
        computed=lambda: hand_to_api("alg-none", without={"api.algorithm"}).accepted,
        reason=lambda: "So the API decides which algorithm it takes, and never the token (RFC 8725 §3.1).",
    ),
    Value(
        id="tokens.3",
        question="A forged token names a `kid` that nobody knows. How often does the API ask the server for its keys?",
        hint="It asks, and then it decides.",
        wants="a whole number",
        example="5",
        computed=lambda: hand_to_api("own-key").asked_for_keys,
        meanings={
            "0": "The key might be new. An API that never asks cannot follow when the server changes its keys.",
            "2": "After the first answer it knows all keys that there are.",
        },
        reason=lambda: "Once: the key might be new. It is not in the answer, so the token is refused.",
    ),
    Choice(
        id="tokens.4",
        question=(
            "Read a trace that fails: `player(Simulation(scope='openid', seed=7))`, at its end. What has to be changed"
            " so that the call works?"
        ),
        hint="Who refuses, at which step, with which error? What does the token say there?",
        options=(
            Option(
                "lifetime", "the token must live longer", "The token is minutes old. The API says `insufficient_scope`."
            ),
            Option("scope", "the app must ask for more scope", "The API wants `read:messages`."),
            Option(
                "nonce",
                "the app must not send a `nonce`",
                "The `nonce` is for the ID token, and the app was content with it.",
            ),
            Option(
                "key",
                "the token must be bound to a key",
                "This API takes bearer tokens. It is not the key that is missing.",
            ),
        ),
        computed=lambda: next(name for name in _FIXES if _works(_narrow(name))),
        reason=lambda: _narrow().verdict.sentence,
    ),
    Made(
        id="tokens.5",
        question=(
            "Write what an API asks of a token. `accepts(header, claims, now)` gets the two parts as dicts, of a token"
            " whose signature is good, and the time. It says True where the token is for `https://api.example`, from"
            " `https://as.example`, and allows `read:messages`."
        ),
        hint=(
            "Seven questions: algorithm (`RS256`), type (`at+jwt`), issuer, audience (a text or a list), expiry, scope"
            " word by word."
        ),
        wants="a function of `header`, `claims` and `now`",
        is_one=callable,
        trial=_tries_the_api,
        reason=lambda: "These are the checks of RFC 9068 §4, and one for the scope (RFC 6750 §3.1).",
    ),
)
