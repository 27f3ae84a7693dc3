"""docs/your-app.md: what it says goes into a library's configuration is taken by it, and what it says of failures is so."""

import argparse
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from flowsim.cli import serve
from flowsim.live.port.server import served
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import ISSUER
from flowsim.model.world import RegisteredClient
from flowsim.protocol.pkce import challenge_for

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "your-app.md").read_text("utf-8")
LIBRARIES = ROOT / "tests" / "clients" / "node_modules"
REDIRECT = "http://127.0.0.1:5173/callback"
API = "https://api.example/messages"
VERIFIER = "a-verifier-of-this-test-that-is-long-enough-to-be-one"
APP = RegisteredClient(
    client_id="my-app",
    name="My App",
    redirect_uris=(REDIRECT,),
    confidential=False,
    secret=None,
    scopes=("openid", "profile", "offline_access", "read:messages"),
)


def block(heading: str) -> str:
    """The program below this heading."""
    found = re.search(rf"^### {re.escape(heading)}.*?```\w+\n(.*?)```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


COMMANDS = [
    (path, command)
    for path in sorted([ROOT / "README.md", ROOT / "docs" / "your-app.md", *ROOT.glob("notebooks/apps/*/README.md")])
    for command in re.findall(r"python -m flowsim serve( --[^`\n]+)", path.read_text("utf-8"))
]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path.parent.name for path, _ in COMMANDS])
def test_the_server_takes_every_command_that_is_written_down(path: Path, command: str) -> None:
    parser = argparse.ArgumentParser()
    serve.add_options(parser)
    if "--help" in command:
        return
    options = parser.parse_args(shlex.split(command))
    client = serve._client(options)
    usual = "photo-assistant" if options.profile == "mcp" else "photo-desktop"
    assert client.client_id == (options.client_id or usual)
    serve._issuer(options)


def test_authlib_logs_in_with_the_configuration_of_the_page() -> None:
    def world_at(issuer: str) -> LiveWorld:
        return LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"}, clients=[APP])

    with served(world_at) as there:
        made: dict[str, Any] = {}
        exec(block("Authlib (Python)"), made)
        session, metadata = made["session"], there.world.metadata
        address, _ = session.create_authorization_url(metadata["authorization_endpoint"], code_verifier=VERIFIER)
        assert "code_challenge_method=S256" in address
        back = User(there.address).log_in(address)
        session.fetch_token(metadata["token_endpoint"], authorization_response=back, code_verifier=VERIFIER)
        assert session.get(f"{there.address}/api/messages").json()["owner"] == "user-alice"


@pytest.mark.parametrize(
    ("heading", "types"),
    [
        ("openid-client (Node)", "openid-client/build/index.d.ts"),
        ("oidc-client-ts (browser)", "oidc-client-ts/dist/types/oidc-client-ts.d.ts"),
        ("auth0-spa-js (browser)", "@auth0/auth0-spa-js/dist/typings/global.d.ts"),
    ],
)
def test_every_option_of_the_page_is_one_of_the_library(heading: str, types: str) -> None:
    known = (LIBRARIES / types).read_text("utf-8")
    program = block(heading)
    named = {*re.findall(r"^\s+(\w+):", program, re.MULTILINE), *re.findall(r"\bclient\.(\w+)", program)}
    assert len(named) >= 4 - (heading[:6] == "openid")
    assert not [one for one in named if not re.search(rf"\b{one}\b", known)]


# ---- when the login fails


class App:
    """An app that does what it should, and what a test has it do otherwise."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.world = LiveWorld(clients=[APP], clock=lambda: self.now)
        self.http = httpx.Client(transport=WorldTransport(self.world))

    def back(self, **other: str | None) -> dict[str, str]:
        """What the redirect brings, where these parameters are other than they should be; UserError for a page."""
        usual = {
            "response_type": "code",
            "client_id": "my-app",
            "redirect_uri": REDIRECT,
            "scope": "openid offline_access read:messages",
            "state": "s",
            "code_challenge": challenge_for(VERIFIER, "S256"),
            "code_challenge_method": "S256",
        }
        sent = {name: value for name, value in {**usual, **other}.items() if value is not None}
        return dict(httpx.URL(User(self.world).log_in(f"{ISSUER}/authorize?{urlencode(sent)}")).params)

    def redeem(self, code: str, **other: str) -> Any:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": "my-app",
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        return self.http.post(f"{ISSUER}/oauth/token", data={**form, **other}).json()

    def refresh(self, token: str) -> Any:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "my-app"}
        return self.http.post(f"{ISSUER}/oauth/token", data=form).json()

    def call(self, token: str) -> int:
        return self.http.get(API, headers={"Authorization": f"Bearer {token}"}).status_code


@pytest.mark.parametrize(
    "other",
    [
        {"client_id": "another-app"},
        {"redirect_uri": f"{REDIRECT}/"},
        {"redirect_uri": "http://localhost:5173/callback"},
        {"redirect_uri": "http://127.0.0.1:5173/other"},
    ],
)
def test_where_app_or_address_are_not_known_the_server_shows_a_page(other: dict[str, str]) -> None:
    with pytest.raises(UserError):
        App().back(**other)


@pytest.mark.parametrize(
    ("other", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"scope": "write:photos"}, "invalid_scope"),
    ],
)
def test_what_stands_in_the_redirect(other: dict[str, str | None], error: str) -> None:
    assert App().back(**other)["error"] == error


def test_a_loopback_address_may_come_with_any_port() -> None:
    assert "code" in App().back(redirect_uri="http://127.0.0.1:6000/callback")


def used_before(app: App, code: str) -> Any:
    app.redeem(code)
    return app.redeem(code)


def a_minute_late(app: App, code: str) -> Any:
    app.now += 61
    return app.redeem(code)


@pytest.mark.parametrize(
    ("redeem", "error"),
    [
        (used_before, "invalid_grant"),
        (a_minute_late, "invalid_grant"),
        (lambda app, code: app.redeem(code, redirect_uri="http://127.0.0.1:6000/callback"), "invalid_grant"),
        (lambda app, code: app.redeem(code, code_verifier=f"another-{VERIFIER}"), "invalid_grant"),
        (lambda app, code: app.redeem(code, client_secret="a secret"), "invalid_client"),
    ],
)
def test_what_the_token_endpoint_says(redeem: Callable[[App, str], Any], error: str) -> None:
    app = App()
    assert redeem(app, app.back()["code"])["error"] == error


def test_without_offline_access_there_is_no_refresh_token() -> None:
    app = App()
    assert "refresh_token" in app.redeem(app.back()["code"])
    assert "refresh_token" not in app.redeem(app.back(scope="openid read:messages")["code"])


def test_the_api_takes_the_access_token_and_says_401_and_403_to_others() -> None:
    app = App()
    tokens = app.redeem(app.back()["code"])
    assert [app.call(tokens["access_token"]), app.call(tokens["id_token"])] == [200, 401]
    assert app.call(app.redeem(app.back(scope="openid profile")["code"])["access_token"]) == 403


def test_a_refresh_token_is_good_once_and_a_second_use_ends_them_all() -> None:
    app = App()
    first = app.redeem(app.back()["code"])["refresh_token"]
    second = app.refresh(first)["refresh_token"]
    assert app.refresh(first)["error"] == "invalid_grant"
    assert app.refresh(second)["error"] == "invalid_grant"


def test_every_file_that_the_page_links_to_is_there() -> None:
    for address in re.findall(r"\]\((\.\./[^)#]+|[\w-]+\.md)\)", PAGE):
        assert (ROOT / "docs" / address).exists(), address
