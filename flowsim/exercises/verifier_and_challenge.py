"""The exercises of the lesson about the verifier and the challenge."""

import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from flowsim.attacks.brute_force import brute_force
from flowsim.exercises.kinds import Exercise, Made, Value, Verdict
from flowsim.model.own_code import result_of
from flowsim.model.shown import shown
from flowsim.protocol import pkce

_NOON = 1_767_268_800
_LOGGED = "p_9MlRaTOKQEiGxsOTcgY6NZ614SgxvN_TwuLAKyKeE"
_SALT = "this.salt.was.printed.in.the.daily.news"
_GRAMMAR = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_MANY = 300
_PUBLISHED = ("3641a2d12d66101249cdf7a79c000c1f8c05d2aafcf14bf146497bed", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


def _tries_the_challenge(make: Callable[[str], Any]) -> Verdict:
    draw = random.Random(7)
    verifiers = [*_PUBLISHED, "~" * 43, "-" * 128, *(pkce.verifier_from(draw.randbytes(32)) for _ in range(40))]
    for verifier in verifiers:
        right, said = pkce.challenge_for(verifier, "S256"), result_of("your function", make, verifier)
        if said == right:
            continue
        key, why = _mistake(said, verifier, right)
        return Verdict(False, f"For `{verifier[:50]}` it gives {shown(said)}. {why}", key)
    return Verdict(True, f"It is right for all {len(verifiers)} verifiers that were tried, also the ones of the RFCs.")


def _mistake(said: Any, verifier: str, right: str) -> tuple[str, str]:
    if isinstance(said, bytes):
        return "bytes", "A challenge is a text: `.decode()` turns the bytes into one."
    if not isinstance(said, str):
        return "no text", "A challenge is a text."
    if said == verifier:
        return "plain", "That is the verifier itself, as under `plain`."
    if said.rstrip("=") == right:
        return "padding", "The sign `=` at the end has to go (RFC 7636 appendix A)."
    if said.replace("+", "-").replace("/", "_").rstrip("=") == right:
        return "base64", "That is base64. The challenge is base64url, which has `-` and `_` for `+` and `/`."
    if re.fullmatch("[0-9a-f]{64}", said):
        return "hex", "That is the hash in hexadecimal. The challenge is its octets in base64url."
    return "other", "Hash the verifier as text in ASCII, and write the octets of the hash in base64url."


def _tries_the_verifier(make: Callable[[], Any]) -> Verdict:
    made = [result_of("your function", make) for _ in range(_MANY)]
    odd = next((one for one in made if not isinstance(one, str) or not _GRAMMAR.fullmatch(one)), None)
    if odd is not None:
        return Verdict(False, f"{shown(odd)} is no verifier: 43 to 128 of `A-Z a-z 0-9 - . _ ~`.", "grammar")
    if len({*made}) < _MANY:
        return Verdict(False, f"In {_MANY} verifiers, one came twice.", "repeats")
    random.seed(7)
    before = make()
    random.seed(7)
    if make() == before:
        return Verdict(False, "It uses the module `random`: who knows its state knows the next verifier.", "random")
    fixed = min(len({one[place] for one in made}) for place in range(42))
    if fixed < 12:
        return Verdict(False, "Some of its characters hardly change, so they cannot be counted as random.", "few bits")
    return Verdict(True, f"{_MANY} verifiers, all good and all different.")


@cache
def _more_guesses() -> int:
    pins = range(10_000)
    salted = brute_force(pkce.challenge_for(f"{_SALT}4711", "S256"), [f"{_SALT}{pin:04}" for pin in pins])
    found = brute_force(pkce.challenge_for(f"{4711:043}", "S256"), [f"{pin:043}" for pin in pins])
    return salted.guesses - found.guesses


@cache
def _drawn_from_the_time() -> str:
    seconds = range(_NOON, _NOON + 3600)
    drawn = (pkce.verifier_from(random.Random(second).randbytes(32)) for second in seconds)
    return str(brute_force(_LOGGED, drawn).verifier)


EXERCISES: tuple[Exercise, ...] = (
    Made(
        id="verifier-and-challenge.1",
        question="Write `challenge(verifier)`, which gives the `S256` challenge, without any help of flowsim's.",
        hint="Hash the text, not the octets it was made from, and take off the sign `=`.",
        wants="a function of a verifier",
        is_one=callable,
        trial=_tries_the_challenge,
        reason=lambda: "Its length is 43 always, because SHA-256 always gives 32 octets (RFC 7636 §4.2).",
    ),
    Value(
        id="verifier-and-challenge.2",
        question=(
            "A verifier has 43 characters, and each could be one of 64. How many different characters can stand at the "
            "*end* of a verifier that was made from 32 octets?"
        ),
        hint="How many bits of the 256 are left for the last character?",
        wants="a whole number",
        example="64",
        computed=lambda: len({pkce.verifier_from(bytes([*bytes(31), octet]))[-1] for octet in range(256)}),
        meanings={
            "64": "That holds for the others. For the last one, fewer than six bits are left.",
            "4": "Four bits are left. How many characters is that?",
            "256": "That is how many octets there are. A character of base64url stands for six bits at most.",
        },
        reason=lambda: (
            "42 characters take 252 of the 256 bits. Four are left, and two zeros fill them up (RFC 4648 §4)."
        ),
    ),
    Value(
        id="verifier-and-challenge.3",
        question=(
            "An app draws its octets with `random.Random(second).randbytes(32)`, where `second` is the time in seconds"
            f" since 1970. You saw the challenge `{_LOGGED}` in a log, between 12:00 and 13:00 UTC on 1 January 2026:"
            f" from second {_NOON} on. Find the verifier."
        ),
        hint=(
            "Give `brute_force` one verifier for each second of the hour; `pkce.verifier_from` makes one from 32"
            " octets."
        ),
        wants="a text",
        example="“dBjftJeZ…”",
        exact=True,
        computed=_drawn_from_the_time,
        meanings={_LOGGED: "That is the challenge. What was hashed to make it?"},
        reason=lambda: (
            "An hour has 3,600 seconds, less than 12 bits, however random the 43 characters look (RFC 7636 §7.1)."
        ),
    ),
    Value(
        id="verifier-and-challenge.4",
        question=(
            "The app with the four digits puts a salt of 39 characters before them, and everybody can read the salt."
            " How many guesses *more* than before does the attacker need?"
        ),
        hint="What does a guess consist of, when the salt is known?",
        wants="a whole number",
        example="100",
        computed=_more_guesses,
        meanings={
            "39": "The salt is known, so it need not be guessed.",
            "10000": "There are ten thousand numbers, with the salt and without.",
        },
        reason=lambda: "The attacker puts the same salt before each guess (RFC 7636 §7.3).",
    ),
    Made(
        id="verifier-and-challenge.5",
        question="Write `new_verifier()`, which draws a verifier that nobody can guess.",
        hint="The module `secrets` is made for that. The module `random` is not.",
        wants="a function without arguments",
        is_one=callable,
        trial=_tries_the_verifier,
        reason=lambda: (
            "Whether it was well drawn cannot be seen at a verifier; it stands in the program that draws it."
        ),
    ),
)
