"""An oracle for what is said of an event: it finds the claims in a sentence and holds each against messages and checks.

Wherever the pattern of a rule stands in a sentence, its question must be answered with yes. And no claim may escape: a
name in `backquotes`, or one of the words of SUSPECT, that no rule covers is a fault as well.
"""

import re
from collections.abc import Iterator
from functools import cache

from tests.kit import (
    claims_of_accidents,
    claims_of_apis_behind,
    claims_of_assistants,
    claims_of_attacks,
    claims_of_cookies,
    claims_of_devices,
    claims_of_later,
    claims_of_login,
    claims_of_logout,
    claims_of_mistakes,
    claims_of_popups,
    claims_of_proxies,
    claims_of_the_page,
    claims_of_tokens,
)
from tests.kit.facts import Facts
from tests.kit.rules import Question

RULES = (
    *claims_of_login.RULES,
    *claims_of_tokens.RULES,
    *claims_of_the_page.RULES,
    *claims_of_later.RULES,
    *claims_of_logout.RULES,
    *claims_of_attacks.RULES,
    *claims_of_accidents.RULES,
    *claims_of_cookies.RULES,
    *claims_of_mistakes.RULES,
    *claims_of_devices.RULES,
    *claims_of_popups.RULES,
    *claims_of_assistants.RULES,
    *claims_of_proxies.RULES,
    *claims_of_apis_behind.RULES,
)
# What no sentence may say without a rule that covers it.
SUSPECT = re.compile(
    r"`[^`]+`|\b(?:code_\w+|\w+_token|SHA-256|hash(?:es)?|bearer|proof|DPoP|PKCE|once|pushed|cookie|password|one-time|consents?"
    r"|frame|secret|307|303|octets|time of day|rotation|keys?|minutes?|seconds?|hours?|days?|checks|stolen|genuine"
    r"|expires|error|plain|S256|nonce|verifier|challenge)\b"
)


def faults(facts: Facts, sentence: str) -> Iterator[str]:
    """What is not true in this sentence, or is claimed and known to no rule."""
    claimed, escaped = claims(sentence)
    yield from (f"not so: {match[0]}" for holds, match in claimed if not _answer(holds, facts, match))
    yield from (f"no rule for {name!r}" for name in escaped)


@cache
def claims(sentence: str) -> tuple[list[tuple[Question, re.Match[str]]], list[str]]:
    """What a sentence claims, with the question to ask about it, and what in it no rule covers."""
    claimed = [(holds, match) for pattern, holds in RULES for match in pattern.finditer(sentence)]
    covered = {place for _, match in claimed for place in range(*match.span())}
    return claimed, [one[0] for one in SUSPECT.finditer(sentence) if not covered.issuperset(range(*one.span()))]


def _answer(holds: Question, facts: Facts, match: re.Match[str]) -> bool:
    """What cannot be looked up is not so."""
    try:
        return bool(holds(facts, match))
    except (KeyError, AttributeError, IndexError, TypeError, ValueError):
        return False


def sentences(text: str) -> list[str]:
    """A text cut into its sentences; what stands in “quotes” is no end of one."""
    return [one for one in re.split(r"(?<=[.?!])\s+(?=[A-Z`“])", text) if one]
