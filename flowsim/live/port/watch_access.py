"""Who may watch: whoever has the token, which is printed where the server was started.

It stands in the address once. The answer puts it into a cookie and leads to an address without it, so that it stays in no
history and in no picture of the screen. All ports of a host share their cookies. So the cookie goes with one path only,
which nobody can guess: an app at another port never gets it. Messages of a login are secrets, so another user of this
machine, or a page in the same browser, must not see them.
"""

import secrets
from hmac import compare_digest
from urllib.parse import urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowsim.live.port.application import WATCH
from flowsim.live.port.guard import Asked, from_own_page

PARAMETER = "token"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class WatchAccess:
    """Lets only those who have the token to `app`, which is mounted at `/flowsim`.

    `address` is that of the server. `app` may send a Content-Security-Policy of its own, and other headers.
    """

    def __init__(self, app: ASGIApp, address: str, token: str | None = None) -> None:
        self._app = app
        self._token = token or secrets.token_urlsafe(24)
        # All ports of a host share their cookies, so the name holds the port.
        self._cookie = f"flowsim-watch-{address.rpartition(':')[2].strip('/')}"
        self._below = f"{WATCH}/{secrets.token_urlsafe(12)}"
        self._scheme = address.partition(":")[0]
        self.address = f"{address}{WATCH}/?{urlencode({PARAMETER: self._token})}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request below `/flowsim`."""
        request = Request(scope)
        answer = self._refused(request)
        if answer is not None:
            await answer(scope, receive, _with_headers(send))
            return
        await self._app({**scope, "root_path": self._below}, receive, _with_headers(send))

    def _refused(self, request: Request) -> Response | None:
        """The answer to whoever may not go on, or goes on elsewhere; None where the way is free."""
        shown = request.query_params.get(PARAMETER)
        if shown is not None and request.method in ("GET", "HEAD"):
            return self._come_in(request) if self._fits(shown) else _no()
        if not self._fits(request.cookies.get(self._cookie, "")):
            return _no()
        asked = Asked(request.method, b"", request.headers.raw)
        elsewhere = from_own_page(asked, self._scheme)
        if elsewhere is not None:
            return PlainTextResponse(f"{elsewhere.said}\n", elsewhere.status)
        if not request.url.path.startswith(f"{self._below}/"):
            return RedirectResponse(f"{self._below}/", 303) if request.url.path == self._below else _no()
        return None

    def _come_in(self, request: Request) -> Response:
        rest = urlencode([(name, value) for name, value in request.query_params.multi_items() if name != PARAMETER])
        answer = RedirectResponse(f"{self._below}/{'?' + rest if rest else ''}", 303)
        secure = self._scheme == "https"
        answer.set_cookie(self._cookie, self._token, path=self._below, secure=secure, httponly=True, samesite="strict")
        return answer

    def _fits(self, shown: str) -> bool:
        return compare_digest(shown.encode("utf-8", "replace"), self._token.encode())


def _no() -> Response:
    said = "Only who has the token may watch: open the address that was printed where the server was started.\n"
    return PlainTextResponse(said, 403)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return sending
