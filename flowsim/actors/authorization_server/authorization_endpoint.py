"""The authorization endpoint, and the one for pushed requests: both judge the same request by the same checks.

A request that is in doubt as a whole is answered with a page, and never with a redirect.

Source: RFC 6749 sections 3.1 and 4.1, RFC 7636 section 4.4, RFC 9126, RFC 9207 section 2.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flowsim.actors import possession
from flowsim.actors.authorization_server.back_channel import (
    authenticate,
    back_channel_error,
    back_channel_request,
    because,
    prove,
    with_nonce,
)
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.memory import with_one_more
from flowsim.actors.authorization_server.pages import error_page, form_for_app
from flowsim.checks import assertion, authentication, authorize, proof, push
from flowsim.checks.back_channel import BackChannelFacts
from flowsim.model.check import Check, evaluate
from flowsim.model.context import Context
from flowsim.model.refusal import ErrorPage, OAuthError
from flowsim.model.world import (
    AuthorizationRequest,
    KnownUser,
    LoginSession,
    Pushed,
    RegisteredClient,
    Server,
    evolve,
)
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Pairs, Request, Response, response, see_other, single, with_params

LOGIN_COOKIE = "__Host-login"
LOGIN_PARAMETER = "flow"  # says which login a page is for, where a browser can have several
REMEMBER_COOKIE = "__Host-user"  # by which a user is known again
SENT_ON_COOKIE = "__Host-sent-on"  # names the login that a proxy has sent on in this browser
# The prefix takes TLS (RFC 6265bis). All ports of a host have the same cookies, so without it the names are our own.
_WITHOUT_TLS = {LOGIN_COOKIE: "flowsim-login", REMEMBER_COOKIE: "flowsim-user", SENT_ON_COOKIE: "flowsim-sent-on"}
_AUTHENTICATION = ("client_secret", "client_assertion", "client_assertion_type")  # which is no part of the request
PUSHED_LIFETIME = 60  # seconds (RFC 9126 section 2.2)


def authorize_request(server: Server, request: Request, context: Context) -> Answer:
    params = request.form if request.method == "POST" else request.query
    client = server.clients.get(single(params, "client_id") or "")
    request_uri = single(params, "request_uri") or ""
    by_name = server.settings.par != "off" and request_uri.startswith(push.URI_PREFIX)
    pushed = server.pushed.get(request_uri) if by_name else None
    wanted = pushed.params if pushed else params
    facts = authorize.AuthorizationFacts(
        params=wanted,
        server=server,
        asked=_keep(server, client, wanted),
        known=known_user(server, request),
        client=client,
        brought=params,
        request_uri=request_uri if by_name else None,
        pushed=pushed,
        now=context.now,
        agent=request.header("user-agent") or "",
    )
    unusable = context.evaluate(authorize.PUSHED, facts) if server.settings.par != "off" else None
    if unusable is not None:
        return server, _cannot_be_answered(unusable)
    fatal = _in_doubt(facts, context)
    judged, failed = evaluate(authorize.REDIRECTED, facts, context.policy, after=fatal)
    # An error would send the browser on with nobody asked, so it is not sent just anywhere.
    untrusted = context.evaluate(authorize.ERROR_ADDRESS, facts) if failed is not None else None
    if untrusted is not None:
        judged, failed = evaluate(authorize.REDIRECTED, facts, context.policy, after=untrusted)
    context.checks.extend(judged)
    if refused := fatal or untrusted:
        return server, _cannot_be_answered(refused)
    if pushed is not None:
        server = evolve(server, pushed=server.pushed.set(request_uri, evolve(pushed, used=True)))
    sent = facts.asked
    if failed is not None:
        return server, redirect_error(server, sent, failed.on_failure, because(failed.title))
    session_id = context.random_token("login_session")
    csrf = context.random_token("login_csrf", 16)
    session = LoginSession(request=sent, csrf=csrf, expires=context.now + server.settings.login_lifetime)
    if server.settings.logins_per_browser == "many":
        session = evolve(session, key=context.random_token("login_key", 6))
    kept = evolve(server, sessions=with_one_more(server.sessions, session_id, session, context.now))
    cookie = set_cookie(server, LOGIN_COOKIE, session_id, session.key)
    login = f"{server.base}/login{query_for(session)}"
    if server.settings.consent_by_link:
        login = with_params(login, {"login": session_id})
    return kept, see_other(login, {"Set-Cookie": cookie, "Cache-Control": "no-store"})


def query_for(session: LoginSession) -> str:
    """What stands behind the addresses of the pages of this login; nothing where a browser has one login at a time."""
    return f"?{LOGIN_PARAMETER}={session.key}" if session.key else ""


def cookie_of(server: Server, request: Request, name: str) -> str | None:
    """The value of the server's cookie of this name, `LOGIN_COOKIE` or `REMEMBER_COOKIE`, in this request."""
    many = name == LOGIN_COOKIE and server.settings.logins_per_browser == "many"
    key = single(request.query, LOGIN_PARAMETER) or "" if many else ""
    return request.cookies.get(cookie_name(server, name, key))


def cookie_name(server: Server, name: str, key: str = "") -> str:
    """What this cookie of the server's is called: without TLS it can have no such prefix. `key` is that of its login."""
    return (name if server.https else _WITHOUT_TLS[name]) + (f"-{key}" if key else "")


def set_cookie(server: Server, name: str, value: str, key: str = "", *, ends: bool = False) -> str:
    """The `Set-Cookie` for this cookie of the server's, or for its end (RFC 6265 section 4.1)."""
    everywhere = server.settings.allows_framing or server.settings.cookies_in_frames
    same_site = "None" if everywhere and not ends else "Lax"
    secure = " Secure;" if server.https else ""
    end = "; Max-Age=0" if ends else ""
    return f"{cookie_name(server, name, key)}={value}; Path=/;{secure} HttpOnly; SameSite={same_site}{end}"


def _in_doubt(facts: authorize.AuthorizationFacts, context: Context) -> Check[Any, ErrorPage] | None:
    """The check that leaves no address to send anything to, not even an error; None where all is well."""
    several = len(facts.server.response_modes) > 1
    fatal = context.evaluate(authorize.FATAL_OF_SEVERAL_MODES if several else authorize.FATAL, facts)
    if facts.server.settings.refuses_web_views:
        fatal = context.evaluate(authorize.WEB_VIEW, facts, after=fatal) or fatal
    return fatal or (context.evaluate(authorize.HTTP, facts) if authorize.by_http(facts) else None)


def _cannot_be_answered(failed: Check[Any, ErrorPage]) -> Response:
    return error_page(400, "This request cannot be answered", because(failed.title))


def push_request(server: Server, request: Request, context: Context) -> Answer:
    """The endpoint for pushed requests: a name for a request that is judged as if a browser had brought it (RFC 9126)."""
    if server.settings.par == "off":
        return server, error_page(404, "Not found", "This server takes no pushed requests.")
    facts = back_channel_request(server, request, context)
    server, unknown = authenticate(server, facts, request.path, assertion.PUSH_CHECKS, context)
    if unknown is not None:
        answer = back_channel_error(server, unknown.on_failure, unknown.title, facts)
        return server, answer if request.method == "POST" else _only_posted(answer)
    refused = context.evaluate(push.CHECKS, facts)
    if refused is not None:
        answer = back_channel_error(server, refused.on_failure, refused.title, facts)
        return server, answer if request.method == "POST" else _only_posted(answer)
    named = facts.get("dpop_jkt")
    bound_to = named if possession.presented(request) else None
    server, jkt, unproved = prove(server, request, proof.PUSH_CHECKS, context, bound_to=bound_to)
    if unproved is not None:
        answer = back_channel_error(server, unproved.on_failure, unproved.title, facts)
        return with_nonce(server, request, answer, unproved, context)
    added = {"client_id": facts.client_id, "dpop_jkt": jkt}
    kept = tuple((name, value) for name, value in facts.params if name not in _AUTHENTICATION)
    params = (*kept, *((name, value) for name, value in added.items() if value and facts.get(name) is None))
    server, answer = _name_for(server, params, facts, context)
    return with_nonce(server, request, answer, None, context)


def _only_posted(answer: Response) -> Response:
    """This error with the status for a method that the endpoint does not take (RFC 9126 section 2.3)."""
    return replace(answer, status=405, headers=(("Allow", "POST"), *answer.headers))


def _name_for(server: Server, params: Pairs, facts: BackChannelFacts, context: Context) -> Answer:
    """A name for the request with these parameters, or what is wrong with it."""
    record = Pushed(client_id=facts.client_id or "", params=params, expires=context.now + PUSHED_LIFETIME)
    asked = authorize.AuthorizationFacts(
        params=params,
        server=server,
        asked=_keep(server, facts.client, params),
        client=facts.client,
        in_browser=False,
        pushed=record,
        now=context.now,
    )
    fatal = _in_doubt(asked, context)
    failed = context.evaluate(authorize.REDIRECTED, asked, after=fatal)
    if fatal is not None:  # the app asks by itself, so there is nobody to show a page to
        return server, back_channel_error(server, OAuthError("invalid_request"), fatal.title, facts)
    if failed is not None:
        return server, back_channel_error(server, failed.on_failure, failed.title, facts)
    uri = f"{push.URI_PREFIX}{context.random_token('request_uri', 16)}"
    kept_server = evolve(server, pushed=with_one_more(server.pushed, uri, record, context.now))
    body = {"request_uri": uri, "expires_in": PUSHED_LIFETIME}
    return kept_server, response(201, headers={"Cache-Control": "no-store"}, json=body)


def _keep(server: Server, client: RegisteredClient | None, params: Pairs) -> AuthorizationRequest:
    """The request as it is kept; what was not checked is taken as the request says it."""
    given: dict[str, str] = {}
    for name, value in params:  # as `single` reads them
        if value:
            given.setdefault(name, value)
    get = given.get
    challenge = get("code_challenge") if server.methods else None
    ignores = server.settings.ignores_login_parameters
    of_login = {} if ignores else given  # what the app asks of the login itself
    return AuthorizationRequest(
        client_id=get("client_id") or "",
        redirect_uri=authorize.address(params, client) or "",
        redirect_uri_sent=get("redirect_uri") is not None,
        scope=authorize.scope_granted(get("scope"), client.scopes if client else authorize.KNOWN_SCOPES),
        state=get("state"),
        nonce=get("nonce"),
        code_challenge=challenge,
        code_challenge_method=(get("code_challenge_method") or "plain") if challenge else None,
        dpop_jkt=get("dpop_jkt") if server.dpop else None,
        resource=get("resource") or _audience(server, get("audience")),
        response_mode=get("response_mode"),
        prompt=authentication.words(of_login.get("prompt")),
        max_age=authentication.seconds(of_login.get("max_age")),
        acr_values=authentication.words(of_login.get("acr_values")),
        display=of_login.get("display"),
        login_hint=of_login.get("login_hint"),
        hinted=_hinted(server, of_login.get("id_token_hint")),
    )


def _audience(server: Server, named: str | None) -> str | None:
    """The API that an `audience` names, where the server hears that; no specification knows it at this endpoint."""
    return named if server.hears_audience and named in server.resources else None


def _hinted(server: Server, hint: str | None) -> str | None:
    """The user of whom this ID token speaks; None where it is none that this server has signed.

    It may have expired, and be for another app: it only names the user (OIDC Core section 3.1.2.1).
    """
    token = signed_tokens.read(hint) if hint else None
    if token is None or token.claims.get("iss") != server.issuer or token.header.get("typ") != "JWT":
        return None
    keys = {"keys": [signed_tokens.signing_key(key.kid).public_jwk() for key in server.keys]}
    sub = token.claims.get("sub") if signed_tokens.signature_fits(token, keys) else None
    return sub if isinstance(sub, str) else None


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
    if sent.response_mode == "form_post" and "form_post" in server.response_modes:
        return form_for_app(sent.redirect_uri, answer)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return see_other(with_params(sent.redirect_uri, answer), headers, server.settings.redirect_status)


def known_user(server: Server, request: Request) -> KnownUser | None:
    known = server.known_users
    return known.get(cookie_of(server, request, REMEMBER_COOKIE) or "") if known else None
