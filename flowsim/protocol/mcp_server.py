"""What a server of the Model Context Protocol makes of a request over HTTP, in two revisions at one address.

`origin_fault` comes before everything, then who calls has to show a token, and only then is the body read: `read` gives
what is asked, or the answer that refuses it. The results are functions of what was asked, so that a server may judge in
between whether the token suffices.

Source: Model Context Protocol, revisions 2026-07-28 and 2025-11-25, Streamable HTTP, versioning, discovery and tools.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flowsim.protocol import json_rpc
from flowsim.protocol.json_rpc import INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, Call, Id, Malformed
from flowsim.protocol.mcp_wire import (
    CAPABILITIES_KEY,
    HEADER_MISMATCH,
    LEGACY,
    METHOD_HEADER,
    MODERN,
    NAME_HEADER,
    NAMED_BY,
    SERVER_KEY,
    SESSION_HEADER,
    UNSUPPORTED_VERSION,
    VERSION_HEADER,
    VERSION_KEY,
    VERSIONS,
    header_text,
)
from flowsim.protocol.messages import Request, Response, allow, content_type, response

Kind = Literal["discover", "initialize", "notification", "ping", "list", "call"]
_KINDS: dict[str, dict[str, Kind]] = {
    MODERN: {"server/discover": "discover", "tools/list": "list", "tools/call": "call"},
    LEGACY: {"initialize": "initialize", "ping": "ping", "tools/list": "list", "tools/call": "call"},
}
METHODS = ("POST",)


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of a server. `takes` is the JSON Schema of its arguments, an object."""

    name: str
    description: str
    takes: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request asks for: the revision it speaks, and for a call of a tool its name and arguments."""

    kind: Kind
    version: str
    id: Id | None = None
    tool: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    session: str | None = None


def origin_fault(request: Request, allowed: Collection[str] = ()) -> Response | None:
    """403 for a request of a page of another origin than the server's own and the allowed ones; else None.

    A page whose host's name was made to lead here (DNS rebinding) is caught by the name. Programs send no `Origin`.
    """
    foreign = [one for one in request.all_of("origin") if one != request.origin and one not in allowed]
    if not foreign:
        return None
    return response(403, json=json_rpc.error(None, INVALID_REQUEST, f"This server is not for pages of {foreign[0]}."))


def read(request: Request, sessions: Collection[str] = ()) -> Asked | Response:
    """What this request asks for, or the answer that refuses it. `sessions` are those open in the legacy revision."""
    if request.method not in METHODS:
        return response(405, headers=allow(METHODS))
    if content_type(request) != "application/json":
        return _refused(415, None, INVALID_REQUEST, "The body has to be application/json.")
    message = json_rpc.parse(request.body)
    if isinstance(message, Malformed):
        return _refused(400, message.id, message.code, message.why)
    if not isinstance(message, Call):
        return _refused(400, None, INVALID_REQUEST, "This server asks nothing, so it takes no answers.")
    version = request.header(VERSION_HEADER)
    if version == MODERN or VERSION_KEY in _meta(message) or (version is None and _repeats(request)):
        return _modern(request, message)
    return _legacy(request, message, sessions)


def discovered(asked: Asked, name: str) -> Response:
    """The answer to `server/discover`: revisions and capabilities."""
    return _result(asked, name, {"supportedVersions": list(VERSIONS), "capabilities": {"tools": {}}, **_NOT_CACHED})


def initialized(asked: Asked, name: str, session: str) -> Response:
    """The answer to `initialize`, which opens this session: random, and told to nobody else."""
    told = {"protocolVersion": LEGACY, "capabilities": {"tools": {}}, "serverInfo": _about(name)}
    return response(200, headers={SESSION_HEADER: session}, json=json_rpc.result(asked.id, told))


def accepted() -> Response:
    """The answer to a notification: 202, and nothing in it."""
    return response(202)


def ponged(asked: Asked) -> Response:
    """The answer to `ping`, which only the legacy revision has."""
    return response(200, json=json_rpc.result(asked.id, {}))


def listed(asked: Asked, name: str, tools: Sequence[Tool]) -> Response:
    """The answer to `tools/list`."""
    shown = [{"name": one.name, "description": one.description, "inputSchema": dict(one.takes)} for one in tools]
    return _result(asked, name, {"tools": shown, **(_NOT_CACHED if asked.version == MODERN else {})})


def called(asked: Asked, name: str, text: str, *, failed: bool = False) -> Response:
    """The answer to `tools/call`: what the tool has to say, and whether it failed."""
    return _result(asked, name, {"content": [{"type": "text", "text": text}], "isError": failed})


def no_tool(asked: Asked) -> Response:
    """The answer to `tools/call` with the name of no tool."""
    return _refused(200, asked.id, INVALID_PARAMS, f"This server has no tool {asked.tool!r}.")


_NOT_CACHED = {"ttlMs": 0, "cacheScope": "private"}


def _modern(request: Request, message: Call) -> Asked | Response:
    meta, headers = (
        _meta(message),
        {name: request.all_of(name) for name in (VERSION_HEADER, METHOD_HEADER, NAME_HEADER)},
    )
    if message.id is None:
        return Asked("notification", MODERN)
    version = meta.get(VERSION_KEY)
    if not isinstance(version, str) or not isinstance(meta.get(CAPABILITIES_KEY), Mapping):
        why = f"The _meta of each request names {VERSION_KEY} (a text) and {CAPABILITIES_KEY} (an object)."
        return _refused(400, message.id, INVALID_PARAMS, why)
    if mismatch := _mismatch(message, version, headers):
        return _refused(400, message.id, HEADER_MISMATCH, mismatch)
    if version != MODERN:
        return _unsupported(message, version)
    kind = _KINDS[MODERN].get(message.method)
    if kind is None:
        return _unknown_method(message, 404)
    return _asked(kind, MODERN, message, None)


def _mismatch(message: Call, version: str, headers: Mapping[str, tuple[str, ...]]) -> str:
    """What in the headers is not as the body has it, in one sentence; empty where all is. Names of headers have no case."""
    wanted = {VERSION_HEADER: version, METHOD_HEADER: message.method}
    if (member := NAMED_BY.get(message.method)) and isinstance(message.params.get(member), str):
        wanted[NAME_HEADER] = message.params[member]
    for name, value in wanted.items():
        sent = headers[name]
        # Of the three only the name may be written in base64.
        meant = header_text(sent[0].strip(" \t")) if name == NAME_HEADER and len(sent) == 1 else "".join(sent[:1])
        if len(sent) != 1 or meant != value:
            said = "is missing" if not sent else "comes twice" if len(sent) > 1 else f"is {sent[0]!r}"
            return f"The header {name} {said}, and the body says {value!r}."
    return ""


def _legacy(request: Request, message: Call, sessions: Collection[str]) -> Asked | Response:
    version, session = request.header(VERSION_HEADER), request.header(SESSION_HEADER)
    if message.method == "initialize" and message.id is not None:
        return _asked("initialize", LEGACY, message, None)
    if version is not None and version != LEGACY:
        return _unsupported(message, version)
    if session is None:
        return _refused(400, message.id, INVALID_REQUEST, f"Say {VERSION_HEADER}: {MODERN}, or begin with initialize.")
    if session not in sessions:
        return _refused(404, message.id, INVALID_REQUEST, "There is no such session. Begin with initialize.")
    if message.id is None:
        return Asked("notification", LEGACY, session=session)
    kind = _KINDS[LEGACY].get(message.method)
    return _unknown_method(message, 200) if kind is None else _asked(kind, LEGACY, message, session)


def _asked(kind: Kind, version: str, message: Call, session: str | None) -> Asked | Response:
    if kind != "call":
        return Asked(kind, version, message.id, session=session)
    name, arguments = message.params.get("name"), message.params.get("arguments", {})
    if not isinstance(name, str) or not isinstance(arguments, Mapping):
        why = "A call of a tool has a name, which is a text, and arguments, which are a JSON object."
        return _refused(400 if version == MODERN else 200, message.id, INVALID_PARAMS, why)
    return Asked(kind, version, message.id, name, arguments, session)


def _result(asked: Asked, name: str, value: Mapping[str, Any]) -> Response:
    if asked.version == MODERN:
        value = {"resultType": "complete", **value, "_meta": {SERVER_KEY: _about(name)}}
    return response(200, json=json_rpc.result(asked.id, value))


def _about(name: str) -> dict[str, str]:
    return {"name": name, "version": "1"}


def _unsupported(message: Call, version: str) -> Response:
    data = {"supported": list(VERSIONS), "requested": version}
    return _refused(400, message.id, UNSUPPORTED_VERSION, "This server does not speak that revision.", data)


def _unknown_method(message: Call, status: int) -> Response:
    return _refused(status, message.id, METHOD_NOT_FOUND, f"This server has no method {message.method!r}.")


def _refused(status: int, number: Id | None, code: int, why: str, data: Any = None) -> Response:
    return response(status, json=json_rpc.error(number, code, why, data))


def _meta(message: Call) -> Mapping[str, Any]:
    found = message.params.get("_meta", {})
    return found if isinstance(found, Mapping) else {}


def _repeats(request: Request) -> bool:
    return request.header(METHOD_HEADER) is not None
