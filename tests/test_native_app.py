"""The desktop app of notebooks/apps/native: it logs in for real, and does what a client owes."""

import re
from collections.abc import Iterator
from threading import Thread
from types import ModuleType
from urllib.parse import urljoin

import httpx
import pytest

from flowsim.lessons.marked_lines import marked_difference, without_marked
from flowsim.live.faults import FAULTS, Faulty
from flowsim.live.port.server import served
from flowsim.live.transport import WorldTransport
from flowsim.live.world import LiveWorld
from flowsim.model.authentication import ACR
from flowsim.model.hooks import ACTIONS, Claims, Deny, Login, action
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.protocol.messages import Request
from tests.kit.native_app import CLIENT, SOURCE, logged_in, person, the_app, without_pkce


@pytest.fixture(scope="module")
def app() -> ModuleType:
    return the_app()


@pytest.fixture
def world() -> LiveWorld:
    return LiveWorld(clients=[CLIENT])


def test_it_logs_in_calls_the_api_refreshes_and_calls_again(app: ModuleType, world: LiveWorld) -> None:
    one = logged_in(world)
    assert one.claims["sub"] == "user-alice"
    messages = one.call("https://api.example/messages")
    before = dict(one.tokens)
    one.refresh()
    assert one.tokens["refresh_token"] != before["refresh_token"]
    assert one.call("https://api.example/messages") == messages
    (login,) = world.logins.values()
    assert login.trace.verdict.tone == "good"


def test_each_login_has_a_port_a_verifier_a_state_and_a_nonce_of_its_own(app: ModuleType, world: LiveWorld) -> None:
    for _ in range(2):
        logged_in(world)
    first, second = (
        dict(sent.message.query)
        for login in world.logins.values()
        for event in login.trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path == "/authorize"
    )
    for name in ("redirect_uri", "code_challenge", "state", "nonce"):
        assert first[name] != second[name], name


def test_a_user_who_denies_is_no_login_and_the_sentence_says_so(app: ModuleType, world: LiveWorld) -> None:
    one = app.App(httpx.Client(transport=WorldTransport(world)), ISSUER, CLIENT.client_id)
    with pytest.raises(app.LoginFailed, match="no code came: 'access_denied'"):
        one.log_in(person(world, "deny"))
    assert not one.tokens


def served_world(issuer: str) -> LiveWorld:
    return LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"}, clients=[CLIENT])


def test_as_a_program_it_tells_at_a_real_port_who_logged_in_and_what_the_api_has(
    app: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(served_world) as there:
        app.main(["--issuer", there.address], person(there.address))
    told = capsys.readouterr().out
    assert "You are user-alice." in told
    assert told.count("The key is under the blue pot.") == 2, "before the refresh and after it"


def test_where_no_server_is_the_program_ends_with_one_sentence(app: ModuleType) -> None:
    with served(served_world) as there:
        gone = there.address
    with pytest.raises(SystemExit, match="There is no login: ") as ended:
        app.main(["--issuer", gone])
    assert "\n" not in str(ended.value)


# What this app makes no use of.
_NOT_ITS_BUSINESS = {"userinfo-sub-other", "userinfo-sub-missing", "at-hash-wrong"}


@pytest.mark.parametrize("fault", FAULTS)
def test_it_refuses_what_a_client_must_refuse(
    app: ModuleType, world: LiveWorld, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty = Faulty(world, fault)
    if fault.startswith("state-"):
        monkeypatch.setattr(app.App, "patience", 0.2)  # seconds; no answer to this login will come

    def all_of_it() -> None:
        logged_in(faulty).refresh()

    if fault in _NOT_ITS_BUSINESS:
        all_of_it()
    else:
        with pytest.raises(app.NoAnswer if fault.startswith("state-") else app.LoginFailed):
            all_of_it()


def test_what_else_comes_to_its_port_is_no_answer(app: ModuleType, world: LiveWorld) -> None:
    one = app.App(httpx.Client(transport=WorldTransport(world)), ISSUER, CLIENT.client_id)
    user, seen = person(world), []

    def open_browser(address: str) -> None:
        here = dict(httpx.URL(address).params)["redirect_uri"]

        def stray() -> None:
            seen.append(httpx.get(urljoin(here, "/favicon.ico")).status_code)
            user(address)

        Thread(target=stray).start()

    one.log_in(open_browser)
    assert seen == [404]
    assert one.claims["sub"] == "user-alice"


def test_an_answer_to_another_login_does_not_end_the_wait(app: ModuleType, world: LiveWorld) -> None:
    one = app.App(httpx.Client(transport=WorldTransport(world)), ISSUER, CLIENT.client_id)
    user, seen = person(world), []

    def open_browser(address: str) -> None:
        here = dict(httpx.URL(address).params)["redirect_uri"]

        def stray() -> None:
            for query in ("?code=theirs&state=of-another", "?error=access_denied", "?code=theirs&state="):
                answer = httpx.get(here + query)
                seen.append((answer.status_code, "did not ask for this" in answer.text))
            user(address)

        Thread(target=stray).start()

    one.log_in(open_browser)
    assert seen == [(400, True)] * 3
    assert one.claims["sub"] == "user-alice"


def test_what_the_api_has_written_does_not_rule_the_terminal(
    app: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    app._tell("You are user-\x1b[2Jalice.", ["one\x07", "two\r\nthree", "vier – fünf"])
    told = capsys.readouterr().out
    assert told == "You are user-\ufffd[2Jalice.\n  one\ufffd\n  two\ufffd\ufffdthree\n  vier – fünf\n"


def test_a_parameter_that_comes_twice_is_refused(app: ModuleType, world: LiveWorld) -> None:
    one = app.App(httpx.Client(transport=WorldTransport(world)), ISSUER, CLIENT.client_id)

    def open_browser(address: str) -> None:
        sent = dict(httpx.URL(address).params)
        twice = f"{sent['redirect_uri']}?code=a&code=b&state={sent['state']}"
        Thread(target=lambda: httpx.get(twice)).start()

    with pytest.raises(app.NoAnswer, match="a parameter twice"):
        one.log_in(open_browser)


def test_where_nobody_comes_back_it_says_so_and_its_port_is_free_again(app: ModuleType) -> None:
    with app.Listener("ours") as one, pytest.raises(app.NoAnswer, match=r"within 0\.05 seconds"):
        one.wait(patience=0.05)
    with pytest.raises(httpx.ConnectError):
        httpx.get(one.redirect_uri)


# ---- actions of the server's owner


@pytest.fixture
def actions() -> Iterator[None]:
    """Whatever a test registers is gone after it."""
    before = dict(ACTIONS)
    yield
    ACTIONS.clear()
    ACTIONS.update(before)


@pytest.mark.usefixtures("actions")
def test_an_action_that_fails_ends_this_login_with_its_sentence_and_the_server_lives(app: ModuleType) -> None:
    @action("broken")
    def broken(login: Login) -> Claims:
        raise ArithmeticError(f'"{login.username}" é \\ \n')

    world = LiveWorld(Scenario(actions=("broken",)), clients=[CLIENT])
    for _ in range(2):
        with pytest.raises(app.LoginFailed, match=r"'access_denied' .*the action broken failed with ArithmeticError"):
            logged_in(world)
    assert not world.server.grants


@pytest.mark.usefixtures("actions")
def test_an_action_may_want_a_stronger_login_and_the_app_gets_in_by_asking_for_it(app: ModuleType) -> None:
    @action("strong")
    def strong(login: Login) -> Claims | Deny:
        return Claims({"https://as.example/acr": login.acr}) if login.acr else Deny("say how the user shall log in")

    world = LiveWorld(Scenario(actions=("strong",)), clients=[CLIENT])
    with pytest.raises(app.LoginFailed, match="'access_denied' 'say how the user shall log in'"):
        logged_in(world)
    asked = logged_in(world, acr_values=ACR["password"])
    assert asked.claims["https://as.example/acr"] == asked.claims["acr"] == ACR["password"]


# ---- without PKCE


def test_what_is_marked_is_all_of_pkce_and_nothing_else() -> None:
    without = without_marked(SOURCE, "PKCE")
    code = without.partition('"""\n\n')[2]
    assert not re.search("code_challenge|code_verifier|verifier|sha256|base64", code)
    compile(without, "app.py", "exec")
    difference = marked_difference(SOURCE, "PKCE").splitlines()[2:]
    assert not [line for line in difference if line.startswith("-")]
    assert all(line.endswith("# PKCE") for line in difference if line.startswith("+"))


@pytest.mark.parametrize("required", [True, False])
def test_without_pkce_it_logs_in_only_where_the_server_does_not_ask_for_it(app: ModuleType, required: bool) -> None:
    world = LiveWorld(Scenario(pkce_required=required), clients=[CLIENT])
    bare = without_pkce()
    if required:
        with pytest.raises(bare.LoginFailed, match="invalid_request"):
            logged_in(world, bare)
    else:
        assert logged_in(world, bare).claims["sub"] == "user-alice"
