"""A live world as the network of an httpx client: no port is opened, and no other host can be reached.

    with httpx.Client(transport=WorldTransport(world)) as client:
        client.get(f"{world.issuer}/.well-known/openid-configuration")

Any library that speaks through httpx logs in this way as it does over a wire, and so does one that speaks through httpx2,
its successor: a request is answered by the library that it came from.
"""

import sys
from types import ModuleType
from typing import Protocol

import httpx

from flowsim.live.octets import body_of, headers_of, request_of
from flowsim.model.steps import CLIENT
from flowsim.protocol.addresses import origin_of
from flowsim.protocol.messages import Request, Response


class Door(Protocol):
    """What stands behind a transport: a `LiveWorld`, or whatever answers in its place."""

    @property
    def origins(self) -> frozenset[str]:
        """The origins of all addresses at which somebody answers."""

    def handle(self, request: Request, *, by: str = CLIENT) -> Response:
        """The answer to this request."""


class WorldTransport(httpx.BaseTransport):
    """Hands the requests of an `httpx.Client` to a live world.

    A request to any other host raises `httpx.ConnectError`. `by` says who sends them: the client, or the attacker.
    """

    def __init__(self, world: Door, *, by: str = CLIENT) -> None:
        self._world = world
        self._by = by

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the world, octet by octet."""
        return _exchange(self._world, self._by, request, request.read())


class AsyncWorldTransport(httpx.AsyncBaseTransport):
    """Hands the requests of an `httpx.AsyncClient` to a live world, as `WorldTransport` does for an `httpx.Client`."""

    def __init__(self, world: Door, *, by: str = CLIENT) -> None:
        self._world = world
        self._by = by

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the world; while it hashes a password, other tasks go on."""
        import anyio.to_thread  # it comes with httpx; here, because a browser's Python lacks what it imports

        body = await request.aread()
        return await anyio.to_thread.run_sync(_exchange, self._world, self._by, request, body)


def _exchange(world: Door, by: str, request: httpx.Request, body: bytes) -> httpx.Response:
    its, address = library_of(request), request.url
    url = f"{address.scheme}://{address.netloc.decode('ascii')}{address.raw_path.decode('ascii')}"
    if origin_of(url) not in world.origins:
        there = " or ".join(sorted(world.origins))
        said = f"nobody in this world answers at {origin_of(url)}: expected an address at {there}"
        raise its.ConnectError(said, request=request)
    answer = world.handle(request_of(request.method, url, request.headers.raw, body), by=by)
    answered: httpx.Response = its.Response(
        answer.status, headers=headers_of(answer), stream=its.ByteStream(body_of(answer))
    )
    return answered


def library_of(request: httpx.Request) -> ModuleType:
    """The library that has made this request: httpx, or another of the same make."""
    return httpx if isinstance(request, httpx.Request) else sys.modules[type(request).__module__.partition(".")[0]]
