"""What the app makes of forged redirects and forged tokens: it refuses, keeps nothing, and its own login stays open."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from flowsim.actors import client
from flowsim.analysis.counterexamples.edits import (
    Change,
    client_of,
    flying,
    flying_request,
    flying_response,
    forged,
    pairs_with,
    played,
    transaction_of,
    with_client,
    with_flying,
    with_form,
    with_transaction,
    world_in,
)
from flowsim.analysis.forged_tokens import by_forger
from flowsim.checks.token_response import LEEWAY, MAX_AGE_OF_ISSUE
from flowsim.model.context import Context
from flowsim.model.scenario import ISSUER, Policy
from flowsim.model.states import State
from flowsim.model.world import VICTIM, Client, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Response, query_of, response
from flowsim.protocol.pkce import base64url
from tests.kit.worlds import CALLBACK, walk
from tests.test_tokens import hs256


def context(world: World, now: int | None = None) -> Context:
    return Context(7, world.now if now is None else now, Policy(), "test")


def decided(at: Context) -> str | None:
    return next((result.check.id for result in at.checks if result.decides), None)


def receive(world: World, url: str) -> tuple[Client, bool, str | None, str | None]:
    """The app after this redirect, whether it believes it, the code it read, and the check that decided."""
    at = context(world)
    app, believed, code = client.receive_redirect(client_of(world), VICTIM, url, at)
    return app, believed, code, decided(at)


def redirect(world: World, **changes: Change) -> str:
    """The genuine redirect with other parameters."""
    message = flying(world)
    assert not isinstance(message, Response)
    pairs = pairs_with(message.query, changes)
    return f"{message.url.partition('?')[0]}?{'&'.join(f'{name}={value}' for name, value in pairs)}"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"state": None}, "state_same"),
        ({"state": ""}, "state_same"),
        ({"state": "other"}, "state_same"),
        ({"state": "%ED%B3%BF"}, "state_same"),
        ({"state": ("a", "b")}, "parameters_once"),
        ({"code": ("a", "b")}, "parameters_once"),
        ({"iss": None}, "issuer_same"),
        ({"iss": ""}, "issuer_same"),
        ({"iss": "https://evil.example"}, "issuer_same"),
        ({"iss": f"{ISSUER}/"}, "issuer_same"),
        ({"iss": "https://evil.example", "state": "other"}, "issuer_same"),
        ({"code": None}, "code_or_error"),
        ({"code": ""}, "code_or_error"),
        ({"error": "access_denied"}, "code_or_error"),
        ({"code": None, "error": "access_denied", "state": None}, "state_same"),
        ({"code": None, "error": "access_denied", "iss": None}, "issuer_same"),
    ],
    ids=str,
)
def test_a_forged_redirect_is_refused_and_the_login_stays_open(changes: dict[str, Change], check: str) -> None:
    world = world_in(State.CODE_IN_BROWSER)
    app, believed, code, decider = receive(world, redirect(world, **changes))
    assert (believed, code, decider) == (False, None, f"callback.{check}")
    assert app == client_of(world)
    assert receive(world, redirect(world))[1]


def test_a_redirect_to_another_address_is_refused() -> None:
    world = world_in(State.CODE_IN_BROWSER)
    for url in (f"{CALLBACK}/x?", "com.example.app://callback?", "https://app.example/callback?", f"{CALLBACK}#"):
        assert receive(world, url + redirect(world).partition("?")[2])[3] == "callback.redirect_uri_same"


def test_a_redirect_that_nobody_asked_for_is_refused() -> None:
    world = world_in(State.CODE_IN_BROWSER)
    for stranger in (with_client(world, transactions=type(world.runs)()), world_in(State.CLICKED)):
        assert receive(stranger, redirect(world))[1:] == (False, None, "callback.transaction_exists")


def test_a_redirect_is_believed_once() -> None:
    world = world_in(State.CODE_IN_BROWSER)
    app, believed, code, decider = receive(world, redirect(world))
    assert (believed, code, decider) == (True, dict(query_of(redirect(world)))["code"], None)
    again = receive(with_client(world, transactions=app.transactions), redirect(world))
    assert again[1:] == (False, None, "callback.transaction_exists")


def test_an_error_that_answers_the_apps_request_is_believed_and_holds_no_code() -> None:
    world = world_in(State.CODE_IN_BROWSER)
    _, believed, code, decider = receive(world, redirect(world, code=None, error="access_denied"))
    assert (believed, code, decider) == (True, None, None)


@pytest.mark.parametrize(
    ("settings", "changes", "check"),
    [
        ({"state": False}, {}, None),
        ({"state": False}, {"state": "planted"}, "callback.state_same"),
        ({"iss": False}, {}, None),
        ({"iss": False}, {"iss": ISSUER}, None),
        ({"iss": False}, {"iss": "https://evil.example"}, "callback.issuer_same"),
        ({"iss": False}, {"iss": ""}, "callback.issuer_same"),  # it is there (RFC 9207 §2.4)
    ],
    ids=str,
)
def test_an_app_that_sent_no_state_or_knows_of_no_iss_expects_none(
    settings: dict[str, Any], changes: dict[str, Change], check: str | None
) -> None:
    world = world_in(State.CODE_IN_BROWSER, **settings)
    assert receive(world, redirect(world, **changes))[3] == check


def test_a_website_tells_browsers_apart_by_their_cookie() -> None:
    world = world_in(State.CODE_IN_BROWSER, client="web")
    browser = world.browsers[VICTIM]
    (who,) = client_of(world).transactions
    assert who in dict(browser.cookies["https://web.example"]).values()
    at = context(world)
    _, believed, _ = client.receive_redirect(client_of(world), "another cookie", redirect(world), at)
    assert (believed, decided(at)) == (False, "callback.transaction_exists")


def test_a_code_is_sent_once_and_only_to_the_server_it_came_from() -> None:
    world = world_in(State.CODE_IN_BROWSER)
    app, _, code, _ = receive(world, redirect(world))
    assert code is not None
    used, request = client.redeem(app, VICTIM, code, context(world))
    assert request is not None
    assert request.url == f"{ISSUER}/oauth/token"
    for other, check in [
        (used, "send.code_new"),
        (
            replace(app, metadata=app.metadata.set("token_endpoint", "https://evil.example/oauth/token")),
            "send.endpoint_of_issuer",
        ),
        (
            replace(app, metadata=app.metadata.set("token_endpoint", "https://as.example.evil.example/oauth/token")),
            "send.endpoint_of_issuer",
        ),
    ]:
        at = context(world)
        assert client.redeem(other, VICTIM, code, at) == (other, None)
        assert decided(at) == check


def answered(world: World, answer: Response, now: int | None = None) -> tuple[Client, bool, str | None]:
    """The app after this token response, whether it accepts it, and the check that decided."""
    at = context(world, now)
    app, accepted = client.receive_tokens(client_of(world), VICTIM, answer, at)
    return app, accepted, decided(at)


def answer_with(world: World, **fields: object) -> Response:
    body = {**flying_response(world).json(), **fields}
    return response(200, json={name: value for name, value in body.items() if value is not None})


def with_id_token(world: World, claims: dict[str, Any], header: dict[str, Any], **key: Any) -> Response:
    return answer_with(world, id_token=forged(flying_response(world).json()["id_token"], claims, header, **key))


NOW = world_in(State.CODE_ACCEPTED).now


@pytest.mark.parametrize(
    ("claims", "header", "check"),
    [
        ({}, {}, None),
        ({"iss": "https://evil.example"}, {}, "issuer"),
        ({"iss": f"{ISSUER}/"}, {}, "issuer"),
        ({"iss": None}, {}, "issuer"),
        ({"iss": [ISSUER]}, {}, "issuer"),
        ({"aud": ["photo-app"]}, {}, None),
        ({"aud": "photo-page"}, {}, "audience"),
        ({"aud": ["photo-app", "photo-page"]}, {}, "audience"),
        ({"aud": []}, {}, "audience"),
        ({"aud": None}, {}, "audience"),
        ({"azp": "photo-app"}, {}, None),
        ({"azp": "photo-page"}, {}, "authorized_party"),
        ({}, {"alg": "none"}, "algorithm"),
        ({}, {"alg": "RS512"}, "algorithm"),
        ({}, {"alg": "HS256"}, "algorithm"),
        ({}, {"alg": "rs256"}, "algorithm"),
        ({}, {"kid": "unknown"}, "signature"),
        ({"exp": NOW - LEEWAY}, {}, "not_expired"),
        ({"exp": NOW - LEEWAY + 1}, {}, None),
        ({"exp": None}, {}, "not_expired"),
        ({"exp": str(NOW + 60)}, {}, "not_expired"),
        ({"exp": True}, {}, "not_expired"),
        ({"exp": float("nan")}, {}, "readable"),
        ({"iat": float("inf")}, {}, "readable"),
        ({"iat": NOW - MAX_AGE_OF_ISSUE}, {}, None),
        ({"iat": NOW - MAX_AGE_OF_ISSUE - 1}, {}, "issued_recently"),
        ({"iat": NOW + LEEWAY}, {}, None),
        ({"iat": NOW + LEEWAY + 1}, {}, "issued_recently"),
        ({"iat": None}, {}, "issued_recently"),
        ({"iat": "now"}, {}, "issued_recently"),
        ({"nonce": "other"}, {}, "nonce"),
        ({"nonce": None}, {}, "nonce"),
        ({"nonce": ""}, {}, "nonce"),
        ({"sub": None}, {}, "subject"),
        ({"sub": ""}, {}, "subject"),
        ({"sub": 7}, {}, "subject"),
        ({"sub": "a" * 255}, {}, None),
        ({"sub": "a" * 256}, {}, "subject"),
        ({"sub": "é"}, {}, "subject"),
        ({"at_hash": None}, {}, None),
        ({"at_hash": "other"}, {}, "access_token_hash"),
        ({"at_hash": ""}, {}, "access_token_hash"),
        ({"at_hash": 7}, {}, "access_token_hash"),
        ({"acr": "anything", "auth_time": 1, "unknown": {"a": []}}, {"unknown": 1}, None),
    ],
    ids=str,
)
def test_an_id_token_is_believed_only_by_all_its_rules(
    claims: dict[str, Any], header: dict[str, Any], check: str | None
) -> None:
    world = world_in(State.CODE_ACCEPTED)
    app, accepted, decider = answered(world, with_id_token(world, claims, header))
    assert decider == (f"id_token.{check}" if check else None)
    assert accepted is (check is None)
    assert (VICTIM in app.tokens) is accepted
    assert not app.redeeming


@pytest.mark.parametrize(
    ("asked", "claims", "check"),
    [
        ({"acr_values": ("gold",)}, {"acr": "gold"}, None),
        ({"acr_values": ("gold", "silver")}, {"acr": "silver"}, None),
        ({"acr_values": ("gold",)}, {"acr": "bronze"}, "context_class"),
        ({"acr_values": ("gold",)}, {"acr": None}, "context_class"),
        ({"max_age": 60}, {"auth_time": NOW - 60}, None),
        ({"max_age": 60}, {"auth_time": NOW - 60 - LEEWAY}, "login_recent"),
        ({"max_age": 60}, {"auth_time": None}, "login_recent"),
        ({"max_age": 60}, {"auth_time": "now"}, "login_recent"),
        ({"nonce": None}, {"nonce": "anything"}, None),
        ({"nonce": None}, {"nonce": None}, None),
    ],
    ids=str,
)
def test_what_the_app_asked_for_it_insists_on(asked: dict[str, Any], claims: dict[str, Any], check: str | None) -> None:
    world = with_transaction(world_in(State.CODE_ACCEPTED), **asked)
    _, accepted, decider = answered(world, with_id_token(world, claims, {}))
    assert (accepted, decider) == (check is None, f"id_token.{check}" if check else None)


def test_an_id_token_signed_with_another_key_or_with_a_shared_secret_is_refused() -> None:
    world = world_in(State.CODE_ACCEPTED)
    assert answered(world, with_id_token(world, {}, {}, sign=by_forger))[2] == "id_token.signature"
    secret = signed_tokens.published_keys()[0].public_jwk()["n"].encode()
    shared = hs256({"alg": "HS256", "kid": signed_tokens.published_keys()[0].kid}, secret)
    assert not answered(world, answer_with(world, id_token=shared))[1]


def test_an_access_token_offered_as_id_token_is_refused() -> None:
    world = world_in(State.CODE_ACCEPTED)
    access_token = flying_response(world).json()["access_token"]
    assert answered(world, answer_with(world, id_token=access_token))[2] == "id_token.audience"


def test_an_access_token_that_was_swapped_is_noticed_by_its_hash() -> None:
    world = world_in(State.CODE_ACCEPTED)
    assert answered(world, answer_with(world, access_token="swapped"))[2] == "id_token.access_token_hash"
    at_hash = base64url(hashlib.sha256(b"swapped").digest()[:16])
    id_token = forged(flying_response(world).json()["id_token"], {"at_hash": at_hash})
    assert answered(world, answer_with(world, access_token="swapped", id_token=id_token))[1]


@pytest.mark.parametrize(
    ("fields", "check"),
    [
        ({"access_token": None}, "tokens.access_token_present"),
        ({"access_token": ""}, "tokens.access_token_present"),
        ({"access_token": 7}, "tokens.access_token_present"),
        ({"token_type": None}, "tokens.type_known"),
        ({"token_type": "DPoP"}, "tokens.type_known"),
        ({"token_type": ["Bearer"]}, "tokens.type_known"),
        ({"token_type": "bearer"}, None),
        ({"id_token": None}, "id_token.readable"),
        ({"id_token": ""}, "id_token.readable"),
        ({"id_token": "garbage"}, "id_token.readable"),
        ({"id_token": {"a": 1}}, "id_token.readable"),
        ({"id_token": "a.b.c.d.e"}, "id_token.readable"),
        ({"unknown": [1], "expires_in": None, "refresh_token": None, "scope": None}, None),
        *(({"expires_in": value}, None) for value in (0, 3600, 3600.0, 10**30)),
        *(
            ({"expires_in": value}, "tokens.members_readable")
            for value in ("soon", "3600", -1, 0.5, True, [3600], {"seconds": 1})
        ),
        *(({"refresh_token": value}, "tokens.members_readable") for value in (7, ["a"], False)),
        *(({"scope": value}, "tokens.members_readable") for value in (7, ["openid"])),
        *(({"access_token": value}, "tokens.access_token_present") for value in ("a b", "a,b", "é", "a\n", "=", "a=b")),
        *(({"token_type": value}, None) for value in ("BEARER", "bEaReR")),
    ],
    ids=str,
)
def test_a_token_response_is_accepted_only_when_it_is_whole(fields: dict[str, object], check: str | None) -> None:
    world = world_in(State.CODE_ACCEPTED)
    app, accepted, decider = answered(world, answer_with(world, **fields))
    assert (accepted, decider) == (check is None, check)
    assert (VICTIM in app.tokens) is accepted


@pytest.mark.parametrize("body", ["", "[]", "null", "<html>", "[" * 100_000, '"a"'])
def test_an_answer_that_is_no_json_object_holds_no_tokens(body: str) -> None:
    world = world_in(State.CODE_ACCEPTED)
    _, accepted, decider = answered(world, Response(status=200, body=body))
    assert (accepted, decider) == (False, "tokens.access_token_present")


def test_no_id_token_is_wanted_where_openid_was_not_asked_for() -> None:
    assert played(scope="read:messages").worlds[-1].runs[VICTIM].state is State.DONE
    assert transaction_of(world_in(State.PREPARED, scope="read:messages")).nonce is None


@pytest.mark.parametrize(
    ("state", "edit", "ended", "check"),
    [
        (State.CODE_IN_BROWSER, {"state": "other"}, State.REDIRECT_REFUSED, "callback.state_same"),
        (State.CODE_IN_BROWSER, {"issuer": "https://other.example"}, State.REDIRECT_REFUSED, "callback.issuer_same"),
        (State.CODE_IN_BROWSER, {"redirect_uri": "app:/x"}, State.REDIRECT_REFUSED, "callback.redirect_uri_same"),
        (State.CODE_ACCEPTED, {"nonce": "other"}, State.TOKENS_REFUSED, "id_token.nonce"),
        (State.CODE_ACCEPTED, {"issuer": "https://other.example"}, State.TOKENS_REFUSED, "id_token.issuer"),
        (State.ERROR_IN_BROWSER, {"state": "other"}, State.REDIRECT_REFUSED, "callback.state_same"),
    ],
)
def test_a_run_ends_where_the_app_finds_something_wrong(
    state: State, edit: dict[str, Any], ended: State, check: str
) -> None:
    settings = {"user": "denies"} if state is State.ERROR_IN_BROWSER else {}
    last = walk(with_transaction(world_in(state, **settings), **edit))[-1]
    assert last.runs[VICTIM].state is ended
    assert next(result.check.id for result in last.log[-1].checks if result.decides) == check
    assert not client_of(last).tokens


def test_after_an_error_of_the_token_endpoint_the_transaction_is_over() -> None:
    world = world_in(State.CODE_SENT)
    last = walk(with_flying(world, with_form(flying_request(world), code_verifier=None)))[-1]
    assert last.runs[VICTIM].state is State.TOKEN_REQUEST_FAILED
    assert not client_of(last).redeeming
    assert not client_of(last).tokens
