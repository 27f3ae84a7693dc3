"""The API, or resource server: it holds the data, and lets in whoever bears a good access token.

Source: RFC 6750 sections 2 and 3, RFC 9068 section 4, RFC 9470 section 3.
"""

from collections.abc import Mapping
from typing import Any

from flowsim.actors import api_behind, mcp_api
from flowsim.actors.admission import admit
from flowsim.actors.mistakes import assistants
from flowsim.actors.mistakes import servers as mistakes
from flowsim.checks.api import ApiFacts
from flowsim.model.context import Context
from flowsim.model.mcp import CONTACTS
from flowsim.model.world import Api
from flowsim.protocol import mcp_wire, strict_json
from flowsim.protocol.cross_origin import is_preflight, preflight_answer, with_leave
from flowsim.protocol.messages import LONGEST, Request, Response, allow, response, too_long, without_content

REQUEST_HEADERS = "Authorization, Content-Type, DPoP"
VERBS = {"GET": "read", "POST": "write"}


def handle(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer, with what a browser wants to know where a page has sent the request.

    The browser asks before a call: none goes without an `Authorization` header (RFC 10017 section 6.3.3.4).
    """
    if ahead := mistakes.skew(api):
        with context.by_clock(ahead):
            return _handle(api, request, context)
    return _handle(api, request, context)


def _handle(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    if api.keeps == CONTACTS:
        return api, api_behind.handle(api, request, context)
    if api.tools is not None:
        api, answer = mcp_api.handle(api, api.tools, request, context)
        return api, assistants.answer(api, request, answer)
    origin = request.header("origin")
    if origin is None or request.path != f"/{api.keeps}":
        return data_request(api, request, context)
    known = api.page_origins
    # An API that answers pages of one origin, or all, need not look who asks.
    allowed = known[0] if len(known) == 1 else origin if origin in known else None
    if is_preflight(request):
        if not api.page_origins:
            return api, response(405, headers=allow(VERBS), json={"error": "no page is answered here"})
        return api, preflight_answer(", ".join(VERBS), REQUEST_HEADERS, allowed)
    api, answer = data_request(api, request, context)
    return api, with_leave(answer, allowed) if api.page_origins else answer


def data_request(api: Api, request: Request, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer: the data of the token's user, or the error RFC 6750 section 3.1 names."""
    if status := too_long(request):
        said = f"expected at most {LONGEST} characters of address, of headers and of body"
        return api, response(status, json={"error": said})
    if request.path != f"/{api.keeps}":
        return api, response(404, json={"error": f"there is only /{api.keeps} here"})
    if request.method == "HEAD":
        api, answer = _judged(api, request, "read", context)
        return api, without_content(answer)
    if request.method not in VERBS:
        return api, response(405, headers=allow(VERBS), json={"error": f"expected {' or '.join(VERBS)}"})
    return _judged(api, request, VERBS[request.method], context)


def _judged(api: Api, request: Request, verb: str, context: Context) -> tuple[Api, Response]:
    """The new memory and the answer to a request that wants to do this with the data."""

    def serve(api: Api, facts: ApiFacts) -> tuple[Api, Response]:
        return api, _data(api, request, facts)

    return admit(api, request, f"{verb}:{api.keeps}", context, serve, realm=api.origin)


def owner_in(answer: Response) -> str | None:
    """Whose data is in this answer, of an API or of a tool; None where nobody's is."""
    body = answer.json()
    # An event stream is no JSON object.
    if ("jsonrpc" in body or not body) and (reply := mcp_wire.answered(answer)) is not None:
        body = strict_json.parse_object(_first_text(reply.result or {}))
    owner = body.get("owner")
    return owner if isinstance(owner, str) else None


def _first_text(result: Mapping[str, Any]) -> str:
    """The text that a tool has to say; empty where it says none."""
    said = result.get("content")
    first = said[0] if isinstance(said, list) and said else None
    text = first.get("text") if isinstance(first, Mapping) else None
    return text if isinstance(text, str) else ""


def _data(api: Api, request: Request, facts: ApiFacts) -> Response:
    """The data of the token's user, or word that something was written."""
    user = str(facts.claim("sub") or "nobody")
    if request.method == "POST":
        return response(201, json={"owner": user, "sent": True})
    body = {"owner": user, api.keeps: list(api.data.get(user, ()))}
    return response(200, headers={"Cache-Control": "no-store"}, json=body)
