"""Several ports in one server: each request goes to the application of the port that it came to."""

from collections.abc import Mapping

from starlette.types import Receive, Scope, Send

from flowsim.live.port.application import Port
from flowsim.live.port.limits import Limits


class Several:
    """Answers the requests of several sockets, by the number of the port. Expects at least one."""

    def __init__(self, ports: Mapping[int, Port]) -> None:
        self._ports = ports

    @property
    def limits(self) -> Limits:
        """Those of the first port, which the whole server goes by."""
        return next(iter(self._ports.values())).limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._ports[scope["server"][1]](scope, receive, send)
