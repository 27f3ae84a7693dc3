"""The way back from the server behind a proxy: whose login this is, who the user is, and the proxy's own code.

Source: Model Context Protocol, Security Best Practices (OAuth state parameter validation); RFC 6749 section 4.1.3; OIDC
Core section 3.1.3.7 (an ID token that comes straight from the token endpoint over TLS).
"""

from dataclasses import replace
from typing import NamedTuple

from flowsim.actors import client
from flowsim.actors.authorization_server.authorization_endpoint import (
    SENT_ON_COOKIE,
    cookie_name,
    known_user,
    redirect_error,
)
from flowsim.actors.authorization_server.back_channel import because
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.login_pages import granted, remember
from flowsim.actors.authorization_server.memory import without
from flowsim.actors.authorization_server.pages import error_page
from flowsim.checks import proxy as rules
from flowsim.model.context import Context
from flowsim.model.refusal import OAuthError
from flowsim.model.server_settings import REMEMBERS_CONSENT
from flowsim.model.world import KnownUser, LoginSession, SentOn, Server, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request, Response, single


class Return(NamedTuple):
    """What comes of a browser's return: the proxy, and either its answer or its own request to the server behind."""

    server: Server
    answer: Response | None = None
    away: SentOn | None = None
    asks: Request | None = None


def come_back(server: Server, request: Request, context: Context) -> Return:
    """The browser is back from the server behind; a `state` works once, whatever comes of it."""
    behind = server.upstream
    assert behind is not None, "nobody comes back to a server that sends nobody on"
    state = single(request.query, "state")
    away = behind.sent_on.get(state or "")
    cookie = request.cookies.get(cookie_name(server, SENT_ON_COOKIE, away.key if away else ""))
    facts = rules.ReturnFacts(state=state, away=away, cookie=cookie, now=context.now)
    failed = context.evaluate(rules.RETURN_CHECKS, facts)
    if failed is not None or away is None:
        said = because(failed.title) if failed else "There is no login that this could belong to."
        return Return(server, error_page(403, "This login cannot go on here", said))
    server = evolve(server, upstream=evolve(behind, sent_on=without(behind.sent_on, state)))
    code = single(request.query, "code")
    if code is None:
        said = "The server that logs users in has not let this user in."
        return Return(server, redirect_error(server, away.request, OAuthError("access_denied"), said))
    asks = client.token_request(
        f"{behind.issuer}/oauth/token",
        client_id=behind.client_id,
        redirect_uri=behind.redirect_uri,
        code=code,
        code_verifier=away.code_verifier,
        secret=behind.secret,
    )
    return Return(server, away=away, asks=asks)


def finish(server: Server, away: SentOn, came: Request, answer: Response, context: Context) -> Answer:
    """The proxy's answer to the app, once the server behind has said in `answer` who the user is."""
    token = signed_tokens.read(str(answer.json().get("id_token") or "")) if answer.status == 200 else None
    sub = token.claims.get("sub") if token else None
    facts = rules.UserFacts(answer.status, sub if isinstance(sub, str) else None)
    failed = context.evaluate(rules.USER_CHECKS, facts)
    if failed is not None or facts.sub is None:
        said = because(failed.title) if failed else "Nobody has logged in."
        return server, error_page(403, "This login cannot go on here", said)
    before = known_user(server, came)
    agreed = before.agreed_to if before is not None and before.sub == facts.sub else frozenset[str]()
    if server.upstream is not None and server.upstream.asks and server.settings.remembered in REMEMBERS_CONSENT:
        agreed |= {away.request.client_id}
    known = KnownUser(sub=facts.sub, auth_time=context.now, agreed_to=agreed)
    server, headers = remember(server, came, known, context)
    session = LoginSession(request=away.request, csrf="", expires=away.expires, sub=facts.sub, auth_time=context.now)
    server, redirect = granted(server, None, session, context)
    return server, replace(redirect, headers=(*redirect.headers, *headers))
