"""A live world on a port, with uvicorn: from a program until it is told to stop, or in a thread while a block lasts."""

import asyncio
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import uvicorn

from flowsim.live.port import exchange_log
from flowsim.live.port.application import Port
from flowsim.live.port.limits import Limits
from flowsim.live.port.protocol import CarefulProtocol
from flowsim.live.port.several import Several
from flowsim.live.port.watch_access import WatchAccess
from flowsim.live.port.watching import Watching
from flowsim.live.transport import Door
from flowsim.live.world import LiveWorld
from flowsim.protocol.addresses import LOCALHOST, host_of, origin_of, split

IPV4, IPV6 = "127.0.0.1", "::1"
_PATIENCE = 2  # seconds for a connection to end when the server stops
_BACKLOG = 512  # connections that wait to be taken
# Closing the terminal or its window is a wish to stop, too; which signal says so depends on the system.
_STOPPING = tuple(
    found for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if (found := getattr(signal, name, None)) is not None
)
logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())  # what matters of it is in our own log


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets of this machine at which the server of this host can be reached; any free port for 0.

    Raises OSError for a port that is in use or not allowed. `localhost` is both addresses, where there are both.
    """
    first = _listening(IPV6 if host == IPV6 else IPV4, port)
    sockets = [first]
    if host == LOCALHOST:
        with suppress(OSError):
            sockets.append(_listening(IPV6, first.getsockname()[1]))
    return sockets


def _listening(address: str, port: int) -> socket.socket:
    """A socket that says it is one of TCP: only of such a one does asyncio send what is small at once."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # On Windows that would let a second program have the same port, which another option forbids.
        alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR if alone is None else alone, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((address, port))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    return made


class Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to whoever runs it and stops at once when it is told to."""

    def __init__(self, port: Port | Several, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(
            uvicorn.Config(
                port,
                loop="asyncio",
                http=CarefulProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_PATIENCE,
                timeout_keep_alive=int(port.limits.seconds_to_begin),
                h11_max_incomplete_event_size=port.limits.head,
                ssl_context_factory=None if tls is None else lambda config, usual: tls,
            )
        )
        self.ready = Event()
        self._seconds = port.limits.seconds_to_ask

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections. uvicorn's own way has no limit of time for a TLS handshake."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_said_by_the_log)

        def protocol() -> CarefulProtocol:
            return CarefulProtocol(config=self.config, server_state=self.server_state, app_state={})

        tls = self.config.ssl
        self.servers = [
            await loop.create_server(
                protocol,
                sock=one,
                ssl=tls,
                backlog=_BACKLOG,
                ssl_handshake_timeout=self._seconds if tls else None,
                ssl_shutdown_timeout=_PATIENCE if tls else None,
            )
            for one in sockets or ()
        ]
        self.started = True
        self.ready.set()

    def stop(self) -> None:
        """Have it stop; from any thread, or from a signal."""
        self.should_exit = True


def run_until_stopped(server: Server, sockets: list[socket.socket], begun: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM comes. `begun` is called when it would be heard, and connections are taken."""
    usual = {number: signal.signal(number, lambda *_: server.stop()) for number in _STOPPING}
    try:
        begun()
        server.run(sockets)
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


@dataclass(frozen=True, slots=True)
class Served:
    """A world that is served; the address is that of its issuer, without a `/` at the end.

    At `watch` is the page on which it is watched.
    """

    world: LiveWorld
    address: str
    watch: str


@contextmanager
def served(
    world: LiveWorld | Callable[[str], LiveWorld],
    port: int | None = None,
    *,
    host: str = IPV4,
    door: Callable[[LiveWorld], Door] = lambda world: world,
    limits: Limits | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Served]:
    """Serve this world in a thread, on loopback, while the block lasts.

        with served(lambda issuer: LiveWorld(issuer=issuer)) as there:
            httpx.get(f"{there.address}/.well-known/openid-configuration")

    The name of a world holds the port, so give a function that makes one of its issuer, and any free port is taken; or a
    world, whose own port it is then. `door` gives what answers in its place, such as a `Faulty`. Raises OSError where the
    port is in use.
    """
    issuer = world.issuer if isinstance(world, LiveWorld) else ""
    wanted = port if port is not None else _own_port(issuer) if issuer else 0
    sockets = listen(host_of(issuer) or host, wanted)
    number = sockets[0].getsockname()[1]
    try:
        issuer = issuer or f"{'https' if tls else 'http'}://{f'[{host}]' if ':' in host else host}:{number}"
        made = world if isinstance(world, LiveWorld) else world(issuer)
        access = WatchAccess(Watching(made).app, origin_of(issuer))
        app = Port(door(made), issuer, ports=(number,), policy=made.scenario.policy, limits=limits, watch=access)
        server = Server(app, tls)
        failed: list[BaseException] = []
        thread = Thread(target=_run, args=(server, sockets, failed), name="flowsim-serve", daemon=True)
        thread.start()
    except BaseException:
        for one in sockets:
            one.close()
        raise
    try:
        server.ready.wait()
        if failed:
            raise failed[0]
        yield Served(made, issuer.removesuffix("/"), access.address)
    finally:
        server.stop()
        thread.join()


def _run(server: Server, sockets: list[socket.socket], failed: list[BaseException]) -> None:
    try:
        server.run(sockets)
    except BaseException as error:
        failed.append(error)
    finally:
        server.ready.set()


def _own_port(issuer: str) -> int:
    parts = split(issuer)
    _, colon, port = (split(origin_of(issuer)).authority or "").rpartition(":")
    return int(port) if colon and port.isdigit() else {"https": 443}.get(parts.scheme or "", 80)


def _said_by_the_log(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """What the event loop has to say of a connection, such as a handshake that failed: one line in the log."""
    error = context.get("exception")
    exchange_log.ended("", f"{context.get('message', 'an error')} ({type(error).__name__})")
