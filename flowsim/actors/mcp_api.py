"""An MCP server: an API whose data is reached by tools, over JSON-RPC, and that says where its tokens come from.

It judges an access token as any API does, for each message anew. A session of the older revision belongs to the user who
opened it, and is nobody's proof of who they are.

Its metadata are for every page. What is behind a token is for the pages that the API answers, and for no other origin: a
request of such is refused before the token is looked at. A client in a browser asks before it calls, without a token.

Source: Model Context Protocol, revisions 2026-07-28 and 2025-11-25, authorization and Streamable HTTP; RFC 9728 section 3.
"""

from dataclasses import replace
from typing import Any

from flowsim.actors import bearer
from flowsim.actors.admission import admit
from flowsim.checks.api import ApiFacts
from flowsim.model.context import Context
from flowsim.model.mcp import CONTACTS, DATA, LEAST_SCOPE, SCOPES, ToolServer
from flowsim.model.world import Api, evolve
from flowsim.protocol import mcp_server, signed_tokens, strict_json, well_known
from flowsim.protocol.addresses import split
from flowsim.protocol.cross_origin import ANY_ORIGIN, EXPOSED, is_preflight, preflight_answer, with_leave
from flowsim.protocol.json_rpc import Call
from flowsim.protocol.json_rpc import parse as parse_message
from flowsim.protocol.mcp_server import Asked, Tool
from flowsim.protocol.mcp_wire import METHOD_HEADER, NAME_HEADER, SESSION_HEADER, VERSION_HEADER
from flowsim.protocol.messages import LONGEST, Request, Response, allow, response, too_long, without_content

NAME = "messages-of-the-user"
TOOLS = (
    Tool("read_messages", "Reads the user's messages."),
    Tool(
        "send_message",
        "Sends a message in the user's name.",
        {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    ),
)

# What a client sends; the answer to some is 405, which a page has to read as well.
SENT_BY_PAGES = ("POST", "GET", "DELETE")
REQUEST_HEADERS = ", ".join(
    (
        "Authorization",
        "Content-Type",
        "DPoP",
        VERSION_HEADER,
        SESSION_HEADER,
        METHOD_HEADER,
        NAME_HEADER,
        "Last-Event-ID",
    )
)


def handle(api: Api, tools: ToolServer, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer: metadata to anybody, tools to whoever has a token for them."""
    if status := too_long(request):
        said = f"expected at most {LONGEST} characters of address, of headers and of body"
        return api, response(status, json={"error": said})
    if request.path == split(metadata_address(api)).path:
        return api, _metadata(api, tools, request)
    if request.path != f"/{api.keeps}":
        return api, response(404, json={"error": f"there is only /{api.keeps} here"})
    origin, every = request.header("origin"), ANY_ORIGIN in api.page_origins
    if refused := mcp_server.origin_fault(request, request.all_of("origin") if every else api.page_origins):
        return api, refused
    if origin is None or origin == request.origin:
        return _asked(api, tools, request, context)
    allowed = ANY_ORIGIN if every else origin
    if is_preflight(request):
        return api, preflight_answer(", ".join(SENT_BY_PAGES), REQUEST_HEADERS, allowed)
    api, answer = _asked(api, tools, request, context)
    return api, with_leave(answer, allowed, f"{EXPOSED}, {SESSION_HEADER}")


def _asked(api: Api, tools: ToolServer, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer to whoever may ask: a program, or a page that the API answers."""
    if request.method not in mcp_server.METHODS:
        return api, response(405, headers=allow(mcp_server.METHODS))

    def serve(api: Api, facts: ApiFacts) -> tuple[Api, Response]:
        return _served(api, tools, request, str(facts.claim("sub")), context)

    named = metadata_address(api) if tools.metadata == "named" else None
    return admit(api, request, scope_for(request), context, serve, resource_metadata=named)


def finish(api: Api, request: Request, told: Response) -> Response:
    """The answer to a call of a tool that was let in, once the API behind has said `told`.

    A tool that cannot do its work says so in its result (Model Context Protocol, tools: error handling).
    """
    tools, shown = api.tools, bearer.shown(request)
    token = signed_tokens.read(shown.text or "")
    assert tools is not None and token is not None, "only an MCP server asks an API behind it, for whom it has let in"
    asked = mcp_server.read(request, tools.sessions)
    assert isinstance(asked, Asked), "what was not understood is refused before anybody is asked"
    if told.status != 200:
        return mcp_server.called(asked, NAME, f"The API behind answered {told.status}.", failed=True)
    done = {**_done(api, asked, str(token.claims.get("sub"))), CONTACTS: told.json().get(CONTACTS)}
    return mcp_server.called(asked, NAME, strict_json.write(done))


def metadata_address(api: Api) -> str:
    """Where its metadata is (RFC 9728 section 3.1)."""
    return well_known.of_resource(api.identifier)


def metadata(api: Api, tools: ToolServer) -> dict[str, Any]:
    """What it says of itself (RFC 9728 section 2)."""
    return {
        "resource": api.identifier,
        "authorization_servers": list(tools.authorization_servers),
        "scopes_supported": list(SCOPES.values()),
        "bearer_methods_supported": ["header"],
    }


def scope_for(request: Request) -> str:
    """What a token has to be good for, for this message; without a tool that wants more, what it takes to get in."""
    message = parse_message(request.body)
    named = message.params.get("name") if isinstance(message, Call) and message.method == "tools/call" else None
    return SCOPES.get(named, LEAST_SCOPE) if isinstance(named, str) else LEAST_SCOPE


def _metadata(api: Api, tools: ToolServer, request: Request) -> Response:
    """What it says of itself, to everybody, so that every page may read it."""
    if is_preflight(request):
        return preflight_answer("GET", REQUEST_HEADERS, ANY_ORIGIN)
    answer = response(200, json=metadata(api, tools))
    if request.method not in ("GET", "HEAD"):
        answer = response(405, headers=allow(("GET",)))
    answer = without_content(answer) if request.method == "HEAD" else answer
    return answer if request.header("origin") is None else with_leave(answer, ANY_ORIGIN)


def _served(api: Api, tools: ToolServer, request: Request, sub: str, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer to a message whose token is good. Only who has opened a session goes on in it."""
    own = [session for session, whose in tools.sessions.items() if whose == sub]
    asked = mcp_server.read(request, own)
    if isinstance(asked, Response):
        return api, asked
    if asked.kind == "initialize":
        session = context.random_token("mcp_session", 16)
        opened = replace(tools, sessions=tools.sessions.set(session, sub))
        return evolve(api, tools=opened), mcp_server.initialized(asked, NAME, session)
    return api, _answered(api, asked, sub)


def _answered(api: Api, asked: Asked, sub: str) -> Response:
    match asked.kind:
        case "notification":
            return mcp_server.accepted()
        case "ping":
            return mcp_server.ponged(asked)
        case "discover":
            return mcp_server.discovered(asked, NAME)
        case "list":
            return mcp_server.listed(asked, NAME, TOOLS)
    if asked.tool not in SCOPES:
        return mcp_server.no_tool(asked)
    return mcp_server.called(asked, NAME, strict_json.write(_done(api, asked, sub)))


def _done(api: Api, asked: Asked, sub: str) -> dict[str, Any]:
    """What a tool of its own has done for this user."""
    return {"owner": sub, **({DATA: list(api.data.get(sub, ()))} if asked.tool == "read_messages" else {"sent": True})}
