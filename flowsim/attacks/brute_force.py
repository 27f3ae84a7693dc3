"""Guessing a `code_verifier`, and the sums that say how long it takes.

An `S256` challenge cannot be turned back, but whoever has seen it can hash one guess after the other and compare. Nobody
is asked, so nobody can count the attempts. What stands against this is only the number of verifiers there might be: the
client draws 32 random octets, 256 bits. The length of the text adds nothing, and neither does a salt that is public.

Source: RFC 7636 sections 4.1, 7.1 and 7.3.
"""

import hashlib
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from flowsim.protocol.signed_tokens import decoded

_CLOCK_TICK = 1e-9
_UNITS = ((60, "seconds"), (60, "minutes"), (24, "hours"), (365.25, "days"))


@dataclass(frozen=True, slots=True)
class Search:
    """How a search ended: the verifier, or None where no guess fitted, and the number of guesses made.

    The `seconds` it took were measured, so they differ from one run to the next; two searches are equal without them.
    """

    verifier: str | None
    guesses: int
    seconds: float = field(default=0.0, repr=False, compare=False)

    @property
    def per_second(self) -> float:
        """The guesses made in a second, on this machine, by one process and in Python."""
        return self.guesses / max(self.seconds, _CLOCK_TICK)


def brute_force(challenge: str, candidates: Iterable[str]) -> Search:
    """Hash one candidate after the other until one gives this `S256` challenge."""
    guesses, verifier, wanted = 0, None, decoded(challenge)
    start = time.perf_counter()
    for candidate in candidates:
        guesses += 1
        if hashlib.sha256(candidate.encode()).digest() == wanted:
            verifier = candidate
            break
    return Search(verifier, guesses, time.perf_counter() - start)


def bits(possibilities: int) -> float:
    """The entropy of a value drawn evenly from so many: 2 to the power of the bits is that number.

    Raises ValueError where there is nothing to draw from.
    """
    if possibilities < 1:
        raise ValueError(f"there is nothing to draw from {possibilities} possibilities")
    return math.log2(possibilities)


def mean_seconds(possibilities: int, per_second: float) -> float:
    """The seconds that a search takes on average: it comes upon the value halfway."""
    return possibilities / 2 / per_second


def duration(seconds: float) -> str:
    """A time in words, in the largest unit that it fills: `less than a second`, `about 8 minutes`, `about 10^48 years`."""
    if seconds < 1:
        return "less than a second"
    amount = seconds
    for size, unit in _UNITS:
        if round(amount) < int(size):
            return _about(amount, unit)
        amount /= size
    return f"about 10^{math.log10(amount):.0f} years" if amount >= 10_000 else _about(amount, "years")


def _about(amount: float, unit: str) -> str:
    whole = round(amount)
    return f"about {whole} {unit if whole != 1 else unit.removesuffix('s')}"
