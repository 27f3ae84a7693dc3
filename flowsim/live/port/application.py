"""The live world as an ASGI application: octets in, the actors' answer, octets out.

What is beneath `/flowsim/` is no part of the world: there the world is watched (watch_access.py).
"""

from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from flowsim.live.octets import RawHeaders, body_of, headers_of, request_of
from flowsim.live.port import exchange_log
from flowsim.live.port.guard import Asked, Refused, from_own_page, hosts_of, path_of
from flowsim.live.port.limits import Limits, Rate
from flowsim.live.transport import Door
from flowsim.model.scenario import Policy, ScenarioError
from flowsim.protocol import keys
from flowsim.protocol.addresses import origin_of, split
from flowsim.protocol.messages import Response

WATCH = "/flowsim"
# The forms of the server's pages, and the check that their own secret is for. Without it they are taken from anywhere.
_FORMS = {"/login": "login.csrf_fits", "/consent": "consent.csrf_fits", "/logout/answer": ""}
_PLAIN = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
]


class Port:
    """Answers the requests of a socket. `ports` are those it is reached at, besides the address of the issuer.

    `policy` says which checks of the world are on, and `watch` is who answers below `/flowsim/`, if anybody does. Raises
    ScenarioError where plain Python does the cryptography: whom a socket reaches may trust what is signed.
    """

    def __init__(
        self,
        world: Door,
        issuer: str,
        *,
        ports: tuple[int, ...] = (),
        policy: Policy | None = None,
        limits: Limits | None = None,
        watch: ASGIApp | None = None,
    ) -> None:
        reason = keys.why_plain()
        if reason is not None:
            raise ScenarioError(f"a world on a port needs the package cryptography: {reason}")
        self.limits = limits or Limits()
        self._world = world
        self._origin = origin_of(issuer)
        self._scheme = split(issuer).scheme or "http"
        self._hosts = hosts_of(issuer, ports)
        self._rate = Rate(self.limits)
        self._watch = watch
        below, on = split(issuer).path.rstrip("/"), policy or Policy()
        self._forms = frozenset(below + path for path, check in _FORMS.items() if on.is_on(check))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        asked = Asked(scope["method"], target, scope["headers"], scope["http_version"])
        peer = (scope.get("client") or ("",))[0]
        path = path_of(asked, self._hosts)
        refused = path if isinstance(path, Refused) else self._refused(asked, path, peer)
        if refused is not None or isinstance(path, Refused):
            assert refused is not None
            exchange_log.refused(asked.method, target.decode("ascii", "replace"), refused.status, refused.said)
            if asked.header(b"expect") is None:  # else the body has not been sent
                await _read(receive, 0, self.limits.drained)
            await _refuse(send, refused)
            return
        own = path.partition("?")[0]
        if self._watch is not None and (own == WATCH or own.startswith(f"{WATCH}/")):
            await self._watch(scope, receive, send)
            return
        body, whole = await _read(receive, self.limits.body, self.limits.drained)
        if body is None:
            return  # who has asked is gone
        answer = self._world.handle(request_of(asked.method, self._origin + path, asked.headers, body))
        exchange_log.exchange(asked.method, path, answer)
        await _send(send, answer.status, _headers(answer, whole), body_of(answer))

    def _refused(self, asked: Asked, path: str, peer: str) -> Refused | None:
        if not self._rate.allows(peer):
            return Refused(429, "Too many requests at once: expected some time between them.")
        if len(asked.headers) > self.limits.headers:
            return Refused(431, f"Too many headers: expected at most {self.limits.headers}.")
        if asked.header(b"expect") is not None and int(asked.header(b"content-length") or 0) > self.limits.body:
            return Refused(413, f"The body is too long: expected at most {self.limits.body} octets.")
        if asked.method == "POST" and path.partition("?")[0] in self._forms:
            return from_own_page(asked, self._scheme)
        return None


async def _read(receive: Receive, kept: int, most: int) -> tuple[bytes | None, bool]:
    """The body up to one octet more than `kept`, and whether that was all; None where the peer has gone.

    Of a longer one some more is read, so that whoever sends it comes to the point of hearing the answer.
    """
    parts, size = [], 0
    while size <= most:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, False
        part = message.get("body", b"")
        if size <= kept:
            parts.append(part[: kept + 1 - size])
        size += len(part)
        if not message.get("more_body", False):
            return b"".join(parts), True
    return b"".join(parts), False


def _headers(answer: Response, whole: bool) -> RawHeaders:
    """The headers of this answer; where the request was not read to its end, the connection ends with it."""
    return headers_of(answer) if whole else [*headers_of(answer), (b"connection", b"close")]


async def _refuse(send: Send, refused: Refused) -> None:
    body = f"{refused.said}\n".encode()
    again = [(b"retry-after", b"1")] if refused.status == 429 else []
    length = (b"content-length", str(len(body)).encode())
    await _send(send, refused.status, [*_PLAIN, length, *again, (b"connection", b"close")], body)


async def _send(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})
