"""Moments in findings and in tokens, and whose clock is wrong.

A token says by the clock of who made it when it was made. A check says in its finding what time it takes it for. Both stand
beside the time at which it happened, which every event has. Whichever of the two differs has a clock that is wrong.

Source: RFC 7519 section 4.1 (exp, nbf, iat).
"""

import re
from typing import NamedTuple

from flowsim.model.timeline import roughly

_SECOND = re.compile(r"second (\d+)")
_NAMES = {"app": "app", "server": "authorization server", "api": "API"}
TOLERANCE = 5  # seconds that a message may be under way in a recording


class Skew(NamedTuple):
    """A clock that differs: whose, and by how many seconds it is ahead; less than 0 where it is behind."""

    whose: str
    seconds: int

    @property
    def cause(self) -> str:
        """The name of the cause: whose clock it is, and which way it is wrong."""
        return f"clock-of-the-{self.whose}-{self._way}"

    @property
    def told(self) -> str:
        """What was seen, as part of a sentence."""
        return f"the clock of the {_NAMES[self.whose]} is {lasted(abs(self.seconds))} {self._way}"

    @property
    def _way(self) -> str:
        return "ahead" if self.seconds > 0 else "behind"


def seconds_in(found: str) -> int | None:
    """The moment that a finding such as “before second 1767268800” names, in seconds since 1970; None where none is."""
    told = _SECOND.search(found)
    return int(told[1]) if told else None


def lasted(seconds: int) -> str:
    """So many seconds in words, with the two largest units: `2 minutes`, `1 hour 5 minutes`."""
    return roughly(seconds) or "less than a second"


def skew(maker: str, made: int | None, really: int | None, reader: str, read: int | None, now: int) -> Skew | None:
    """Whose clock is wrong: `made` is when `maker` says it was, `read` when `reader` says it is. None where both fit.

    All are seconds since 1970; None stands for what is not known.
    """
    off = [
        Skew(whose, said - was)
        for whose, said, was in ((maker, made, really), (reader, read, now))
        if said is not None and was is not None and abs(said - was) > TOLERANCE
    ]
    return max(off, key=lambda one: abs(one.seconds), default=None)
