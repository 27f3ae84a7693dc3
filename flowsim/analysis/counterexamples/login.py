"""What can be wrong in the eleven steps of a login."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowsim.analysis.counterexamples.after_login import LATER_RIGHT
from flowsim.analysis.counterexamples.case import (
    ENDS,
    Judged,
    Wrong,
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
    consent,
    cookie_of,
    flying_request,
    get,
    other_key,
    post,
    public_key_as_secret,
    server_of,
    transaction_of,
    with_client,
    with_form,
    with_grant,
    with_headers,
    with_registration,
    with_server,
    with_transaction,
    world_in,
)
from flowsim.model.scenario import ISSUER, LAST_SECOND
from flowsim.model.states import State
from flowsim.model.world import ATTACKER_INITIATED, VICTIM, World, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request


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
    return with_client(world, seen_values=frozenset({transaction_of(world_in(State.PREPARED)).state}))


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


LOGIN = world_in(State.LOGIN_SHOWN)


HELD = world_in(State.TOKENS_HELD)


NO_OPENID = world_in(State.TOKENS_HELD, scope="profile")


def early_consent(cookie: bool) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        csrf = next(iter(server_of(world).sessions.values())).csrf
        headers = {"cookie": cookie_of(world)} if cookie else {}
        return post(f"{ISSUER}/consent", {"csrf": csrf, "decision": "allow"}, **headers)

    return request


def consented(changes: Mapping[str, Change]) -> Callable[[frozenset[str]], Judged]:
    def judged(off: frozenset[str]) -> Judged:
        heard = consent(LOGIN, changes, off=off)
        return heard.checks, heard.response.status == 303 and "code=" in heard.response.location

    return judged


def bearing(kind: str) -> Callable[[World], Request]:
    def request(world: World) -> Request:
        held = next(iter(client_of(world).tokens.values()))
        return get(f"{ISSUER}/userinfo", authorization=f"Bearer {getattr(held, kind)}")

    return request


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


PAR, PAR_WEB = (world_in(State.PREPARED, par="optional", client=client) for client in ("native-scheme", "web"))


P, B, S, A, Q = State.PREPARED, State.CODE_IN_BROWSER, State.CODE_SENT, State.CODE_ACCEPTED, State.API_ASKED


FRAMED: dict[str, Any] = {"attacker": "clickjacking", "remembered": "login", "allows_framing": True}


WRONG: list[Wrong] = [
    Wrong("prepare.method_supported", move(State.CLICKED, no_metadata)),
    Wrong("prepare.values_fresh", move(State.CLICKED, seen_state)),
    Wrong("authorize.client_known", move(P, opened(client_id="nobody"))),
    Wrong("authorize.redirect_uri_registered", move(P, opened(redirect_uri="com.example.app:/other"))),
    Wrong("authorize.response_mode_supported", move(P, opened(response_mode="fragment"))),
    Wrong("authorize.parameters_once", move(P, opened(unknown=("1", "2")))),
    Wrong("authorize.response_type_present", move(P, opened(response_type=None))),
    Wrong("authorize.response_type_supported", move(P, opened(response_type="token"))),
    Wrong("authorize.client_may_use_code", move(P, may_not_use_codes)),
    Wrong("authorize.no_request_object", move(P, opened(request="e30"))),
    Wrong("authorize.no_request_uri", move(P, opened(request_uri="urn:x"))),
    Wrong("authorize.scope_allowed", move(P, opened(scope="openid admin"))),
    Wrong("authorize.prompt_possible", move(P, opened(prompt="none"))),
    Wrong("authorize.resource_known", move(P, opened(resource="https://unknown.example"))),
    Wrong("authorize.challenge_present", move(P, opened(code_challenge=None))),
    Wrong("authorize.method_supported", move(P, opened(code_challenge_method="S512"))),
    Wrong("authorize.challenge_well_formed", move(P, opened(code_challenge="short"))),
    Wrong("push.post_form", asked(pushed(put_it), PAR)),
    Wrong("push.parameters_once", asked(pushed(unknown=("1", "2")), PAR), off=frozenset({"authorize.parameters_once"})),
    Wrong("push.one_authentication", asked(pushed(client_secret="x"), PAR_WEB)),
    Wrong("push.client_known", asked(pushed(client_id="nobody"), PAR), off=frozenset({"authorize.client_known"})),
    Wrong("push.client_authenticated", asked(pushed(wrong_secret), PAR_WEB)),
    Wrong("push.no_request_uri", asked(pushed(request_uri="urn:x"), PAR), off=frozenset({"authorize.no_request_uri"})),
    Wrong("authorize.pushed_where_required", move(P, lambda world: with_server(world, par="required"))),
    Wrong("authorize.request_uri_good", move(P, pushed_record(client_id="photo-page"), par="optional")),
    Wrong("authorize.request_uri_unused", move(P, pushed_record(used=True), par="optional")),
    Wrong(
        "frame.allowed",
        move(State.REQUESTED, lambda world: with_server(world, allows_framing=False), ATTACKER_INITIATED, **FRAMED),
    ),
    Wrong("login.session_known", move(State.LOGIN_SHOWN, no_cookies), ENDS),
    Wrong(
        "login.session_fresh",
        move(State.LOGIN_SHOWN, lambda world: evolve(world, now=world.now + 1800)),
        off=frozenset({"consent.session_fresh"}),
    ),
    Wrong("login.csrf_fits", move(State.LOGIN_SHOWN, other_csrf)),
    Wrong("login.credentials_fit", move(State.LOGIN_SHOWN, user="wrong-password")),
    Wrong("consent.session_known", asked(early_consent(cookie=False), LOGIN), ENDS),
    Wrong("consent.session_fresh", asked(early_consent(cookie=True), LOGIN, late=1800), "consent.user_logged_in"),
    Wrong("consent.csrf_fits", consented({"csrf": "other"})),
    Wrong("consent.user_logged_in", asked(early_consent(cookie=True), LOGIN)),
    Wrong("consent.allowed", consented({"decision": "deny"})),
    Wrong("callback.transaction_exists", move(B, lambda world: with_client(world, transactions=type(world.runs)()))),
    Wrong("callback.redirect_uri_same", move(B, lambda world: with_transaction(world, redirect_uri="app:/other"))),
    Wrong("callback.parameters_once", move(B, opened(unknown=("1", "2")))),
    Wrong("callback.issuer_same", move(B, opened(iss="https://evil.example"))),
    Wrong("callback.state_same", move(B, opened(state="other"))),
    Wrong("callback.code_or_error", move(B, opened(error="access_denied"))),
    Wrong("send.endpoint_of_issuer", move(B, sends_elsewhere)),
    Wrong("send.code_new", move(B, code_seen)),
    Wrong("token.post_form", move(S, put())),
    Wrong("token.parameters_once", move(S, form(unknown=("1", "2")))),
    Wrong("token.grant_type_present", move(S, form(grant_type=None))),
    Wrong("token.grant_type_supported", move(S, form(grant_type="password"))),
    Wrong("token.one_authentication", move(S, form(client_secret="x"), client="web")),
    Wrong("token.client_known", move(S, no_registration)),
    Wrong("token.client_authenticated", move(S, header(authorization="Basic cGhvdG8td2ViOng="), client="web")),
    Wrong("token.client_may_use_grant", move(S, may_not_use_codes)),
    Wrong("token.code_present", move(S, form(code=None))),
    Wrong("token.code_known", move(S, form(code="made-up"))),
    Wrong("token.code_fresh", move(S, lambda world: evolve(world, now=world.now + 60))),
    Wrong("token.code_of_client", move(S, form(client_id="photo-page"))),
    Wrong("token.redirect_uri_same", move(S, form(redirect_uri="com.example.app:/other"))),
    Wrong("token.resource_granted", move(S, form(resource="https://photos.example"))),
    Wrong("token.verifier_present", move(S, form(code_verifier=None))),
    Wrong("token.verifier_unexpected", move(S, form(code_verifier="a" * 43), pkce="none")),
    Wrong("token.verifier_well_formed", move(S, short_verifier)),
    Wrong("token.verifier_fits", move(S, form(code_verifier="a" * 43))),
    Wrong("token.code_unused", move(S, lambda world: with_grant(world, used=True))),
    Wrong("tokens.access_token_present", move(A, body(access_token=None))),
    Wrong("tokens.type_known", move(A, body(token_type="mac"))),
    Wrong("id_token.readable", move(A, body(id_token=None))),
    Wrong("id_token.issuer", move(A, id_token({"iss": "https://evil.example"}))),
    Wrong("id_token.audience", move(A, id_token({"aud": ["photo-app", "other"]}))),
    Wrong("id_token.authorized_party", move(A, id_token({"azp": "other"}))),
    Wrong("id_token.algorithm", move(A, id_token(head={"alg": "none"}, sign=signed_tokens.no_signature))),
    Wrong(
        "id_token.key_not_shared",
        move(A, id_token(head={"alg": "HS256"}, sign=public_key_as_secret)),
        off=frozenset({"id_token.algorithm"}),
    ),
    Wrong("id_token.signature", move(A, id_token(key=other_key()))),
    Wrong("id_token.not_expired", move(A, id_token({"exp": 1}))),
    Wrong("id_token.not_before", move(A, id_token({"nbf": LAST_SECOND}))),
    Wrong("id_token.issued_recently", move(A, id_token({"iat": 1}))),
    Wrong("id_token.nonce", move(A, id_token({"nonce": "other"}))),
    Wrong("id_token.context_class", move(A, lambda world: with_transaction(world, acr_values=("gold",)))),
    Wrong(
        "id_token.login_recent", move(A, lambda world: id_token({"auth_time": 1})(with_transaction(world, max_age=9)))
    ),
    Wrong("id_token.subject", move(A, id_token({"sub": "é"}))),
    Wrong("id_token.access_token_hash", move(A, id_token({"at_hash": "other"}))),
    Wrong("api.one_method", move(Q, token_twice)),
    Wrong("api.token_present", move(Q, header(authorization=None))),
    Wrong("api.header_well_formed", move(Q, header(authorization="Bearer a b"))),
    Wrong("api.is_jwt", move(Q, header(authorization="Bearer garbage"))),
    Wrong("api.token_type", move(Q, access_token(head={"typ": "JWT"}))),
    Wrong("api.algorithm", move(Q, access_token(head={"alg": "none"}, sign=signed_tokens.no_signature))),
    Wrong("api.issuer", move(Q, access_token({"iss": "https://evil.example"}))),
    Wrong("api.audience", move(Q, access_token({"aud": "https://other.example"}))),
    Wrong("api.signature", move(Q, access_token(key=other_key()))),
    Wrong("api.not_expired", move(Q, access_token({"exp": 1}))),
    Wrong("api.not_before", move(Q, access_token({"nbf": LAST_SECOND}))),
    Wrong("api.scope", move(Q, access_token({"scope": "openid"}))),
    Wrong("userinfo.token_present", asked(lambda world: get(f"{ISSUER}/userinfo"), HELD), ENDS),
    Wrong("userinfo.token_issued", asked(bearing("id_token"), HELD), ENDS),
    Wrong("userinfo.token_alive", asked(bearing("access_token"), HELD, late=3600)),
    Wrong("userinfo.scope", asked(bearing("access_token"), NO_OPENID)),
]


RIGHT = [
    move(State.REQUESTED, run_name=ATTACKER_INITIATED, **FRAMED),
    move(A, id_token({"azp": "photo-app"})),
    move(A, id_token({"nbf": 1})),
    move(Q, access_token({"nbf": 1})),
    move(A, lambda world: id_token({"acr": "gold"})(with_transaction(world, acr_values=("silver", "gold")))),
    move(A, lambda world: with_transaction(world, max_age=60)),
    asked(bearing("access_token"), HELD),
    asked(pushed(), PAR_WEB),
    move(P, par="required"),
    *LATER_RIGHT,
]
