"""What the endpoints of the back channel have in common: each rule of one is tried at every other that takes the same."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import (
    OFFLINE,
    Change,
    client_of,
    flying_request,
    server_of,
    with_form,
    with_headers,
    with_registration,
    world_in,
)
from flowsim.analysis.counterexamples.requests import Answer, ask, get, post
from flowsim.model.scenario import API_ORIGIN, ISSUER
from flowsim.model.states import State
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import FORM, LONGEST, Request
from tests.kit import grammars
from tests.kit.worlds import error_of

Place = tuple[World, Request]


def at_token(client: str) -> Place:
    world = world_in(State.CODE_SENT, client=client)
    return world, flying_request(world)


def at_refresh(client: str) -> Place:
    world = world_in(State.REFRESH_SENT, "refresh 1", client=client, scope=OFFLINE, later="refresh")
    return world, flying_request(world, "refresh 1")


def at_revocation(client: str) -> Place:
    world = world_in(State.REVOCATION_SENT, "logout 1", client=client, scope=OFFLINE, later="logout")
    return world, flying_request(world, "logout 1")


def at_par(client: str) -> Place:
    world = world_in(State.PREPARED, client=client, par="optional")
    sent = (one.message for one in world.log[-1].messages)
    return world, next(one for one in sent if isinstance(one, Request) and one.path == "/oauth/par")


PLACES: dict[str, Callable[[str], Place]] = {
    "token": at_token,
    "refresh": at_refresh,
    "revoke": at_revocation,
    "push": at_par,
}
place = pytest.mark.parametrize("place", PLACES)


def secret_of(world: World) -> str:
    return client_of(world).secret or ""


def basic(client_id: str, secret: str) -> str:
    return f"Basic {b64encode(f'{quote_plus(client_id)}:{quote_plus(secret)}'.encode()).decode()}"


def is_well(heard: Answer) -> bool:
    return heard.response.status in (200, 201)


@place
def test_a_client_authenticates_in_either_way_or_is_public(place: str) -> None:
    for client in ("spa", "web"):
        world, sent = PLACES[place](client)
        assert is_well(ask(world, sent))
    posted = with_form(with_headers(sent, authorization=None), client_id="photo-web", client_secret=secret_of(world))
    assert is_well(ask(world, posted))
    assert is_well(ask(world, with_form(sent, client_id="photo-web")))


@place
@pytest.mark.parametrize("spaces", ["", " ", "   "])
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
def test_the_scheme_may_be_written_in_any_case_and_with_any_number_of_spaces(
    place: str, scheme: str, spaces: str
) -> None:
    world, sent = PLACES[place]("web")
    shown = (sent.header("authorization") or "").partition(" ")[2]
    assert is_well(ask(world, with_headers(sent, authorization=f"{scheme} {spaces}{shown}")))


@place
@pytest.mark.parametrize("client", ["spa", "web"])
@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic %%%", "Basic é", "Basic /w==", "Basic Og==", "basic cGhvdG8td2Vi", "Basic a b", "Bearer abc"],
)
def test_an_authorization_header_that_names_nobody_is_an_invalid_client(place: str, client: str, header: str) -> None:
    world, sent = PLACES[place](client)
    heard = ask(world, with_headers(sent, authorization=header))
    assert (heard.response.status, error_of(heard)) == (401, "invalid_client")
    assert heard.response.header("www-authenticate") == f'Basic realm="{ISSUER}"'
    assert server_of(heard.world) == server_of(world)


@place
def test_a_public_client_that_shows_a_secret_is_not_believed(place: str) -> None:
    world, sent = PLACES[place]("spa")
    in_header = ask(world, with_headers(with_form(sent, client_id=None), authorization=basic("photo-page", "x")))
    assert (in_header.response.status, error_of(in_header)) == (401, "invalid_client")
    in_form = ask(world, with_form(sent, client_secret="x"))
    assert (in_form.response.status, error_of(in_form)) == (400, "invalid_client")
    named_only = with_headers(with_form(sent, client_id=None), authorization=basic("photo-page", ""))
    assert is_well(ask(world, named_only))


@place
def test_two_ways_to_authenticate_are_one_too_many(place: str) -> None:
    world, sent = PLACES[place]("web")
    header = sent.header("authorization") or ""
    for twice in (
        with_form(sent, client_secret=secret_of(world)),
        with_headers(sent, authorization=(header, header)),
        with_headers(sent, authorization=(header, "Bearer abc")),
        with_headers(sent, authorization=("Bearer abc", header)),
    ):
        heard = ask(world, twice)
        assert (error_of(heard), heard.decided) == ("invalid_request", f"{place}.one_authentication")


@place
@pytest.mark.parametrize("other", ["photo-app", "nobody"])
def test_header_and_form_name_the_same_client(place: str, other: str) -> None:
    world, sent = PLACES[place]("web")
    heard = ask(world, with_form(sent, client_id=other))
    assert (heard.response.status, error_of(heard)) == (401, "invalid_client")


@place
@given(client_id=grammars.client_ids, secret=grammars.client_secrets)
def test_every_name_and_secret_that_the_grammar_has_can_be_shown(place: str, client_id: str, secret: str) -> None:
    world, sent = PLACES[place]("web")
    known = with_registration(world, secret=secret)
    right = with_headers(sent, authorization=basic("photo-web", secret))
    assert is_well(ask(known, right))
    for wrong in (basic("photo-web", f"{secret}x"), basic(f"{client_id}x", secret)):
        assert error_of(ask(known, with_headers(sent, authorization=wrong))) == "invalid_client"


@place
@pytest.mark.parametrize(
    "kind",
    [
        f"{FORM};charset=UTF-8",
        f"{FORM} ; charset=utf-8",
        f'{FORM}; charset="utf-8"; x=y',
        "Application/X-WWW-Form-URLEncoded",
        f" {FORM} ",
    ],
)
def test_the_type_of_the_form_may_be_written_in_any_case_and_with_parameters(place: str, kind: str) -> None:
    world, sent = PLACES[place]("spa")
    assert is_well(ask(world, with_headers(sent, content_type=kind)))


@place
@pytest.mark.parametrize(
    "change",
    [
        lambda sent: replace(sent, method="GET"),
        lambda sent: replace(sent, method="post"),
        lambda sent: with_headers(sent, content_type=None),
        lambda sent: with_headers(sent, content_type="application/json"),
        lambda sent: with_headers(sent, content_type=f"{FORM}x"),
        lambda sent: with_headers(sent, content_type=(FORM, "text/plain")),
        lambda sent: with_headers(sent, content_type=("text/plain", FORM)),
        lambda sent: replace(sent, url=f"{sent.url}?client_secret=x"),
        lambda sent: replace(sent, url=f"{sent.url}?code=x"),
        lambda sent: replace(sent, url=f"{sent.url}?refresh_token=x"),
        lambda sent: replace(sent, url=f"{sent.url}?token=x"),
    ],
)
def test_only_a_form_that_is_posted_is_read(place: str, change: Callable[[Request], Request]) -> None:
    world, sent = PLACES[place]("spa")
    heard = ask(world, change(sent))
    assert error_of(heard) == "invalid_request"
    assert server_of(heard.world) == server_of(world)
    assert place == "refresh" or heard.decided == f"{place}.post_form"


def test_the_endpoint_for_pushed_requests_says_which_method_it_takes() -> None:
    world, sent = at_par("spa")
    for method in ("GET", "PUT", "DELETE"):
        refused = ask(world, replace(sent, method=method)).response
        assert (refused.status, refused.header("allow")) == (405, "POST")
        assert refused.json()["error"] == "invalid_request"


@place
@given(data=st.data())
def test_order_encoding_and_what_nobody_knows_make_no_difference(place: str, data: st.DataObject) -> None:
    world, sent = PLACES[place]("spa")
    unknown = data.draw(st.lists(st.tuples(grammars.scope_tokens.map("x-{}".format), grammars.vschars), max_size=3))
    extra = list(dict(unknown).items())
    body = data.draw(grammars.queries([*sent.form, *extra, ("empty", "")]))
    assert is_well(ask(world, replace(sent, body=body)))


@place
@pytest.mark.parametrize("name", ["client_id", "unknown", "dpop_jkt"])
def test_no_parameter_comes_twice(place: str, name: str) -> None:
    world, sent = PLACES[place]("spa")
    value = dict(sent.form).get(name, "x")
    heard = ask(world, with_form(sent, **{name: (value, value)}))
    assert error_of(heard) == "invalid_request"
    assert server_of(heard.world) == server_of(world)


@place
def test_what_is_too_long_is_not_read(place: str) -> None:
    world, sent = PLACES[place]("spa")
    for status, long in (
        (413, replace(sent, body=f"{sent.body}&a={'x' * LONGEST}")),
        (413, replace(sent, body="&".join(f"p{number}=1" for number in range(20_000)))),
        (414, replace(sent, url=f"{sent.url}?{'x' * LONGEST}")),
        (431, with_headers(sent, cookie="x" * LONGEST)),
    ):
        heard = ask(world, long)
        assert (heard.response.status, error_of(heard)) == (status, "invalid_request")
        assert server_of(heard.world) == server_of(world)
    many = replace(sent, body="&".join([sent.body, *(f"p{number}" for number in range(8000))]))
    assert is_well(ask(world, many))


def test_pages_and_the_api_have_the_same_limits() -> None:
    world = world_in(State.TOKENS_HELD)
    for url in (f"{ISSUER}/authorize", f"{ISSUER}/login", f"{ISSUER}/userinfo", f"{API_ORIGIN}/messages"):
        assert ask(world, get(f"{url}?{'x' * LONGEST}")).response.status == 414
        assert ask(world, post(url, {"a": "x" * LONGEST})).response.status == 413


# ---- Revocation


def held(world: World) -> tuple[str, str]:
    """The access token and the refresh token of the one login."""
    tokens = client_of(world).tokens[world.runs[VICTIM].who]
    return tokens.access_token, tokens.refresh_token or ""


def revoke(world: World, token: str, client_id: str = "photo-page", **more: Change) -> Answer:
    return ask(world, post(f"{ISSUER}/oauth/revoke", {"token": token, "client_id": client_id, **more}))


def at_userinfo(world: World, token: str) -> int:
    return ask(world, get(f"{ISSUER}/userinfo", authorization=f"Bearer {token}")).response.status


def at_api(world: World, token: str) -> int:
    return ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {token}")).response.status


HINTS: tuple[str | None, ...] = (None, "access_token", "refresh_token", "unheard-of", "")


@pytest.mark.parametrize("hint", HINTS)
def test_an_access_token_that_is_revoked_is_good_no_more_where_the_server_is_asked(hint: str | None) -> None:
    world = world_in(State.DONE, client="spa", scope=OFFLINE)
    access, refresh = held(world)
    assert at_userinfo(world, access) == 200
    heard = revoke(world, access, token_type_hint=hint)
    assert heard.response.status == 200
    assert at_userinfo(heard.world, access) == 401
    assert at_api(heard.world, access) == 200, "the API asks nobody, so it cannot know"
    assert not server_of(heard.world).refresh_tokens[refresh].revoked
    again = revoke(heard.world, access)
    assert again.response.status == 200


@pytest.mark.parametrize("hint", HINTS)
def test_a_refresh_token_that_is_revoked_takes_its_access_tokens_along(hint: str | None) -> None:
    world = world_in(State.DONE, client="spa", scope=OFFLINE)
    access, refresh = held(world)
    heard = revoke(world, refresh, token_type_hint=hint)
    assert heard.response.status == 200
    assert server_of(heard.world).refresh_tokens[refresh].revoked
    assert at_userinfo(heard.world, access) == 401


def test_nobody_revokes_another_clients_tokens() -> None:
    world = world_in(State.DONE, client="spa", scope=OFFLINE)
    for token in held(world):
        heard = revoke(world, token, "photo-app")
        assert (error_of(heard), heard.decided) == ("invalid_grant", "revoke.token_of_client")
        assert server_of(heard.world) == server_of(world)


def test_what_nobody_knows_is_revoked_without_an_error() -> None:
    world = world_in(State.DONE, client="spa", scope=OFFLINE)
    access, _ = held(world)
    id_token = client_of(world).tokens[world.runs[VICTIM].who].id_token or ""
    head, claims, _ = access.split(".")
    for unknown in ("made up", id_token, f"{access}=", f"{head}.{claims}.", *server_of(world).grants):
        heard = revoke(world, unknown)
        assert heard.response.status == 200
        assert server_of(heard.world) == server_of(world)


# ---- What the server forgets, and what it does not


def test_a_used_refresh_token_ends_its_family_whatever_else_the_request_wants() -> None:
    world = world_in(
        State.DONE, "call 1", client="spa", scope=OFFLINE, later="refresh call", refresh_idle_lifetime=7200
    )
    first = next(text for text, one in server_of(world).refresh_tokens.items() if one.rotated is not None)
    form: dict[str, Change] = {"grant_type": "refresh_token", "refresh_token": first, "client_id": "photo-page"}
    for wanted, later in (({}, 0), ({"scope": "openid admin"}, 0), ({"resource": "https://x.example"}, 0), ({}, 7200)):
        heard = ask(world, post(f"{ISSUER}/oauth/token", {**form, **wanted}), now=world.now + later)
        assert (error_of(heard), heard.decided) == ("invalid_grant", "refresh.not_used")
        assert all(one.revoked for one in server_of(heard.world).refresh_tokens.values())
    for harmless in ({"client_id": "photo-app"}, {"client_id": "nobody"}, {"client_secret": "x"}):
        heard = ask(world, post(f"{ISSUER}/oauth/token", {**form, **dict[str, Change](harmless)}))
        assert not any(one.revoked for one in server_of(heard.world).refresh_tokens.values())


def test_logins_that_nobody_goes_on_with_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    from flowsim.actors.authorization_server import memory

    monkeypatch.setattr(memory, "MOST_AT_A_TIME", 20)
    world = world_in(State.CLICKED, client="spa")
    opened = get(
        f"{ISSUER}/authorize?response_type=code&client_id=photo-page&redirect_uri=https%3A%2F%2Fspa.example%2Fcallback"
        f"&scope=openid&code_challenge={'a' * 43}&code_challenge_method=S256"
    )
    for _ in range(50):
        world = ask(world, opened).world
    assert len(server_of(world).sessions) == 20
    newest = list(server_of(world).sessions)[-1]
    late = ask(world, opened, now=world.now + 1800 + memory.KEPT_AFTER + 1).world
    assert len(server_of(late).sessions) == 1
    assert newest not in server_of(late).sessions
