"""Apps that register themselves at a live server, and what a server keeps of those and of everything else."""

import json
from typing import Any

import pytest

from flowsim.actors.authorization_server import memory, registration
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.world import Grant
from flowsim.protocol.messages import Request, Response, content_type, query_of, request, single, with_params

ISSUER = "http://127.0.0.1:9000"
ENDPOINT = f"{ISSUER}/oauth/register"


def asked(world: LiveWorld, metadata: Any, kind: str = "application/json") -> Response:
    body = metadata if isinstance(metadata, str) else json.dumps(metadata)
    return world.handle(Request(method="POST", url=ENDPOINT, headers=(("Content-Type", kind),), body=body))


@pytest.fixture(scope="module")
def world() -> LiveWorld:
    return LiveWorld(issuer=ISSUER, clients=[])


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/callback",
        "http://127.0.0.1/callback",
        "http://127.0.0.1:8400/callback",
        "http://[::1]/callback",
        "http://localhost:5173/",
        "com.example.app:/callback",
        "com.example.app://callback",
    ],
)
def test_an_app_registers_an_address_that_is_its_own(world: LiveWorld, uri: str) -> None:
    answer = asked(world, {"redirect_uris": [uri], "token_endpoint_auth_method": "none", "client_name": "My app"})
    told = answer.json()
    assert answer.status == 201
    assert answer.header("cache-control") == "no-store"
    assert told["redirect_uris"] == [uri]
    assert "client_secret" not in told
    client = world.server.clients[told["client_id"]]
    assert client.trusted is not uri.startswith("https:")
    assert not client.confidential


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/callback",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://localhost:80.evil.example/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:/",
        "https://[::1/",
        "https://[app/",
        "https://app.example:port/",
        "https://a..b/",
        "https://user@app.example/",
        "https://app.example/#fragment",
        "https://*.example/callback",
        "https:///callback",
        "//app.example/callback",
        "/callback",
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "myapp:/callback",
        "https://app.example/a b",
        "https://app.example/\r\nSet-Cookie: a=b",
        "https://app.example/" + "a" * 3000,
        7,
        None,
    ],
)
def test_no_app_registers_an_address_that_could_be_anybodys(world: LiveWorld, uri: object) -> None:
    answer = asked(world, {"redirect_uris": [uri]})
    assert (answer.status, answer.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        "[]",
        "{",
        {"redirect_uris": ["https://a.example/"], "token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": ["https://a.example/"], "grant_types": ["implicit"]},
        {"redirect_uris": ["https://a.example/"], "grant_types": ["refresh_token"]},
        {"redirect_uris": ["https://a.example/"], "response_types": ["token"]},
        {"redirect_uris": ["https://a.example/"], "scope": ["openid"]},
        {"redirect_uris": ["https://a.example/"], "scope": "nothing that:is known"},
        {"redirect_uris": ["https://a.example/"], "scope": "offline_access"},
        {"redirect_uris": ["https://a.example/"], "client_name": "\u202e"},
        {"redirect_uris": ["https://a.example/"], "client_name": 7},
    ],
)
def test_metadata_that_the_server_cannot_keep_is_refused(world: LiveWorld, metadata: Any) -> None:
    known = len(world.server.clients)
    answer = asked(world, metadata)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_client_metadata")
    assert len(world.server.clients) == known


def test_what_is_null_is_left_out_and_no_app_gets_more_scope_than_it_can_use(world: LiveWorld) -> None:
    """RFC 7592 section 2.2; OIDC Core section 11 (`offline_access` is for refresh tokens)."""
    usual = {"redirect_uris": ["https://a.example/"], "client_name": None, "scope": None, "grant_types": None}
    assert "offline_access" not in asked(world, usual).json()["scope"].split(" ")
    both = {**usual, "grant_types": ["authorization_code", "refresh_token"]}
    assert "offline_access" in asked(world, both).json()["scope"].split(" ")
    assert asked(world, {**both, "scope": "unknown openid"}).json()["scope"] == "openid"


def test_who_registers_for_one_tool_is_registered_for_all_where_there_is_an_mcp_server(world: LiveWorld) -> None:
    """RFC 7591 section 3.2.1: a server may register other values than it was asked to, and says which."""
    of_tools = LiveWorld(Scenario(client="mcp"), issuer=ISSUER, clients=[])
    reads = {"redirect_uris": ["https://a.example/"], "scope": "read:messages"}
    assert asked(of_tools, reads).json()["scope"] == "read:messages write:messages"
    assert asked(of_tools, {**reads, "scope": "openid"}).json()["scope"] == "openid"
    assert asked(world, reads).json()["scope"] == "read:messages"


def test_metadata_that_is_too_long_is_refused_in_the_language_of_apps(world: LiveWorld) -> None:
    answer = asked(world, {"redirect_uris": ["https://a.example/"], "client_uri": "a" * 70_000})
    assert (answer.status, answer.json()["error"]) == (413, "invalid_request")


def test_a_form_is_no_metadata(world: LiveWorld) -> None:
    assert asked(world, "redirect_uris=https://a.example/", "application/x-www-form-urlencoded").status == 400
    assert asked(world, {"redirect_uris": ["https://a.example/"]}, "application/json; charset=utf-8").status == 201


def test_an_app_that_has_registered_logs_in_with_its_secret() -> None:
    world = LiveWorld(issuer=ISSUER, clients=[])
    told = asked(world, {"redirect_uris": ["http://127.0.0.1:8400/cb"], "client_name": "<b>App</b>"}).json()
    params = {
        "response_type": "code",
        "client_id": told["client_id"],
        "redirect_uri": "http://127.0.0.1:8400/cb",
        "scope": "openid",
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
    }
    arrived = User(world).log_in(with_params(f"{ISSUER}/authorize", params))
    form = {
        "grant_type": "authorization_code",
        "code": single(query_of(arrived), "code") or "",
        "redirect_uri": "http://127.0.0.1:8400/cb",
        "client_id": told["client_id"],
    }
    without = world.handle(request("POST", f"{ISSUER}/oauth/token", form=form))
    assert without.json()["error"] == "invalid_client"
    with_it = world.handle(
        request("POST", f"{ISSUER}/oauth/token", form={**form, "client_secret": told["client_secret"]})
    )
    assert with_it.json()["error"] == "invalid_grant"  # it lacks the verifier, and is known
    pages = [sent.message for event in world.logins["login-1"].trace.events for sent in event.messages]
    bodies = [one.body for one in pages if isinstance(one, Response) and content_type(one) == "text/html"]
    assert any("&lt;b&gt;App&lt;/b&gt;" in body for body in bodies)
    assert not any("<b>App" in body for body in bodies)


def test_a_server_that_takes_no_registration_has_no_such_page() -> None:
    closed = LiveWorld(issuer=ISSUER, registration=False)
    assert asked(closed, {"redirect_uris": ["https://a.example/"]}).status == 404
    assert "registration_endpoint" not in closed.metadata
    assert LiveWorld(issuer=ISSUER).metadata["registration_endpoint"] == ENDPOINT


def test_of_too_many_apps_the_first_ones_go_and_those_of_the_owner_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registration, "MOST_REGISTERED", 3)
    world = LiveWorld(issuer=ISSUER)
    own = set(world.server.clients)
    ids = [asked(world, {"redirect_uris": ["https://a.example/"]}).json()["client_id"] for _ in range(5)]
    assert set(world.server.clients) == own | set(ids[2:])


def test_the_first_that_came_go_where_a_server_has_too_much_to_remember() -> None:
    kept = LiveWorld().server.grants
    grants = [Grant(request=None, sub=str(number), auth_time=0, expires=0) for number in range(5)]  # type: ignore[arg-type]
    for number, grant in enumerate(grants):
        kept = memory.with_at_most(kept, f"code {number}", grant, most=3)
    assert list(kept) == ["code 2", "code 3", "code 4"]
    again = memory.with_at_most(kept, "code 3", grants[0], most=3)
    assert list(again) == ["code 2", "code 3", "code 4"]
    assert again["code 3"] is grants[0]


def test_an_audience_names_an_api_at_a_live_server_and_any_other_is_ignored() -> None:
    world = LiveWorld(issuer=ISSUER, apis={"messages": f"{ISSUER}/api", "photos": f"{ISSUER}/photos"})
    for audience, resource in ((f"{ISSUER}/photos", f"{ISSUER}/photos"), ("https://else.example", None)):
        params = {
            "response_type": "code",
            "client_id": "photo-app",
            "redirect_uri": "com.example.app:/callback",
            "code_challenge": "c" * 43,
            "code_challenge_method": "S256",
            "audience": audience,
        }
        assert world.handle(request("GET", with_params(f"{ISSUER}/authorize", params))).location == f"{ISSUER}/login"
        assert [*world.server.sessions.values()][-1].request.resource == resource
