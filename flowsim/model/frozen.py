"""What is frozen: JSON that can be part of a world, and how a part of a world is made anew with something changed."""

from typing import Any, TypeVar

from frozendict import frozendict

Thing = TypeVar("Thing")


def frozen(value: Any) -> Any:
    """This value of JSON with tuples for its lists and frozendicts for its objects, at every depth."""
    if isinstance(value, dict | frozendict):
        return frozendict({name: frozen(one) for name, one in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(one) for one in value)
    return value


def evolve(thing: Thing, **fields: Any) -> Thing:
    """A copy of a frozen thing with these fields changed: `dataclasses.replace`, in a tenth of its time.

    Nothing is looked at again, so the values must be such as this kind of thing can have.
    """
    copy = object.__new__(type(thing))
    own = copy.__dict__
    own.update(thing.__dict__)
    own.update(fields)
    return copy
