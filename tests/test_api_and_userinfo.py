"""What the API, userinfo and the public documents answer: RFC 6750 for whoever bears a token, plain HTTP otherwise."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from flowsim.analysis.counterexamples.edits import (
    client_of,
    flying_request,
    forged,
    with_headers,
    with_server,
    world_in,
)
from flowsim.analysis.counterexamples.requests import ask, get, post
from flowsim.analysis.forged_tokens import by_forger
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import State
from flowsim.model.world import World
from flowsim.protocol.messages import FORM, Request
from tests.kit.worlds import PLAIN, is_page
from tests.test_tokens import hs256


def token_of(world: World) -> str:
    return next(iter(client_of(world).tokens.values())).access_token


NO_TOKEN = f'Bearer realm="{API_ORIGIN}"'


@pytest.mark.parametrize(
    ("headers", "status", "error"),
    [
        ((), 401, None),
        (("Basic YTpi",), 401, None),
        (("Digest {token}",), 401, None),
        (("",), 401, None),
        (("Bearer",), 400, "invalid_request"),
        (("Bearer ",), 400, "invalid_request"),
        (("Bearer {token} {token}",), 400, "invalid_request"),
        (("Bearer {token}", "Bearer {token}"), 400, "invalid_request"),
        (("Bearer garbage",), 401, "invalid_token"),
        (("Bearer {token}x",), 401, "invalid_token"),
        (("Bearer {id_token}",), 401, "invalid_token"),
        (("Bearer {token}",), 200, None),
        (("bearer {token}",), 200, None),
        (("BEARER {token}",), 200, None),
        (("Bearer  {token}",), 200, None),
        (("Bearer     {token} ",), 200, None),
        (("Bearer\t{token}",), 401, None),
        (("Bearer {token}=",), 401, "invalid_token"),
        (("Bearer {token},",), 400, "invalid_request"),
        (('Bearer "{token}"',), 400, "invalid_request"),
        (("Basic YTpi", "Bearer {token}"), 200, None),
    ],
    ids=str,
)
def test_the_api_answers_to_each_kind_of_header_as_rfc_6750_says(
    headers: tuple[str, ...], status: int, error: str | None
) -> None:
    world = world_in(State.TOKENS_HELD)
    held = next(iter(client_of(world).tokens.values()))

    sent = [value.format(token=held.access_token, id_token=held.id_token) for value in headers]
    response = ask(world, get(f"{API_ORIGIN}/messages", authorization=tuple(sent))).response
    assert response.status == status
    challenge = response.header("www-authenticate")
    if status == 200:
        assert challenge is None
        assert response.header("cache-control") == "no-store"
    elif error is None:
        assert challenge == NO_TOKEN
    else:
        assert challenge is not None
        assert challenge.startswith(f'{NO_TOKEN}, error="{error}", error_description="')
        assert PLAIN.fullmatch(challenge.partition('description="')[2].rstrip('"'))


@pytest.mark.parametrize(
    ("claims", "header", "fine"),
    [
        ({}, {}, True),
        ({}, {"typ": "application/at+jwt"}, True),
        ({}, {"typ": "AT+JWT"}, True),
        ({}, {"typ": "JWT"}, False),
        ({}, {"typ": None}, False),
        ({}, {"alg": "none"}, False),
        ({}, {"alg": "HS256"}, False),
        ({}, {"kid": "unknown"}, False),
        ({}, {"kid": None}, True),
        ({"exp": float("inf")}, {}, False),
        ({"other": float("nan")}, {}, False),
        ({"iss": "https://evil.example"}, {}, False),
        ({"iss": f"{ISSUER}/"}, {}, False),
        ({"iss": None}, {}, False),
        ({"aud": [API_ORIGIN, "https://other.example"]}, {}, True),
        ({"aud": "https://other.example"}, {}, False),
        ({"aud": "photo-app"}, {}, False),
        ({"aud": []}, {}, False),
        ({"aud": None}, {}, False),
        ({"exp": None}, {}, False),
        ({"exp": "2000000000"}, {}, False),
        ({"exp": True}, {}, False),
        ({"exp": 1}, {}, False),
        ({"exp": float("nan")}, {}, False),
    ],
    ids=str,
)
def test_the_api_believes_only_a_token_made_for_it(claims: dict[str, Any], header: dict[str, Any], fine: bool) -> None:
    world = world_in(State.TOKENS_HELD)
    token = forged(token_of(world), claims, header)
    response = ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}")).response
    assert response.status == (200 if fine else 401)
    if not fine:
        assert 'error="invalid_token"' in (response.header("www-authenticate") or "")


def test_the_api_believes_only_the_key_of_its_issuer() -> None:
    world = world_in(State.TOKENS_HELD)
    for token in (forged(token_of(world), sign=by_forger), hs256({"alg": "HS256", "typ": "at+jwt"}, b"secret")):
        response = ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}")).response
        assert (response.status, 'error="invalid_token"' in response.text()) == (401, True)


@pytest.mark.parametrize(("after", "status"), [(3599, 200), (3600, 401)])
def test_an_access_token_lives_for_an_hour(after: int, status: int) -> None:
    world = world_in(State.TOKENS_HELD)
    sent = get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token_of(world)}")
    assert ask(world, sent, now=world.now + after).response.status == status


@pytest.mark.parametrize("scope", [None, "", "openid", "read:messages2", "READ:messages", ["read:messages"]])
def test_a_token_with_too_little_scope_gets_403_and_hears_which_scope_it_takes(scope: object) -> None:
    world = world_in(State.TOKENS_HELD)
    token = forged(token_of(world), {"scope": scope})
    response = ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}")).response
    assert response.status == 403
    challenge = response.header("www-authenticate") or ""
    assert 'error="insufficient_scope"' in challenge
    assert challenge.endswith(', scope="read:messages"')


def test_a_token_in_the_address_or_in_the_body_of_a_get_is_not_looked_at() -> None:
    world = world_in(State.TOKENS_HELD)
    url = f"{API_ORIGIN}/messages"
    in_body = Request(
        method="GET", url=url, headers=(("Content-Type", FORM),), body=urlencode({"access_token": token_of(world)})
    )
    for sent in (get(f"{url}?access_token={token_of(world)}"), in_body):
        response = ask(world, sent).response
        assert (response.status, response.header("www-authenticate")) == (401, NO_TOKEN)


def test_a_token_in_a_posted_form_is_taken_but_not_together_with_a_header() -> None:
    world = world_in(State.TOKENS_HELD, scope="openid write:messages")
    sent = post(f"{API_ORIGIN}/messages", {"access_token": token_of(world)})
    assert ask(world, sent).response.status == 201
    both = ask(world, with_headers(sent, authorization=f"Bearer {token_of(world)}"))
    assert (both.response.status, both.decided) == (400, "api.one_method")


def test_the_api_has_one_page_and_says_which_methods_it_takes() -> None:
    world = world_in(State.TOKENS_HELD)
    assert ask(world, get(f"{API_ORIGIN}/other")).response.status == 404
    refused = ask(world, Request(method="DELETE", url=f"{API_ORIGIN}/messages")).response
    assert (refused.status, refused.header("allow")) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize(
    ("scope", "authorization", "after", "status", "error"),
    [
        ("openid", None, 0, 401, None),
        ("openid", "Basic YTpi", 0, 401, None),
        ("openid", "Digest {token}", 0, 401, None),
        ("openid", "Bearer ", 0, 400, "invalid_request"),
        ("openid", "Bearer {token} {token}", 0, 400, "invalid_request"),
        ("openid", "Bearer {token}=", 0, 401, "invalid_token"),
        ("openid", "Bearer garbage", 0, 401, "invalid_token"),
        ("openid", "Bearer {id_token}", 0, 401, "invalid_token"),
        ("openid", "Bearer {other_key}", 0, 401, "invalid_token"),
        ("openid", "Bearer {token}", 3600, 401, "invalid_token"),
        ("profile", "Bearer {token}", 0, 403, "insufficient_scope"),
        ("openid", "Bearer {token}", 3599, 200, None),
        ("openid", "bEARER   {token}", 0, 200, None),
    ],
)
def test_userinfo_answers_whoever_bears_a_living_token(
    scope: str, authorization: str | None, after: int, status: int, error: str | None
) -> None:
    world = world_in(State.TOKENS_HELD, scope=scope)
    held = next(iter(client_of(world).tokens.values()))
    other = forged(held.access_token, sign=by_forger)
    header = authorization and authorization.format(token=held.access_token, id_token=held.id_token, other_key=other)
    response = ask(world, get(f"{ISSUER}/userinfo", authorization=header), now=world.now + after).response
    assert response.status == status
    challenge = response.header("www-authenticate")
    if status == 200:
        assert challenge is None
        return
    code, _, said = (challenge or "").removeprefix(f'Bearer realm="{ISSUER}"').partition(', error_description="')
    assert code == (f', error="{error}"' if error else "")
    assert (PLAIN.fullmatch(said.partition('"')[0]) is not None) is (error is not None)
    assert said.endswith('", scope="openid"') is (status == 403)


def test_userinfo_and_the_api_take_one_token_sent_in_one_way() -> None:
    world = world_in(State.TOKENS_HELD, scope="openid read:messages write:messages")
    token = token_of(world)
    for url, check in ((f"{ISSUER}/userinfo", "userinfo"), (f"{API_ORIGIN}/messages", "api")):
        posted = post(url, {"access_token": token})
        assert ask(world, posted).response.status in (200, 201)
        for twice in (
            get(url, authorization=(f"Bearer {token}", f"Bearer {token}")),
            get(url, authorization=(f"Bearer {token}", f"DPoP {token}")),
            with_headers(posted, authorization=f"Bearer {token}"),
        ):
            heard = ask(world, twice)
            assert (heard.response.status, heard.decided) == (400, f"{check}.one_method")
        in_address = ask(world, get(f"{url}?access_token={token}")).response
        assert (in_address.status, "error=" in in_address.text()) == (401, False)


@pytest.mark.parametrize("cnf", ["a text", 5, [], {"jkt": 5}, {"jkt": None}, True], ids=str)
def test_a_token_that_is_bound_to_something_unreadable_is_refused(cnf: object) -> None:
    world = world_in(State.TOKENS_HELD)
    token = forged(token_of(world), {"cnf": cnf})
    heard = ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}"))
    assert (heard.response.status, heard.decided) == (401, "api.confirmation")


def test_a_token_that_is_bound_in_a_way_the_api_knows_nothing_of_is_taken_as_it_comes() -> None:
    world = world_in(State.TOKENS_HELD)
    token = forged(token_of(world), {"cnf": {"kid": "another kind of binding"}})
    assert ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}")).response.status == 200


@pytest.mark.parametrize("sub", [None, "", 7, ["user-alice"], True], ids=str)
def test_a_token_that_does_not_say_whose_data_it_opens_is_refused(sub: object) -> None:
    world = world_in(State.TOKENS_HELD)
    token = forged(token_of(world), {"sub": sub})
    heard = ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}"))
    assert (heard.response.status, heard.decided) == (401, "api.subject")


def test_userinfo_says_what_the_scope_opens() -> None:
    for scope, claims in [
        ("openid", {"sub"}),
        ("openid profile", {"sub", "name"}),
        ("openid email profile", {"sub", "name", "email"}),
    ]:
        world = world_in(State.TOKENS_HELD, scope=scope)
        sent = get(f"{ISSUER}/userinfo", authorization=f"Bearer {token_of(world)}")
        assert ask(world, sent).response.json().keys() == claims


def test_the_metadata_says_what_the_server_does() -> None:
    for pkce, methods, iss in [("S256", ["S256"], True), ("plain", ["S256", "plain"], False)]:
        world = world_in(State.START, pkce=pkce, iss=iss)
        for name in ("openid-configuration", "oauth-authorization-server"):
            document = ask(world, get(f"{ISSUER}/.well-known/{name}")).response.json()
            assert document["issuer"] == ISSUER
            assert document["code_challenge_methods_supported"] == methods
            assert document["authorization_response_iss_parameter_supported"] is iss
            assert document["jwks_uri"] == f"{ISSUER}/jwks.json"
    silent = with_server(world_in(State.START), methods=())
    document = ask(silent, get(f"{ISSUER}/.well-known/openid-configuration")).response.json()
    assert "code_challenge_methods_supported" not in document


def test_every_endpoint_of_the_metadata_exists() -> None:
    world = world_in(State.START)
    document = ask(world, get(f"{ISSUER}/.well-known/openid-configuration")).response.json()
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert ask(world, get(document[name])).response.status not in (404, 405)


def test_the_published_keys_hold_no_private_number() -> None:
    (key,) = ask(world_in(State.START), get(f"{ISSUER}/jwks.json")).response.json()["keys"]
    assert key.keys() == {"kty", "use", "alg", "kid", "n", "e"}


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("GET", "/authorize/", 404, None),
        ("GET", "", 404, None),
        ("PUT", "/authorize", 405, "GET, HEAD, POST"),
        ("DELETE", "/login", 405, "GET, HEAD, POST"),
        ("POST", "/jwks.json", 405, "GET, HEAD"),
    ],
)
def test_what_is_not_there_is_not_found_and_a_wrong_method_hears_the_right_ones(
    method: str, path: str, status: int, allow: str | None
) -> None:
    response = ask(world_in(State.START), Request(method=method, url=f"{ISSUER}{path}")).response
    assert (response.status, response.header("allow")) == (status, allow)
    assert is_page(response)


@pytest.mark.parametrize(
    "url",
    [
        f"{ISSUER}/jwks.json",
        f"{ISSUER}/.well-known/openid-configuration",
        f"{ISSUER}/.well-known/oauth-authorization-server",
        f"{ISSUER}/authorize?client_id=nobody",
        f"{ISSUER}/login",
        f"{ISSUER}/consent",
        f"{ISSUER}/userinfo",
        f"{API_ORIGIN}/messages",
    ],
)
@pytest.mark.parametrize("with_token", [True, False])
def test_head_is_answered_as_get_is_and_without_content(url: str, with_token: bool) -> None:
    # RFC 9110 section 9.3.2: the same status and the same headers.
    world = world_in(State.TOKENS_HELD)
    asked = get(url)
    if with_token:
        asked = with_headers(asked, authorization=f"Bearer {token_of(world)}")
    full = ask(world, asked).response
    bare = ask(world, replace(asked, method="HEAD")).response
    assert (bare.status, bare.headers, bare.body) == (full.status, full.headers, "")
    assert full.body or full.status == 401


def test_a_proof_made_for_get_is_none_for_head() -> None:
    world = world_in(State.API_ASKED, client="spa", dpop="tokens")
    asked = flying_request(world)
    assert ask(world, asked).response.status == 200
    refused = ask(world, replace(asked, method="HEAD"))
    assert (refused.response.status, refused.decided) == (401, "api_proof.method")
