"""What flowsim's client of an MCP server chooses: an authorization server, a key for its tokens, a refresh or a login."""

from collections.abc import Sequence

import pytest

from flowsim.actors.authorization_server import register
from flowsim.live.tool_client import Credentials, LoginFailed, ToolClient
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import MCP_URL
from flowsim.model.scenario import Scenario
from tests.test_tool_client import MESSAGES, REDIRECT_URI, Changed, Document, said, why_not, world_with

OTHER = "https://other.example"


def naming(world: LiveWorld, *issuers: str) -> Changed:
    """This world, whose MCP server names these authorization servers."""
    return Changed(world, "protected-resource", lambda one: one | {"authorization_servers": [*issuers]})


def test_of_several_authorization_servers_the_first_is_taken_or_the_one_that_knows_the_client() -> None:
    world = world_with()
    assert OTHER in why_not(naming(world, OTHER, world.issuer))
    assert why_not(naming(world, world.issuer, OTHER), User(world).log_in) == ""
    world.register(register("known", "Known", (REDIRECT_URI,), None, confidential=False))
    known = {world.issuer: Credentials("known")}
    transport = naming(world, OTHER, world.issuer)
    with ToolClient(MCP_URL, User(world).log_in, known=known, transport=transport) as client:
        assert client.tools()
        assert client.app.identities == {world.issuer: "known"}


def test_whoever_uses_the_client_may_choose_among_the_authorization_servers_that_are_named() -> None:
    world = world_with()
    offered: list[tuple[str, ...]] = []

    def choose(issuers: Sequence[str]) -> str:
        offered.append(tuple(issuers))
        return issuers[-1]

    transport = naming(world, OTHER, world.issuer)
    with ToolClient(MCP_URL, User(world).log_in, choose=choose, transport=transport) as client:
        assert client.tools()
    assert offered == [(OTHER, world.issuer)]
    with (
        ToolClient(MCP_URL, str, choose=lambda _: "https://third.example", transport=transport) as client,
        pytest.raises(LoginFailed, match=r"names https://other.example, .* and not the https://third.example"),
    ):
        client.tools()


# ---- Tokens that are bound to a key


@pytest.mark.parametrize("nonce", [False, True])
def test_a_server_that_takes_only_bound_tokens_gets_one(nonce: bool) -> None:
    world = LiveWorld(Scenario(client="mcp", dpop_nonce=nonce))
    bound = Changed(world, "protected-resource", lambda one: one | {"dpop_bound_access_tokens_required": True})
    with ToolClient(MCP_URL, User(world).log_in, transport=bound) as client:
        assert said(client.call("read_messages")) == MESSAGES
        assert said(client.call("send_message", {"text": "hi"})) == {"owner": "user-alice", "sent": True}
        assert client.app.tokens["user"].token_type == "DPoP"


def test_a_server_whose_proofs_the_client_cannot_make_is_left_alone() -> None:
    world = world_with()

    def change(document: Document) -> Document:
        return document | {"dpop_bound_access_tokens_required": True, "dpop_signing_alg_values_supported": ["PS512"]}

    assert "takes no proofs with EdDSA, only PS512" in why_not(Changed(world, ".well-known", change))


# ---- A token that has expired


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_token_that_has_expired_is_renewed_without_the_user_each_time_with_the_last_refresh_token() -> None:
    clock, opened = Clock(), list[str]()
    world = LiveWorld(Scenario(client="mcp"), clock=clock)

    def browser(address: str) -> str:
        opened.append(address)
        return User(world).log_in(address)

    with ToolClient(MCP_URL, browser, transport=WorldTransport(world)) as client:
        seen = set[str | None]()
        for _ in range(3):
            assert said(client.call("read_messages")) == MESSAGES
            seen.add(client.app.tokens["user"].refresh_token)
            clock.now += 2 * 3600
    assert len(opened) == 1
    assert len(seen) == 3


def test_a_refresh_that_is_refused_ends_in_a_login() -> None:
    clock, opened = Clock(), list[str]()
    world = LiveWorld(Scenario(client="mcp"), clock=clock)

    def browser(address: str) -> str:
        opened.append(address)
        return User(world).log_in(address)

    with ToolClient(MCP_URL, browser, transport=WorldTransport(world)) as client:
        client.tools()
        clock.now += 400 * 24 * 3600
        assert said(client.call("read_messages")) == MESSAGES
    assert len(opened) == 2


def test_no_refresh_token_goes_to_a_server_that_has_taken_the_place_of_the_last_one() -> None:
    clock = Clock()
    world = LiveWorld(Scenario(client="mcp"), clock=clock)
    transport = naming(world, world.issuer)
    with ToolClient(MCP_URL, User(world).log_in, transport=transport) as client:
        client.tools()
        clock.now += 2 * 3600
        transport.change_to(lambda one: one | {"authorization_servers": [OTHER]})
        with pytest.raises(LoginFailed, match=OTHER):
            client.tools()
    assert sum("/oauth/token" in one for one in transport.asked) == 1
