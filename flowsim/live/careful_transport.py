"""How requests go out whose addresses somebody else has named: to public machines alone, and to the one that was judged.

    httpx.Client(transport=CarefulTransport(), follow_redirects=False)

A name is looked up once, all that it stands for is judged, and the connection goes to one of these addresses. TLS still
looks for the name in the certificate. A redirect is a request of its own, judged in the same way.

Source: RFC 9728 section 7.7; Model Context Protocol, revision 2026-07-28, security best practices.
"""

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

import httpx

from flowsim.protocol import fetching
from flowsim.protocol.addresses import host_of

LookUp = Callable[[str], Sequence[str]]


def look_up(host: str) -> tuple[str, ...]:
    """The IP addresses that this name stands for on this machine; none where it stands for nothing."""
    with suppress(OSError, UnicodeError):
        return tuple(dict.fromkeys(str(one[4][0]) for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))
    return ()


class CarefulTransport(httpx.BaseTransport):
    """Lets through what `fetching.permit` permits. With `own_machine` this machine is let in too, as while one develops.

    Raises httpx.UnsupportedProtocol, with the reason, for a request that may not go out.
    """

    def __init__(
        self, *, own_machine: bool = False, look_up: LookUp = look_up, inner: httpx.BaseTransport | None = None
    ) -> None:
        self._own_machine = own_machine
        self._look_up = look_up
        self._inner = inner or httpx.HTTPTransport(trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, from the machine that was judged."""
        url, name = str(request.url), host_of(str(request.url))
        try:
            permit = fetching.permit(url, self._look_up(name), own_machine=self._own_machine)
        except ValueError as error:
            raise httpx.UnsupportedProtocol(f"this address is not fetched: {error}", request=request) from error
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=permit.number),
            headers=request.headers,  # `Host` still has the name
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": name},
        )
        answer = self._inner.handle_request(pinned)
        answer.request = request
        return answer

    def close(self) -> None:
        self._inner.close()
