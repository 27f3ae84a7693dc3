"""Clients of a live MCP server whose login fails: what is recorded says why, as it does of a login that was played."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from flowsim.actors import mcp_client
from flowsim.diagnosis.diagnosis import Diagnosis, diagnose
from flowsim.live.login import LiveTrace
from flowsim.live.tool_client import LoginFailed, ToolClient
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.clients import PROFILES
from flowsim.model.mcp import MCP_URL
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.protocol import pkce, well_known
from flowsim.protocol.messages import Response, request, response, with_params

PROFILE = PROFILES["mcp"]
DOCUMENT = mcp_client.described(PROFILE, "metadata-document")
SAID = mcp_client.described(PROFILE, "registered")
HTML = (("Content-Type", "text/html"),)
Json = dict[str, Any]


def begun(world: LiveWorld) -> None:
    """What comes before the login of every client: the call without a token, and both metadata."""
    world.handle(mcp_client.first_call(MCP_URL, "2026-07-28"))
    for address in (well_known.of_resource(MCP_URL), well_known.server_candidates(ISSUER)[0]):
        assert world.handle(request("GET", address)).status == 200


def diagnosed(world: LiveWorld) -> Diagnosis:
    """What is said of the one login in this world; the page where it is watched says the same."""
    ((login, trace),) = world.taken()
    assert isinstance(trace, LiveTrace)
    found = diagnose(trace)
    (branch,) = world.payload()["branches"]
    assert branch["name"] == login.name
    assert branch.get("went_wrong", "").removeprefix("What went wrong: ") == (found.sentence if found.failed else "")
    return found


def authorized(read: Callable[[], Response], redirect_uri: str = PROFILE.redirect_uri, **settings: Any) -> Diagnosis:
    """A client known by its document, which the server reads so, sends its user to the authorization endpoint."""
    world = LiveWorld(Scenario(client="mcp", **settings), documents=lambda _: read())
    begun(world)
    params = {
        "response_type": "code",
        "client_id": PROFILE.client_id,
        "redirect_uri": redirect_uri,
        "state": "a-state-of-the-client",
        "scope": "read:messages",
        "resource": MCP_URL,
        "code_challenge": pkce.challenge_for("v" * 43, "S256"),
        "code_challenge_method": "S256",
    }
    world.handle(request("GET", with_params(f"{ISSUER}/authorize", params)))
    return diagnosed(world)


def served(**changes: Any) -> Callable[[], Response]:
    return lambda: response(200, json={name: value for name, value in {**DOCUMENT, **changes}.items() if value})


@pytest.mark.parametrize(
    ("read", "cause"),
    [
        (served(), "under-way"),
        (served(client_id=f"{PROFILE.client_id}?v=2"), "document-of-another"),
        (served(client_name=None), "document-incomplete"),
        (served(token_endpoint_auth_method="client_secret_basic"), "document-with-secret"),
        (served(logo_uri=f"data:image/png;base64,{'A' * 6000}"), "document-too-long"),
        (lambda: Response(status=200, headers=HTML, body=json.dumps(DOCUMENT)), "document-as-page"),
        (lambda: response(302, headers={"Location": "https://www.assistant.example/"}), "document-redirected"),
        (lambda: response(301, headers={"Location": "https://www.assistant.example/"}), "document-redirected"),
        (lambda: response(404), "document-missing"),
        (lambda: response(200, json={}), "document-missing"),
    ],
)
def test_a_document_that_is_not_believed_is_named_with_what_is_wrong_with_it(
    read: Callable[[], Response], cause: str
) -> None:
    assert authorized(read).cause == cause


@pytest.mark.parametrize(
    ("listed", "sent", "compares_ports", "cause"),
    [
        ("http://127.0.0.1/callback", "http://127.0.0.1:3000/callback", False, "under-way"),
        ("http://127.0.0.1:4000/callback", "http://127.0.0.1:3000/callback", False, "under-way"),
        ("http://127.0.0.1/callback", "http://127.0.0.1:3000/callback", True, "document-port-compared"),
        ("http://127.0.0.1:4000/callback", "http://127.0.0.1:3000/callback", True, "document-port-compared"),
        ("http://localhost/callback", "http://localhost:3000/callback", False, "localhost-without-a-port"),
        ("http://127.0.0.1/callback", "http://localhost:3000/callback", False, "localhost-for-loopback"),
    ],
)
def test_a_port_that_the_document_does_not_list_is_refused_only_by_who_compares_it(
    listed: str, sent: str, compares_ports: bool, cause: str
) -> None:
    found = authorized(served(redirect_uris=[listed]), sent, compares_ports=compares_ports)
    assert found.cause == cause, found.sentence


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ({"application_type": None}, "application-type-left-out"),
        ({"application_type": "web"}, "application-type-left-out"),
        ({"redirect_uris": ["http://assistant.example/callback"]}, "registration-refused"),
    ],
)
def test_a_registration_that_is_refused_is_shown_though_no_login_has_begun(said: Json, cause: str) -> None:
    world = LiveWorld(Scenario(client="mcp", quirks=frozenset({"web-by-default"})))
    begun(world)
    answer = world.handle(request("POST", f"{ISSUER}/oauth/register", json={**SAID, **said}))
    assert (answer.status, answer.json()["error"]) == (400, "invalid_redirect_uri")
    found = diagnosed(world)
    assert (found.cause, found.step) == (cause, 28)
    assert world.payload()["branches"][0]["trace"]["verdict"]["sentence"].startswith("The server has not registered")


def test_a_client_that_registers_itself_again_is_recorded_from_its_first_call_on() -> None:
    world = LiveWorld(Scenario(client="mcp", quirks=frozenset({"web-by-default"})))
    begun(world)
    world.handle(request("POST", f"{ISSUER}/oauth/register", json={**SAID, "application_type": None}))
    with ToolClient(MCP_URL, User(world).log_in, transport=WorldTransport(world)) as client:
        client.tools()
    refused, good = (diagnose(trace) for _, trace in world.taken())
    assert (refused.cause, good.cause) == ("application-type-left-out", "none")


def test_a_world_without_tools_shows_no_registration_that_came_to_nothing() -> None:
    world = LiveWorld(Scenario())
    assert world.handle(request("POST", f"{ISSUER}/oauth/register", json={})).status == 400
    assert not world.logins


def test_a_token_for_another_api_is_named_after_a_login_that_succeeded() -> None:
    world = LiveWorld(Scenario(client="mcp", mistakes=frozenset({"resource-ignored"})))
    with ToolClient(MCP_URL, User(world).log_in, transport=WorldTransport(world)) as client, suppress(LoginFailed):
        client.tools()
    first, *others = (diagnose(trace).cause for _, trace in world.taken())
    assert first == "resource-ignored"
    assert others, "it logs in again, and comes no further"
