"""Rules for what a sentence may claim: a pattern, and a question about the facts that must be answered with yes."""

import re
from collections.abc import Callable

from tests.kit.facts import Facts

Question = Callable[[Facts, re.Match[str]], bool]
Rule = tuple[re.Pattern[str], Question]
SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
LIFE = r"(an? (?:minute|hour|day|second)|\d+ (?:second|minute|hour|day)s?)"


def seconds(words: str) -> int:
    """`a minute`, `90 seconds`, `1 hour` as a number."""
    count, _, unit = words.partition(" ")
    return (1 if count in ("a", "an") else int(count)) * SECONDS[unit.removesuffix("s")]


def rule(pattern: str, holds: Callable[[Facts, re.Match[str]], bool]) -> Rule:
    return re.compile(pattern.replace("LIFE", LIFE)), holds


def rule_of(pattern: str, holds: Callable[[Facts], bool]) -> Rule:
    return rule(pattern, lambda facts, _: holds(facts))


def all_names(text: str) -> list[str]:
    return re.findall(r"`(\w+)`", text)


def no_names(facts: Facts, match: re.Match[str]) -> bool:
    return not any(facts.has(name) or facts.made(name) for name in all_names(match[0]))


def made_names(facts: Facts, match: re.Match[str]) -> bool:
    return all(facts.made(name) for name in all_names(match[0]))
