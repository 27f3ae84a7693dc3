"""JSON as RFC 8259 has it, and no more: Python's own reader also takes NaN and Infinity, and texts that nobody can send.

Source: RFC 8259 sections 6 and 8.2, RFC 7493 section 2.1 (a surrogate without its pair is no text).
"""

import json
import re
from typing import Any, NoReturn

DEEPEST = 64  # levels of lists and objects within each other; RFC 8259 section 9 lets a reader set such a limit
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")


def parse(text: str) -> Any:
    """The value that this text stands for. Raises ValueError, and nothing else, for a text that is no JSON.

    So it does for one that is nested deeper than DEEPEST levels, or that has half of a surrogate pair in it.
    """
    if _depth(text) > DEEPEST:
        raise ValueError(f"lists and objects are nested deeper than {DEEPEST} levels")
    value = _DECODER.decode(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # a UnicodeEncodeError is a ValueError
    return value


def write(value: Any) -> str:
    """This value as JSON. Raises ValueError for what JSON does not know, so that `parse` reads all that this writes."""
    try:
        text = _ENCODER.encode(value)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    text.encode()
    if _depth(text) > DEEPEST:
        raise ValueError(f"lists and objects are nested deeper than {DEEPEST} levels")
    return text


def parse_object(text: str) -> dict[str, Any]:
    """This text as a JSON object; an empty one where it is anything else."""
    if not text.lstrip(" \t\n\r").startswith("{"):
        return {}
    try:
        value = parse(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _depth(text: str) -> int:
    """How deep lists and objects stand within each other; brackets in strings do not count."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


_DECODER = json.JSONDecoder(parse_constant=_refuse)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
