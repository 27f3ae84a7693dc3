"""Official clients of the Model Context Protocol log in at a live world and call its tools, and are watched doing so."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from flowsim.actors.authorization_server import register
from flowsim.live.documents import Fetch
from flowsim.live.login import LiveLogin
from flowsim.live.port.server import Served, served
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import ResourceMetadata
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.protocol import challenges, mcp_wire, well_known
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, response
from flowsim.views.text.transcript import summary
from tests.kit import mcp_clients, mcp_sdks
from tests.kit.mcp_clients import REDIRECT_URI, Called, LogIn
from tests.kit.node_clients import end_programs

KNOWN = register("known", "Known beforehand", (REDIRECT_URI,), None, confidential=False)
MESSAGES = {"owner": "user-alice", "messages": ["Dinner at eight?", "The key is under the blue pot."]}
BEFORE = [Act.STEP_M1, Act.STEP_M2, Act.STEP_M3, Act.STEP_M4, Act.STEP_D1, Act.STEP_D2, Act.STEP_C1, Act.STEP_C2]
LOGIN = [Act.STEP_1, Act.STEP_2, Act.STEP_3, Act.STEP_4, Act.STEP_5, Act.STEP_6, Act.STEP_7, Act.STEP_8, Act.STEP_9]
CLIENTS: dict[str, Callable[[str, LogIn], Called]] = {
    "the Python SDK": lambda endpoint, log_in: mcp_clients.python_sdk(endpoint, log_in, "read_messages"),
    "the Python SDK, in the legacy revision": lambda endpoint, log_in: mcp_clients.python_sdk(
        endpoint, log_in, "read_messages", era="legacy"
    ),
    "fastmcp": lambda endpoint, log_in: mcp_clients.fastmcp(endpoint, log_in, "read_messages"),
    "the TypeScript SDK": lambda endpoint, log_in: mcp_clients.typescript_sdk(endpoint, log_in, "read_messages"),
}


@pytest.fixture(scope="module", autouse=True)
def _programs_end() -> Iterator[None]:
    yield
    end_programs()


@contextmanager
def serving(below: str = "", scenario: Scenario | None = None, documents: Fetch | None = None) -> Iterator[Served]:
    """A world with an MCP server at /mcp, and the authorization server `below` the same host."""

    def made(issuer: str) -> LiveWorld:
        apis = {"messages": f"{issuer}/api", "photos": f"{issuer}/photos", "mcp": origin_of(issuer)}
        world = LiveWorld(scenario or Scenario(client="mcp"), issuer=f"{issuer}{below}", apis=apis, documents=documents)
        world.register(KNOWN)
        return world

    with served(made) as there:
        yield there


@pytest.fixture(scope="module")
def there() -> Iterator[Served]:
    with serving() as found:
        yield found


def endpoint_of(there: Served) -> str:
    assert there.world.mcp_server is not None
    return there.world.mcp_server


def user(there: Served) -> LogIn:
    return User(there.world.issuer).log_in


def latest(there: Served) -> LiveLogin:
    return [*there.world.logins.values()][-1]


def acts(login: LiveLogin, *left_out: Role) -> list[Act]:
    """What has happened in this login, without the runs of these roles."""
    return [one.act for one in login.trace.events if login.world.runs[one.run].role not in left_out]


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.filterwarnings("ignore:Using in-memory token storage")
def test_a_client_finds_its_way_from_the_address_alone_and_is_watched_calling_a_tool(name: str, there: Served) -> None:
    called = CLIENTS[name](endpoint_of(there), user(there))
    assert called.tools == ("read_messages", "send_message")
    assert [json.loads(text) for text in called.said] == [MESSAGES]
    login = latest(there)
    assert login.state is State.DONE
    seen = [act for act in acts(login, Role.SESSION) if act is not Act.EXCHANGE]
    assert seen == [*BEFORE, *LOGIN, Act.STEP_10, Act.STEP_11]
    told = summary(login.trace)
    for title in ("The MCP server demands a token", "The app registers itself", "The app asks which tools there are"):
        assert title in told
    payload, _ = there.world.shown()
    assert payload["branches"][-1]["name"] == login.name
    assert "The MCP server demands a token" in payload["branches"][-1]["svg"]


def test_the_metadata_of_a_server_below_a_path_is_found_by_insertion() -> None:
    with serving(below="/tenant-1") as there:
        called = mcp_clients.python_sdk(endpoint_of(there), user(there), "read_messages")
        assert json.loads(called.said[0]) == MESSAGES
        asked = [one for one in latest(there).trace.events if one.act is Act.STEP_D1]
        addresses = [one.message.url for event in asked for one in event.messages if isinstance(one.message, Request)]
        assert addresses == [f"{there.world.mcp_server}".replace("/mcp", f"{well_known.SERVER}/tenant-1")]


@pytest.mark.parametrize("where", ["at-the-path", "at-the-root"])
def test_a_client_looks_for_the_metadata_where_no_challenge_names_their_address(where: ResourceMetadata) -> None:
    with serving(scenario=Scenario(client="mcp", resource_metadata=where)) as there:
        called = mcp_clients.python_sdk(endpoint_of(there), user(there), "read_messages")
        assert json.loads(called.said[0]) == MESSAGES


def test_a_client_whose_id_is_an_address_is_known_by_the_document_there() -> None:
    address = "https://client.example/client.json"
    about = {"client_id": address, "client_name": "Known by its document", "redirect_uris": [REDIRECT_URI]}
    with serving(documents=lambda _: response(200, json=about)) as there:
        called = mcp_clients.python_sdk(endpoint_of(there), user(there), "read_messages", document=address)
        assert json.loads(called.said[0]) == MESSAGES
        assert latest(there).scenario.app.client_id == address
        assert Act.STEP_C1 not in acts(latest(there))


def test_a_tool_that_takes_more_scope_has_the_user_asked_once_more(there: Served) -> None:
    called = mcp_clients.python_sdk(
        endpoint_of(there), user(there), "read_messages", "send_message", client_id=KNOWN.client_id
    )
    assert [json.loads(text) for text in called.said] == [MESSAGES, {"owner": "user-alice", "sent": True}]
    first, second = [*there.world.logins.values()][-2:]
    assert [one.outcome for one in first.trace.events if one.act is Act.STEP_11] == [Outcome.OK, Outcome.FORBIDDEN]
    assert set(second.scenario.scope.split()) >= {"read:messages", "write:messages"}
    assert Act.STEP_C1 not in acts(first)


def test_a_client_that_has_registered_itself_gets_more_scope_as_well(there: Served) -> None:
    """The SDK registers for the scope of the first 401; the 403 of a tool names another, and the user is asked."""
    called = mcp_clients.python_sdk(endpoint_of(there), user(there), "read_messages", "send_message")
    assert [json.loads(text) for text in called.said] == [MESSAGES, {"owner": "user-alice", "sent": True}]
    assert set(latest(there).scenario.scope.split()) >= {"read:messages", "write:messages"}


def test_who_has_no_token_hears_where_to_get_one_and_for_what(there: Served) -> None:
    endpoint = endpoint_of(there)
    with httpx.Client(trust_env=False) as client:
        asked = mcp_wire.asked(endpoint, "tools/list", number=1)
        headers = [(name, value) for name, value in asked.headers if name not in ("Host", "Content-Length")]
        refused = client.post(endpoint, headers=headers, content=asked.body)
        assert refused.status_code == 401
        metadata = well_known.of_resource(endpoint)
        challenge = challenges.of_scheme([refused.headers["www-authenticate"]], "bearer")
        assert challenge == {"resource_metadata": metadata, "scope": "read:messages"}
        told = client.get(metadata).json()
        assert (told["resource"], told["authorization_servers"]) == (endpoint, [there.world.issuer])
        foreign = client.post(endpoint, headers=[*headers, ("Origin", "https://evil.example")], content=asked.body)
        assert foreign.status_code == 403
        assert client.get(endpoint).status_code == 405
        assert client.get(f"{endpoint}/more").status_code == 404


def test_a_world_without_an_mcp_server_has_no_such_address() -> None:
    with served(lambda issuer: LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"})) as there:
        assert there.world.mcp_server is None
        assert httpx.post(f"{there.address}/mcp", trust_env=False).status_code == 404


@pytest.mark.filterwarnings("ignore:Using in-memory token storage")
def test_the_page_says_which_rules_the_clients_keep_as_they_are_installed() -> None:
    assert mcp_sdks.PAGE.read_text("utf-8") == mcp_sdks.page(), "python -m tests.kit.mcp_sdks writes it anew"
    rules = mcp_sdks.PAGE.read_text("utf-8").partition("\n## ")[0]
    rows = [line.split(" | ") for line in rules.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(mcp_sdks.FAULTS)
    assert all(row[1].startswith("the client: ") for row in rows)
    assert {row[3] for row in rows} == {"refuses"}, "flowsim's own client keeps them all"
