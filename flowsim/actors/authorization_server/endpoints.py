"""The authorization server: it knows the users, asks them, and issues codes and tokens.

One function, `handle`, takes the server's memory and a request and gives the new memory and the response, for every
endpoint. It never raises: whatever arrives is answered with the error the specifications name.

Source: RFC 6749 sections 3.1, 3.2, 4.1, 5; RFC 7636 sections 4.4 to 4.6; RFC 8414; RFC 9207; OIDC Core.
"""

from collections.abc import Callable, Mapping

from frozendict import frozendict

from flowsim.actors.authorization_server.authorization_endpoint import authorize_request, push_request
from flowsim.actors.authorization_server.back_channel import NOT_STORED
from flowsim.actors.authorization_server.discovery import Answer, show_keys, show_metadata
from flowsim.actors.authorization_server.end_session import answer_logout, end_session
from flowsim.actors.authorization_server.login_pages import decide, log_in, show_consent, show_login
from flowsim.actors.authorization_server.pages import (
    cutting_openers,
    error_page,
    with_referrer_policy,
    without_frame_rules,
)
from flowsim.actors.authorization_server.registration import register_app
from flowsim.actors.authorization_server.revocation import revoke
from flowsim.actors.authorization_server.token_endpoint import token
from flowsim.actors.authorization_server.userinfo import userinfo_request
from flowsim.actors.mistakes import servers as mistakes
from flowsim.checks import authorize
from flowsim.model.context import Context
from flowsim.model.world import (
    RegisteredClient,
    Server,
)
from flowsim.protocol.messages import LONGEST, Request, Response, allow, response, too_long, without_content

ANY_METHOD = "*"
_FOR_APPS = ("/oauth/par", "/oauth/token", "/oauth/revoke", "/oauth/register", "/userinfo")
Handler = Callable[[Server, Request, Context], Answer]


def handle(server: Server, request: Request, context: Context, read: Server | None = None) -> Answer:
    """The new memory and the answer to this request: 404 for an unknown path, 405 for a method it does not take.

    `read` is what a server that is not atomic goes by at its token endpoint: its memory as it was when it looked.
    """
    if not server.mistakes:
        return _handle(server, request, context, read)
    with context.by_clock(mistakes.skew(server)):
        server, answer = _handle(server, request, context, read)
    return server, mistakes.answer(server, request, answer)


def _handle(server: Server, request: Request, context: Context, read: Server | None) -> Answer:
    if status := too_long(request):
        return server, _too_long(request, status)
    methods = _ROUTES.get(request.path)
    if methods is None:
        return server, error_page(404, "Not found", "There is no such page on this server.")
    head = request.method == "HEAD"
    handler = methods.get("GET" if head else request.method) or methods.get(ANY_METHOD)
    if handler is None:
        named = allow(methods)
        return server, error_page(405, "Method not allowed", f"This page takes {named['Allow']}.", named)
    server, answer = token(server, request, context, read) if handler is token else handler(server, request, context)
    if head and "GET" in methods:
        answer = without_content(answer)
    answer = with_referrer_policy(answer, server.settings.server_referrer_policy)
    if server.settings.cuts_openers:
        answer = cutting_openers(answer)
    return server, without_frame_rules(answer) if server.settings.allows_framing else answer


def _too_long(request: Request, status: int) -> Response:
    """What is too long is not read any further; an app hears so in its own language (RFC 9126 section 2.3)."""
    said = f"The request is too long: its address, its headers and its body may have {LONGEST} characters each."
    if request.path in _FOR_APPS:
        body = {"error": "invalid_request", "error_description": said}
        return response(status, headers=NOT_STORED, json=body)
    return error_page(status, "Too long", said)


def register(
    client_id: str,
    name: str,
    redirect_uris: tuple[str, ...],
    secret: str | None,
    confidential: bool,
    key: Mapping[str, str] | None = None,
    signed_out_uris: tuple[str, ...] = (),
) -> RegisteredClient:
    """An entry in the server's list of clients; `key` is the public one that it signs its assertions with, if it does."""
    return RegisteredClient(
        client_id=client_id,
        name=name,
        redirect_uris=redirect_uris,
        confidential=confidential,
        secret=secret,
        scopes=authorize.KNOWN_SCOPES,
        key=None if key is None else frozendict(key),
        signed_out_uris=signed_out_uris,
    )


_ROUTES: dict[str, dict[str, Handler]] = {
    "/authorize": {"GET": authorize_request, "POST": authorize_request},
    "/login": {"GET": show_login, "POST": log_in},
    "/consent": {"GET": show_consent, "POST": decide},
    "/logout": {"GET": end_session, "POST": end_session},
    "/logout/answer": {"POST": answer_logout},
    "/oauth/par": {ANY_METHOD: push_request},
    "/oauth/token": {ANY_METHOD: token},
    "/oauth/revoke": {ANY_METHOD: revoke},
    "/oauth/register": {ANY_METHOD: register_app},
    "/.well-known/openid-configuration": {"GET": show_metadata},
    "/.well-known/oauth-authorization-server": {"GET": show_metadata},
    "/jwks.json": {"GET": show_keys},
    "/userinfo": {"GET": userinfo_request, "POST": userinfo_request},
}
