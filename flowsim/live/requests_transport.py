"""A live world as the network of a session of `requests`: no port is opened, and no other host can be reached."""

from io import BytesIO
from typing import Any

import httpx

from flowsim.live.transport import Door, WorldTransport


class WorldAdapter:
    """Hands what a `requests.Session` sends to a live world, where it is mounted: `session.mount("https://", adapter)`.

    A request to any other host raises `requests.ConnectionError`.
    """

    def __init__(self, door: Door) -> None:
        self._transport = WorldTransport(door)

    def send(self, request: Any, **options: Any) -> Any:
        """The answer of the world; of the options of `requests` none means anything here."""
        import requests
        from requests.adapters import HTTPAdapter
        from urllib3 import HTTPHeaderDict, HTTPResponse

        asked = httpx.Request(request.method, request.url, headers=dict(request.headers), content=request.body or b"")
        try:
            answer = self._transport.handle_request(asked)
        except httpx.ConnectError as error:
            raise requests.ConnectionError(str(error), request=request) from error
        body = BytesIO(answer.read())
        raw = HTTPResponse(
            body, HTTPHeaderDict(answer.headers.multi_items()), answer.status_code, preload_content=False
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """There is nothing to close."""


def session_for(door: Door | None, session: Any = None) -> Any:
    """This session, or a new `requests.Session`, which reaches the world behind the `door`; without one, the network."""
    if session is None:
        import requests

        session = requests.Session()
    if door is not None:
        for scheme in ("https://", "http://"):
            session.mount(scheme, WorldAdapter(door))
    return session
