"""Writes the shape of the player's payload for TypeScript: `python -m tests.kit.payload_types`, or `make payload-types`."""

import types
import typing
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

from flowsim.views.formats import payload_types

TARGET = Path(__file__).parents[2] / "flowsim" / "front_end" / "static" / "payload.d.ts"
_HEAD = "/* What Python hands over. Written by `make payload-types` from views/formats/payload_types.py. */\n"
_NAMES: dict[Any, str] = {str: "string", int: "number", bool: "boolean", type(None): "null", Any: "unknown"}


def declarations() -> str:
    """Every shape of payload_types.py as an interface, in its order."""
    shapes = [one for one in vars(payload_types).values() if is_typeddict(one)]
    return "\n".join([_HEAD, *map(_interface, shapes), _alias("MessageJson", payload_types.MessageJson)])


def _interface(shape: Any) -> str:
    own = shape.__doc__ if shape.__doc__ and not shape.__doc__.startswith("dict(") else None
    about = [f"/** {' '.join(own.split())} */"] if own else []
    hints = typing.get_type_hints(shape)
    members = [
        f"  {name}{'' if name in shape.__required_keys__ else '?'}: {_type(kind)};" for name, kind in hints.items()
    ]
    return "\n".join([*about, f"export interface {shape.__name__} {{", *members, "}", ""])


def _alias(name: str, kind: Any) -> str:
    return f"export type {name} = {_type(kind)};\n"


def _type(kind: Any) -> str:
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin is list:
            inner = _type(arguments[0])
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case origin if origin is tuple:
            return f"[{', '.join(map(_type, arguments))}]"
        case origin if origin is dict:
            return f"Record<{', '.join(map(_type, arguments))}>"
        case origin if origin is Literal:
            return " | ".join(f'"{value}"' for value in arguments)
        case origin if origin in (Union, types.UnionType):
            return " | ".join(map(_type, arguments))
    return kind.__name__ if is_typeddict(kind) else _NAMES[kind]


if __name__ == "__main__":
    TARGET.write_text(declarations(), encoding="utf-8")
