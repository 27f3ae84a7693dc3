"""Odd but legal authorization requests, made from the grammars: each is taken, through every door that takes requests.

Source: RFC 6749 sections 3.1 and 3.3 and appendix A, RFC 7636 section 4, RFC 9126 section 2.
"""

from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import server_of, with_server, world_in
from flowsim.analysis.counterexamples.requests import Answer, ask, cookie_of, get, hidden, post
from flowsim.checks.authorize import DEFAULT_SCOPE, KNOWN_SCOPES
from flowsim.engine.initial_world import ALICE
from flowsim.model.scenario import ISSUER
from flowsim.model.states import State
from flowsim.model.world import World, evolve
from flowsim.protocol.messages import FORM, Request, query_of
from flowsim.protocol.pkce import challenge_for
from tests.kit import grammars
from tests.kit.worlds import CALLBACK

Door = Literal["query", "form", "pushed"]
DOORS: tuple[Door, ...] = ("query", "form", "pushed")
CHALLENGE = "c" * 43
USUAL = {
    "response_type": "code",
    "client_id": "photo-app",
    "redirect_uri": CALLBACK,
    "scope": "openid read:messages",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
some = settings(max_examples=25, deadline=None)


def world(**server: Any) -> World:
    return with_server(world_in(State.PREPARED), par="optional", **server)


def encoded(door: Door, body: str) -> Request:
    """These parameters as they come in through this door."""
    headers = (("Content-Type", FORM),)
    if door == "query":
        return Request(method="GET", url=f"{ISSUER}/authorize?{body}")
    return Request(
        method="POST", url=f"{ISSUER}/{'authorize' if door == 'form' else 'oauth/par'}", headers=headers, body=body
    )


def sent(before: World, door: Door, body: str) -> Answer:
    """What the server answers to a request with these parameters, pushed and then opened where they are pushed."""
    heard = ask(before, encoded(door, body))
    if door != "pushed" or heard.response.status != 201:
        return heard
    name = heard.response.json()["request_uri"]
    client_id = dict(query_of(f"x:?{body}"))["client_id"]
    return ask(heard.world, post(f"{ISSUER}/authorize", {"client_id": client_id, "request_uri": name}))


def kept(heard: Answer) -> Any:
    """The request as the server keeps it, once it has been accepted."""
    assert (heard.response.status, heard.response.location) == (303, f"{ISSUER}/login"), heard.response
    ((_, session),) = server_of(heard.world).sessions.items()
    return session.request


def body_of(params: dict[str, str]) -> st.SearchStrategy[str]:
    return grammars.queries(list(params.items()))


doors = st.sampled_from(DOORS)


@some
@given(doors, grammars.states, grammars.nonces, grammars.code_challenges, st.data())
def test_every_value_that_the_grammars_have_is_kept_as_it_was_sent(
    door: Door, state: str, nonce: str, challenge: str, data: st.DataObject
) -> None:
    params = USUAL | {"state": state, "nonce": nonce, "code_challenge": challenge}
    found = kept(sent(world(), door, data.draw(body_of(params))))
    assert (found.state, found.nonce, found.code_challenge) == (state, nonce, challenge)
    assert (found.redirect_uri, found.scope) == (CALLBACK, USUAL["scope"])


@some
@given(doors, grammars.client_ids, st.data())
def test_a_client_may_have_any_name_that_the_grammar_has(door: Door, client_id: str, data: st.DataObject) -> None:
    known = server_of(world()).clients
    named = known.set(client_id, evolve(known["photo-app"], client_id=client_id))
    heard = sent(world(clients=named), door, data.draw(body_of(USUAL | {"client_id": client_id})))
    assert kept(heard).client_id == client_id


@some
@given(doors, st.permutations(["openid", "read:messages"]).flatmap(lambda two: grammars.scopes_with(*two)), st.data())
def test_scopes_that_nobody_knows_are_left_out_in_any_order(door: Door, scope: str, data: st.DataObject) -> None:
    """OIDC Core §3.1.2.1: scope values that are not understood SHOULD be ignored."""
    params = USUAL | {"scope": scope}
    body = data.draw(body_of(params))
    granted = kept(sent(world(), door, body)).scope
    assert granted.split(" ") == [word for word in scope.split(" ") if word in KNOWN_SCOPES]
    refused = sent(world(unknown_scopes="refused"), door, body)
    assert (refused.decided == "authorize.scope_allowed") is (set(scope.split(" ")) > {"openid", "read:messages"})


@some
@given(doors, grammars.scope_tokens.map(lambda word: f"x-{word}"))
def test_a_request_for_nothing_that_is_known_is_refused(door: Door, scope: str) -> None:
    heard = sent(
        world(),
        door,
        f"scope={quote(scope, safe='')}&"
        + "&".join(f"{name}={quote(value, safe='')}" for name, value in USUAL.items() if name != "scope"),
    )
    assert heard.decided == "authorize.scope_allowed"


@some
@given(
    doors, st.lists(st.tuples(st.text("abcxyz_", min_size=3, max_size=9), st.text(max_size=5)), max_size=4), st.data()
)
def test_parameters_that_nobody_knows_and_empty_ones_change_nothing(
    door: Door, others: list[tuple[str, str]], data: st.DataObject
) -> None:
    """RFC 6749 §3.1: unrecognized ones are ignored, and one without a value is as if it had been left out."""
    empty = dict.fromkeys(("prompt", "max_age", "acr_values", "id_token_hint", "display", "nonce", "request"), "")
    unknown = {f"x_{name}": value.encode("utf-8", "replace").decode() for name, value in others}
    plain = kept(sent(world(), door, data.draw(body_of(USUAL))))
    assert kept(sent(world(), door, data.draw(body_of({**USUAL, **empty, **unknown})))) == plain


@some
@given(doors, grammars.max_ages, st.permutations(["login", "consent", "select_account"]), st.integers(1, 3), st.data())
def test_what_is_asked_of_the_login_is_kept_in_any_form(
    door: Door, age: str, prompts: list[str], number: int, data: st.DataObject
) -> None:
    params = USUAL | {"max_age": age, "prompt": " ".join(prompts[:number]), "login_hint": age}
    found = kept(sent(world(), door, data.draw(body_of(params))))
    assert (found.max_age, found.prompt, found.login_hint) == (int(age), tuple(prompts[:number]), age)


@some
@given(
    doors,
    st.sampled_from(sorted({*USUAL, "nonce", "max_age", "unheard_of"} - {"client_id", "redirect_uri"})),
    st.data(),
)
def test_a_parameter_that_comes_twice_is_refused_with_the_same_error_everywhere(
    door: Door, name: str, data: st.DataObject
) -> None:
    value = USUAL.get(name, "1")
    twice = data.draw(grammars.queries([*{**USUAL, name: value}.items(), (name, value)]))
    heard = ask(world(), encoded(door, twice))
    error = heard.response.json().get("error") or dict(query_of(heard.response.location)).get("error")
    assert error == "invalid_request"
    assert str(heard.decided).endswith(".parameters_once")


# ---- Addresses


def registered(*addresses: str) -> World:
    known = server_of(world()).clients
    return world(clients=known.set("photo-app", evolve(known["photo-app"], redirect_uris=addresses)))


ODD_ADDRESSES = (
    "com.example.app:/callback?kept=1&also=%20",
    "com.example.app:/call%20back",
    "com.example.app:/",
    "https://app.example",
    "https://app.example:8443/a/b/../c",
    "https://app.example/c%C3%A4llback?x=a+b",
    "http://[::1]/callback",
)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_that_is_registered_is_taken_letter_by_letter(door: Door, address: str) -> None:
    """RFC 6749 §3.1.2: a query that the address has is kept."""
    body = quote_plus(address)
    rest = "&".join(f"{name}={quote_plus(value)}" for name, value in USUAL.items() if name != "redirect_uri")
    heard = sent(registered(address), door, f"redirect_uri={body}&{rest}")
    assert kept(heard).redirect_uri == address
    refused = sent(registered(address), door, f"redirect_uri={body}x&{rest}")
    assert refused.response.status == 400


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("addresses", "scope", "taken"),
    [
        ((CALLBACK,), "read:messages", True),
        ((CALLBACK,), None, True),
        (("https://app.example/cb?x=1",), "read:messages", True),
        ((CALLBACK,), "openid read:messages", False),
        ((CALLBACK, "com.example.app:/other"), "read:messages", False),
        (("http://127.0.0.1/callback",), "read:messages", False),
    ],
)
def test_the_address_may_be_left_out_where_one_complete_address_is_registered_and_no_id_token_is_wanted(
    door: Door, addresses: tuple[str, ...], scope: str | None, taken: bool
) -> None:
    """RFC 6749 §3.1.2.3; OIDC Core §3.1.2.1 requires it."""
    params = {name: value for name, value in USUAL.items() if name not in ("redirect_uri", "scope")}
    params |= {"scope": scope} if scope else {}
    heard = sent(registered(*addresses), door, "&".join(f"{name}={value}" for name, value in params.items()))
    if not taken:
        assert (heard.response.status, heard.decided) == (400, "authorize.redirect_uri_registered")
        return
    found = kept(heard)
    assert (found.redirect_uri, found.redirect_uri_sent) == (addresses[0], False)
    assert found.scope == (scope or DEFAULT_SCOPE)


def test_the_code_of_such_a_request_is_good_without_an_address_and_not_with_one() -> None:
    """RFC 6749 §4.1.3: the redirect_uri is required if it was in the authorization request."""
    verifier = "v" * 43
    params = {name: value for name, value in USUAL.items() if name not in ("redirect_uri", "scope")}
    params["code_challenge"] = challenge_for(verifier, "S256")
    opened = ask(registered(CALLBACK), get(f"{ISSUER}/authorize?{'&'.join(f'{k}={v}' for k, v in params.items())}"))
    cookie = cookie_of(opened.world)
    page = ask(opened.world, get(f"{ISSUER}/login", cookie=cookie))
    form = {"csrf": hidden(page.response.body, "csrf"), "username": ALICE.username, "password": ALICE.password}
    typed = ask(page.world, post(f"{ISSUER}/login", {**form, "option": "password"}, cookie=cookie))
    shown = ask(typed.world, get(f"{ISSUER}/consent", cookie=cookie))
    agreed = post(
        f"{ISSUER}/consent", {"csrf": hidden(shown.response.body, "csrf"), "decision": "allow"}, cookie=cookie
    )
    answer = ask(shown.world, agreed)
    code = dict(query_of(answer.response.location))["code"]
    redeemed = {"grant_type": "authorization_code", "client_id": "photo-app", "code": code}
    redeemed["code_verifier"] = verifier
    token = f"{ISSUER}/oauth/token"
    assert ask(answer.world, post(token, redeemed)).response.json()["scope"] == DEFAULT_SCOPE
    assert ask(answer.world, post(token, redeemed | {"redirect_uri": "app:/x"})).response.status == 400


# ---- Beside a request_uri


def pushed() -> tuple[World, str]:
    heard = ask(world(), post(f"{ISSUER}/oauth/par", dict(USUAL)))
    assert heard.response.status == 201
    return heard.world, heard.response.json()["request_uri"]


@pytest.mark.parametrize(
    ("beside", "status", "check"),
    [
        ("state=a&state=b", 303, "authorize.parameters_once"),
        ("unheard_of=1&unheard_of=1", 303, "authorize.parameters_once"),
        ("client_id=photo-app", 400, "authorize.client_known"),
        ("request_uri=urn:ietf:params:oauth:request_uri:other", 400, "authorize.request_uri_good"),
        ("state=other&scope=openid&redirect_uri=https%3A%2F%2Fevil.example", 303, None),
    ],
)
def test_what_stands_beside_a_request_uri_counts_for_nothing_and_yet_comes_once(
    beside: str, status: int, check: str | None
) -> None:
    """RFC 9126 §4: what was pushed counts. RFC 6749 §3.1: no parameter comes twice."""
    after, name = pushed()
    heard = ask(after, get(f"{ISSUER}/authorize?client_id=photo-app&request_uri={quote_plus(name)}&{beside}"))
    assert (heard.response.status, heard.decided) == (status, check)
    if check is None:
        assert (kept(heard).state, kept(heard).redirect_uri) == (USUAL["state"], CALLBACK)
    elif status == 303:
        assert dict(query_of(heard.response.location))["error"] == "invalid_request"


def test_a_post_whose_body_is_no_form_is_a_request_without_parameters() -> None:
    right = encoded("form", "&".join(f"{name}={value}" for name, value in USUAL.items()))
    assert kept(ask(world(), right))
    for kind in ("text/plain", "application/json", ""):
        assert ask(world(), replace(right, headers=(("Content-Type", kind),))).decided == "authorize.client_known"
