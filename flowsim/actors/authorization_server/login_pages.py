"""The two forms a user sees, “who are you” and “do you allow it”, and the code at the end of them.

Source: RFC 6749 sections 3.1, 4.1.1 and 10.12, OIDC Core sections 3.1.2.3 and 3.1.2.4, Client ID Metadata Document
section 6.4.
"""

import hashlib
from dataclasses import replace
from functools import lru_cache
from hmac import compare_digest
from typing import Any, NamedTuple

from frozendict import deepfreeze, frozendict

from flowsim.actors.authorization_server import proxy
from flowsim.actors.authorization_server.authorization_endpoint import (
    LOGIN_COOKIE,
    REMEMBER_COOKIE,
    cookie_of,
    known_user,
    query_for,
    redirect_error,
    redirect_to_app,
    set_cookie,
)
from flowsim.actors.authorization_server.back_channel import because
from flowsim.actors.authorization_server.discovery import Answer
from flowsim.actors.authorization_server.memory import with_at_most, with_one_more, without
from flowsim.actors.authorization_server.pages import SCOPES, error_page, page
from flowsim.checks import authentication, login
from flowsim.model.authentication import LoginOption, claims_of, options_for
from flowsim.model.check import Check
from flowsim.model.context import Context
from flowsim.model.refusal import ErrorPage, OAuthError
from flowsim.model.server_settings import REMEMBERS_CONSENT
from flowsim.model.world import (
    Account,
    Grant,
    KnownUser,
    LoginSession,
    Server,
    evolve,
)
from flowsim.protocol import client_id_documents, keys, totp
from flowsim.protocol.addresses import split
from flowsim.protocol.messages import Pairs, Request, Response, see_other, single

# The users of the lessons are published with their passwords, and so is what scrypt makes of these: it takes long on
# purpose, and to make a hash that everybody knows would protect nobody. A test makes them.
_LESSONS = b"flowsim lesson salt"
PUBLISHED_HASHES = {
    ("correct horse battery staple", _LESSONS): "bfa085989ed739d6ce6b289673478cdff91319c275a753b12a949440c1c99e6b",
    ("swordfish", _LESSONS): "cdd6422706c9985ac2666cf18201314ccd56b01a95070ea75dfd5919b1388831",
}


def scrypt(password: str, salt: bytes) -> bytes:
    """The password hash that the server keeps, 32 octets. Remembered, because a lesson logs one user in many times."""
    published = PUBLISHED_HASHES.get((password, salt))
    return bytes.fromhex(published) if published else _scrypt(password, salt)


@lru_cache(maxsize=1024)
def _scrypt(password: str, salt: bytes) -> bytes:
    # scrypt begins with an HMAC, which takes a short password and the same with NULs behind it for one key.
    own = hashlib.sha256(password.encode("utf-8", "replace")).digest()
    return keys.password_hash(own, salt)


def login_session(server: Server, request: Request) -> tuple[str | None, LoginSession | None]:
    session_id = cookie_of(server, request, LOGIN_COOKIE)
    return session_id, server.sessions.get(session_id or "")


def show_login(server: Server, request: Request, context: Context) -> Answer:
    """The login page; for a user whom the server remembers the consent page, or no page at all.

    To approve silently what cannot be told from another app is what RFC 8252 section 8.6 warns of.
    """
    named = single(request.query, "login") if server.settings.consent_by_link else None
    if named is not None and named in server.sessions:
        return _by_link(server, request, named, context)
    return _login_of(server, request, *login_session(server, request), context)


def _by_link(server: Server, request: Request, named: str, context: Context) -> Answer:
    """The login page of the login that the address names. A browser in which that did not begin gets a login of its own.

    What is allowed there lets the login that is named go on.
    """
    cookie = cookie_of(server, request, LOGIN_COOKIE)
    if (refused := context.evaluate(login.LINK, login.LinkFacts(named, cookie))) is not None:
        return server, error_page(403, "This link cannot be used here", because(refused.title))
    if cookie == named:
        return _login_of(server, request, *login_session(server, request), context)
    session_id, csrf = context.random_token("login_session"), context.random_token("login_csrf", 16)
    begun = server.sessions[named]
    session = LoginSession(request=begun.request, csrf=csrf, expires=begun.expires, for_login=named)
    kept = evolve(server, sessions=with_one_more(server.sessions, session_id, session, context.now))
    kept, answer = _login_of(kept, request, session_id, session, context)
    cookie_set = ("Set-Cookie", set_cookie(server, LOGIN_COOKIE, session_id))
    return kept, replace(answer, headers=(*answer.headers, cookie_set))


def _login_of(
    server: Server, request: Request, session_id: str | None, session: LoginSession | None, context: Context
) -> Answer:
    """What this browser is shown for this login."""
    if session is None or session_id is None:
        return server, error_page(400, "No login under way", "This page was opened without a request from an app.")
    if session.allowed:
        return granted(server, session_id, session, context)
    known, asked = known_user(server, request), session.request
    if server.upstream is not None:
        return _at_the_proxy(server, session_id, session, known, context)
    if known is None or not authentication.good_enough(known, asked, context.now):
        if asked.silent:
            return _silence_broken(server, session_id, session, OAuthError("login_required"))
        return server, _login_page(server, session)
    session = evolve(session, sub=known.sub, auth_time=known.auth_time, option=known.option)
    if not authentication.to_be_asked(server, known, asked):
        if context.policy.is_on("login.session_fresh") and context.now >= session.expires:
            return server, error_page(400, "No login under way", "The request of the app has waited too long.")
        return granted(server, session_id, session, context)
    if asked.silent:
        return _silence_broken(server, session_id, session, OAuthError("consent_required"))
    return _to_consent(server, session_id, session, context)


def _at_the_proxy(
    server: Server, session_id: str, session: LoginSession, known: KnownUser | None, context: Context
) -> Answer:
    """The consent page of a proxy, which asks about each app; and on to the server behind where there is nothing to ask.

    The proxy does not know yet who the user will be, so it goes by what this browser's user has agreed to before.
    """
    agreed = known is not None and session.request.client_id in known.agreed_to
    if session.request.silent and not agreed:
        return _silence_broken(server, session_id, session, OAuthError("consent_required"))
    if proxy.asks(server) and not agreed:
        return server, _consent_page(server, session)
    return proxy.send_on(server, session_id, session, context)


def _silence_broken(server: Server, session_id: str, session: LoginSession, error: OAuthError) -> Answer:
    """No page where none may be shown, although what was good enough a moment ago is no more (OIDC Core §3.1.2.6)."""
    kept = evolve(server, sessions=server.sessions.delete(session_id))
    return kept, redirect_error(server, session.request, error, "The server would have to show a page by now.")


def _login_page(server: Server, session: LoginSession) -> Response:
    """The page with a form for each way to log in that gives what the app asks for."""
    asked = session.request
    return page(
        "login.html",
        issuer=server.issuer,
        below=split(server.base).path,
        query=query_for(session),
        client=_client_name(server, session),
        csrf=session.csrf,
        failed=session.failures > 0,
        options=options_for(asked.acr_values) or options_for(()),
        username=asked.login_hint,
        display=asked.display,
    )


def _client_name(server: Server, session: LoginSession) -> str:
    client = server.clients.get(session.request.client_id)
    return client_id_documents.name_shown(client.name) if client else session.request.client_id


class _Stranger(NamedTuple):
    """What the page says of an app that tells of itself: the `host` of its answer, and that of its document, its `author`.

    It `warns` where all its answers go to the user's own machine: any program there can use its name.
    """

    host: str
    author: str
    warns: bool


def _stranger(server: Server, session: LoginSession) -> _Stranger | None:
    """The app of this login, where nobody has looked at it; None for one that is registered."""
    client = server.clients.get(session.request.client_id)
    if client is None or not client_id_documents.is_address(client.client_id):
        return None
    return _Stranger(
        client_id_documents.host_shown(session.request.redirect_uri),
        client_id_documents.host_shown(client.client_id),
        server.settings.loopback_warning and client_id_documents.stays_here(client.redirect_uris),
    )


def _user_name(server: Server, sub: str) -> str:
    return next((account.name for account in server.accounts.values() if account.sub == sub), sub)


def log_in(server: Server, request: Request, context: Context) -> Answer:
    session_id, session = login_session(server, request)
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
        option=_option(form),
        sub=account.sub if account else None,
    )
    unusable = context.evaluate(login.LOGIN_FORM, facts)
    failed = context.evaluate(login.CREDENTIALS, facts, after=unusable)
    another = context.evaluate(login.USER, facts, after=unusable or failed)
    if unusable is not None:
        return server, _cannot_be_accepted(unusable)
    if session is None or session_id is None:
        return server, error_page(400, "No login under way", "There is no request that this login could answer.")
    if failed is not None:
        session = evolve(session, failures=session.failures + 1)
        kept = evolve(server, sessions=server.sessions.set(session_id, session))
        return kept, _login_page(server, session)
    if another is not None:
        kept = evolve(server, sessions=server.sessions.delete(session_id))
        return kept, redirect_error(server, session.request, another.on_failure, because(another.title))
    sub = account.sub if account else (facts.username or "nobody")
    session = evolve(session, sub=sub, auth_time=context.now, option=facts.option)
    before = known_user(server, request)
    agreed_to: frozenset[str] = before.agreed_to if before is not None and before.sub == sub else frozenset()
    known = KnownUser(sub=sub, auth_time=context.now, option=facts.option, agreed_to=agreed_to)
    server, headers = remember(server, request, known, context)
    asks = authentication.to_be_asked(server, known, session.request)
    server, answer = (_to_consent if asks else granted)(server, session_id, session, context)
    return server, replace(answer, headers=(*answer.headers, *headers)) if headers else answer


def remember(server: Server, request: Request, known: KnownUser, context: Context) -> tuple[Server, Pairs]:
    """The server that knows this user again by a new cookie, and the header that sets it; the cookie before is over.

    A server that remembers nothing sets none.
    """
    if server.settings.remembered == "nothing":
        return server, ()
    fresh = context.random_token("user_cookie")
    users = without(server.known_users, cookie_of(server, request, REMEMBER_COOKIE))
    kept = evolve(server, known_users=with_at_most(users, fresh, known))
    return kept, (("Set-Cookie", set_cookie(server, REMEMBER_COOKIE, fresh)),)


def _cannot_be_accepted(failed: Check[Any, ErrorPage]) -> Response:
    return error_page(403, "This form cannot be accepted", because(failed.title))


def _to_consent(server: Server, session_id: str, session: LoginSession, context: Context) -> Answer:
    """On to the consent page, whose form gets a secret of its own."""
    session = evolve(session, csrf=context.random_token("consent_csrf", 16))
    kept = evolve(server, sessions=server.sessions.set(session_id, session))
    return kept, see_other(f"{server.base}/consent{query_for(session)}", {"Cache-Control": "no-store"})


def _option(form: Pairs) -> LoginOption:
    """Which form of the login page this is; the one with a password where it does not say."""
    return "one-time-code" if single(form, "option") == "one-time-code" else "password"


def _credentials_fit(account: Account, form: Pairs, now: int) -> bool:
    if _option(form) == "one-time-code":
        return totp.fits(account.one_time_secret, single(form, "one_time_code") or "", now)
    return compare_digest(scrypt(single(form, "password") or "", account.salt), account.password_hash)


def show_consent(server: Server, request: Request, context: Context) -> Answer:
    _, session = login_session(server, request)
    if session is None or (session.sub is None and server.upstream is None):
        return server, error_page(400, "No login under way", "Log in first.")
    return server, _consent_page(server, session)


def _consent_page(server: Server, session: LoginSession) -> Response:
    asked = session.request.scope.split(" ")
    return page(
        "consent.html",
        issuer=server.issuer,
        below=split(server.base).path,
        query=query_for(session),
        client=_client_name(server, session),
        user=_user_name(server, session.sub) if session.sub else "",
        behind=server.upstream.issuer if server.upstream else "",
        scopes=tuple(SCOPES.get(scope, scope) for scope in asked if scope),
        redirect_to=session.request.redirect_uri,
        csrf=session.csrf,
        display=session.request.display,
        stranger=_stranger(server, session),
    )


def decide(server: Server, request: Request, context: Context) -> Answer:
    session_id, session = login_session(server, request)
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
    unusable = context.evaluate(login.CONSENT_FORM if server.upstream is None else login.CONSENT_FORM_OF_PROXY, facts)
    denied = context.evaluate(login.DECISION, facts, after=unusable)
    if unusable is not None:
        return server, _cannot_be_accepted(unusable)
    if session is None or session_id is None:
        return server, error_page(400, "No login under way", "There is no request that this answer could belong to.")
    if denied is not None:
        kept = evolve(server, sessions=server.sessions.delete(session_id))
        return kept, redirect_error(server, session.request, denied.on_failure, "The user said no.")
    if server.upstream is not None:
        return proxy.send_on(server, session_id, session, context)
    return granted(_agreed(server, request, session), session_id, session, context)


def _agreed(server: Server, request: Request, session: LoginSession) -> Server:
    """The server that remembers that this user has agreed to this app, where it remembers such things."""
    known = known_user(server, request)
    if known is None or known.sub != session.sub or server.settings.remembered not in REMEMBERS_CONSENT:
        return server
    cookie = cookie_of(server, request, REMEMBER_COOKIE) or ""
    agreed = evolve(known, agreed_to=known.agreed_to | {session.request.client_id})
    return evolve(server, known_users=server.known_users.set(cookie, agreed))


def granted(server: Server, session_id: str | None, session: LoginSession, context: Context) -> Answer:
    """The end of this login session: a code, on its way to the app; or leave for the one that began in another browser."""
    if session.for_login is not None and session_id is not None:
        return _allowed_elsewhere(server, session_id, session)
    sessions = without(server.sessions, session_id)
    code = context.random_token("code")
    if "codes-with-signs" in server.settings.quirks:
        code = f"0+/{code}"
    grant = Grant(
        request=session.request,
        sub=session.sub or "nobody",
        auth_time=session.auth_time or context.now,
        expires=context.now + server.settings.code_lifetime,
        claims=deepfreeze(claims_of(session.option)) if session.request.acr_values else frozendict(),
    )
    kept = evolve(server, sessions=sessions, grants=with_at_most(server.grants, code, grant))
    return kept, redirect_to_app(server, session.request, {"code": code})


def _allowed_elsewhere(server: Server, session_id: str, session: LoginSession) -> Answer:
    """The login that this one was for goes on, as this user, where it began."""
    begun = server.sessions.get(session.for_login or "")
    if begun is None:
        return server, error_page(400, "No login under way", "The login that this link names has ended.")
    allowed = evolve(begun, sub=session.sub, auth_time=session.auth_time, option=session.option, allowed=True)
    sessions = server.sessions.delete(session_id).set(session.for_login or "", allowed)
    return evolve(server, sessions=sessions), page("allowed.html", client=_client_name(server, session))
