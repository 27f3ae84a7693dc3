"""The cases of what can be wrong in the eleven steps of a login."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowsim.actors import client
from flowsim.actors.authorization_server import metadata as server_metadata
from flowsim.analysis.counterexamples.case import (
    Counterexample,
    Judged,
    access_token,
    asked,
    body,
    form,
    header,
    id_token,
    move,
    no_registration,
    opened,
    put,
)
from flowsim.analysis.counterexamples.edits import (
    Change,
    Edit,
    client_of,
    flying_request,
    server_of,
    transaction_of,
    with_api,
    with_client,
    with_flying,
    with_form,
    with_grant,
    with_headers,
    with_registration,
    with_server,
    with_transaction,
    without,
    world_in,
)
from flowsim.analysis.counterexamples.requests import consent, cookie_of, get, post
from flowsim.analysis.forged_tokens import by_forger, with_public_key_as_secret
from flowsim.engine.apply import apply
from flowsim.model.authentication import ACR
from flowsim.model.scenario import ISSUER, LAST_SECOND
from flowsim.model.states import Act, Outcome, Role, State
from flowsim.model.transitions import Move
from flowsim.model.world import (
    ATTACKER_INITIATED,
    ATTACKERS_CLIENT,
    ATTACKERS_REDIRECT,
    DISCOVERY,
    OWN_LOGIN,
    VICTIM,
    World,
    evolve,
)
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Opening, Request, response, with_params


def other_csrf(world: World) -> World:
    browser = world.browsers[VICTIM]
    page = browser.page.replace('name="csrf" value="', 'name="csrf" value="x')
    return evolve(world, browsers=world.browsers.set(VICTIM, evolve(browser, page=page)))


def sends_elsewhere(world: World) -> World:
    app = next(iter(world.clients.values()))
    return with_client(world, metadata=app.metadata.set("token_endpoint", "https://evil.example/oauth/token"))


def no_metadata(world: World) -> World:
    return with_client(world, metadata=client_of(world).metadata.delete("code_challenge_methods_supported"))


def seen_state(world: World) -> World:
    state = transaction_of(world_in(State.PREPARED)).state
    assert state is not None
    return with_client(world, seen_values=frozenset({(VICTIM, state)}))


def no_cookies(world: World) -> World:
    browser = world.browsers[VICTIM]
    return evolve(world, browsers=world.browsers.set(VICTIM, evolve(browser, cookies=type(browser.cookies)())))


def may_not_use_codes(world: World) -> World:
    return with_registration(world, grant_types=("client_credentials",))


def code_seen(world: World) -> World:
    return with_client(world, used_codes=frozenset(server_of(world).grants))


def token_twice(world: World) -> World:
    return header(authorization=(flying_request(world).header("authorization") or "",) * 2)(world)


def short_verifier(world: World) -> World:
    """The verifier fits, but it is one character too short."""
    return form(code_verifier="a" * 42)(with_grant(world, code_challenge="a" * 42, code_challenge_method="plain"))


def with_session(**fields: Any) -> Edit:
    """The server remembers something else of the request that the one login under way answers."""

    def edit(world: World) -> World:
        ((session_id, session),) = server_of(world).sessions.items()
        changed = evolve(session, request=evolve(session.request, **fields))
        return with_server(world, sessions=server_of(world).sessions.set(session_id, changed))

    return edit


def early_consent(cookie: bool) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        csrf = next(iter(server_of(world).sessions.values())).csrf
        headers = {"cookie": cookie_of(world)} if cookie else {}
        return post(f"{ISSUER}/consent", {"csrf": csrf, "decision": "allow"}, **headers)

    return request


def mistaken_request(client_id: str, redirect_uri: str) -> Callable[[World], Request]:
    """A request of this app for a scope that there is not, so that an error would send the browser to its address."""
    params = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "scope": "unheard-of"}
    params |= {"code_challenge": "a" * 43, "code_challenge_method": "S256"}
    return lambda world: get(with_params(f"{ISSUER}/authorize", params))


def consented(changes: Mapping[str, Change]) -> Callable[[frozenset[str]], Judged]:
    def judged(off: frozenset[str]) -> Judged:
        answer = consent(world_in(State.LOGIN_SHOWN), changes, off=off)
        return answer.checks, answer.response.status == 303 and "code=" in answer.response.location

    return judged


def bearing(kind: str) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        held = next(iter(client_of(world).tokens.values()))
        return get(f"{ISSUER}/userinfo", authorization=f"Bearer {getattr(held, kind)}")

    return request


def token_twice_at_userinfo(world: World) -> Request:
    sent = bearing("access_token")(world)
    return with_headers(sent, authorization=(sent.header("authorization") or "",) * 2)


def with_a_blank(world: World) -> Request:
    sent = bearing("access_token")(world)
    return with_headers(sent, authorization=f"{sent.header('authorization')} x")


def pushed(edit: Callable[[Request], Request] | None = None, **changes: Change) -> Callable[[World], Request]:
    """The request that the app pushed at step 2, changed."""

    def request(world: World) -> Request:
        sent = next(one.message for one in world.log[-1].messages if isinstance(one.message, Request))
        return edit(sent) if edit else with_form(sent, **changes)

    return request


def put_it(request: Request) -> Request:
    return replace(request, method="PUT")


def wrong_secret(request: Request) -> Request:
    return with_headers(request, authorization="Basic cGhvdG8td2ViOng=")


def pushed_record(**fields: Any) -> Edit:
    """The server's record of the one request that was pushed, changed."""

    def edit(world: World) -> World:
        ((uri, record),) = server_of(world).pushed.items()
        return with_server(world, pushed=server_of(world).pushed.set(uri, evolve(record, **fields)))

    return edit


P, B, S, A, Q = State.PREPARED, State.CODE_IN_BROWSER, State.CODE_SENT, State.CODE_ACCEPTED, State.API_ASKED
LOGIN, HELD = State.LOGIN_SHOWN, State.TOKENS_HELD
PUSHED: dict[str, Any] = {"par": "optional"}
PUSHED_WEB: dict[str, Any] = {"par": "optional", "client": "web"}
FRAMED: dict[str, Any] = {"attacker": "clickjacking", "remembered": "login", "allows_framing": True}


def metadata(status: int = 200, **changes: object) -> Callable[[frozenset[str]], Judged]:
    """The server's answer to an app that asks for its metadata, with other members in it; None leaves one out."""

    def edit(world: World) -> World:
        document = {**server_metadata(server_of(world)), **changes}
        answer = response(status, json={name: value for name, value in document.items() if value is not None})
        return with_flying(world, answer, DISCOVERY)

    return move(State.METADATA_ASKED, edit, DISCOVERY, discovery="openid")


def link_elsewhere(off: frozenset[str]) -> Judged:
    """The link by which the app has begun the attacker's login, opened in the victim's browser."""
    world = world_in(State.PREPARED, OWN_LOGIN, attacker="session-fixation-by-link", session_in_link=True)
    (name,) = client_of(world).transactions
    link = Opening(url=with_params(f"{client_of(world).profile.home}{client.LINK}", {"session": name}))
    opens = Move(ATTACKER_INITIATED, Act.OPEN_LINK, link, role=Role.LOGIN)
    event = apply(without(world, off), opens).log[-1]
    return event.checks, event.outcome is Outcome.OK


def login_elsewhere(world: World) -> Request:
    """The address of the page of the login under way, opened in a browser without its cookie."""
    (name,) = server_of(world).sessions
    return get(with_params(f"{ISSUER}/login", {"login": name}))


CASES: list[Counterexample] = [
    Counterexample("discovery.answered", metadata(404)),
    Counterexample("discovery.issuer_same", metadata(issuer="https://evil.example")),
    Counterexample("discovery.members_present", metadata(subject_types_supported=None)),
    Counterexample("discovery.endpoints_https", metadata(token_endpoint="http://as.example/oauth/token")),
    Counterexample("prepare.method_supported", move(State.CLICKED, no_metadata)),
    Counterexample("prepare.values_fresh", move(State.CLICKED, seen_state)),
    Counterexample("link.same_browser", link_elsewhere),
    Counterexample("login.same_browser", asked(login_elsewhere, State.REQUESTED, consent_by_link=True)),
    Counterexample("authorize.client_known", move(P, opened(client_id="nobody"))),
    Counterexample("authorize.redirect_uri_registered", move(P, opened(redirect_uri="com.example.app:/other"))),
    Counterexample("authorize.response_mode_supported", move(P, opened(response_mode="fragment"))),
    Counterexample("authorize.parameters_once", move(P, opened(unknown=("1", "2")))),
    Counterexample("authorize.response_type_present", move(P, opened(response_type=None))),
    Counterexample("authorize.response_type_supported", move(P, opened(response_type="token"))),
    Counterexample("authorize.client_may_use_code", move(P, may_not_use_codes)),
    Counterexample("authorize.no_request_object", move(P, opened(request="e30"))),
    Counterexample("authorize.no_request_uri", move(P, opened(request_uri="urn:x"))),
    Counterexample("authorize.no_registration", move(P, opened(registration="{}"))),
    Counterexample("authorize.redirect_uri_encrypted", move(P, client="web", cleartext="app")),
    Counterexample(
        "authorize.error_address_trusted", asked(mistaken_request(ATTACKERS_CLIENT, ATTACKERS_REDIRECT), State.START)
    ),
    Counterexample("authorize.scope_allowed", move(P, opened(scope="admin"))),
    Counterexample("authorize.prompt_understood", move(P, opened(prompt="create"))),
    Counterexample("authorize.display_understood", move(P, opened(display="hologram"))),
    Counterexample("authorize.max_age_well_formed", move(P, opened(max_age="soon"))),
    Counterexample("authorize.hint_issued_here", move(P, opened(id_token_hint="garbage"))),
    Counterexample("authorize.context_class_possible", move(P, opened(acr_values="gold"))),
    Counterexample("authorize.prompt_possible", move(P, opened(prompt="none"))),
    Counterexample("authorize.consent_there", move(P, opened(prompt="none"), remembered="login")),
    Counterexample("authorize.resource_known", move(P, opened(resource="https://unknown.example"))),
    Counterexample("authorize.challenge_present", move(P, opened(code_challenge=None))),
    Counterexample("authorize.method_supported", move(P, opened(code_challenge_method="S512"))),
    Counterexample("authorize.challenge_well_formed", move(P, opened(code_challenge="short"))),
    Counterexample("push.post_form", asked(pushed(put_it), P, **PUSHED)),
    Counterexample(
        "push.parameters_once",
        asked(pushed(unknown=("1", "2")), P, **PUSHED),
        off=frozenset({"authorize.parameters_once"}),
    ),
    Counterexample("push.one_authentication", asked(pushed(client_secret="x"), P, **PUSHED_WEB)),
    Counterexample(
        "push.client_known", asked(pushed(client_id="nobody"), P, **PUSHED), off=frozenset({"authorize.client_known"})
    ),
    Counterexample("push.client_authenticated", asked(pushed(wrong_secret), P, **PUSHED_WEB)),
    Counterexample(
        "push.no_request_uri",
        asked(pushed(request_uri="urn:x"), P, **PUSHED),
        off=frozenset({"authorize.no_request_uri"}),
    ),
    Counterexample("authorize.pushed_where_required", move(P, lambda world: with_server(world, par="required"))),
    Counterexample("authorize.request_uri_good", move(P, pushed_record(client_id="photo-page"), par="optional")),
    Counterexample("authorize.request_uri_unused", move(P, pushed_record(used=True), par="optional")),
    Counterexample(
        "frame.allowed",
        move(State.REQUESTED, lambda world: with_server(world, allows_framing=False), ATTACKER_INITIATED, **FRAMED),
    ),
    Counterexample("login.session_known", move(State.LOGIN_SHOWN, no_cookies)),
    Counterexample(
        "login.session_fresh",
        move(State.LOGIN_SHOWN, lambda world: evolve(world, now=world.now + 1800)),
        off=frozenset({"consent.session_fresh"}),
    ),
    Counterexample("login.csrf_fits", move(State.LOGIN_SHOWN, other_csrf)),
    Counterexample("login.credentials_fit", move(State.LOGIN_SHOWN, user="wrong-password")),
    Counterexample("login.context_class_given", move(LOGIN, with_session(acr_values=(ACR["one-time-code"],)))),
    Counterexample("login.user_hinted", move(LOGIN, with_session(hinted="user-mallory"))),
    Counterexample("consent.session_known", asked(early_consent(cookie=False), LOGIN)),
    Counterexample("consent.session_fresh", asked(early_consent(cookie=True), LOGIN, late=1800)),
    Counterexample("consent.csrf_fits", consented({"csrf": "other"})),
    Counterexample("consent.user_logged_in", asked(early_consent(cookie=True), LOGIN)),
    Counterexample("consent.allowed", consented({"decision": "deny"})),
    Counterexample(
        "callback.transaction_exists", move(B, lambda world: with_client(world, transactions=type(world.runs)()))
    ),
    Counterexample(
        "callback.not_ahead", move(B, header(**{"Sec-Purpose": "prefetch"}), client="web", refuses_prefetch=True)
    ),
    Counterexample(
        "callback.redirect_uri_same", move(B, lambda world: with_transaction(world, redirect_uri="app:/other"))
    ),
    Counterexample("callback.parameters_once", move(B, opened(unknown=("1", "2")))),
    Counterexample("callback.issuer_same", move(B, opened(iss="https://evil.example"))),
    Counterexample("callback.state_same", move(B, opened(state="other"))),
    Counterexample("callback.code_or_error", move(B, opened(error="access_denied"))),
    Counterexample("send.endpoint_of_issuer", move(B, sends_elsewhere)),
    Counterexample("send.code_new", move(B, code_seen)),
    Counterexample("token.post_form", move(S, put())),
    Counterexample("token.parameters_once", move(S, form(unknown=("1", "2")))),
    Counterexample("token.grant_type_present", move(S, form(grant_type=None))),
    Counterexample("token.grant_type_supported", move(S, form(grant_type="password"))),
    Counterexample("token.one_authentication", move(S, form(client_secret="x"), client="web")),
    Counterexample("token.client_known", move(S, no_registration)),
    Counterexample("token.client_authenticated", move(S, header(authorization="Basic cGhvdG8td2ViOng="), client="web")),
    Counterexample("token.client_may_use_grant", move(S, may_not_use_codes)),
    Counterexample("token.code_present", move(S, form(code=None))),
    Counterexample("token.code_known", move(S, form(code="made-up"))),
    Counterexample("token.code_fresh", move(S, lambda world: evolve(world, now=world.now + 60))),
    Counterexample("token.code_of_client", move(S, form(client_id="photo-page"))),
    Counterexample("token.redirect_uri_same", move(S, form(redirect_uri="com.example.app:/other"))),
    Counterexample("token.resource_granted", move(S, form(resource="https://photos.example"))),
    Counterexample("token.verifier_present", move(S, form(code_verifier=None))),
    Counterexample("token.verifier_unexpected", move(S, form(code_verifier="a" * 43), pkce="none")),
    Counterexample("token.verifier_well_formed", move(S, short_verifier)),
    Counterexample("token.verifier_fits", move(S, form(code_verifier="a" * 43))),
    Counterexample("token.code_unused", move(S, lambda world: with_grant(world, used=True))),
    Counterexample("tokens.members_readable", move(A, body(expires_in="soon"))),
    Counterexample("tokens.access_token_present", move(A, body(access_token=None))),
    Counterexample("tokens.type_known", move(A, body(token_type="mac"))),
    Counterexample("id_token.readable", move(A, body(id_token=None))),
    Counterexample("id_token.issuer", move(A, id_token({"iss": "https://evil.example"}))),
    Counterexample("id_token.audience", move(A, id_token({"aud": ["photo-app", "other"]}))),
    Counterexample("id_token.authorized_party", move(A, id_token({"azp": "other"}))),
    Counterexample("id_token.algorithm", move(A, id_token(head={"alg": "none"}, sign=signed_tokens.no_signature))),
    Counterexample(
        "id_token.key_not_shared",
        move(A, id_token(head={"alg": "HS256"}, sign=with_public_key_as_secret)),
        off=frozenset({"id_token.algorithm"}),
    ),
    Counterexample("id_token.signature", move(A, id_token(sign=by_forger))),
    Counterexample("id_token.not_expired", move(A, id_token({"exp": 1}))),
    Counterexample("id_token.not_before", move(A, id_token({"nbf": LAST_SECOND}))),
    Counterexample("id_token.issued_recently", move(A, id_token({"iat": 1}))),
    Counterexample("id_token.nonce", move(A, id_token({"nonce": "other"}))),
    Counterexample("id_token.context_class", move(A, lambda world: with_transaction(world, acr_values=("gold",)))),
    Counterexample(
        "id_token.login_recent", move(A, lambda world: id_token({"auth_time": 1})(with_transaction(world, max_age=9)))
    ),
    Counterexample("id_token.subject", move(A, id_token({"sub": "é"}))),
    Counterexample("id_token.access_token_hash", move(A, id_token({"at_hash": "other"}))),
    Counterexample("api.one_method", move(Q, token_twice)),
    Counterexample("api.token_present", move(Q, header(authorization=None))),
    Counterexample("api.header_well_formed", move(Q, header(authorization="Bearer a b"))),
    Counterexample("api.is_jwt", move(Q, header(authorization="Bearer garbage"))),
    Counterexample("api.token_type", move(Q, access_token(head={"typ": "JWT"}))),
    Counterexample("api.algorithm", move(Q, access_token(head={"alg": "none"}, sign=signed_tokens.no_signature))),
    Counterexample("api.issuer", move(Q, access_token({"iss": "https://evil.example"}))),
    Counterexample("api.audience", move(Q, access_token({"aud": "https://other.example"}))),
    Counterexample("api.signature", move(Q, access_token(sign=by_forger))),
    Counterexample("api.not_expired", move(Q, access_token({"exp": 1}))),
    Counterexample("api.not_before", move(Q, access_token({"nbf": LAST_SECOND}))),
    Counterexample("api.scope", move(Q, access_token({"scope": "openid"}))),
    Counterexample(
        "api.login_recent", move(Q, lambda world: access_token({"auth_time": 1})(with_api(world, max_age=9)))
    ),
    Counterexample("api.context_class", move(Q, lambda world: with_api(world, acr=ACR["one-time-code"]))),
    Counterexample("api.subject", move(Q, access_token({"sub": 7}))),
    Counterexample("api.confirmation", move(Q, access_token({"cnf": "a key"}))),
    Counterexample("userinfo.one_method", asked(token_twice_at_userinfo, HELD)),
    Counterexample("userinfo.header_well_formed", asked(with_a_blank, HELD)),
    Counterexample("userinfo.token_present", asked(lambda world: get(f"{ISSUER}/userinfo"), HELD)),
    Counterexample("userinfo.token_issued", asked(bearing("id_token"), HELD)),
    Counterexample("userinfo.token_alive", asked(bearing("access_token"), HELD, late=3600)),
    Counterexample("userinfo.scope", asked(bearing("access_token"), HELD, scope="profile")),
]
