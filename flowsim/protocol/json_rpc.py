"""JSON-RPC 2.0 as the Model Context Protocol uses it: one message in a body, never a list of them.

Source: JSON-RPC 2.0 sections 4 and 5; Model Context Protocol, revision 2026-07-28, messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowsim.protocol import strict_json

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
Id = str | int


@dataclass(frozen=True, slots=True)
class Call:
    """A request: it has an id, under which the answer comes. Without one (`id` is None) it is a notification."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict)
    id: Id | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a result, or an error with `code`, `message` and perhaps `data`."""

    id: Id | None
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Malformed:
    """A text that is no message: the code of the error that it gets, why, and the id where one could be read."""

    code: int
    why: str
    id: Id | None = None


Message = Call | Reply


def parse(text: str) -> Message | Malformed:
    """The message in this body. It raises nothing."""
    try:
        value = strict_json.parse(text)
    except ValueError:
        return Malformed(PARSE_ERROR, "The body has to be JSON, and is not.")
    if not isinstance(value, dict):
        return Malformed(INVALID_REQUEST, "The body has to be one JSON object: one message, no list of messages.")
    given = value.get("id")
    number = given if _is_id(given) else None
    if value.get("jsonrpc") != "2.0":
        return Malformed(INVALID_REQUEST, 'The member jsonrpc has to be "2.0".', number)
    if "id" in value and number is None and "error" not in value:
        return Malformed(INVALID_REQUEST, "The id of a message is a text or a whole number.")
    if "method" in value:
        return _call(value, number)
    return _reply(value, number)


def call(method: str, params: Mapping[str, Any] | None = None, number: Id | None = None) -> dict[str, Any]:
    """A request with this id, or a notification without one, as a JSON object."""
    numbered = {} if number is None else {"id": number}
    return {"jsonrpc": "2.0", **numbered, "method": method, **({} if params is None else {"params": dict(params)})}


def result(number: Id | None, value: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to the request with this id, as a JSON object."""
    return {"jsonrpc": "2.0", "id": number, "result": dict(value)}


def error(number: Id | None, code: int, why: str, data: Any = None) -> dict[str, Any]:
    """The error for the request with this id, as a JSON object; without an id where none could be read."""
    numbered = {} if number is None else {"id": number}
    more = {} if data is None else {"data": data}
    return {"jsonrpc": "2.0", **numbered, "error": {"code": code, "message": why, **more}}


def _call(value: dict[str, Any], number: Id | None) -> Call | Malformed:
    method, params = value["method"], value.get("params", {})
    if not isinstance(method, str):
        return Malformed(INVALID_REQUEST, "The method of a message is a text.", number)
    if not isinstance(params, dict):
        return Malformed(INVALID_REQUEST, "The params of a message are a JSON object.", number)
    return Call(method, params, number)


def _reply(value: dict[str, Any], number: Id | None) -> Reply | Malformed:
    found, failed = value.get("result"), value.get("error")
    if isinstance(found, dict) and "error" not in value:
        return Reply(number, result=found)
    if isinstance(failed, dict) and "result" not in value and _is_code(failed.get("code")):
        return Reply(number, error=failed)
    return Malformed(INVALID_REQUEST, "A message has a method, or a result, or an error with a code.", number)


def _is_id(value: object) -> bool:
    return isinstance(value, str) or _is_code(value)


def _is_code(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
