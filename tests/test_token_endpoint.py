"""What the token endpoint answers to every wrong request: status, error code and header, and what it remembers."""

from base64 import b64encode
from dataclasses import replace

import pytest

from flowsim.analysis.counterexamples.edits import (
    Change,
    client_of,
    flying_request,
    server_of,
    with_form,
    with_headers,
    with_registration,
    world_in,
)
from flowsim.analysis.counterexamples.requests import Answer, ask, get
from flowsim.model.scenario import ISSUER
from flowsim.model.states import State
from flowsim.model.world import World
from flowsim.protocol.messages import FORM, Request
from tests.kit.worlds import CALLBACK, PLAIN

VERIFIER = "a" * 43


def basic(client_id: str, secret: str | None) -> str:
    return f"Basic {b64encode(f'{client_id}:{secret}'.encode()).decode()}"


def secret_of(world: World) -> str:
    secret = client_of(world).secret
    assert secret is not None
    return secret


def redeem(world: World, **changes: Change) -> Answer:
    return ask(world, with_form(flying_request(world), **changes))


def is_token_error(heard: Answer, status: int, error: str) -> bool:
    """A JSON error that nobody may store, with nothing in it but the error."""
    response = heard.response
    assert response.header("content-type") == "application/json"
    assert (response.header("cache-control"), response.header("pragma")) == ("no-store", "no-cache")
    body = response.json()
    assert body.keys() == {"error", "error_description"}
    assert PLAIN.fullmatch(body["error_description"])
    assert (response.header("www-authenticate") is not None) is (status == 401)
    assert (response.status, body["error"]) == (status, error)
    return True


@pytest.mark.parametrize(
    ("pkce", "changes", "error", "check"),
    [
        ("S256", {"code": ("a", "b")}, "invalid_request", "parameters_once"),
        ("S256", {"grant_type": ("authorization_code", "authorization_code")}, "invalid_request", "parameters_once"),
        ("S256", {"unknown": ("1", "1")}, "invalid_request", "parameters_once"),
        ("S256", {"grant_type": None}, "invalid_request", "grant_type_present"),
        ("S256", {"grant_type": ""}, "invalid_request", "grant_type_present"),
        ("S256", {"grant_type": "password"}, "unsupported_grant_type", "grant_type_supported"),
        ("S256", {"grant_type": "client_credentials"}, "unsupported_grant_type", "grant_type_supported"),
        ("S256", {"grant_type": "Authorization_Code"}, "unsupported_grant_type", "grant_type_supported"),
        ("S256", {"client_id": None}, "invalid_client", "client_known"),
        ("S256", {"client_id": "nobody"}, "invalid_client", "client_known"),
        ("S256", {"client_id": "nobody", "code": "made-up"}, "invalid_client", "client_known"),
        ("S256", {"code": None}, "invalid_request", "code_present"),
        ("S256", {"code": ""}, "invalid_request", "code_present"),
        ("S256", {"code": "made-up"}, "invalid_grant", "code_known"),
        ("S256", {"client_id": "photo-page"}, "invalid_grant", "code_of_client"),
        ("S256", {"redirect_uri": None}, "invalid_grant", "redirect_uri_same"),
        ("S256", {"redirect_uri": f"{CALLBACK}/"}, "invalid_grant", "redirect_uri_same"),
        ("S256", {"code_verifier": None}, "invalid_grant", "verifier_present"),
        ("S256", {"code_verifier": ""}, "invalid_grant", "verifier_present"),
        ("S256", {"code_verifier": VERIFIER}, "invalid_grant", "verifier_fits"),
        ("S256", {"code_verifier": "a" * 42}, "invalid_request", "verifier_well_formed"),
        ("S256", {"code_verifier": "a" * 129}, "invalid_request", "verifier_well_formed"),
        ("S256", {"code_verifier": "a" * 42 + "é"}, "invalid_request", "verifier_well_formed"),
        ("S256", {"code_verifier": "a" * 43 + "\n"}, "invalid_request", "verifier_well_formed"),
        ("plain", {"code_verifier": None}, "invalid_grant", "verifier_present"),
        ("plain", {"code_verifier": VERIFIER}, "invalid_grant", "verifier_fits"),
        ("none", {"code_verifier": VERIFIER}, "invalid_request", "verifier_unexpected"),
        ("none", {"code_verifier": "short"}, "invalid_request", "verifier_unexpected"),
    ],
    ids=str,
)
def test_a_wrong_token_request_is_answered_with_the_error_of_the_first_thing_wrong(
    pkce: str, changes: dict[str, Change], error: str, check: str
) -> None:
    world = world_in(State.CODE_SENT, pkce=pkce)
    heard = redeem(world, **changes)
    assert heard.decided == f"token.{check}"
    assert is_token_error(heard, 400, error)
    assert server_of(heard.world) == server_of(world)


def test_under_s256_the_challenge_is_no_verifier_and_under_plain_it_is() -> None:
    for pkce, status in (("S256", 400), ("plain", 200)):
        world = world_in(State.CODE_SENT, pkce=pkce)
        ((_, grant),) = server_of(world).grants.items()
        assert redeem(world, code_verifier=grant.request.code_challenge).response.status == status


@pytest.mark.parametrize(
    ("method", "content_type", "query"),
    [
        ("GET", FORM, ""),
        ("PUT", FORM, ""),
        ("HEAD", "", ""),
        ("POST", "application/json", ""),
        ("POST", "multipart/form-data", ""),
        ("POST", None, ""),
        ("POST", FORM, "?client_secret=s"),
        ("POST", FORM, "?code=c"),
    ],
)
def test_only_a_form_that_is_posted_counts(method: str, content_type: str | None, query: str) -> None:
    world = world_in(State.CODE_SENT)
    asked = flying_request(world)
    sent = Request(method=method, url=asked.url + query, headers=asked.headers, body=asked.body)
    heard = ask(world, with_headers(sent, content_type=content_type))
    assert heard.decided == "token.post_form"
    assert is_token_error(heard, 400, "invalid_request")


def test_a_charset_behind_the_type_of_the_form_does_no_harm() -> None:
    world = world_in(State.CODE_SENT)
    sent = with_headers(flying_request(world), content_type=f"{FORM}; charset=UTF-8")
    assert ask(world, sent).response.status == 200


RIGHT, WRONG = "the right secret", "a wrong secret"


@pytest.mark.parametrize(
    ("header", "client_id", "posted", "status", "error"),
    [
        (("photo-web", RIGHT), None, None, 200, None),
        (("photo-web", RIGHT), "photo-web", None, 200, None),
        (None, "photo-web", RIGHT, 200, None),
        (("photo-web", WRONG), None, None, 401, "invalid_client"),
        (("photo-web", ""), None, None, 401, "invalid_client"),
        (("nobody", WRONG), None, None, 401, "invalid_client"),
        (("", ""), None, None, 401, "invalid_client"),
        (("photo-web", WRONG), "photo-web", None, 401, "invalid_client"),
        (None, "photo-web", WRONG, 400, "invalid_client"),
        (None, "photo-web", None, 400, "invalid_client"),
        (None, None, RIGHT, 400, "invalid_client"),
        (None, None, None, 400, "invalid_client"),
        (("photo-web", RIGHT), "photo-web", RIGHT, 400, "invalid_request"),
        (("photo-web", WRONG), "photo-web", RIGHT, 400, "invalid_request"),
    ],
)
def test_a_client_with_a_secret_must_show_it_once(
    header: tuple[str, str] | None, client_id: str | None, posted: str | None, status: int, error: str | None
) -> None:
    world = world_in(State.CODE_SENT, client="web")
    real = {RIGHT: secret_of(world), WRONG: "x"}
    authorization = basic(header[0], real.get(header[1], header[1])) if header else None
    sent = with_headers(flying_request(world), authorization=authorization)
    heard = ask(world, with_form(sent, client_id=client_id, client_secret=real.get(posted or "")))
    if error is None:
        assert heard.response.status == status
    else:
        assert is_token_error(heard, status, error)
    if status == 401:
        assert heard.response.header("www-authenticate") == f'Basic realm="{ISSUER}"'


@pytest.mark.parametrize("header", ["Basic", "Basic %%%", "Basic é", "Basic /w==", "basic cGhvdG8td2Vi"])
def test_a_broken_basic_header_is_an_invalid_client_and_not_an_exception(header: str) -> None:
    world = world_in(State.CODE_SENT, client="web")
    heard = ask(world, with_headers(flying_request(world), authorization=header))
    assert is_token_error(heard, 401, "invalid_client")


def test_id_and_secret_are_form_encoded_before_they_go_into_the_header() -> None:
    world = with_registration(world_in(State.CODE_SENT, client="web"), secret="a:b+c %é")
    encoded = b64encode(b"photo-web:a%3Ab%2Bc+%25%C3%A9").decode()
    assert ask(world, with_headers(flying_request(world), authorization=f"Basic {encoded}")).response.status == 200


def test_a_client_that_may_not_redeem_codes_is_told_so() -> None:
    world = with_registration(world_in(State.CODE_SENT), grant_types=("client_credentials",))
    assert is_token_error(redeem(world), 400, "unauthorized_client")


@pytest.mark.parametrize(("after", "status"), [(0, 200), (59, 200), (60, 400), (3600, 400)])
def test_a_code_lives_for_a_minute(after: int, status: int) -> None:
    world = world_in(State.CODE_SENT)
    heard = ask(world, flying_request(world), now=world.now + after)
    assert heard.response.status == status
    if status == 400:
        assert heard.decided == "token.code_fresh"
        assert is_token_error(heard, 400, "invalid_grant")


def test_a_loopback_app_redeems_at_the_port_it_named() -> None:
    world = world_in(State.CODE_SENT, client="native-loopback")
    assert is_token_error(redeem(world, redirect_uri="http://127.0.0.1:1/callback"), 400, "invalid_grant")


@pytest.mark.parametrize("scope", ["openid read:messages", "offline_access", "openid offline_access", "profile"])
def test_a_good_token_request_is_answered_as_the_scope_says(scope: str) -> None:
    world = world_in(State.CODE_SENT, scope=scope)
    response = redeem(world).response
    assert response.status == 200
    assert (response.header("cache-control"), response.header("pragma")) == ("no-store", "no-cache")
    body = response.json()
    opened = {"openid": "id_token", "offline_access": "refresh_token"}
    wanted = {name for one, name in opened.items() if one in scope}
    assert body.keys() == {"access_token", "token_type", "expires_in", "scope"} | wanted
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 3600, scope)


def test_a_failed_try_does_not_burn_the_code() -> None:
    world = world_in(State.CODE_SENT)
    for wrong in ({"code_verifier": VERIFIER}, {"code_verifier": None}, {"client_id": "photo-page"}):
        world = redeem(world, **dict[str, Change](wrong)).world
    assert redeem(world).response.status == 200


def test_a_repeated_request_is_refused_and_takes_the_tokens_back() -> None:
    world = world_in(State.CODE_SENT, scope="openid offline_access read:messages")
    first = redeem(world)
    userinfo = get(f"{ISSUER}/userinfo", authorization=f"Bearer {first.response.json()['access_token']}")
    assert ask(first.world, userinfo).response.status == 200
    second = redeem(first.world)
    assert second.decided == "token.code_unused"
    assert is_token_error(second, 400, "invalid_grant")
    assert all(record.revoked for record in server_of(second.world).access_tokens.values())
    assert all(record.revoked for record in server_of(second.world).refresh_tokens.values())
    assert len(server_of(second.world).refresh_tokens) == 1
    assert ask(second.world, userinfo).response.status == 401


@pytest.mark.parametrize(("changes", "revoked"), [({}, True), ({"code_verifier": VERIFIER}, False)])
def test_a_used_code_that_comes_again_after_its_time_takes_the_tokens_back_as_before(
    changes: dict[str, Change], revoked: bool
) -> None:
    """RFC 6749 section 4.1.2 speaks of a code used more than once, and not of when."""
    first = redeem(world_in(State.CODE_SENT, scope="openid offline_access read:messages"))
    later = redeem(replace(first.world, now=first.world.now + 60), **changes)
    assert later.decided == "token.code_fresh"
    assert is_token_error(later, 400, "invalid_grant")
    kept = server_of(later.world)
    assert {one.revoked for one in kept.access_tokens.values()} == {revoked}
    assert {one.revoked for one in kept.refresh_tokens.values()} == {revoked}


@pytest.mark.parametrize(
    ("client", "changes"),
    [
        ("native-scheme", {"code_verifier": VERIFIER}),
        ("native-scheme", {"code_verifier": None}),
        ("native-scheme", {"redirect_uri": "https://evil.example"}),
        ("native-scheme", {"client_id": "photo-page"}),
        ("web", {"authorization": None}),
        ("web", {"authorization": basic("photo-web", "x")}),
    ],
)
def test_a_repeated_request_that_is_wrong_otherwise_takes_nothing_back(client: str, changes: dict[str, Change]) -> None:
    first = redeem(world_in(State.CODE_SENT, client=client))
    asked = flying_request(first.world)
    sent = with_headers(asked, **changes) if "authorization" in changes else with_form(asked, **changes)
    second = ask(first.world, sent)
    assert second.response.status in (400, 401)
    assert server_of(second.world) == server_of(first.world)
