"""Frozen records that are made quickly: thousands of them come to be wherever logins are played by the thousand.

A dataclass that is frozen sets each of its fields through `object.__setattr__`, because its own is shut. That takes several
times as long as to put the value where it is kept, which is what the `__init__` made here does. The class is as frozen as
before, and takes the same arguments.
"""

from dataclasses import MISSING, fields
from typing import Any, TypeVar

Record = TypeVar("Record")


def quickly_made(cls: type[Record]) -> type[Record]:
    """This frozen dataclass, with an `__init__` that does the same in less time."""
    given: dict[str, Any] = {}
    lines = [] if hasattr(cls, "__slots__") else ["own = self.__dict__"]
    taken = {False: ["self"], True: ["*"]}  # by keyword only, or not
    for one in fields(cls):  # type: ignore[arg-type]
        name = one.name
        assert one.init, f"{cls.__name__}.{name} is no argument"
        assert one.default_factory is MISSING, f"{cls.__name__}.{name} has a default that is made"
        given[f"default_{name}"] = one.default
        taken[one.kw_only is True].append(name if one.default is MISSING else f"{name}=default_{name}")
        if hasattr(cls, "__slots__"):
            given[f"set_{name}"] = getattr(cls, name).__set__
            lines.append(f"set_{name}(self, {name})")
        else:
            lines.append(f"own[{name!r}] = {name}")
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    parameters = ", ".join(taken[False] + (taken[True] if len(taken[True]) > 1 else []))
    exec(f"def __init__({parameters}):\n " + "\n ".join(lines), given)
    made = given["__init__"]
    made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
