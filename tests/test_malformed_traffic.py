"""What comes over a socket and is no proper request: it gets an error, and a line in the log, and the server lives.

After each of them a whole login goes through at the same server.
"""

import json
import logging
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import urlencode

import httpx
import pytest

from flowsim.live.port.certificate import own_certificate
from flowsim.live.port.limits import Limits, Rate
from flowsim.live.port.server import Served, served
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.protocol import pkce
from flowsim.protocol.messages import LONGEST, query_of, single

LIMITS = Limits(connections=250)
APP = "http://127.0.0.1:51004/callback"
VERIFIER = "v" * 43
Log = pytest.LogCaptureFixture


def world_at(issuer: str) -> LiveWorld:
    return LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api", "photos": f"{issuer}/photos"})


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as made:
        yield made


@pytest.fixture(scope="module")
def there() -> Iterator[Served]:
    with served(world_at, limits=LIMITS) as found:
        yield found


@pytest.fixture(scope="module")
def hasty() -> Iterator[Served]:
    """A server that gives nobody time: no other test asks it anything, for a machine with other work asks slowly."""
    with served(world_at, limits=Limits(seconds_to_ask=0.3)) as found:
        yield found


@pytest.fixture(autouse=True)
def whole_login(there: Served, client: httpx.Client, caplog: Log) -> Iterator[None]:
    """After each test: from the metadata to the API, everything still works."""
    caplog.set_level(logging.INFO, "flowsim.serve")
    yield
    metadata = client.get(f"{there.address}/.well-known/openid-configuration").json()
    params = {
        "response_type": "code",
        "client_id": "photo-desktop",
        "redirect_uri": APP,
        "scope": "openid read:messages",
        "state": "a state of its own",
        "code_challenge": pkce.challenge_for(VERIFIER, "S256"),
        "code_challenge_method": "S256",
    }
    address = User(client).log_in(f"{metadata['authorization_endpoint']}?{urlencode(params)}")
    form = {
        "grant_type": "authorization_code",
        "code": single(query_of(address), "code") or "",
        "client_id": "photo-desktop",
        "redirect_uri": APP,
        "code_verifier": VERIFIER,
    }
    tokens = client.post(metadata["token_endpoint"], data=form).json()
    shown = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get(f"{there.address}/api/messages", headers=shown).json()["owner"] == "user-alice"


def port_of(there: Served) -> int:
    return int(there.address.rpartition(":")[2])


@contextmanager
def connected(there: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port_of(there)), timeout=60) as made:
        yield made


def all_that_comes(connection: socket.socket) -> bytes:
    """What the server sends, up to the end of the connection."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def send_for_ever(connection: socket.socket, octets: bytes) -> None:
    while True:
        connection.sendall(octets)


def answer_to(there: Served, sent: bytes, *, ends: bool = False) -> bytes:
    """What the server answers to these octets; with `ends` nothing more can come from here."""
    with connected(there) as connection:
        try:
            connection.sendall(sent)
            if ends:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has heard enough
        return all_that_comes(connection)


def status_of(answer: bytes) -> int:
    return int(answer[9:12]) if answer else 0


def get(there: Served, path: str, *lines: str, host: str | None = None, version: str = "1.1") -> bytes:
    named = f"127.0.0.1:{port_of(there)}" if host is None else host
    return "\r\n".join([f"GET {path} HTTP/{version}", f"Host: {named}", *lines, "Connection: close", "", ""]).encode()


MALFORMED: dict[str, tuple[bytes, int]] = {
    "no request line": (b"\r\n\r\nhello\r\n\r\n", 400),
    "a request line of two parts": (b"GET /\r\n\r\n", 400),
    "a request line of four parts": (b"GET / / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    "a version that there is not": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505),
    "a method that is no word": (b"G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a NUL in the request line": (b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a NUL in a header": (b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", 400),
    "octets of no text in the request line": (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a header without a colon": (b"GET / HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n", 400),
    "a blank before the colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", 400),
    "two lengths": (b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    "a length that is no number": (b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    "a transfer coding that there is not": (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "SSH": (b"SSH-2.0-OpenSSH_9.7\r\n", 400),
    "an address that never ends": (b"GET /" + b"a" * 500_000, 414),
    "headers that never end": (b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 500_000, 431),
    "headers without number": (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 100_000, 431),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_request_gets_an_error_and_a_line_in_the_log(there: Served, name: str, caplog: Log) -> None:
    sent, status = MALFORMED[name]
    answer = answer_to(there, sent, ends=True)
    assert status_of(answer) == status, answer[:200]
    assert b"connection: close" in answer.lower()
    lines = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(lines) == 1
    assert str(status) in lines[0]
    assert all(char.isprintable() for char in lines[0])


def test_the_log_does_not_repeat_what_was_sent(there: Served, caplog: Log) -> None:
    for line in ("Authorization Bearer a-secret", "Cookie\0: a-secret", "a-secret : x"):
        answer_to(there, f"GET / HTTP/1.1\r\nHost: x\r\n{line}\r\n\r\n".encode())
    for path in (
        "/authorize?code=a-secret&state=a-secret",
        "/nowhere?token=a-secret#a-secret",
        "/%00?x=a-secret%0d%0ab",
    ):
        answer_to(there, get(there, path))
    said = [one.getMessage() for one in caplog.records]
    assert len(said) == 6
    assert "a-secret" not in " ".join(said)
    assert "GET /authorize?code=…&state=… 400" in said


BAD_CHUNKS = {
    "a size that is no number": b"xyz\r\nabc\r\n0\r\n\r\n",
    "a size that is negative": b"-1\r\nabc\r\n0\r\n\r\n",
    "a size that is huge": b"F" * 40 + b"\r\n",
    "no line end behind a chunk": b"3\r\nabcdef\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_a_body_in_broken_chunks_is_refused(there: Served, name: str) -> None:
    head = f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{port_of(there)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status_of(answer_to(there, head.encode() + BAD_CHUNKS[name])) == 400


def test_a_body_in_good_chunks_is_read(there: Served) -> None:
    head = (
        f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{port_of(there)}\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
    )
    body = b"".join(b"1\r\n%c\r\n" % one for one in b"grant_type=nothing&client_id=photo-desktop") + b"0\r\n\r\n"
    answer = answer_to(there, head.encode() + body)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "unsupported_grant_type"


def test_a_length_and_chunks_together_are_refused(there: Served) -> None:
    """Who reads the length sees another request behind it (RFC 9112 section 6.1)."""
    hidden = get(there, "/jwks.json")
    head = f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{port_of(there)}\r\nContent-Length: {5 + len(hidden)}\r\n"
    answer = answer_to(there, head.encode() + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden)
    assert (status_of(answer), answer.count(b"HTTP/1.1 ")) == (400, 1)


@pytest.mark.parametrize(
    "sent",
    [b"G", b"GET / HTTP/1.1\r\nHost: 127", b"POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\n\r\nab"],
    ids=["in the request line", "in a header", "in the body"],
)
def test_a_request_that_does_not_end_in_time_is_given_up(hasty: Served, sent: bytes, caplog: Log) -> None:
    sent = sent.replace(b"{host}", f"127.0.0.1:{port_of(hasty)}".encode())
    assert status_of(answer_to(hasty, sent)) == 408
    assert "did not end in time" in caplog.text


def test_a_request_of_single_octets_does_not_win_time(hasty: Served) -> None:
    with connected(hasty) as connection:
        connection.settimeout(0.02)
        answer = b""
        for octet in get(hasty, "/", f"X: {'a' * 2000}"):
            try:
                connection.sendall(bytes([octet]))
                answer = connection.recv(1000)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
            if answer:
                break
    assert status_of(answer) in (408, 0)


def test_a_connection_on_which_nothing_comes_is_closed() -> None:
    with served(world_at, limits=Limits(seconds_to_begin=0)) as other, connected(other) as connection:
        assert all_that_comes(connection) == b""


def test_an_answer_that_nobody_reads_ends_the_connection(caplog: Log) -> None:
    caplog.set_level(logging.INFO, "flowsim.serve")
    with served(world_at, limits=Limits(seconds_to_read=0.1, burst=10**9)) as other, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.connect(("127.0.0.1", port_of(other)))
        connection.settimeout(60)
        asked = get(other, "/.well-known/openid-configuration").replace(b"Connection: close\r\n", b"")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_for_ever(connection, asked * 100)
    assert "was not read in time" in caplog.text


def test_pipelined_requests_are_answered_in_their_order(there: Served) -> None:
    paths = ["/jwks.json", "/nowhere", "/.well-known/openid-configuration", "/login"]
    sent = b"".join(get(there, path).replace(b"Connection: close\r\n", b"") for path in paths * 5)
    answer = answer_to(there, sent + get(there, "/jwks.json"))
    statuses = [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 404, 200, 400] * 5 + [200]


def test_what_is_malformed_in_a_pipeline_ends_it(there: Served) -> None:
    good = get(there, "/jwks.json").replace(b"Connection: close\r\n", b"")
    answer = answer_to(there, good + b"nonsense\r\n\r\n" + good)
    assert [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]] == [200, 400]


def test_who_says_nothing_more_is_answered_all_the_same(there: Served) -> None:
    sent = get(there, "/jwks.json").replace(b"Connection: close\r\n", b"")
    assert status_of(answer_to(there, sent, ends=True)) == 200


def test_who_goes_away_in_the_middle_leaves_nothing_behind(there: Served) -> None:
    sent = f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{port_of(there)}\r\nContent-Length: 100\r\n\r\nabc".encode()
    for end in range(0, len(sent), 7):
        with connected(there) as connection:
            connection.sendall(sent[:end])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # close with a reset


@pytest.mark.parametrize("size", [LONGEST + 1, 4 * LONGEST + 1, 900_000])
def test_a_body_that_is_too_long_gets_413(there: Served, client: httpx.Client, size: int) -> None:
    answer = client.post(f"{there.address}/oauth/token", content=b"a" * size)
    assert (answer.status_code, answer.json()["error"]) == (413, "invalid_request")


def test_a_body_without_an_end_is_not_read_to_its_end(there: Served) -> None:
    head = (
        f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{port_of(there)}\r\nContent-Length: {10**12}\r\n\r\n".encode()
    )
    with connected(there) as connection:
        connection.sendall(head + b"a" * 1_100_000)
        assert status_of(connection.recv(1000)) == 413
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_for_ever(connection, b"a" * 100_000)


@pytest.mark.parametrize(
    ("path", "lines", "status"),
    [
        ("/" + "a" * 60_000, [], 404),
        ("/" + "a" * 66_000, [], 414),
        ("/jwks.json", [f"X-{number}: a" for number in range(97)], 200),
        ("/jwks.json", [f"X-{number}: a" for number in range(120)], 431),
        ("/jwks.json", ["X: " + "a" * 66_000], 431),
    ],
    ids=["long", "too long", "many headers", "too many headers", "a header that is too long"],
)
def test_a_head_may_be_long_but_not_too_long(there: Served, path: str, lines: list[str], status: int) -> None:
    assert status_of(answer_to(there, get(there, path, *lines))) == status


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{port}",
        "",
        "[::2]:{port}",
        "127.1:{port}",
    ],
)
def test_another_host_is_not_answered(there: Served, host: str) -> None:
    """A name of somebody else's may lead here (DNS rebinding): then a page of theirs would be of the same origin."""
    assert status_of(answer_to(there, get(there, "/jwks.json", host=host.format(port=port_of(there))))) == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
def test_this_machine_is_answered_under_each_of_its_names(there: Served, host: str) -> None:
    assert status_of(answer_to(there, get(there, "/jwks.json", host=f"{host}:{port_of(there)}"))) == 200


def test_the_whole_address_in_the_request_line_counts_more_than_the_host(there: Served) -> None:
    asked = {f"{there.address}/jwks.json": 200, f"{there.address}?x=1": 404, "http://evil.example/jwks.json": 421}
    for address, status in asked.items():
        assert status_of(answer_to(there, get(there, address))) == status
    assert status_of(answer_to(there, get(there, f"{there.address}/jwks.json", host="evil.example"))) == 200


@pytest.mark.parametrize("line", ["OPTIONS * HTTP/1.1", "CONNECT 127.0.0.1:1 HTTP/1.1", "GET login HTTP/1.1"])
def test_a_target_that_is_no_path_is_refused(there: Served, line: str) -> None:
    sent = f"{line}\r\nHost: 127.0.0.1:{port_of(there)}\r\nConnection: close\r\n\r\n".encode()
    assert status_of(answer_to(there, sent)) == 400


def test_http_1_0_is_answered_and_the_connection_ends(there: Served) -> None:
    for sent in (b"GET /jwks.json HTTP/1.0\r\n\r\n", get(there, "/jwks.json", version="1.0")):
        answer = answer_to(there, sent)
        assert status_of(answer) == 200
        assert b"keys" in answer


def test_who_waits_for_100_is_told_to_go_on(there: Served) -> None:
    head = (
        f"POST /oauth/token HTTP/1.1\r\nHost: 127.0.0.1:{port_of(there)}\r\nExpect: 100-continue\r\n"
        "Content-Length: 3\r\nConnection: close\r\n\r\n"
    )
    with connected(there) as connection:
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"a=b")
        assert status_of(all_that_comes(connection)) == 400


@pytest.mark.parametrize(("length", "host", "status"), [(10**9, "", 413), (10, "evil.example", 421)])
def test_who_waits_for_100_with_what_is_not_taken_hears_so_before_sending_it(
    there: Served, length: int, host: str, status: int
) -> None:
    named = host or f"127.0.0.1:{port_of(there)}"
    head = f"POST /oauth/token HTTP/1.1\r\nHost: {named}\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n"
    assert status_of(answer_to(there, head.encode())) == status


def test_an_upgrade_is_not_made(there: Served) -> None:
    lines = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA"]
    assert status_of(answer_to(there, get(there, "/jwks.json", *lines))) == 200


def test_200_connections_at_once_are_all_answered(there: Served) -> None:
    with ExitStack() as stack:
        connections = [stack.enter_context(connected(there)) for _ in range(200)]
        for connection in connections:
            connection.sendall(get(there, "/jwks.json"))
        assert [status_of(all_that_comes(one)) for one in connections] == [200] * 200


def test_connections_beyond_the_limit_are_sent_away() -> None:
    with served(world_at, limits=Limits(connections=5)) as other, ExitStack() as stack:
        kept = [stack.enter_context(connected(other)) for _ in range(5)]
        for connection in kept:
            connection.sendall(get(other, "/jwks.json").replace(b"Connection: close\r\n", b""))
            assert status_of(connection.recv(100_000)) == 200
        assert status_of(answer_to(other, b"")) == 503
        kept[0].close()
        while status_of(answer_to(other, get(other, "/jwks.json"))) != 200:
            pass  # until it has seen that one has gone


def test_who_asks_too_often_has_to_wait() -> None:
    with served(world_at, limits=Limits(rate=0.001, burst=3)) as other, httpx.Client(trust_env=False) as asking:
        answers = [asking.get(f"{other.address}/jwks.json") for _ in range(5)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429, 429]
        assert answers[3].headers["retry-after"] == "1"


def test_the_rate_comes_back_with_time_and_each_peer_has_its_own() -> None:
    now = [0.0]
    rate = Rate(Limits(rate=2, burst=3), lambda: now[0])
    assert [rate.allows("one") for _ in range(4)] == [True, True, True, False]
    assert rate.allows("two")
    now[0] = 1
    assert [rate.allows("one") for _ in range(3)] == [True, True, False]
    now[0] = 1000
    assert [rate.allows("one") for _ in range(4)] == [True, True, True, False]
    assert all(rate.allows(str(number)) for number in range(10_000))
    assert len(rate._left) < 1000


def test_octets_at_random_never_stop_the_server(there: Served) -> None:
    """Real requests with something changed, and nothing but noise; an empty answer is that of a connection that ended."""
    chance = random.Random(7)
    good = get(there, "/authorize?response_type=code", "Cookie: a=b", "Content-Length: 0")
    changes: list[Callable[[bytearray], None]] = [
        lambda octets: octets.__setitem__(chance.randrange(len(octets)), chance.randrange(256)),
        lambda octets: octets.insert(chance.randrange(len(octets)), chance.randrange(256)),
        lambda octets: octets.__delitem__(slice(*sorted(chance.randrange(len(octets)) for _ in range(2)))),
        lambda octets: octets.extend(chance.randbytes(chance.randrange(50))),
        lambda octets: octets.__setitem__(slice(0, len(octets)), chance.randbytes(chance.randrange(1, 300))),
    ]

    def one(number: int) -> int:
        octets = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            chance.choice(changes)(octets)
            if not octets:
                break
        return status_of(answer_to(there, bytes(octets), ends=True))

    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(one, range(400)))
    assert found <= {0, 200, 303, 400, 403, 404, 405, 408, 413, 414, 421, 431, 501}
    assert 400 in found


def test_many_malformed_ones_at_once_do_not_keep_a_good_one_waiting(there: Served, client: httpx.Client) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connected(there)).sendall(b"GET / HT")
        assert client.get(f"{there.address}/jwks.json").status_code == 200


# ---- What pages of others may send


def test_a_form_of_ours_is_taken_from_our_own_pages_only(there: Served, client: httpx.Client) -> None:
    foreign: list[dict[str, str]] = [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": f"http://127.0.0.1:{port_of(there) + 1}"},
        {"Origin": f"https://127.0.0.1:{port_of(there)}"},
    ]
    own: list[dict[str, str]] = [{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, {"Origin": there.address}, {}]
    for path in ("/login", "/consent", "/logout/answer"):
        said = {client.post(there.address + path, headers=headers).text for headers in foreign}
        assert said == {"This was sent by a page of somebody else: expected one of this server.\n"}
        for headers in own:
            assert "<h1>" in client.post(there.address + path, headers=headers).text, "the actor has answered"


def test_what_apps_and_their_pages_send_is_not_held_up(there: Served, client: httpx.Client) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://spa.example"}
    for path, status in (("/oauth/token", 400), ("/userinfo", 401), ("/authorize", 400), ("/oauth/revoke", 400)):
        assert client.post(there.address + path, headers=headers).status_code == status


# ---- TLS


@pytest.fixture(scope="module")
def secured() -> Iterator[tuple[Served, ssl.SSLContext]]:
    with own_certificate() as tls, served(world_at, tls=tls.context) as found:
        trusting = ssl.create_default_context(cafile=str(tls.ca_file))
        trusting.verify_flags |= ssl.VERIFY_X509_STRICT
        yield found, trusting


def test_over_tls_a_user_logs_in_under_every_name_of_this_machine(secured: tuple[Served, ssl.SSLContext]) -> None:
    found, trusting = secured
    with httpx.Client(verify=trusting, trust_env=False) as asking:
        for host in ("127.0.0.1", "localhost"):
            answer = asking.get(f"https://{host}:{port_of(found)}/.well-known/openid-configuration")
            assert answer.json()["issuer"] == found.address
        with pytest.raises(httpx.ConnectError, match="certificate"):
            httpx.get(f"{found.address}/jwks.json", trust_env=False)


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"", b"\x16\x03\x01", bytes(100)])
def test_what_is_no_tls_gets_no_answer_and_does_no_harm(secured: tuple[Served, ssl.SSLContext], sent: bytes) -> None:
    found, trusting = secured
    answer_to(found, sent, ends=True)
    with httpx.Client(verify=trusting, trust_env=False) as asking:
        assert asking.get(f"{found.address}/jwks.json").status_code == 200


def test_a_handshake_that_does_not_end_in_time_is_given_up() -> None:
    with (
        own_certificate() as tls,
        served(world_at, tls=tls.context, limits=Limits(seconds_to_ask=0.2)) as found,
        connected(found) as connection,
    ):
        connection.sendall(b"\x16\x03\x01")
        assert all_that_comes(connection) == b""


def test_the_certificate_is_good_for_this_machine_alone(secured: tuple[Served, ssl.SSLContext]) -> None:
    found, trusting = secured
    with (
        socket.create_connection(("127.0.0.1", port_of(found)), timeout=60) as plain,
        pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
    ):
        trusting.wrap_socket(plain, server_hostname="as.example")
