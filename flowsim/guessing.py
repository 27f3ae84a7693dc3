"""Guessing a `code_verifier` from its `code_challenge`: how many tries it takes, and how long they would last.

Whoever has seen the authorization request has the challenge, and can try verifiers at home until one has that hash:
nobody counts those tries. So all depends on how many verifiers the app could have drawn.

Source: RFC 7636 sections 4.1 (32 random octets are recommended), 7.1 (entropy) and 7.3 (why no salt is needed).
"""

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flowsim import pkce

SHORTEST = 43  # characters
SECONDS_IN_A_YEAR = 31_557_600
AGE_OF_THE_UNIVERSE = 13_800_000_000  # years


@dataclass(frozen=True, slots=True)
class Guess:
    """What came of guessing: the verifier, None where no candidate fits, after how many tries and how many seconds."""

    verifier: str | None
    tries: int
    seconds: float

    @property
    def rate(self) -> float:
        """Tries in a second."""
        return self.tries / self.seconds if self.seconds else math.inf


def guess(challenge: str, candidates: Iterable[str]) -> Guess:
    """Try these verifiers in order until one has this S256 challenge."""
    start, tries = time.perf_counter(), 0
    for verifier in candidates:
        tries += 1
        if pkce.challenge_for(verifier, "S256") == challenge:
            return Guess(verifier, tries, time.perf_counter() - start)
    return Guess(None, tries, time.perf_counter() - start)


def padded_numbers(digits: int) -> Iterator[str]:
    """Every number of this many digits, made as long as a verifier has to be: it looks long and is not random."""
    return (f"{number:0{digits}}".rjust(SHORTEST, "x") for number in range(10**digits))


def bits(possible: int) -> float:
    """How many bits it takes to name one of this many equally likely verifiers. Raises ValueError for less than one."""
    if possible < 1:
        raise ValueError(f"there must be at least one possible verifier, not {possible}")
    return math.log2(possible)


def years(possible: int, rate: float) -> float:
    """How many years it takes, on average, to hit on one of this many at this rate in tries a second: half of them."""
    if rate <= 0:
        raise ValueError(f"a rate in tries a second must be positive, not {rate}")
    return possible / 2 / rate / SECONDS_IN_A_YEAR
