"""The authorization server: it knows the users, asks them, and issues codes and tokens.

One function, `handle`, takes the server's memory and a request and gives the new memory and the response, for every
endpoint. It never raises: whatever arrives is answered with the error the specifications name.

Source: RFC 6749 sections 3.1, 3.2, 4.1, 5; RFC 7636 sections 4.4 to 4.6; RFC 8414; RFC 9207; OIDC Core.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from hmac import compare_digest
from typing import Any

from flowsim.actors.authorization_server.pages import SCOPES, error_page, page, without_frame_rules
from flowsim.actors.authorization_server.token_endpoint import (
    back_channel_error,
    back_channel_request,
    because,
    personal_claims,
    revoke,
    token,
)
from flowsim.checks import authorize, login, push, userinfo
from flowsim.checks.token_endpoint import GRANT_TYPES
from flowsim.model.check import Check
from flowsim.model.context import Context
from flowsim.model.refusal import ErrorPage, OAuthError, Unauthorized
from flowsim.model.world import (
    Account,
    AuthorizationRequest,
    Grant,
    KnownUser,
    LoginSession,
    Pushed,
    RegisteredClient,
    Server,
    evolve,
)
from flowsim.protocol import dpop, signed_tokens, totp
from flowsim.protocol.messages import Pairs, Request, Response, response, see_other, single, with_params

LOGIN_COOKIE = "__Host-login"
REMEMBER_COOKIE = "__Host-user"  # by which a user is known again
PUSHED_LIFETIME = 60  # seconds (RFC 9126 section 2.2)
ANY_METHOD = "*"
Answer = tuple[Server, Response]
Handler = Callable[[Server, Request, Context], Answer]


def handle(server: Server, request: Request, context: Context) -> Answer:
    """The new memory and the answer to this request: 404 for an unknown path, 405 for a method it does not take."""
    methods = _ROUTES.get(request.path)
    if methods is None:
        return server, error_page(404, "Not found", "There is no such page on this server.")
    handler = methods.get(request.method) or methods.get(ANY_METHOD)
    if handler is None:
        allow = {"Allow": ", ".join(methods)}
        return server, error_page(405, "Method not allowed", f"This page takes {allow['Allow']}.", allow)
    server, answer = handler(server, request, context)
    return server, without_frame_rules(answer) if server.settings.allows_framing else answer


def metadata(server: Server) -> dict[str, Any]:
    """What the server says of itself (RFC 8414 section 2, OIDC Discovery section 3)."""
    methods = {"code_challenge_methods_supported": list(server.methods)} if server.methods else {}
    return {
        "issuer": server.issuer,
        "authorization_endpoint": f"{server.issuer}/authorize",
        "token_endpoint": f"{server.issuer}/oauth/token",
        "revocation_endpoint": f"{server.issuer}/oauth/revoke",
        "userinfo_endpoint": f"{server.issuer}/userinfo",
        "jwks_uri": f"{server.issuer}/jwks.json",
        "scopes_supported": list(authorize.KNOWN_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [signed_tokens.ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": server.settings.iss,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        **methods,
        **_par_metadata(server),
        **({"dpop_signing_alg_values_supported": [dpop.ALGORITHM]} if server.dpop else {}),
    }


def _par_metadata(server: Server) -> dict[str, Any]:
    """What a server says that takes pushed requests (RFC 9126 section 5)."""
    if server.settings.par == "off":
        return {}
    return {
        "pushed_authorization_request_endpoint": f"{server.issuer}/oauth/par",
        "require_pushed_authorization_requests": server.settings.par == "required",
    }


def scrypt(password: str, salt: bytes) -> bytes:
    """The password hash that the server keeps, 32 octets. Remembered, because a lesson logs one user in many times."""
    return _scrypt(password, salt)


@lru_cache(maxsize=1024)
def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1, dklen=32)


def _authorize(server: Server, request: Request, context: Context) -> Answer:
    params = request.query if request.method == "GET" else request.form
    client = server.clients.get(single(params, "client_id") or "")
    request_uri = single(params, "request_uri") or ""
    by_name = server.settings.par != "off" and request_uri.startswith(push.URI_PREFIX)
    pushed = server.pushed.get(request_uri) if by_name else None
    facts = authorize.AuthorizationFacts(
        params=pushed.params if pushed else params,
        server=server,
        client=client,
        agreed=_agreed(server, _known_user(server, request), client.client_id if client else ""),
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
    kept = evolve(server, sessions=server.sessions.set(session_id, session))
    same_site = "None" if server.settings.allows_framing else "Lax"
    cookie = f"{LOGIN_COOKIE}={session_id}; Path=/; Secure; HttpOnly; SameSite={same_site}"
    return kept, see_other(f"{server.issuer}/login", {"Set-Cookie": cookie, "Cache-Control": "no-store"})


def _cannot_be_answered(failed: Check[Any, ErrorPage]) -> Response:
    return error_page(400, "This request cannot be answered", because(failed.title))


def _push(server: Server, request: Request, context: Context) -> Answer:
    """The endpoint for pushed requests: a name for a request that is judged as if a browser had brought it (RFC 9126)."""
    if server.settings.par == "off":
        return server, error_page(404, "Not found", "This server takes no pushed requests.")
    facts = back_channel_request(server, request, context)
    refused = context.evaluate(push.CHECKS, facts)
    if refused is not None:
        return server, back_channel_error(server, refused.on_failure, refused.title, facts)
    kept = tuple((name, value) for name, value in facts.params if name != "client_secret")
    params = kept if facts.get("client_id") else (*kept, ("client_id", facts.client_id or ""))
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
    kept_server = evolve(server, pushed=server.pushed.set(uri, record))
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
    return _redirect(server, sent, {"error": error.code, "error_description": description})


def _redirect(server: Server, sent: AuthorizationRequest, params: Mapping[str, str]) -> Response:
    """The answer to the app through the browser, with `state` and `iss` (RFC 6749 §4.1.2, RFC 9207 §2, RFC 9700 §4.12)."""
    answer = dict(params)
    if sent.state is not None:
        answer["state"] = sent.state
    if server.settings.iss:
        answer["iss"] = server.issuer
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return see_other(with_params(sent.redirect_uri, answer), headers, server.settings.redirect_status)


def _session(server: Server, request: Request) -> tuple[str | None, LoginSession | None]:
    session_id = request.cookies.get(LOGIN_COOKIE)
    return session_id, server.sessions.get(session_id or "")


def _known_user(server: Server, request: Request) -> KnownUser | None:
    return server.known_users.get(request.cookies.get(REMEMBER_COOKIE) or "")


def _agreed(server: Server, known: KnownUser | None, client_id: str) -> bool:
    """True where this user has agreed to this app before, and the server takes that for an answer."""
    return known is not None and server.settings.remembered == "consent" and client_id in known.agreed_to


def _show_login(server: Server, request: Request, context: Context) -> Answer:
    """The login page; for a user whom the server remembers the consent page, or no page at all.

    To approve silently what cannot be told from another app is what RFC 8252 section 8.6 warns of.
    """
    session_id, session = _session(server, request)
    if session is None or session_id is None:
        return server, error_page(400, "No login under way", "This page was opened without a request from an app.")
    known = _known_user(server, request)
    if known is None:
        return server, _login_page(server, session)
    session = evolve(session, sub=known.sub, auth_time=known.auth_time)
    if not server.settings.asks_consent or _agreed(server, known, session.request.client_id):
        return _granted(server, session_id, session, context)
    return _to_consent(server, session_id, session, context)


def _login_page(server: Server, session: LoginSession) -> Response:
    name = _client_name(server, session)
    failed = session.failures > 0
    return page("login.html", issuer=server.issuer, client=name, csrf=session.csrf, failed=failed)


def _client_name(server: Server, session: LoginSession) -> str:
    client = server.clients.get(session.request.client_id)
    return client.name if client else session.request.client_id


def _user_name(server: Server, sub: str) -> str:
    return next((account.name for account in server.accounts.values() if account.sub == sub), sub)


def _login(server: Server, request: Request, context: Context) -> Answer:
    session_id, session = _session(server, request)
    form = request.form
    username = single(form, "username")
    account = server.accounts.get(username or "")
    facts = login.FormFacts(
        cookie=session_id,
        session=session,
        csrf=single(form, "csrf"),
        username=username,
        credentials_fit=account is not None and _credentials_fit(account, form, context.now),
        decision=None,
        now=context.now,
    )
    unusable = context.evaluate(login.LOGIN_FORM, facts)
    failed = context.evaluate(login.CREDENTIALS, facts, after=unusable)
    if unusable is not None:
        return server, _cannot_be_accepted(unusable)
    if session is None or session_id is None:
        return server, error_page(400, "No login under way", "There is no request that this login could answer.")
    if failed is not None:
        session = evolve(session, failures=session.failures + 1)
        kept = evolve(server, sessions=server.sessions.set(session_id, session))
        return kept, _login_page(server, session)
    sub = account.sub if account else (facts.username or "nobody")
    session = evolve(session, sub=sub, auth_time=context.now)
    following = _to_consent if server.settings.asks_consent else _granted
    return following(server, session_id, session, context)


def _cannot_be_accepted(failed: Check[Any, ErrorPage]) -> Response:
    return error_page(403, "This form cannot be accepted", because(failed.title))


def _to_consent(server: Server, session_id: str, session: LoginSession, context: Context) -> Answer:
    """On to the consent page, whose form gets a secret of its own."""
    session = evolve(session, csrf=context.random_token("consent_csrf", 16))
    kept = evolve(server, sessions=server.sessions.set(session_id, session))
    return kept, see_other(f"{server.issuer}/consent", {"Cache-Control": "no-store"})


def _credentials_fit(account: Account, form: Pairs, now: int) -> bool:
    if single(form, "option") == "one-time-code":
        return totp.fits(account.one_time_secret, single(form, "one_time_code") or "", now)
    return compare_digest(scrypt(single(form, "password") or "", account.salt), account.password_hash)


def _show_consent(server: Server, request: Request, context: Context) -> Answer:
    _, session = _session(server, request)
    if session is None or session.sub is None:
        return server, error_page(400, "No login under way", "Log in first.")
    asked = session.request.scope.split(" ")
    return server, page(
        "consent.html",
        issuer=server.issuer,
        client=_client_name(server, session),
        user=_user_name(server, session.sub),
        scopes=[SCOPES.get(scope, scope) for scope in asked if scope],
        redirect_to=session.request.redirect_uri,
        csrf=session.csrf,
    )


def _consent(server: Server, request: Request, context: Context) -> Answer:
    session_id, session = _session(server, request)
    form = request.form
    facts = login.FormFacts(
        cookie=session_id,
        session=session,
        csrf=single(form, "csrf"),
        username=None,
        credentials_fit=False,
        decision=single(form, "decision"),
        now=context.now,
    )
    unusable = context.evaluate(login.CONSENT_FORM, facts)
    denied = context.evaluate(login.DECISION, facts, after=unusable)
    if unusable is not None:
        return server, _cannot_be_accepted(unusable)
    if session is None or session_id is None:
        return server, error_page(400, "No login under way", "There is no request that this answer could belong to.")
    if denied is not None:
        kept = evolve(server, sessions=server.sessions.delete(session_id))
        return kept, redirect_error(server, session.request, denied.on_failure, "The user said no.")
    return _granted(server, session_id, session, context)


def _granted(server: Server, session_id: str, session: LoginSession, context: Context) -> Answer:
    """The end of this login session: a code, on its way to the app."""
    sessions = server.sessions.delete(session_id)
    code = context.random_token("code")
    grant = Grant(
        request=session.request,
        sub=session.sub or "nobody",
        auth_time=session.auth_time or context.now,
        expires=context.now + server.settings.code_lifetime,
    )
    kept = evolve(server, sessions=sessions, grants=server.grants.set(code, grant))
    return kept, _redirect(server, session.request, {"code": code})


def _metadata(server: Server, request: Request, context: Context) -> Answer:
    return server, response(200, json=metadata(server))


def _jwks(server: Server, request: Request, context: Context) -> Answer:
    return server, response(200, json=_published(server, context.now))


def _published(server: Server, now: int) -> dict[str, Any]:
    """The JWKS: the key that signs, and retired keys for as long as tokens live that were signed with them."""
    listed = [key.kid for key in server.keys if key.listed_until is None or now < key.listed_until]
    return {"keys": [signed_tokens.signing_key(kid).public_jwk() for kid in listed]}


def _userinfo(server: Server, request: Request, context: Context) -> Answer:
    scheme, _, text = (request.header("authorization") or "").partition(" ")
    presented = text.strip() if scheme.lower() == "bearer" and text.strip() else None
    token = signed_tokens.read(presented) if presented else None
    ours = token is not None and signed_tokens.signature_fits(token, _published(server, context.now))
    jti = str(token.claims.get("jti", "")) if token and ours else ""
    facts = userinfo.UserinfoFacts(presented, server.access_tokens.get(jti), context.now)
    failed = context.evaluate(userinfo.CHECKS, facts)
    if failed is not None or facts.record is None:
        refusal = failed.on_failure if failed else OAuthError("invalid_token")
        return server, _bearer_error(server, refusal)
    claims = {"sub": facts.record.sub, **personal_claims(server, facts.record.sub, facts.record.scope)}
    return server, response(200, headers={"Cache-Control": "no-store"}, json=claims)


def _bearer_error(server: Server, refusal: OAuthError | Unauthorized) -> Response:
    challenge = f'Bearer realm="{server.issuer}"'
    if isinstance(refusal, OAuthError):
        challenge += f', error="{refusal.code}"'
    status = 403 if refusal == OAuthError("insufficient_scope") else 401
    return response(status, headers={"WWW-Authenticate": challenge})


def register(
    client_id: str, name: str, redirect_uris: tuple[str, ...], secret: str | None, confidential: bool
) -> RegisteredClient:
    """An entry in the server's list of clients."""
    return RegisteredClient(
        client_id=client_id,
        name=name,
        redirect_uris=redirect_uris,
        confidential=confidential,
        secret=secret,
        scopes=authorize.KNOWN_SCOPES,
    )


_ROUTES: dict[str, dict[str, Handler]] = {
    "/authorize": {"GET": _authorize, "POST": _authorize},
    "/login": {"GET": _show_login, "POST": _login},
    "/consent": {"GET": _show_consent, "POST": _consent},
    "/oauth/par": {ANY_METHOD: _push},
    "/oauth/token": {ANY_METHOD: token},
    "/oauth/revoke": {ANY_METHOD: revoke},
    "/.well-known/openid-configuration": {"GET": _metadata},
    "/.well-known/oauth-authorization-server": {"GET": _metadata},
    "/jwks.json": {"GET": _jwks},
    "/userinfo": {"GET": _userinfo, "POST": _userinfo},
}
