"""What the server forgets: anybody can begin a login, so what nobody goes on with must not pile up.

What has expired is kept for a while, so that whoever comes too late hears just that. Then it is dropped, when the next one
comes. Of what is still alive there is at most so much at a time: in a flood the oldest goes.
"""

from collections.abc import Hashable
from typing import Protocol, TypeVar

from frozendict import frozendict

MOST_AT_A_TIME = 10_000
KEPT_AFTER = 3600  # seconds after the end
MOST_TO_REMEMBER = 2000  # codes, tokens of a kind, users: what a server has to know of what is long over


class Ending(Protocol):
    """What ends at a second since 1970."""

    @property
    def expires(self) -> int: ...


Kept = TypeVar("Kept", bound=Ending)
Thing = TypeVar("Thing")
Name = TypeVar("Name", bound=Hashable)


def with_one_more(kept: frozendict[Name, Kept], name: Name, one: Kept, now: int) -> frozendict[Name, Kept]:
    """These with one more, under this name, and without those that ended long ago; they stand in the order they came."""
    oldest = next(iter(kept.values()), None)
    if oldest is not None and (len(kept) >= MOST_AT_A_TIME or _long_gone(oldest, now)):
        alive = [(key, value) for key, value in kept.items() if not _long_gone(value, now)]
        kept = frozendict(alive[-(MOST_AT_A_TIME - 1) :])
    return kept.set(name, one)


def with_at_most(
    kept: frozendict[Name, Thing], name: Name, one: Thing, most: int = MOST_TO_REMEMBER
) -> frozendict[Name, Thing]:
    """These with one more, under this name. Where there are too many by then, the first that came go."""
    if len(kept) >= most and name not in kept:
        kept = frozendict(list(kept.items())[len(kept) - most + 1 :])
    return kept.set(name, one)


def _long_gone(one: Ending, now: int) -> bool:
    return one.expires + KEPT_AFTER < now
