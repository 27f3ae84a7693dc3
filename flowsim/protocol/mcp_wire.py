"""How a message of the Model Context Protocol travels over HTTP, in two revisions: what a client writes and reads.

In revision 2026-07-28 (here called modern) each request says in its `_meta` which revision it speaks, and repeats in
headers what stands in its body. In 2025-11-25 and before (legacy) a client begins with `initialize`, and the server may
name a session that all further requests carry.

Source: Model Context Protocol, revisions 2026-07-28 and 2025-11-25, Streamable HTTP and versioning.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from flowsim.protocol import json_rpc, strict_json
from flowsim.protocol.json_rpc import Id
from flowsim.protocol.messages import Request, Response, content_type, request

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
VERSIONS = (MODERN, LEGACY)
VERSION_HEADER, SESSION_HEADER = "MCP-Protocol-Version", "Mcp-Session-Id"
METHOD_HEADER, NAME_HEADER = "Mcp-Method", "Mcp-Name"
VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities"
CLIENT_KEY = "io.modelcontextprotocol/clientInfo"
SERVER_KEY = "io.modelcontextprotocol/serverInfo"
# The member of `params` that a header repeats, for the methods where one does.
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
_MARKED = re.compile(r"=\?base64\?(.*)\?=", re.DOTALL)
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")


def header_value(text: str) -> str:
    """This text as the value of a header: as it is where that is safe, else in base64 between two marks."""
    if _PLAIN.fullmatch(text) and not _MARKED.fullmatch(text):
        return text
    return f"=?base64?{b64encode(text.encode()).decode()}?="


def header_text(value: str) -> str | None:
    """The text that such a value stands for; None for one that is marked as base64 and is none."""
    marked = _MARKED.fullmatch(value)
    if marked is None:
        return value
    try:
        return b64decode(marked[1], validate=True).decode()
    except ValueError:
        return None


def asked(
    endpoint: str,
    method: str,
    params: Mapping[str, Any] | None = None,
    number: Id | None = None,
    *,
    version: str = MODERN,
    session: str | None = None,
    token: str | None = None,
    client: Mapping[str, str] | None = None,
) -> Request:
    """What a client sends: one POST. Without a `number` it is a notification; `client` is its name and version."""
    headers = {"Accept": "application/json, text/event-stream"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    if session is not None:
        headers[SESSION_HEADER] = session
    if version == MODERN or method != "initialize":
        headers[VERSION_HEADER] = version
    if version == MODERN:
        named = {} if client is None else {CLIENT_KEY: dict(client)}
        meta = {**(params or {}).get("_meta", {}), VERSION_KEY: version, CAPABILITIES_KEY: {}, **named}
        params = {**(params or {}), "_meta": meta}
        headers[METHOD_HEADER] = header_value(method)
        if isinstance(name := params.get(NAMED_BY.get(method, "")), str):
            headers[NAME_HEADER] = header_value(name)
    return request("POST", endpoint, headers=headers, json=json_rpc.call(method, params, number))


def initialize_params(client: Mapping[str, str]) -> dict[str, Any]:
    """The params of `initialize`, for the legacy revision."""
    return {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": dict(client)}


def answered(answer: Response) -> json_rpc.Reply | None:
    """The reply in this answer, whether it is one JSON object or a stream of events; None where it holds none."""
    texts = _events(answer.body) if content_type(answer) == "text/event-stream" else (answer.body,)
    replies = (json_rpc.parse(text) for text in texts)
    return next((one for one in replies if isinstance(one, json_rpc.Reply)), None)


def error_in(answer: Response) -> str:
    """The error that this answer holds, by its number and in its own words; empty where it holds none."""
    reply = answered(answer)
    if reply is None or reply.error is None:
        return ""
    return f"{reply.error['code']} ({reply.error.get('message', 'without a message')})"


def has_failed(answer: Response) -> bool:
    """True where a tool has been called and says that it could not do its work."""
    reply = answered(answer)
    return reply is not None and (reply.result or {}).get("isError") is True


def speaks_modern(answer: Response) -> bool:
    """True where an error shows that the server knows the modern revision; else a client falls back to `initialize`."""
    found = strict_json.parse_object(answer.body).get("error")
    code = found.get("code") if isinstance(found, dict) else None
    return code in (HEADER_MISMATCH, -32021, UNSUPPORTED_VERSION)


def _events(body: str) -> tuple[str, ...]:
    """The data of each event of a stream: the lines `data:` of it, joined; what is no field or a comment does not count."""
    found = []
    lines = re.sub(r"\r\n?", "\n", body.removeprefix("\ufeff"))
    for event in lines.split("\n\n"):
        fields = [line.partition(":") for line in event.split("\n")]
        data = [value.removeprefix(" ") for name, _, value in fields if name == "data"]
        if data:
            found.append("\n".join(data))
    return tuple(found)
