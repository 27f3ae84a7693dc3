"""A live world as the network of an httpx client: what goes in and comes out, and which hosts there are."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType

import anyio
import httpx
import httpx2
import pytest

from flowsim.live.transport import AsyncWorldTransport, WorldTransport
from flowsim.live.world import LiveWorld
from flowsim.model.steps import ATTACKER, CLIENT
from flowsim.protocol.messages import Request, Response

AT = "http://127.0.0.1:9000"


@dataclass
class Echo:
    """Keeps what it was asked and gives what it was told to."""

    answer: Response
    asked: list[Request] = field(default_factory=list)
    by: list[str] = field(default_factory=list)
    origins: frozenset[str] = frozenset({AT, "http://[::1]:9000"})

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        self.asked.append(request)
        self.by.append(by)
        return self.answer


def echo(status: int = 200, headers: tuple[tuple[str, str], ...] = (), body: str = "") -> Echo:
    return Echo(Response(status=status, headers=headers, body=body))


def sent_async(there: Echo | LiveWorld, request: httpx.Request) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=AsyncWorldTransport(there)) as client:
            return await client.send(request)

    return anyio.run(send)


def sent(there: Echo | LiveWorld, request: httpx.Request) -> httpx.Response:
    with httpx.Client(transport=WorldTransport(there)) as client:
        return client.send(request)


BOTH = pytest.mark.parametrize("send", [sent, sent_async], ids=["Client", "AsyncClient"])
Send = Callable[[Echo | LiveWorld, httpx.Request], httpx.Response]


@BOTH
@pytest.mark.parametrize(
    "url",
    [
        f"{AT}/authorize?a=1&a=2&b=&c=%2B+%20&d=%C3%A4",
        f"{AT}/",
        f"{AT}/a%2Fb//c?",
        "http://[::1]:9000/login?next=http://evil.example/%3Fx",
    ],
)
def test_an_address_arrives_as_it_was_sent(send: Send, url: str) -> None:
    there = echo()
    send(there, httpx.Request("GET", url))
    assert [one.url for one in there.asked] == [url]


@BOTH
def test_what_stands_behind_the_number_sign_stays_with_the_client(send: Send) -> None:
    there = echo()
    send(there, httpx.Request("GET", f"{AT}/login?x=1#secret"))
    assert there.asked[0].url == f"{AT}/login?x=1"


@BOTH
def test_headers_arrive_in_order_with_repeated_ones_and_octets_beyond_ascii(send: Send) -> None:
    there = echo()
    raw = [(b"Host", b"127.0.0.1:9000"), (b"X-One", b"1"), (b"x-two", b"\xe4\xff"), (b"X-One", b"2")]
    send(there, httpx.Request("GET", f"{AT}/", headers=raw))
    assert there.asked[0].headers == tuple((name.decode(), value.decode("latin-1")) for name, value in raw)
    assert there.asked[0].all_of("x-one") == ("1", "2")


@BOTH
def test_a_body_arrives_as_it_is_and_a_form_is_read(send: Send) -> None:
    there = echo()
    send(there, httpx.Request("POST", f"{AT}/oauth/token", data={"code": "a b", "name": "ä"}))
    send(there, httpx.Request("PUT", f"{AT}/", content="ä✓\0".encode()))
    send(there, httpx.Request("PUT", f"{AT}/", content=b"\xff{"))
    assert there.asked[0].form == (("code", "a b"), ("name", "ä"))
    assert [one.body for one in there.asked[1:]] == ["ä✓\0", "\ufffd{"]


@BOTH
def test_an_answer_comes_back_with_every_cookie_its_status_and_its_octets(send: Send) -> None:
    headers = (
        ("Set-Cookie", "a=1; Path=/"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Set-Cookie", "b=2; Path=/; HttpOnly"),
        ("Content-Length", "5"),
    )
    answer = send(echo(418, headers, "ä✓"), httpx.Request("GET", f"{AT}/"))
    assert (answer.status_code, answer.content, answer.text) == (418, "ä✓".encode(), "ä✓")
    assert answer.headers.raw == [(name.encode(), value.encode()) for name, value in headers]
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/; HttpOnly"]


@BOTH
def test_an_answer_to_head_has_a_length_and_no_body(send: Send) -> None:
    world = LiveWorld(issuer=AT)
    answer = send(world, httpx.Request("HEAD", f"{AT}/jwks.json"))
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) > 100


@BOTH
def test_no_header_of_an_answer_can_begin_another_one(send: Send) -> None:
    answer = send(echo(200, (("X-Said", "a\r\nSet-Cookie: b=1\0"),)), httpx.Request("GET", f"{AT}/"))
    assert answer.headers["x-said"] == "a Set-Cookie: b=1 "
    assert "set-cookie" not in answer.headers


@BOTH
@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/",
        "https://127.0.0.1:9000/",
        "http://127.0.0.1:9001/",
        "http://127.0.0.1/",
        "http://localhost:9000/",
        "http://127.0.0.1.evil.example:9000/",
    ],
)
def test_no_other_host_is_reached(send: Send, url: str) -> None:
    there = LiveWorld(issuer=AT, apis={"messages": f"{AT}/api", "photos": f"{AT}/pictures"})
    with pytest.raises(
        httpx.ConnectError, match=r"nobody in this world answers at .*: expected an address at "
    ) as told:
        send(there, httpx.Request("GET", url))
    assert str(told.value).endswith(AT)
    assert told.value.request.url == url


@BOTH
def test_the_server_and_every_api_are_reached(send: Send) -> None:
    world = LiveWorld()
    metadata = send(world, httpx.Request("GET", f"{world.issuer}/.well-known/openid-configuration")).json()
    assert metadata == world.metadata
    for origin in world.origins - {world.issuer}:
        answer = send(world, httpx.Request("GET", f"{origin}/messages"))
        assert answer.status_code in (401, 404)


def test_the_data_of_an_api_is_below_its_address() -> None:
    world = LiveWorld(issuer=AT, apis={"messages": f"{AT}/api", "photos": f"{AT}/api2"})
    assert world.origins == {AT}
    found = {path: sent(world, httpx.Request("GET", AT + path)).status_code for path in ("/api/messages", "/messages")}
    assert found == {"/api/messages": 401, "/messages": 404}


def test_the_world_hears_who_sends_a_request() -> None:
    there = echo()
    for by in (CLIENT, ATTACKER):
        with httpx.Client(transport=WorldTransport(there, by=by)) as client:
            client.get(f"{AT}/")
    assert there.by == [CLIENT, ATTACKER]


def test_several_tasks_of_an_async_client_are_answered_each_its_own() -> None:
    world = LiveWorld(issuer=AT)
    paths = ["/jwks.json", "/.well-known/openid-configuration", "/login", "/nowhere"] * 10
    found: dict[int, int] = {}

    async def ask(client: httpx.AsyncClient, number: int, path: str) -> None:
        found[number] = (await client.get(AT + path)).status_code

    async def all_at_once() -> None:
        async with (
            httpx.AsyncClient(transport=AsyncWorldTransport(world)) as client,
            anyio.create_task_group() as group,
        ):
            for number, path in enumerate(paths):
                group.start_soon(ask, client, number, path)

    anyio.run(all_at_once)
    assert [found[number] for number in range(len(paths))] == [200, 200, 400, 404] * 10


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_each_library_is_answered_and_refused_in_its_own_kind(library: ModuleType) -> None:
    world = LiveWorld()
    with library.Client(transport=WorldTransport(world)) as client:
        answer = client.get(f"{world.issuer}/.well-known/openid-configuration")
        assert type(answer) is library.Response and answer.json()["issuer"] == world.issuer
        with pytest.raises(library.ConnectError, match="nobody in this world answers"):
            client.get("https://elsewhere.example/")
