"""An authorization server that lets another one log the user in: on to the server behind it.

To that server the proxy is one client, with one `client_id` for all apps. So only the proxy can ask the user about the app,
and only the proxy can tell whether the browser that comes back is the one in which the user has been asked.

Source: Model Context Protocol, Security Best Practices (confused deputy problem); RFC 6749 sections 4.1.1 and 10.12.
"""

from flowsim.actors.authorization_server.authorization_endpoint import SENT_ON_COOKIE, set_cookie
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.memory import with_one_more
from flowsim.model.context import Context
from flowsim.model.world import LoginSession, SentOn, Server, evolve
from flowsim.protocol.messages import see_other, with_params
from flowsim.protocol.pkce import challenge_for

CALLBACK = "/callback"
LIFETIME = 600  # seconds that a login may stay away
IDENTITY = "openid"  # the scope by which the proxy learns who the user is


def asks(server: Server) -> bool:
    """Whether this server is a proxy that asks for consent itself."""
    return server.upstream is not None and server.upstream.asks


def send_on(server: Server, session_id: str, session: LoginSession, context: Context) -> Answer:
    """On to the server behind, with a `state` that is made now and stands in a cookie of this browser.

    Both come to be after the user has allowed the app, and never before.
    """
    behind, asked = server.upstream, session.request
    assert behind is not None, "only a proxy sends a login on"
    state, verifier = context.random_token("proxy_state"), context.random_token("code_verifier")
    expires = context.now + LIFETIME
    away = SentOn(request=asked, code_verifier=verifier, expires=expires, key=session.key)
    behind = evolve(behind, sent_on=with_one_more(behind.sent_on, state, away, context.now))
    scopes = [IDENTITY, *(one for one in asked.scope.split(" ") if one not in ("", IDENTITY, "offline_access"))]
    params = {
        "response_type": "code",
        "client_id": behind.client_id,
        "redirect_uri": behind.redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": challenge_for(verifier, "S256"),
        "code_challenge_method": "S256",
    }
    cookie = set_cookie(server, SENT_ON_COOKIE, state, session.key)
    onward = see_other(
        with_params(f"{behind.issuer}/authorize", params),
        {"Set-Cookie": cookie, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )
    return evolve(server, upstream=behind, sessions=server.sessions.delete(session_id)), onward
