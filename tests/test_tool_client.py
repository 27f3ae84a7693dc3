"""flowsim's own client of an MCP server: it logs in at a live world, and whom it does not believe it sends nobody to."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest

from flowsim.actors.authorization_server import register
from flowsim.engine.initial_world import ATTACKERS_ACCOUNT
from flowsim.live.careful_transport import CarefulTransport
from flowsim.live.documents import over_the_network
from flowsim.live.tool_client import MOST_LOGINS, Credentials, LoginFailed, ToolClient
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.mcp import MCP_URL, ResourceMetadata, Revision
from flowsim.model.scenario import Scenario
from flowsim.model.states import State
from flowsim.protocol import mcp_wire, messages
from flowsim.protocol.mcp_wire import LEGACY, MODERN
from flowsim.protocol.messages import Response, response

REDIRECT_URI = "http://127.0.0.1:8400/callback"
MESSAGES = {"owner": "user-alice", "messages": ["Dinner at eight?", "The key is under the blue pot."]}
Document = dict[str, Any]


def world_with(where: ResourceMetadata = "named") -> LiveWorld:
    return LiveWorld(Scenario(client="mcp", resource_metadata=where))


def said(answer: Any) -> Any:
    return json.loads(answer["content"][0]["text"])


def why_not(transport: httpx.BaseTransport, browser: Callable[[str], object] = str, url: str = MCP_URL) -> str:
    """Why this client gives up; empty where it comes to the tools."""
    with ToolClient(url, lambda address: str(browser(address)), transport=transport) as client:
        try:
            client.tools()
        except LoginFailed as failed:
            return str(failed)
    return ""


class Changed(httpx.BaseTransport):
    """A world whose JSON answers at addresses with this part in them are changed on their way."""

    def __init__(self, world: LiveWorld, part: str, change: Callable[[Document], Document]) -> None:
        self._inner, self._part, self._change = WorldTransport(world), part, change
        self.asked: list[str] = []

    def change_to(self, change: Callable[[Document], Document]) -> None:
        """From now on they are changed otherwise."""
        self._change = change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url}")
        answer = self._inner.handle_request(request)
        if self._part not in str(request.url) or answer.status_code != 200:
            return answer
        answer.read()
        return httpx.Response(200, json=self._change(answer.json()))


@pytest.mark.parametrize("revision", [MODERN, LEGACY])
@pytest.mark.parametrize("where", ["named", "at-the-path", "at-the-root"])
def test_it_finds_its_way_logs_in_and_calls_tools_in_both_revisions(
    where: ResourceMetadata, revision: Revision
) -> None:
    world = world_with(where)
    with ToolClient(MCP_URL, User(world).log_in, revision=revision, transport=WorldTransport(world)) as client:
        assert client.tools() == ("read_messages", "send_message")
        assert said(client.call("read_messages")) == MESSAGES
        held = client.app.tokens["user"]
        assert held.refresh_token is not None
        assert held.resource == (MCP_URL if where != "at-the-root" else MCP_URL.removesuffix("/mcp"))


def test_a_tool_that_takes_more_has_the_user_asked_for_more_and_nothing_is_lost() -> None:
    world = world_with()
    with ToolClient(MCP_URL, User(world).log_in, transport=WorldTransport(world)) as client:
        assert said(client.call("read_messages")) == MESSAGES
        assert said(client.call("send_message", {"text": "hi"})) == {"owner": "user-alice", "sent": True}
        assert {"read:messages", "write:messages"} <= {*client.app.tokens["user"].scope.split()}
        assert said(client.call("read_messages")) == MESSAGES
        assert len(world.logins) == 2


@pytest.mark.parametrize("issuer", ["", "its own"])
def test_who_was_registered_beforehand_does_not_register_again(issuer: str) -> None:
    world = world_with()
    world.register(register("known", "Known", (REDIRECT_URI,), "a secret", confidential=True))
    known = {world.issuer if issuer else "": Credentials("known", "a secret", "client_secret_basic")}
    transport = Changed(world, "nowhere", lambda document: document)
    with ToolClient(MCP_URL, User(world).log_in, known=known, transport=transport) as client:
        assert said(client.call("read_messages")) == MESSAGES
    assert not any("register" in one for one in transport.asked)


def test_credentials_of_another_authorization_server_are_not_used() -> None:
    world = world_with()
    known = {"https://elsewhere.example": Credentials("known", "a secret", "client_secret_basic")}
    with ToolClient(MCP_URL, User(world).log_in, known=known, transport=WorldTransport(world)) as client:
        assert said(client.call("read_messages")) == MESSAGES
        assert client.app.identities[world.issuer] != "known"


@pytest.mark.parametrize(
    ("part", "change", "why"),
    [
        ("protected-resource", lambda one: one | {"resource": "https://elsewhere.example/mcp"}, "resource.same"),
        ("protected-resource", lambda one: one | {"resource": f"{one['resource']}/"}, "resource.same"),
        ("protected-resource", lambda one: one | {"authorization_servers": []}, "resource.servers_named"),
        ("protected-resource", lambda _: {}, "resource.answered"),
        ("authorization-server", lambda one: one | {"issuer": f"{one['issuer']}/"}, "discovery.issuer_same"),
        ("authorization-server", lambda one: one | {"issuer": "https://honest.example"}, "discovery.issuer_same"),
        ("authorization-server", lambda one: one | {"code_challenge_methods_supported": ["plain"]}, "s256_named"),
        (
            "authorization-server",
            lambda one: {name: one[name] for name in one if name != "code_challenge_methods_supported"},
            "s256_named",
        ),
        ("authorization-server", lambda one: one | {"token_endpoint": "http://as.example/token"}, "endpoints_https"),
        (
            "authorization-server",
            lambda one: one | {"authorization_endpoint": "javascript:alert(1)"},
            "endpoints_https",
        ),
        ("authorization-server", lambda one: one | {"authorization_endpoint": "https://as.example/`x`"}, "may hold"),
        (
            "authorization-server",
            lambda one: {name: one[name] for name in one if name != "registration_endpoint"},
            "register it there by hand",
        ),
    ],
)
def test_what_it_does_not_believe_ends_the_login_before_the_browser_opens(
    part: str, change: Callable[[Document], Document], why: str
) -> None:
    world = world_with()
    opened: list[str] = []
    transport = Changed(world, part, change)
    assert why in why_not(transport, opened.append)
    assert opened == []
    assert not any("/oauth/token" in one for one in transport.asked)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda address: address.replace("iss=", "iss=x"), "callback.issuer_same"),
        (lambda address: address.replace("iss=", "other="), "callback.issuer_same"),
        (lambda address: address.replace("state=", "state=x"), "callback.state_same"),
        (lambda address: address.replace("code=", "error=access_denied&x="), "said no"),
    ],
)
def test_an_answer_that_is_not_right_is_sent_to_no_token_endpoint(change: Callable[[str], str], why: str) -> None:
    world = world_with()
    transport = Changed(world, "nowhere", lambda document: document)
    with (
        ToolClient(MCP_URL, lambda one: change(User(world).log_in(one)), transport=transport) as client,
        pytest.raises(LoginFailed, match=why),
    ):
        client.tools()
    assert not any("/oauth/token" in one for one in transport.asked)


def test_a_server_that_is_never_content_is_left_alone_after_a_few_logins() -> None:
    world = world_with()
    opened: list[str] = []

    def browser(address: str) -> str:
        opened.append(address)
        return User(world).log_in(address)

    def never(request: httpx.Request) -> httpx.Response:
        if "authorization" in request.headers and str(request.url) == MCP_URL:
            challenge = 'Bearer error="insufficient_scope", scope="read:photos write:photos"'
            return httpx.Response(403, headers={"WWW-Authenticate": challenge})
        return WorldTransport(world).handle_request(request)

    with ToolClient(MCP_URL, browser, transport=httpx.MockTransport(never)) as client:
        with pytest.raises(LoginFailed, match=f"after {MOST_LOGINS} logins .* for tools/list"):
            client.tools()
        assert len(opened) == MOST_LOGINS
        with pytest.raises(LoginFailed, match="for tools/list"):
            client.tools()
        assert len(opened) == MOST_LOGINS, "what the server was not content with before is not tried with a new login"
        with pytest.raises(LoginFailed, match="for tools/call read_messages"):
            client.call("read_messages")
        assert len(opened) == 2 * MOST_LOGINS


def test_an_error_of_a_method_is_no_failure_of_the_login() -> None:
    world = world_with()
    with ToolClient(MCP_URL, User(world).log_in, transport=WorldTransport(world)) as client:
        with pytest.raises(ValueError, match="no tool"):
            client.call("no_such_tool")
        assert client.tools()


def test_a_document_whose_address_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="https"):
        ToolClient(MCP_URL, lambda address: address, document="http://c.example/client.json")


@pytest.mark.parametrize("address", ["HTTPS://MCP.example/mcp", "https://mcp.EXAMPLE/mcp"])
def test_its_server_may_be_written_in_capital_letters(address: str) -> None:
    world = world_with()
    with ToolClient(address, User(world).log_in, transport=WorldTransport(world)) as client:
        assert client.tools()
        assert client.app.tokens["user"].resource == MCP_URL


def test_a_registration_that_is_refused_is_told_with_what_the_server_says() -> None:
    world = world_with()

    def refusing(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/register"):
            return httpx.Response(400, json={"error": "invalid_redirect_uri", "error_description": "No native apps."})
        return WorldTransport(world).handle_request(request)

    assert why_not(httpx.MockTransport(refusing)) == "the server did not register this client: No native apps."


def test_a_session_of_somebody_else_opens_nothing() -> None:
    world = world_with()
    with ToolClient(MCP_URL, User(world).log_in, revision="2025-11-25", transport=WorldTransport(world)) as alice:
        alice.tools()
        session = next(iter(next(api.tools.sessions for api in world.apis.values() if api.tools)))
    mallory = User(world, ATTACKERS_ACCOUNT)
    with ToolClient(MCP_URL, mallory.log_in, revision="2025-11-25", transport=WorldTransport(world)) as client:
        client.tools()
        stolen = mcp_wire.asked(
            MCP_URL,
            "tools/list",
            number=9,
            version=LEGACY,
            session=session,
            token=client.app.tokens["user"].access_token,
        )
        assert world.handle(stolen).status == 404
    without_token = mcp_wire.asked(MCP_URL, "tools/list", number=9, version=LEGACY, session=session)
    assert world.handle(without_token).status == 401


@pytest.mark.parametrize(
    ("attack", "without", "reads", "stopped_by"),
    [
        ("code-interception-copy", "token.verifier_fits", True, None),
        ("code-interception-copy", None, False, "token.verifier_fits"),
        ("refresh-theft", None, True, None),
    ],
)
def test_an_attacker_that_is_loose_calls_the_tool_with_what_it_has_stolen(
    attack: str, without: str | None, reads: bool, stopped_by: str | None
) -> None:
    world = LiveWorld(Scenario(client="mcp", without=frozenset([without] if without else ())))
    world.attack = attack
    with (
        ToolClient(MCP_URL, User(world).log_in, transport=WorldTransport(world)) as client,
        suppress(LoginFailed),  # the server takes a code once, and the attacker may have been first
    ):
        client.call("read_messages")
    verdict = world.logins["login-1"].trace.verdict
    assert (verdict.attacker_reads_data, verdict.stopped_by) == (reads, stopped_by)


# ---- A client_id that is an address

APP = "https://c.example/client.json"
ABOUT = {
    "client_id": APP,
    "client_name": "An assistant",
    "redirect_uris": [REDIRECT_URI],
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "none",
}


def reading(answer: Response) -> tuple[LiveWorld, list[str]]:
    """A world whose server finds this answer at every address, and which addresses it has asked."""
    asked: list[str] = []

    def fetch(wanted: messages.Request) -> Response:
        asked.append(wanted.url)
        return answer

    return LiveWorld(Scenario(client="mcp"), documents=fetch), asked


def test_a_server_reads_the_document_of_an_app_that_nobody_has_registered() -> None:
    world, asked = reading(response(200, json=ABOUT))
    transport = Changed(world, "nowhere", lambda document: document)
    for _ in range(2):
        with ToolClient(MCP_URL, User(world).log_in, document=APP, transport=transport) as client:
            assert said(client.call("read_messages")) == MESSAGES
            assert client.app.identities[world.issuer] == APP
    assert asked == [APP]  # it keeps what it believes
    assert not any("register" in one for one in transport.asked)
    first = world.logins["login-1"]
    assert first.title == "An assistant 1"
    told = [sent.message for event in first.trace.events for sent in event.messages]
    assert [one.url for one in told if isinstance(one, messages.Request) and one.url == APP] == [APP]


@pytest.mark.parametrize("more", [[], ["https://assistant.example/callback"]])
def test_a_real_page_names_the_hosts_of_a_stranger_and_warns_where_all_is_on_this_machine(more: list[str]) -> None:
    about = {**ABOUT, "client_name": "<b>Safe</b>", "redirect_uris": [*ABOUT["redirect_uris"], *more]}
    world, _ = reading(response(200, json=about))
    with ToolClient(MCP_URL, User(world).log_in, document=APP, transport=WorldTransport(world)) as client:
        assert client.tools()
    sent = [sent.message for event in world.logins["login-1"].trace.events for sent in event.messages]
    (page,) = [one.body for one in sent if isinstance(one, Response) and 'name="decision"' in one.body]
    assert "<b>" not in page
    assert '<strong class="host">127.0.0.1</strong>' in page
    assert f'<strong class="author">{urlsplit(APP).hostname}</strong>' in page
    assert ('<p class="warning" role="alert">' in page) is (not more)


@pytest.mark.parametrize(
    "answer",
    [
        response(404, json=ABOUT),
        response(302, headers={"Location": APP}),
        response(200, json={**ABOUT, "client_id": "https://other.example/client.json"}),
        response(200, json={**ABOUT, "redirect_uris": ["http://127.0.0.1:8400/other"]}),
        response(200, json={**ABOUT, "client_secret": "s"}),
    ],
)
def test_an_app_whose_document_is_not_believed_gets_a_page_and_no_redirect(answer: Response) -> None:
    world, _ = reading(answer)
    with ToolClient(MCP_URL, User(world).log_in, document=APP, transport=WorldTransport(world)) as client:
        with pytest.raises(UserError, match="status 400"):
            client.tools()
        assert world.logins["login-1"].state is State.ERROR_PAGE


def test_a_server_that_reads_no_documents_says_so_and_the_client_registers() -> None:
    world = world_with()
    assert not world.metadata.get("client_id_metadata_document_supported")
    with ToolClient(MCP_URL, User(world).log_in, document=APP, transport=WorldTransport(world)) as client:
        assert client.tools()
        assert client.app.identities[world.issuer] != APP


@pytest.mark.parametrize("client_id", ["https://c.example", "https://u@c.example/a", "https://c.example/a#b"])
def test_an_address_that_can_hold_no_document_is_not_asked(client_id: str) -> None:
    world, asked = reading(response(200, json={**ABOUT, "client_id": client_id}))
    sent = messages.request("GET", f"{world.issuer}/authorize?{urlencode({'client_id': client_id})}")
    assert world.handle(sent).status == 400
    assert asked == []


def test_a_document_is_fetched_without_following_anybody_and_without_reading_on_for_ever() -> None:
    wanted = messages.request("GET", APP)
    network = Network(
        httpx.Response(200, json=ABOUT),
        httpx.Response(302, headers={"Location": "http://10.0.0.1/"}),
        httpx.Response(200, content=b"x" * 1_000_000),
    )
    fetch = over_the_network(transport=CarefulTransport(look_up=lambda _: ["93.184.216.34"], inner=network))
    assert fetch(wanted).json() == ABOUT
    assert fetch(wanted).status == 302
    assert len(fetch(wanted).body) <= 1_000_000
    assert len(network.sent) == 3
    within = over_the_network(transport=CarefulTransport(look_up=lambda _: ["10.0.0.1"], inner=network))
    assert within(wanted).status == 502
    assert len(network.sent) == 3


# ---- Where its requests go


class Network(httpx.BaseTransport):
    """Keeps what goes out: to which address, under which name."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.sent: list[httpx.Request] = []
        self._answers = [*answers]

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return self._answers.pop(0) if self._answers else httpx.Response(200, json={})


def test_the_connection_goes_to_the_number_that_was_judged_and_the_name_stays() -> None:
    network = Network()
    numbers = iter([["93.184.216.34"], ["10.0.0.1"]])  # a name that stands for another machine the second time
    with httpx.Client(transport=CarefulTransport(look_up=lambda _: next(numbers), inner=network)) as client:
        answer = client.get("https://a.example:8443/x?y=1")
        assert str(answer.request.url) == "https://a.example:8443/x?y=1"
        with pytest.raises(httpx.UnsupportedProtocol, match=r"10\.0\.0\.1"):
            client.get("https://a.example:8443/x")
    (sent,) = network.sent
    assert str(sent.url) == "https://93.184.216.34:8443/x?y=1"
    assert (sent.headers["host"], sent.extensions["sni_hostname"]) == ("a.example:8443", "a.example")


def test_a_redirect_to_a_machine_within_is_not_followed() -> None:
    network = Network(httpx.Response(302, headers={"Location": "http://169.254.169.254/latest/meta-data"}))
    transport = CarefulTransport(look_up=lambda _: ["93.184.216.34"], inner=network)
    with (
        httpx.Client(transport=transport, follow_redirects=True) as client,
        pytest.raises(httpx.UnsupportedProtocol, match="only https"),
    ):
        client.get("https://a.example/x")
    assert len(network.sent) == 1


@pytest.mark.parametrize("url", ["https://127.0.0.1/x", "https://[::1]/x", "http://a.example/x", "https://10.0.0.1/x"])
def test_no_address_within_is_asked(url: str) -> None:
    network = Network()
    with (
        httpx.Client(transport=CarefulTransport(look_up=lambda _: ["93.184.216.34"], inner=network)) as client,
        pytest.raises(httpx.UnsupportedProtocol),
    ):
        client.get(url)
    assert network.sent == []


def test_a_server_far_away_may_name_no_address_on_this_machine() -> None:
    challenge = {"WWW-Authenticate": 'Bearer resource_metadata="http://127.0.0.1:1/steal"'}
    network = Network(httpx.Response(401, headers=challenge))
    far = CarefulTransport(look_up=lambda _: ["93.184.216.34"], inner=network)
    with (
        ToolClient("https://m.example/mcp", lambda address: address, transport=far) as client,
        pytest.raises(LoginFailed, match="not fetched"),
    ):
        client.tools()
    assert len(network.sent) == 1
