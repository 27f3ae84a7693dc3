"""The logout endpoint: it ends the session that the server has with a browser, and sends the browser back if all is well.

It ends no token. An access token is good until it expires. A refresh token that was asked for with `offline_access` is
for when the user is away, and goes on as well (OIDC Back-Channel Logout section 2.7).

Source: OIDC RP-Initiated Logout sections 2, 3, 4 and 6.
"""

from flowsim.actors.authorization_server.authorization_endpoint import (
    REMEMBER_COOKIE,
    cookie_of,
    known_user,
    set_cookie,
)
from flowsim.actors.authorization_server.back_channel import because
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.memory import with_at_most, without
from flowsim.actors.authorization_server.pages import error_page, page
from flowsim.checks import end_session as checks
from flowsim.model.context import Context
from flowsim.model.refusal import AskUser
from flowsim.model.world import AskedLogout, Server, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import Request, Response, see_other, single, with_params


def end_session(server: Server, request: Request, context: Context) -> Answer:
    """The logout is done, asked about, or refused."""
    params = request.form if request.method == "POST" else request.query
    hinted_client, hinted_user = _hinted(server, single(params, "id_token_hint"))
    facts = checks.LogoutFacts(
        params=params,
        hinted_client=hinted_client,
        hinted_user=hinted_user,
        client=server.clients.get(hinted_client or single(params, "client_id") or ""),
        known=known_user(server, request),
    )
    failed = context.evaluate(checks.CHECKS, facts)
    if failed is not None and not isinstance(failed.on_failure, AskUser):
        return server, error_page(400, "This logout cannot be done", because(failed.title))
    wanted, state = single(params, "post_logout_redirect_uri"), single(params, "state")
    leads_to = with_params(wanted, {"state": state} if state else {}) if wanted else None
    if failed is None:
        return _ended(server, request, leads_to)
    cookie = cookie_of(server, request, REMEMBER_COOKIE) or ""
    asked = AskedLogout(csrf=context.random_token("logout_csrf", 16), leads_to=leads_to)
    kept = evolve(server, logouts=with_at_most(server.logouts, cookie, asked))
    user = next((one.name for one in server.accounts.values() if facts.known and one.sub == facts.known.sub), "")
    return kept, page("logout.html", issuer=server.issuer, below=split(server.base).path, user=user, csrf=asked.csrf)


def answer_logout(server: Server, request: Request, context: Context) -> Answer:
    """What the user says about a logout: yes ends the session, anything else leaves it as it is."""
    cookie = cookie_of(server, request, REMEMBER_COOKIE) or ""
    asked, form = server.logouts.get(cookie), request.form
    failed = context.evaluate(checks.ANSWER_CHECKS, checks.AnswerFacts(asked, single(form, "csrf")))
    if failed is not None:
        return server, error_page(403, "This form cannot be accepted", because(failed.title))
    server = evolve(server, logouts=server.logouts.delete(cookie) if asked else server.logouts)
    if single(form, "decision") != "logout":
        return server, page("signed_out.html", issuer=server.issuer, title="You are still logged in")
    return _ended(server, request, asked.leads_to if asked else None)


def _ended(server: Server, request: Request, leads_to: str | None) -> Answer:
    """The server without this browser's session, and where the browser goes then, or a page that says it is done."""
    kept = evolve(server, known_users=without(server.known_users, cookie_of(server, request, REMEMBER_COOKIE)))
    return kept, _back(server, leads_to) if leads_to else _done(server)


def _gone(server: Server) -> dict[str, str]:
    return {"Set-Cookie": set_cookie(server, REMEMBER_COOKIE, "", ends=True)}


def _back(server: Server, leads_to: str) -> Response:
    return see_other(leads_to, {**_gone(server), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def _done(server: Server) -> Response:
    return page("signed_out.html", headers=_gone(server), issuer=server.issuer, title="You are logged out")


def _hinted(server: Server, hint: str | None) -> tuple[str | None, str | None]:
    """The app and the user that this ID token names; None twice where it is none that this server has signed.

    It may have expired: a session often lasts longer than the token that began it.
    """
    token = signed_tokens.read(hint) if hint else None
    if token is None or token.claims.get("iss") != server.issuer or token.header.get("typ") != "JWT":
        return None, None
    keys = {"keys": [signed_tokens.signing_key(key.kid).public_jwk() for key in server.keys]}
    audience, sub = token.claims.get("aud"), token.claims.get("sub")
    client_id = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
    fits = signed_tokens.signature_fits(token, keys) and isinstance(client_id, str) and isinstance(sub, str)
    return (client_id, sub) if fits else (None, None)
