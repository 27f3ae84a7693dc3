"""A client that is a page in a browser, at a live MCP server: what it may send, and what it gets to read (Fetch, CORS)."""

import pytest

from flowsim.actors import mcp_client
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import MCP_ORIGIN, MCP_URL, Revision
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.protocol import well_known
from flowsim.protocol.cross_origin import lets_send, preflight, readable
from flowsim.protocol.messages import Request, Response, request

PAGE = "http://localhost:6274"
METADATA = well_known.of_resource(MCP_URL)


def world(api_cors: str = "apps", **settings: object) -> LiveWorld:
    return LiveWorld(Scenario(client="mcp", api_cors=api_cors, **settings))  # type: ignore[arg-type]


def of_page(asked: Request, origin: str = PAGE) -> Request:
    return Request(method=asked.method, url=asked.url, headers=(*asked.headers, ("Origin", origin)), body=asked.body)


def call(revision: Revision = "2026-07-28", origin: str = PAGE) -> Request:
    """The first call of a client, without a token."""
    return of_page(mcp_client.first_call(MCP_URL, revision), origin)


def before(asked: Request) -> Request:
    """What the browser asks before it sends this for the page."""
    question = preflight(asked)
    assert question is not None
    assert question.header("authorization") is None
    return question


def registered(at: LiveWorld, origin: str = PAGE) -> Response:
    document = {"redirect_uris": [f"{origin}/oauth/callback"], "token_endpoint_auth_method": "none"}
    asked = of_page(request("POST", f"{ISSUER}/oauth/register", json=document), origin)
    assert lets_send(at.handle(before(asked)), asked)
    return at.handle(asked)


def exposed(answer: Response) -> set[str]:
    return set((answer.header("access-control-expose-headers") or "").split(", "))


@pytest.mark.parametrize("api_cors", ["apps", "any", "another", "none"])
def test_every_page_may_read_the_metadata_of_the_mcp_server(api_cors: str) -> None:
    at = world(api_cors)
    asked = of_page(request("GET", METADATA, headers={"MCP-Protocol-Version": "2026-07-28"}))
    assert lets_send(at.handle(before(asked)), asked)
    answer = at.handle(asked)
    assert (answer.status, readable(answer, PAGE)) == (200, True)
    assert answer.json()["resource"] == MCP_URL
    assert at.handle(request("GET", METADATA)).header("access-control-allow-origin") is None


def test_every_page_may_read_the_metadata_of_the_authorization_server_and_say_which_revision_it_speaks() -> None:
    at, address = world(), well_known.server_candidates(ISSUER)[0]
    asked = of_page(request("GET", address, headers={"MCP-Protocol-Version": "2026-07-28"}))
    assert lets_send(at.handle(before(asked)), asked)
    assert readable(at.handle(asked), PAGE)


@pytest.mark.parametrize("revision", ["2026-07-28", "2025-11-25"])
def test_where_every_page_is_answered_a_client_in_a_browser_reads_where_to_log_in(revision: Revision) -> None:
    at, asked = world("any"), call(revision)
    assert lets_send(at.handle(before(asked)), asked)
    answer = at.handle(asked)
    assert answer.status == 401
    assert readable(answer, PAGE)
    assert METADATA in (answer.header("www-authenticate") or "")
    assert exposed(answer) >= {"WWW-Authenticate", "Mcp-Session-Id", "DPoP-Nonce"}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_page_can_read_that_only_post_is_answered(method: str) -> None:
    at, asked = world("any"), of_page(request(method, MCP_URL, headers={"Mcp-Session-Id": "one"}))
    assert lets_send(at.handle(before(asked)), asked)
    answer = at.handle(asked)
    assert (answer.status, readable(answer, PAGE)) == (405, True)


@pytest.mark.parametrize("api_cors", ["apps", "another", "none"])
def test_a_page_of_nobodys_app_is_refused_before_its_token_is_looked_at(api_cors: str) -> None:
    """The transport: a server must look at `Origin`, and answer 403 where it is not one of those that it is for."""
    at = world(api_cors)
    for asked in (call(), before(call())):
        answer = at.handle(asked)
        assert (answer.status, readable(answer, PAGE)) == (403, False)
    assert at.handle(mcp_client.first_call(MCP_URL, "2026-07-28")).status == 401  # a program sends no origin


def test_a_page_whose_app_has_registered_is_answered_and_no_other_is() -> None:
    at = world(client_identity="registered")
    assert at.handle(call()).status == 403
    answer = registered(at)
    assert (answer.status, readable(answer, PAGE)) == (201, True)
    assert lets_send(at.handle(before(call())), call())
    answer = at.handle(call())
    assert (answer.status, answer.header("access-control-allow-origin")) == (401, PAGE)
    assert "Origin" in (answer.header("vary") or "")
    assert at.handle(call(origin="http://localhost:6275")).status == 403


def test_the_servers_own_page_needs_no_leave() -> None:
    answer = world("none").handle(call(origin=MCP_ORIGIN))
    assert (answer.status, answer.header("access-control-allow-origin")) == (401, None)
