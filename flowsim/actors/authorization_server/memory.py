"""What the server forgets: anybody can begin a login, so what nobody goes on with must not pile up.

What has expired is kept for a while, so that whoever comes too late hears just that. Then it is dropped, when the next one
comes. Of what is still alive there is at most so much at a time: in a flood the oldest goes.
"""

from collections.abc import Hashable
from itertools import islice
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
    """These with one more, under this name, and without the first that ended long ago; they stand as they came."""
    too_many, gone = len(kept) - MOST_AT_A_TIME + 1, 0
    for value in kept.values():
        if gone >= too_many and not _long_gone(value, now):
            break
        gone += 1
    return _without_first(kept, gone).set(name, one)


def with_at_most(
    kept: frozendict[Name, Thing], name: Name, one: Thing, most: int = MOST_TO_REMEMBER
) -> frozendict[Name, Thing]:
    """These with one more, under this name. Where there are too many by then, the first that came go."""
    too_many = 0 if name in kept else len(kept) - most + 1
    return _without_first(kept, max(too_many, 0)).set(name, one)


def without(kept: frozendict[Name, Thing], name: Name | None) -> frozendict[Name, Thing]:
    """These without what has this name, if anything has."""
    return kept.delete(name) if name is not None and name in kept else kept


def _without_first(kept: frozendict[Name, Thing], number: int) -> frozendict[Name, Thing]:
    """These without the first so many. One at a time is the rule in a flood, and `delete` is by far the fastest for it."""
    if number == 1:
        return kept.delete(next(iter(kept)))
    return frozendict(dict(islice(kept.items(), number, None))) if number else kept


def _long_gone(one: Ending, now: int) -> bool:
    return one.expires + KEPT_AFTER < now
