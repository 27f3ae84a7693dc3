"""The authorization endpoint, and the one for pushed requests: both judge the same request by the same checks.

A request that is in doubt as a whole is answered with a page, and never with a redirect.

Source: RFC 6749 sections 3.1 and 4.1, RFC 7636 section 4.4, RFC 9126, RFC 9207 section 2.
"""

from collections.abc import Mapping
from typing import Any

from flowsim.actors import possession
from flowsim.actors.authorization_server.back_channel import (
    back_channel_error,
    back_channel_request,
    because,
    prove,
    with_nonce,
)
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.memory import with_one_more
from flowsim.actors.authorization_server.pages import error_page
from flowsim.checks import authorize, proof, push
from flowsim.checks.back_channel import BackChannelFacts
from flowsim.model.check import Check
from flowsim.model.context import Context
from flowsim.model.refusal import ErrorPage, OAuthError
from flowsim.model.world import (
    AuthorizationRequest,
    KnownUser,
    LoginSession,
    Pushed,
    Server,
    evolve,
)
from flowsim.protocol.messages import Pairs, Request, Response, response, see_other, single, with_params

LOGIN_COOKIE = "__Host-login"
REMEMBER_COOKIE = "__Host-user"  # by which a user is known again
PUSHED_LIFETIME = 60  # seconds (RFC 9126 section 2.2)


def authorize_request(server: Server, request: Request, context: Context) -> Answer:
    params = request.query if request.method == "GET" else request.form
    client = server.clients.get(single(params, "client_id") or "")
    request_uri = single(params, "request_uri") or ""
    by_name = server.settings.par != "off" and request_uri.startswith(push.URI_PREFIX)
    pushed = server.pushed.get(request_uri) if by_name else None
    facts = authorize.AuthorizationFacts(
        params=pushed.params if pushed else params,
        server=server,
        client=client,
        agreed=agreed(server, known_user(server, request), client.client_id if client else ""),
        request_uri=request_uri if by_name else None,
        pushed=pushed,
        now=context.now,
    )
    unusable = context.evaluate(authorize.PUSHED, facts) if server.settings.par != "off" else None
    if unusable is not None:
        return server, _cannot_be_answered(unusable)
    fatal = context.evaluate(authorize.FATAL, facts)
    failed = context.evaluate(authorize.REDIRECTED, facts, after=fatal)
    if fatal is not None:
        return server, _cannot_be_answered(fatal)
    if pushed is not None:
        server = evolve(server, pushed=server.pushed.set(request_uri, evolve(pushed, used=True)))
    sent = _keep(facts)
    if failed is not None:
        return server, redirect_error(server, sent, failed.on_failure, because(failed.title))
    session_id = context.random_token("login_session")
    csrf = context.random_token("login_csrf", 16)
    session = LoginSession(request=sent, csrf=csrf, expires=context.now + server.settings.login_lifetime)
    kept = evolve(server, sessions=with_one_more(server.sessions, session_id, session, context.now))
    same_site = "None" if server.settings.allows_framing else "Lax"
    cookie = f"{LOGIN_COOKIE}={session_id}; Path=/; Secure; HttpOnly; SameSite={same_site}"
    return kept, see_other(f"{server.issuer}/login", {"Set-Cookie": cookie, "Cache-Control": "no-store"})


def _cannot_be_answered(failed: Check[Any, ErrorPage]) -> Response:
    return error_page(400, "This request cannot be answered", because(failed.title))


def push_request(server: Server, request: Request, context: Context) -> Answer:
    """The endpoint for pushed requests: a name for a request that is judged as if a browser had brought it (RFC 9126)."""
    if server.settings.par == "off":
        return server, error_page(404, "Not found", "This server takes no pushed requests.")
    facts = back_channel_request(server, request, context)
    refused = context.evaluate(push.CHECKS, facts)
    if refused is not None:
        return server, back_channel_error(server, refused.on_failure, refused.title, facts)
    named = facts.get("dpop_jkt")
    bound_to = named if possession.presented(request) else None
    server, jkt, unproved = prove(server, request, proof.PUSH_CHECKS, context, bound_to=bound_to)
    if unproved is not None:
        answer = back_channel_error(server, unproved.on_failure, unproved.title, facts)
        return with_nonce(server, request, answer, unproved, context)
    added = {"client_id": facts.client_id, "dpop_jkt": jkt}
    kept = tuple((name, value) for name, value in facts.params if name != "client_secret")
    params = (*kept, *((name, value) for name, value in added.items() if value and facts.get(name) is None))
    server, answer = _name_for(server, params, facts, context)
    return with_nonce(server, request, answer, None, context)


def _name_for(server: Server, params: Pairs, facts: BackChannelFacts, context: Context) -> Answer:
    """A name for the request with these parameters, or what is wrong with it."""
    record = Pushed(client_id=facts.client_id or "", params=params, expires=context.now + PUSHED_LIFETIME)
    # Whether this user has agreed before shows when the browser comes.
    asked = authorize.AuthorizationFacts(
        params=params, server=server, client=facts.client, agreed=True, pushed=record, now=context.now
    )
    fatal = context.evaluate(authorize.FATAL, asked)
    failed = context.evaluate(authorize.REDIRECTED, asked, after=fatal)
    if fatal is not None:  # the app asks by itself, so there is nobody to show a page to
        return server, back_channel_error(server, OAuthError("invalid_request"), fatal.title, facts)
    if failed is not None:
        return server, back_channel_error(server, failed.on_failure, failed.title, facts)
    uri = f"{push.URI_PREFIX}{context.random_token('request_uri', 16)}"
    kept_server = evolve(server, pushed=with_one_more(server.pushed, uri, record, context.now))
    body = {"request_uri": uri, "expires_in": PUSHED_LIFETIME}
    return kept_server, response(201, headers={"Cache-Control": "no-store"}, json=body)


def _keep(facts: authorize.AuthorizationFacts) -> AuthorizationRequest:
    """The request as it is kept; what was not checked is taken as the request says it."""
    challenge = facts.get("code_challenge") if facts.server.methods else None
    return AuthorizationRequest(
        client_id=facts.get("client_id") or "",
        redirect_uri=facts.get("redirect_uri") or "",
        redirect_uri_sent=facts.get("redirect_uri") is not None,
        scope=facts.get("scope") or "",
        state=facts.get("state"),
        nonce=facts.get("nonce"),
        code_challenge=challenge,
        code_challenge_method=(facts.get("code_challenge_method") or "plain") if challenge else None,
        dpop_jkt=facts.get("dpop_jkt") if facts.server.dpop else None,
        resource=facts.get("resource"),
    )


def redirect_error(server: Server, sent: AuthorizationRequest, error: OAuthError, description: str) -> Response:
    """The answer to the app that says why there is no code (RFC 6749 section 4.1.2.1)."""
    return redirect_to_app(server, sent, {"error": error.code, "error_description": description})


def redirect_to_app(server: Server, sent: AuthorizationRequest, params: Mapping[str, str]) -> Response:
    """The answer to the app through the browser, with `state` and `iss` (RFC 6749 §4.1.2, RFC 9207 §2, RFC 9700 §4.12)."""
    answer = dict(params)
    if sent.state is not None:
        answer["state"] = sent.state
    if server.settings.iss:
        answer["iss"] = server.issuer
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return see_other(with_params(sent.redirect_uri, answer), headers, server.settings.redirect_status)


def known_user(server: Server, request: Request) -> KnownUser | None:
    return server.known_users.get(request.cookies.get(REMEMBER_COOKIE) or "")


def agreed(server: Server, known: KnownUser | None, client_id: str) -> bool:
    """True where this user has agreed to this app before, and the server takes that for an answer."""
    return known is not None and server.settings.remembered == "consent" and client_id in known.agreed_to
