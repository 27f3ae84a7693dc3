"""What travels between a client and a server of the Model Context Protocol, in both revisions, and what is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.protocol import json_rpc, mcp_server, mcp_wire
from flowsim.protocol.json_rpc import Call, Malformed, Reply
from flowsim.protocol.mcp_server import Asked, Tool
from flowsim.protocol.mcp_wire import LEGACY, MODERN
from flowsim.protocol.messages import Request, Response, response

ENDPOINT = "https://m.example/mcp"
CLIENT = {"name": "c", "version": "1"}
TOOL = Tool("hello", "Says hello.")
META = {mcp_wire.VERSION_KEY: MODERN, mcp_wire.CAPABILITIES_KEY: {}}


def ask(method: str = "tools/list", params: dict[str, Any] | None = None, **more: Any) -> Request:
    return mcp_wire.asked(ENDPOINT, method, params, more.pop("number", 1), client=CLIENT, **more)


def changed(request: Request, *, body: Any = None, **headers: str | None) -> Request:
    """This request with another body, and with headers set or (by None) left out; `_` stands for a hyphen."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in named)
    fresh = tuple((name, value) for name, value in named.items() if value is not None)
    text = request.body if body is None else body if isinstance(body, str) else json.dumps(body)
    return replace(request, headers=(*kept, *fresh), body=text)


def asked(request: Request, *sessions: str) -> Asked:
    found = mcp_server.read(request, sessions)
    assert isinstance(found, Asked), found
    return found


def refused(request: Request, *sessions: str) -> tuple[int, int]:
    """The status and the code with which this request is refused; the answer says why in a sentence."""
    found = mcp_server.read(request, sessions)
    assert isinstance(found, Response), found
    assert found.json()["jsonrpc"] == "2.0"
    assert found.json()["error"]["message"].endswith(".")
    return found.status, found.json()["error"]["code"]


def reply(answer: Response) -> Any:
    found = mcp_wire.answered(answer)
    assert isinstance(found, Reply)
    return found.result


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"jsonrpc":"2.0","id":0,"method":"ping"}', Call("ping", {}, 0)),
        ('{"jsonrpc":"2.0","id":"a","method":"ping","params":{}}', Call("ping", {}, "a")),
        ('{"jsonrpc":"2.0","id":"","method":"x"}', Call("x", {}, "")),
        ('{"jsonrpc":"2.0","id":-1,"method":"x","extra":1}', Call("x", {}, -1)),
        (' {"method":"notifications/initialized","jsonrpc":"2.0"} ', Call("notifications/initialized")),
        ('{"jsonrpc":"2.0","id":1,"result":{}}', Reply(1, result={})),
        ('{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"m"}}', Reply(1, error={"code": -1, "message": "m"})),
        (
            '{"jsonrpc":"2.0","id":null,"error":{"code":-1,"message":"m"}}',
            Reply(None, error={"code": -1, "message": "m"}),
        ),
    ],
)
def test_a_message_is_a_call_a_notification_or_a_reply(body: str, message: json_rpc.Message) -> None:
    assert json_rpc.parse(body) == message


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", json_rpc.PARSE_ERROR),
        ("{", json_rpc.PARSE_ERROR),
        ('{"jsonrpc":"2.0","id":NaN,"method":"x"}', json_rpc.PARSE_ERROR),
        ("[]", json_rpc.INVALID_REQUEST),
        ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', json_rpc.INVALID_REQUEST),
        ("1", json_rpc.INVALID_REQUEST),
        ('{"id":1,"method":"x"}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":2.0,"id":1,"method":"x"}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":null,"method":"x"}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":true,"method":"x"}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1.5,"method":"x"}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1,"method":1}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1,"method":"x","params":[]}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}', json_rpc.INVALID_REQUEST),
        ('{"jsonrpc":"2.0","id":1,"error":{"message":"m"}}', json_rpc.INVALID_REQUEST),
    ],
)
def test_another_text_is_no_message(body: str, code: int) -> None:
    found = json_rpc.parse(body)
    assert isinstance(found, Malformed)
    assert found.code == code
    answer = json_rpc.error(found.id, found.code, found.why)
    assert answer.get("id", "none") is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ("two words", "two words"),
    ],
)
def test_a_text_that_no_header_may_hold_goes_in_base64(text: str, value: str) -> None:
    """The examples of revision 2026-07-28."""
    assert mcp_wire.header_value(text) == value
    assert mcp_wire.header_text(value) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_a_header_stands_for_the_text_that_it_was_made_of(text: str) -> None:
    value = mcp_wire.header_value(text)
    assert mcp_wire.header_text(value) == text
    assert value.isascii()
    assert value.isprintable() or "\t" in value


def test_a_mark_around_no_base64_stands_for_nothing() -> None:
    assert mcp_wire.header_text("=?base64?%%?=") is None
    assert mcp_wire.header_text("=?base64?/w==?=") is None


def test_the_modern_revision_says_in_headers_what_the_body_says() -> None:
    sent = ask("tools/call", {"name": "hello", "arguments": {"a": 1}}, token="at1")
    assert sent.header("mcp-protocol-version") == MODERN
    assert (sent.header("Mcp-Method"), sent.header("Mcp-Name")) == ("tools/call", "hello")
    assert sent.header("Authorization") == "Bearer at1"
    assert sent.header("Accept") == "application/json, text/event-stream"
    assert "at1" not in sent.url
    assert asked(sent) == Asked("call", MODERN, 1, "hello", {"a": 1})
    assert asked(ask("tools/call", {"name": "grüß"})).tool == "grüß"


def test_the_modern_revision_lists_and_calls_without_a_handshake() -> None:
    discovered = reply(mcp_server.discovered(asked(ask("server/discover")), "s"))
    assert (discovered["resultType"], discovered["supportedVersions"]) == ("complete", [MODERN, LEGACY])
    listed = reply(mcp_server.listed(asked(ask()), "s", [TOOL]))
    assert listed["tools"] == [{"name": "hello", "description": "Says hello.", "inputSchema": {"type": "object"}}]
    assert (listed["resultType"], listed["ttlMs"], listed["cacheScope"]) == ("complete", 0, "private")
    called = reply(mcp_server.called(asked(ask("tools/call", {"name": "hello"})), "s", "hi"))
    assert (called["resultType"], called["content"]) == ("complete", [{"type": "text", "text": "hi"}])


def test_the_legacy_revision_begins_with_a_handshake_that_opens_a_session() -> None:
    first = asked(ask("initialize", mcp_wire.initialize_params(CLIENT), version=LEGACY, number=0))
    assert (first.kind, first.version, first.id) == ("initialize", LEGACY, 0)
    opened = mcp_server.initialized(first, "s", "session-1")
    assert opened.header("mcp-session-id") == "session-1"
    assert reply(opened)["protocolVersion"] == LEGACY
    more: dict[str, Any] = {"version": LEGACY, "session": "session-1"}
    noted = asked(ask("notifications/initialized", number=None, **more), "session-1")
    assert noted.kind == "notification"
    assert (mcp_server.accepted().status, mcp_server.accepted().body) == (202, "")
    assert asked(ask("ping", **more), "session-1").kind == "ping"
    listed = asked(ask("tools/list", **more), "session-1")
    assert "resultType" not in reply(mcp_server.listed(listed, "s", [TOOL]))
    called = asked(ask("tools/call", {"name": "hello", "arguments": {}}, **more), "session-1")
    assert reply(mcp_server.called(called, "s", "hi"))["content"] == [{"type": "text", "text": "hi"}]


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (changed(ask(), Content_Type="text/plain"), 415, -32600),
        (changed(ask(), Content_Type=None), 415, -32600),
        (changed(ask(), body="{"), 400, -32700),
        (changed(ask(), body=[]), 400, -32600),
        (changed(ask(), body=json_rpc.result(1, {})), 400, -32600),
        (changed(ask(), MCP_Protocol_Version=None), 400, -32020),
        (changed(ask(), MCP_Protocol_Version=LEGACY), 400, -32020),
        (changed(ask(), Mcp_Method=None), 400, -32020),
        (changed(ask(), Mcp_Method="tools/call"), 400, -32020),
        (changed(ask(), Mcp_Method="TOOLS/LIST"), 400, -32020),
        (changed(ask("tools/call", {"name": "hello"}), Mcp_Name=None), 400, -32020),
        (changed(ask("tools/call", {"name": "hello"}), Mcp_Name="bye"), 400, -32020),
        (changed(ask("tools/call", {"name": "hello"}), Mcp_Name="=?base64?%?="), 400, -32020),
        (changed(ask(), body=json_rpc.call("tools/list", {}, 1)), 400, -32602),
        (changed(ask(), body=json_rpc.call("tools/list", {"_meta": 1}, 1)), 400, -32602),
        (changed(ask(), body=json_rpc.call("tools/list", {"_meta": {mcp_wire.VERSION_KEY: MODERN}}, 1)), 400, -32602),
        (ask("tools/call", {"name": 1}), 400, -32602),
        (ask("tools/call", {"name": "hello", "arguments": []}), 400, -32602),
        (ask("initialize"), 404, -32601),
        (ask("resources/list"), 404, -32601),
    ],
)
def test_a_request_of_the_modern_revision_that_is_not_in_order_is_refused(
    request_: Request, status: int, code: int
) -> None:
    assert refused(request_) == (status, code)


def test_an_unknown_revision_is_told_which_ones_there_are() -> None:
    params = {"_meta": {**META, mcp_wire.VERSION_KEY: "1900-01-01"}}
    sent = changed(ask(), body=json_rpc.call("tools/list", params, 1), MCP_Protocol_Version="1900-01-01")
    assert refused(sent) == (400, mcp_wire.UNSUPPORTED_VERSION)
    answer = mcp_server.read(sent)
    assert isinstance(answer, Response)
    assert answer.json()["error"]["data"] == {"supported": [MODERN, LEGACY], "requested": "1900-01-01"}
    assert mcp_wire.speaks_modern(answer)


def test_the_names_of_headers_have_no_case_and_their_values_no_blanks_around() -> None:
    sent = changed(ask("tools/call", {"name": "hello"}), mcp_protocol_version=MODERN, mcp_name="  hello ")
    assert asked(sent).tool == "hello"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (ask(version=LEGACY), 400, -32600),
        (changed(ask(version=LEGACY), MCP_Protocol_Version=None), 400, -32600),
        (ask(version=LEGACY, session="another"), 404, -32600),
        (changed(ask(version=LEGACY, session="s1"), MCP_Protocol_Version="1900-01-01"), 400, -32022),
        (ask("resources/list", version=LEGACY, session="s1"), 200, -32601),
        (ask("server/discover", version=LEGACY, session="s1"), 200, -32601),
        (ask("tools/call", {}, version=LEGACY, session="s1"), 200, -32602),
        (ask("notifications/initialized", number=None, version=LEGACY), 400, -32600),
    ],
)
def test_a_request_of_the_legacy_revision_that_is_not_in_order_is_refused(
    request_: Request, status: int, code: int
) -> None:
    assert refused(request_, "s1") == (status, code)


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_only_post_is_answered(method: str) -> None:
    answer = mcp_server.read(replace(ask(), method=method))
    assert isinstance(answer, Response)
    assert (answer.status, answer.header("allow")) == (405, "POST")


def test_a_session_opens_nothing_in_the_modern_revision() -> None:
    assert asked(changed(ask(), Mcp_Session_Id="no such session")).session is None


@pytest.mark.parametrize("origin", [None, "https://m.example", "https://page.example"])
def test_a_request_of_no_page_of_its_own_or_of_an_allowed_one_passes(origin: str | None) -> None:
    assert mcp_server.origin_fault(changed(ask(), Origin=origin), ("https://page.example",)) is None


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://m.example", "https://m.example:8443"])
def test_a_request_of_a_page_elsewhere_gets_403_without_an_id(origin: str) -> None:
    answer = mcp_server.origin_fault(changed(ask(), Origin=origin))
    assert answer is not None
    assert answer.status == 403
    assert "id" not in answer.json()


def test_a_tool_that_is_not_there_is_an_error_of_the_message() -> None:
    answer = mcp_server.no_tool(asked(ask("tools/call", {"name": "bye"})))
    assert (answer.status, answer.json()["error"]["code"], answer.json()["id"]) == (200, -32602, 1)


@pytest.mark.parametrize(
    "body",
    [
        'data: {"jsonrpc":"2.0","id":1,"result":{"a":1}}\n\n',
        ': keep\r\n\r\nevent: message\r\nid: 7\r\ndata:{"jsonrpc":"2.0",\r\ndata: "id":1,"result":{"a":1}}\r\n\r\n',
        'data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\ndata: {"jsonrpc":"2.0","id":1,"result":{"a":1}}\n\n',
    ],
)
def test_a_client_reads_a_stream_of_events_as_well(body: str) -> None:
    answer = Response(status=200, headers=(("Content-Type", "text/event-stream"),), body=body)
    assert mcp_wire.answered(answer) == Reply(1, result={"a": 1})


def test_a_client_falls_back_only_where_no_modern_error_comes() -> None:
    assert not mcp_wire.speaks_modern(response(400))
    assert not mcp_wire.speaks_modern(response(400, json=json_rpc.error(1, -32600, "no")))
    assert mcp_wire.speaks_modern(response(400, json=json_rpc.error(1, mcp_wire.HEADER_MISMATCH, "no")))


@given(st.text(max_size=40), st.sampled_from(["POST", "GET"]), st.text(max_size=12), st.text(max_size=12))
def test_any_body_and_any_header_are_answered(body: str, method: str, version: str, session: str) -> None:
    sent = changed(replace(ask(), method=method), body=body, MCP_Protocol_Version=version, Mcp_Session_Id=session)
    found = mcp_server.read(sent, ())
    assert isinstance(found, Response)
    assert 400 <= found.status < 500
