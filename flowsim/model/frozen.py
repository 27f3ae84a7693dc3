"""Freezing a value of JSON all through, so that it can be part of a world."""

from typing import Any

from frozendict import frozendict


def frozen(value: Any) -> Any:
    """This value of JSON with tuples for its lists and frozendicts for its objects, at every depth."""
    if isinstance(value, dict | frozendict):
        return frozendict({name: frozen(one) for name, one in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(one) for one in value)
    return value
