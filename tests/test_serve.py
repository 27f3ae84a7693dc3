"""`flowsim serve`: what it prints, who can log in there, how it ends, and one clear line for what it cannot do."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import anyio
import httpx
import pytest
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from flowsim.cli import main
from flowsim.engine.initial_world import ALICE
from flowsim.live.faults import Faulty
from flowsim.live.port.application import Port
from flowsim.live.port.server import Server, served
from flowsim.live.port.watch_access import WatchAccess
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.world import Person
from flowsim.protocol import challenges, mcp_wire, pkce
from flowsim.protocol.messages import query_of, single
from tests.kit.pages import payload_in

ROOT = Path(__file__).parents[1]
VERIFIER = "v" * 43
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")


class Running:
    """A server in a process of its own: what it has printed so far, and how it ends."""

    def __init__(self, *options: str, until: str = "Ctrl-C ends it") -> None:
        command = [sys.executable, "-m", "flowsim", "serve", "--port", "0", *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.printed = ""
        self.said: list[str] = []
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self._reading = Thread(target=self.said.extend, args=(self.process.stderr,))
        self._reading.start()
        while until not in self.printed:
            line = self.process.stdout.readline()
            if not line:
                break
            self.printed += line

    @property
    def address(self) -> str:
        found = re.search(r"https?://(?:127\.0\.0\.1|\[::1\]|localhost):\d+", self.printed)
        assert found, (self.printed, self.said)
        return found[0]

    def stop(self, number: int = signal.SIGINT) -> int:
        """The exit status after this signal."""
        self.process.send_signal(number)
        status = self.process.wait(120)
        self._reading.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()
        return status


@contextmanager
def running(*options: str, until: str = "Ctrl-C ends it") -> Iterator[Running]:
    server = Running(*options, until=until)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            assert server.stop() == 0


def login(
    client: httpx.Client,
    issuer: str,
    client_id: str = "my-app",
    redirect_uri: str = "http://127.0.0.1:5173/callback",
    *,
    person: Person = ALICE,
    secret: str | None = None,
    verifier: str = VERIFIER,
    resource: str | None = None,
) -> httpx.Response:
    """The token response of a whole login at this server."""
    metadata = client.get(f"{issuer.removesuffix('/')}/.well-known/openid-configuration").json()
    assert metadata["issuer"] == issuer
    params = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid offline_access read:messages",
        "state": "a state of its own",
        "code_challenge": pkce.challenge_for(VERIFIER, "S256"),
        "code_challenge_method": "S256",
        **({"resource": resource} if resource else {}),
    }
    address = User(client, person).log_in(f"{metadata['authorization_endpoint']}?{urlencode(params)}")
    assert address.startswith(f"{redirect_uri}?")
    form = {
        "grant_type": "authorization_code",
        "code": single(query_of(address), "code") or "",
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        **({} if secret else {"client_id": client_id}),
    }
    return client.post(
        metadata["token_endpoint"],
        data=form,
        auth=httpx.BasicAuth(client_id, secret) if secret else httpx.USE_CLIENT_DEFAULT,
    )


OWN = ("--client-id", "my-app", "--redirect-uri", "http://127.0.0.1/callback")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as made:
        yield made


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """A server that several tests look at."""
    bob = ("--user", "bob:a password: with a colon", "--redirect-uri", "com.example.app:/callback")
    with running(*OWN, *bob, "--without", "token.verifier_fits") as server:
        yield server


def test_it_prints_what_goes_into_the_configuration_of_an_app(shared: Running) -> None:
    first, *rest = shared.printed.splitlines()
    assert first == f"flowsim serves {shared.address}"
    rows = [tuple(re.split(r"  +", line.strip(), maxsplit=1)) for line in rest if line.startswith("  ")]
    assert {
        ("issuer", shared.address),
        ("discovery", f"{shared.address}/.well-known/openid-configuration"),
        ("client id", "my-app, a public client: it has no secret"),
        ("redirect URI", "http://127.0.0.1/callback"),
        ("redirect URI", "com.example.app:/callback"),
        ("API", f"{shared.address}/api/messages"),
        ("account", "alice, password correct horse battery staple"),
        ("account", "mallory, password swordfish"),
        ("account", "bob, password a password: with a colon"),
    } <= {*rows}


def test_an_app_logs_in_refreshes_and_calls_the_api(shared: Running, client: httpx.Client) -> None:
    tokens = login(client, shared.address).json()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "client_id": "my-app"}
    fresh = client.post(f"{shared.address}/oauth/token", data=form).json()
    shown = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert client.get(f"{shared.address}/api/messages", headers=shown).json()["owner"] == "user-alice"
    assert client.get(f"{shared.address}/userinfo", headers=shown).json()["sub"] == "user-alice"


def test_the_address_to_watch_it_is_printed_and_shows_the_logins(shared: Running, client: httpx.Client) -> None:
    found = re.search(r"http://\S+/flowsim/\?token=\S+", shared.printed)
    assert found
    before = login(client, shared.address).status_code
    with httpx.Client(trust_env=False, follow_redirects=True) as browser:
        page = browser.get(found[0])
        assert (before, page.status_code) == (200, 200)
        assert re.fullmatch(rf"{shared.address}/flowsim/[\w-]{{16}}/", str(page.url))
        assert "login-1" in [one["name"] for one in browser.get(page.url.join("payload")).json()["branches"]]
        assert client.get(page.url.join("payload")).status_code == 403
    assert client.get(f"{shared.address}/flowsim/payload").status_code == 403


def test_who_was_named_has_an_account(shared: Running, client: httpx.Client) -> None:
    bob = Person(username="bob", password="a password: with a colon", one_time_secret="")
    tokens = login(client, shared.address, redirect_uri="com.example.app:/callback", person=bob).json()
    shown = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get(f"{shared.address}/userinfo", headers=shown).json()["sub"] == "user-bob"


def test_a_check_that_was_switched_off_is_off(shared: Running, client: httpx.Client) -> None:
    assert login(client, shared.address, verifier="w" * 43).status_code == 200


def test_an_attacker_takes_the_redirect_and_where_the_verifier_is_not_looked_at_reads_the_data(
    client: httpx.Client,
) -> None:
    with running(*OWN, "--attack", "code-interception", "--without", "token.verifier_fits") as server:
        assert re.search(r"attacker +\S", server.printed)
        with pytest.raises(UserError, match="has gone to another program"):
            login(client, server.address)
        watched = re.search(r"http://\S+/flowsim/\?token=\S+", server.printed)
        assert watched
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            page = browser.get(watched[0])
            branch = browser.get(page.url.join("payload")).json()["branches"][-1]
        assert branch["trace"]["verdict"]["attacker_reads_data"] is True


@pytest.mark.parametrize("ending", [".json", ".har", ".html"])
@pytest.mark.parametrize("whole", [False, True])
def test_what_was_recorded_is_written_at_the_end_and_without_secrets_unless_one_says_so(
    client: httpx.Client, tmp_path: Path, ending: str, whole: bool
) -> None:
    target = tmp_path / f"logins{ending}"
    with running(*OWN, "--record", str(target), *(["--with-secrets"] if whole else [])) as server:
        tokens = login(client, server.address).json()
        assert not target.exists()
        server.stop()
    assert f"wrote {target}: the logins, {'with' if whole else 'without'} their secrets\n" in server.said
    text = target.read_text("utf-8")
    written = json.dumps(payload_in(text)) if ending == ".html" else text
    assert (tokens["refresh_token"] in written) is whole


def test_each_request_is_a_line_without_secrets(client: httpx.Client) -> None:
    with running(*OWN) as server:
        assert login(client, server.address).status_code == 200
        assert login(client, server.address, verifier="w" * 43).status_code == 400
        server.stop()
        lines = [line.partition(" ")[2].strip() for line in server.said]
    assert "GET /login 200" in lines
    assert "POST /oauth/token 200" in lines
    assert "POST /oauth/token 400 invalid_grant" in lines
    assert "POST /consent 303 → http://127.0.0.1:5173/callback" in lines
    assert not re.search(r"code=\w|state=[^…]|code_challenge=[^…]", "\n".join(lines))


def test_it_prints_the_values_for_an_environment(client: httpx.Client) -> None:
    with running(*OWN, "--config", "env", until="API_AUDIENCE") as server:
        shell = f'{server.printed}\nprintf \'%s|\' "$OIDC_ISSUER" "$OIDC_CLIENT_ID" "$OIDC_SCOPE" "$API_URL"'
        told = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=True).stdout
        scope = "openid profile offline_access read:messages"
        assert told.split("|") == [server.address, "my-app", scope, f"{server.address}/api/messages", ""]
        assert login(client, server.address).status_code == 200


def test_it_prints_the_values_as_json_and_a_confidential_client_logs_in_with_its_secret(client: httpx.Client) -> None:
    options = ("--client-id", "web", "--client-secret", "a secret", "--redirect-uri", "https://app.example/cb")
    with running(*options, "--config", "json", until="}") as server:
        found = json.loads(server.printed)
        assert found["token_endpoint_auth_method"] == "client_secret_basic"
        uri = found["redirect_uris"][0]
        assert login(client, found["issuer"], "web", uri, secret=found["client_secret"]).status_code == 200
        assert login(client, found["issuer"], "web", uri, secret="another").status_code == 401


def test_with_tls_it_says_which_certificate_to_trust_and_removes_it_at_the_end() -> None:
    with running(*OWN, "--tls", "--config", "json", until="}") as server:
        found = json.loads(server.printed)
        trusted = Path(found["ca_file"])
        with httpx.Client(verify=_trusting(trusted), trust_env=False) as asking:
            assert login(asking, found["issuer"]).status_code == 200
        assert found["issuer"].startswith("https://127.0.0.1:")
        assert server.stop(signal.SIGTERM) == 0
    assert not trusted.parent.exists()


def test_the_certificate_is_kept_where_one_says_so(tmp_path: Path) -> None:
    kept = tmp_path / "ca.pem"
    with running("--tls", "--ca-file", str(kept), "--config", "json", until="}") as server:
        assert json.loads(server.printed)["ca_file"] == str(kept)
    assert kept.read_text().count("BEGIN CERTIFICATE") == 1
    assert "PRIVATE" not in kept.read_text()


def _trusting(file: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(file))


def test_the_issuer_may_end_in_a_slash_and_have_a_path_and_another_address_of_this_machine(
    client: httpx.Client,
) -> None:
    for host in ("[::1]", "localhost"):
        with socket.socket(socket.AF_INET6 if "::" in host else socket.AF_INET) as probe:
            try:
                probe.bind((host.strip("[]"), 0))
            except OSError:
                continue  # this machine has no such address
            port = probe.getsockname()[1]
        issuer = f"http://{host}:{port}/tenant/"
        with running(*OWN, "--issuer", issuer, "--port", str(port), "--quiet", until="serves") as server:
            assert server.printed == f"flowsim serves {issuer}\n"
            assert login(client, issuer).status_code == 200
            assert server.stop() == 0
            assert server.said == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told_to_whatever_connections_are_open(number: int) -> None:
    with running(*OWN) as server:
        port = int(server.address.rpartition(":")[2])
        asked = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 5\r\n\r\nab".encode()
        connections = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(3)]
        connections[1].sendall(asked[:20])
        connections[2].sendall(asked)
        watched = re.search(r"http://\S+/flowsim/\?token=\S+", server.printed)
        assert watched
        with httpx.Client(trust_env=False, follow_redirects=True) as client:
            page = client.get(watched[0])
            assert client.get(f"{server.address}/jwks.json").status_code == 200  # and stays connected
            with client.stream("GET", page.url.join("changes")) as changes:
                assert next(changes.iter_lines()).startswith("data: ")
                assert server.stop(number) == 0
        for connection in connections:
            connection.close()
    assert "Traceback" not in "".join(server.said)


def test_a_port_that_is_in_use_is_told_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert said.err == f"flowsim: cannot listen at port {port}: Address already in use; choose another with --port\n"
    assert said.out == ""


def _status(arguments: list[str]) -> object:
    """The exit status, also where argparse leaves by itself."""
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--port", "65536"], "--port must be 0 to 65535, not 65536"),
        (["--port", "many"], "--port: invalid int value: 'many'"),
        (["--issuer", "as.example"], "--issuer must be such as http://127.0.0.1:9000"),
        (["--issuer", "http://127.0.0.1:9000/?x=1"], "--issuer must be such as"),
        (["--issuer", "http://u@127.0.0.1:9000"], "--issuer must be such as"),
        (["--issuer", "http://127.0.0.1:9000/#x"], "without a fragment"),
        (["--issuer", "http://127.0.0.1:99999"], "with a port there is"),
        (["--issuer", "http://127.0.0.1:9000\n"], "not 'http://127.0.0.1:9000\\n'"),
        (["--issuer", "https://127.0.0.1:9000"], "begins with https where there is --tls, and only there"),
        (["--issuer", "http://127.0.0.1:9000", "--tls"], "begins with https where there is --tls, and only there"),
        (["--ca-file", "x.pem"], "--ca-file is for the certificate of --tls; give both"),
        (["--tls", "--port", "0", "--ca-file", "{tmp}/none/x.pem"], "x.pem': No such file or directory"),
        (["--client-id", "x"], "--client-id needs a --redirect-uri"),
        (["--client-secret", "x"], "name it with --client-id"),
        (["--redirect-uri", "https://app.example/cb"], "name it with --client-id"),
        (
            ["--client-id", "ä", "--redirect-uri", "https://app.example/cb"],
            "--client-id must be 1 to 200 visible ASCII",
        ),
        (["--client-id", "x", "--redirect-uri", "http://app.example/cb"], "--redirect-uri must be https, http at a"),
        (["--client-id", "x", "--redirect-uri", "https://app.example/cb#x"], "without a fragment"),
        (["--client-id", "x", "--redirect-uri", "https:"], "not 'https:'"),
        (["--client-id", "x", "--redirect-uri", "javascript:alert(1)"], "not 'javascript:alert(1)'"),
        (["--client-id", "x", "--redirect-uri", "myapp:/cb"], "a private-use scheme with a dot in it"),
        (["--client-id", "x", "--redirect-uri", "https://app.example/a b"], "not 'https://app.example/a b'"),
        (["--user", "bob"], "--user must be a name, a colon and a password, such as bob:secret, not 'bob'"),
        (["--user", ":x"], "--user must be a name"),
        (["--user", "bob:"], "--user must be a name"),
        (["--user", "b\x1bb:x"], "--user must be a name"),
        (["--without", "token.verifier"], "did you mean token.verifier_fits?"),
        (["--quirk", "audience"], "did you mean audience-list?"),
        (["--action", "add-rol"], "did you mean add-role?"),
        (["--without", "callback.state_same"], "is a check of the app, which is yours here"),
        (["--without", "behind.audience"], "is a check of an API behind, and there is none here"),
        (["--attack", "interception", "--port", "0"], "unknown attack 'interception'; did you mean code-interception?"),
        (["--record", "{tmp}/logins.txt"], "a recording is written to a file whose name ends in one of"),
        (["--record", "{tmp}/none/logins.json"], "there is no folder"),
        (["--with-secrets"], "--with-secrets is for the file of --record; give both"),
        (["--config", "yaml"], "invalid choice: 'yaml'"),
        (["--code-lifetime", "11m"], "code_lifetime must be 1 to 600 seconds"),
        (["--client", "spa"], "--client"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], reason: str
) -> None:
    status = _status(["serve", *(one.replace("{tmp}", str(tmp_path)) for one in options)])
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.startswith("flowsim: ")
    assert reason in said.err
    assert said.err.count("\n") == 1


def test_without_the_packages_for_it_it_says_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ModuleNotFoundError(\"No module named 'uvicorn'\", name='uvicorn')")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    told = subprocess.run(
        [sys.executable, "-m", "flowsim", "serve"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stderr == "flowsim: `serve` needs uvicorn: `pip install 'flowsim[serve]'` brings it\n"


# ---- In a thread


def test_a_world_of_ones_own_is_served_while_the_block_lasts(client: httpx.Client) -> None:
    with served(lambda issuer: LiveWorld(issuer=issuer)) as there:
        assert there.world.issuer == there.address
        assert client.get(f"{there.address}/jwks.json").status_code == 200
        with pytest.raises(OSError, match="in use"), served(there.world):
            pass
    with pytest.raises(httpx.ConnectError):
        client.get(f"{there.address}/jwks.json")
    with served(there.world) as again:
        assert again.address == there.address
        assert client.get(f"{there.address}/jwks.json").status_code == 200


def test_a_server_with_a_fault_is_served_as_any_other(client: httpx.Client) -> None:
    def faulty(world: LiveWorld) -> Faulty:
        return Faulty(world, "metadata-issuer-other")

    with served(lambda issuer: LiveWorld(issuer=issuer), door=faulty) as there:
        metadata = client.get(f"{there.address}/.well-known/openid-configuration").json()
        assert there.world.issuer == there.address != metadata["issuer"]


def test_a_server_that_cannot_begin_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Server, sockets: object = None) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Server, "startup", fail)
    with pytest.raises(ZeroDivisionError), served(lambda issuer: LiveWorld(issuer=issuer)):
        pass


def test_a_block_that_fails_ends_the_server_too(client: httpx.Client) -> None:
    with pytest.raises(ZeroDivisionError), served(lambda issuer: LiveWorld(issuer=issuer)) as there:
        _ = 1 / 0
    with pytest.raises(httpx.ConnectError):
        client.get(f"{there.address}/jwks.json")


def test_an_error_of_ones_own_world_is_answered_with_500_and_the_server_lives(
    client: httpx.Client, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(lambda issuer: LiveWorld(issuer=issuer)) as there:
        with monkeypatch.context() as patch:
            patch.setattr(there.world, "handle", lambda request: 1 // 0)
            assert client.get(f"{there.address}/jwks.json").status_code == 500
        assert client.get(f"{there.address}/jwks.json").status_code == 200
    assert "ZeroDivisionError" in caplog.text


def test_who_is_told_of_changes_and_fails_keeps_nobody_from_their_answer(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[int] = []
    with served(lambda issuer: LiveWorld(issuer=issuer)) as there:
        there.world.subscribe(lambda: 1 // 0)  # type: ignore[arg-type]
        there.world.subscribe(lambda: heard.append(1))
        assert client.get(f"{there.address}/jwks.json").status_code == 200
    assert heard == [1]
    assert "ZeroDivisionError" in caplog.text


# ---- Who may watch


async def _watched(scope: Scope, receive: Receive, send: Send) -> None:
    answer = HTMLResponse("<p>watched", headers={"Content-Security-Policy": "script-src 'self'"})
    await answer(scope, receive, send)


NONE: Mapping[str, str | bytes] = {}


def _raw(headers: Mapping[str, str | bytes]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value if isinstance(value, bytes) else value.encode()) for name, value in headers.items()]


class Visitor:
    """Asks an application, which is on no port, and keeps cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._cookies = httpx.Cookies()

    def ask(self, url: str, method: str = "GET", headers: Mapping[str, str | bytes] = NONE) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url=AT, cookies=self._cookies) as client:
                answer = await client.request(method, url, headers=_raw(headers))
                self._cookies.update(client.cookies)
                return answer

        return anyio.run(asked)


AT = "http://127.0.0.1:9000"


@pytest.fixture
def access() -> WatchAccess:
    return WatchAccess(_watched, AT)


def test_who_has_the_token_may_watch_and_keeps_it_in_a_cookie(access: WatchAccess) -> None:
    browser = Visitor(access)
    answer = browser.ask(access.address)
    below = answer.headers["location"]
    assert answer.status_code == 303
    assert re.fullmatch(r"/flowsim/[\w-]{16}/", below), "nobody can guess it, so no other port gets the cookie"
    cookie = answer.headers["set-cookie"]
    path = below.removesuffix("/")
    assert re.fullmatch(rf"flowsim-watch-9000=[\w-]{{32}}; HttpOnly; Path={path}; SameSite=strict", cookie)
    assert browser.ask(path).headers["location"] == below
    assert browser.ask("/flowsim/").status_code == 403
    page = browser.ask(below)
    assert (page.status_code, page.text) == (200, "<p>watched")
    assert page.headers["content-security-policy"] == "script-src 'self'", "the page has its own"
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_who_has_no_token_or_another_one_may_not(access: WatchAccess) -> None:
    for cookie in ("", "flowsim-watch-9000=another", "flowsim-watch-9000=ä", "flowsim-watch-9000="):
        for path in ("/flowsim/", "/flowsim", "/flowsim/data", "/flowsim/?token=", "/flowsim/?token=another"):
            answer = Visitor(access).ask(path, headers={"Cookie": cookie.encode()})
            assert answer.status_code == 403, path
            assert "set-cookie" not in answer.headers
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_a_page_of_somebody_else_may_not_even_with_the_cookie(access: WatchAccess) -> None:
    browser = Visitor(access)
    below = browser.ask(access.address).headers["location"]
    foreign: tuple[dict[str, str | bytes], ...] = (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:5173"},
    )
    for headers in foreign:
        assert browser.ask(f"{below}data", headers=headers).status_code == 403
        assert browser.ask(f"{below}data", "POST", headers).status_code == 403
    assert browser.ask(f"{below}data", "POST", {"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_below_the_address_for_watching_the_world_does_not_answer(client: httpx.Client) -> None:
    """Such a path is the watcher's where there is one, and a page that there is not elsewhere."""
    world = LiveWorld(issuer=AT)

    def asked(port: Port, path: str) -> int:
        return Visitor(port).ask(path).status_code

    with_one = Port(world, AT, watch=WatchAccess(_watched, AT))
    assert [asked(with_one, path) for path in ("/flowsim", "/flowsim/", "/flowsimple", "/jwks.json")] == [
        403,
        403,
        404,
        200,
    ]
    assert [asked(Port(world, AT), path) for path in ("/flowsim", "/flowsim/")] == [404, 404]


def test_with_the_profile_mcp_it_serves_an_mcp_server_and_says_where(client: httpx.Client) -> None:
    with running("--profile", "mcp", "--config", "json", until="}") as server:
        told = json.loads(server.printed)
        assert told["mcp_server"] == f"{told['issuer']}/mcp"
        assert told["client_id"] == "photo-assistant"
        asked = mcp_wire.asked(told["mcp_server"], "tools/list", number=1)
        refused = client.post(told["mcp_server"], headers={"Content-Type": "application/json"}, content=asked.body)
        challenge = challenges.of_scheme([refused.headers["www-authenticate"]], "bearer")
        assert client.get(challenge["resource_metadata"]).json()["authorization_servers"] == [told["issuer"]]
        tokens = login(client, told["issuer"], "photo-assistant", resource=told["mcp_server"]).json()
        headers = {**dict(asked.headers), "Authorization": f"Bearer {tokens['access_token']}"}
        listed = client.post(told["mcp_server"], headers=headers, content=asked.body).json()
        assert {"read_messages", "send_message"} == {one["name"] for one in listed["result"]["tools"]}
