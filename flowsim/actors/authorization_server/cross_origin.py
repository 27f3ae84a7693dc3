"""The authorization server towards pages of other origins: a thin layer around its endpoints.

An app that runs in the browser sends its requests with the origin of its page, and the browser lets it read the answer only
where the server says so. Every endpoint that an app calls itself says so. The authorization endpoint never does: a page
does not call it, it sends the browser there.

At the preflight the server knows the origin only, so it goes by the redirect_uris of all its clients. At the request
itself it goes by those of the client that is named there. What everybody may read, its metadata and its keys, any page
may read. And any page may register an app, where anybody may.

Source: RFC 10017 section 6.3.3.4, RFC 9700 section 2.6.
"""

import re
from functools import lru_cache

from flowsim.actors.authorization_server import endpoints
from flowsim.actors.authorization_server.back_channel import back_channel_request
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.pages import error_page
from flowsim.model.context import Context
from flowsim.model.world import OTHER_ORIGIN, RegisteredClient, Server
from flowsim.protocol.addresses import OWN_MACHINE, host_of, origin_of, split
from flowsim.protocol.cross_origin import ANY_ORIGIN, is_preflight, preflight_answer, with_leave
from flowsim.protocol.messages import Request, allow

REQUEST_HEADERS = "Authorization, Content-Type, DPoP"
ALSO_HEARD = ("auth0-client", "mcp-protocol-version")  # what libraries send besides: named to whoever asks for it
_PORT = re.compile(r":[0-9]+\Z")
_PUBLIC = {
    "/.well-known/openid-configuration": "GET",
    "/.well-known/oauth-authorization-server": "GET",
    "/jwks.json": "GET",
    "/oauth/register": "POST",
}
_BACK_CHANNEL = {"/oauth/par": "POST", "/oauth/token": "POST", "/oauth/revoke": "POST"}
_CALLED_BY_PAGES = {**_PUBLIC, **_BACK_CHANNEL, "/userinfo": "GET, POST"}


def handle(server: Server, request: Request, context: Context, read: Server | None = None) -> Answer:
    """The new memory and the answer to this request, with what a browser wants to know where a page has sent it.

    `read` is what a server that is not atomic goes by at its token endpoint: its memory as it was when it looked.
    """
    methods = _CALLED_BY_PAGES.get(request.path)
    if methods is None or (origin := request.header("origin")) is None:
        return endpoints.handle(server, request, context, read)
    if is_preflight(request):
        if server.settings.cors == "none":
            fits = allow(methods.split(", "))
            return server, error_page(405, "Method not allowed", f"This page takes {fits['Allow']}.", fits)
        asked = (request.header("access-control-request-headers") or "").lower().split(",")
        wanted = {name.strip(" \t") for name in asked}
        heard = ", ".join((REQUEST_HEADERS, *(name for name in ALSO_HEARD if name in wanted)))
        return server, preflight_answer(methods, heard, _allowed(server, request, origin, None))
    named = back_channel_request(server, request, context).client_id if request.path in _BACK_CHANNEL else None
    leave = _allowed(server, request, origin, named)
    server, answer = endpoints.handle(server, request, context, read)
    return server, answer if server.settings.cors == "none" else with_leave(answer, leave)


def _allowed(server: Server, request: Request, origin: str, client_id: str | None) -> str | None:
    """The origin that the answer names, `*` for all, or None for nobody; `client_id` is the app that sends it, if known."""
    if server.settings.cors == "another":
        return OTHER_ORIGIN
    if server.settings.cors == "any" or request.path in _PUBLIC:
        return ANY_ORIGIN
    apps = [app for name, app in server.clients.items() if client_id is None or name == client_id]
    return origin if any(origin in page_origins(app) for app in apps) else None


def page_origins(app: RegisteredClient) -> frozenset[str]:
    """The origins of the pages that this app has registered as places to come back to.

    A page on the user's own machine is one too, under the port that is registered; a native app registers none.
    """
    return _pages_among(app.redirect_uris)


@lru_cache(maxsize=256)
def _pages_among(redirect_uris: tuple[str, ...]) -> frozenset[str]:
    return frozenset(origin_of(uri) for uri in redirect_uris if _of_a_page(uri))


def _of_a_page(uri: str) -> bool:
    if uri.startswith("https://"):
        return True
    own_machine = host_of(uri) in OWN_MACHINE
    return uri.startswith("http://") and own_machine and _PORT.search(split(uri).authority or "") is not None
