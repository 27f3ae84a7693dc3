"""A server that changes its signing key, and one that issues tokens for two APIs: what holds before, then and after."""

from typing import Any

import pytest

from flowsim.actors.authorization_server import administration
from flowsim.analysis.counterexamples.edits import OFFLINE, client_of, played, server_of
from flowsim.analysis.counterexamples.requests import ask, get, post
from flowsim.model.scenario import API_ORIGIN, APIS, ISSUER, Scenario, ScenarioError
from flowsim.model.states import Act, State
from flowsim.model.steps import API, CLIENT, SERVER
from flowsim.model.world import VICTIM, World, evolve
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import Request
from tests.kit.worlds import CLIENTS, error_of

FIRST, SECOND = (key.kid for key in signed_tokens.published_keys())
PHOTOS = APIS["photos"]


def kids(world: World, now: int | None = None) -> list[str]:
    answer = ask(world, get(f"{ISSUER}/jwks.json"), now=now).response
    return [key["kid"] for key in answer.json()["keys"]]


def access_token(world: World) -> str:
    return client_of(world).tokens[world.runs[VICTIM].who].access_token


def claims_of(text: str) -> dict[str, Any]:
    token = signed_tokens.read(text)
    assert token is not None
    return token.claims


def kid_of(text: str) -> str:
    token = signed_tokens.read(text)
    assert token is not None
    return str(token.header["kid"])


# ---- Keys


def test_a_retired_key_is_listed_until_no_token_of_it_is_alive() -> None:
    world = played(later="keys").worlds[-1]
    assert kids(played().worlds[-1]) == [FIRST]
    assert kids(world) == [SECOND, FIRST]
    assert kids(world, world.now + 3599) == [SECOND, FIRST]
    assert kids(world, world.now + 3600) == [SECOND]


def test_a_token_of_the_old_key_is_still_good_and_nobody_asks_for_keys_because_of_it() -> None:
    trace = played(later="keys call")
    assert trace.worlds[-1].runs["call 1"].state is State.DONE
    assert kid_of(access_token(trace.worlds[-1])) == FIRST
    assert not [sent for event in trace.events[11:] for sent in event.messages if sent.receiver == SERVER]


@pytest.mark.parametrize("client", CLIENTS)
def test_app_and_api_ask_once_each_for_a_key_they_do_not_know(client: str) -> None:
    trace = played(client=client, scope=OFFLINE, later="keys refresh call call refresh call")
    world = trace.worlds[-1]
    assert kid_of(access_token(world)) == SECOND
    assert trace.verdict.stopped_by is None
    asked = [
        sent.sender
        for event in trace.events
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path == "/jwks.json"
    ]
    assert asked == [CLIENT, API]
    assert [key["kid"] for key in client_of(world).jwks["keys"]] == [SECOND, FIRST]
    assert [key["kid"] for key in world.apis[API_ORIGIN].jwks["keys"]] == [SECOND, FIRST]


def test_the_server_itself_knows_its_tokens_of_both_keys() -> None:
    old = played(scope=OFFLINE, later="keys").worlds[-1]
    new = played(scope=OFFLINE, later="keys refresh").worlds[-1]
    for world in (old, new):
        heard = ask(world, get(f"{ISSUER}/userinfo", authorization=f"Bearer {access_token(world)}"))
        assert heard.response.status == 200


def test_there_are_two_published_keys_and_no_third() -> None:
    world = played(later="keys").worlds[-1]
    with pytest.raises(ValueError, match="there are 2 published keys, and this server has used all of them"):
        administration.rotate_keys(server_of(world), world.now)
    with pytest.raises(ScenarioError, match="keys at most once"):
        Scenario(later="keys keys")


# ---- Resources


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("api", APIS)
def test_a_token_is_for_the_api_that_was_asked_for_and_stays_so(client: str, api: str) -> None:
    scope = f"openid read:{api} offline_access"
    trace = played(client=client, api=api, scope=scope, later="refresh call")
    world = trace.worlds[-1]
    assert trace.verdict.stopped_by is None
    assert claims_of(access_token(world))["aud"] == APIS[api]
    named = [
        "resource=" in sent.message.url + sent.message.body
        for event in trace.events[:11]
        for sent in event.messages
        if isinstance(sent.message, Request) and sent.message.path in ("/authorize", "/oauth/token")
    ]
    assert set(named) == {api == "photos"}


def test_a_token_for_the_one_api_is_refused_by_the_other() -> None:
    world = played(client="spa", api="photos", scope="openid read:photos read:messages").worlds[-1]
    heard = ask(world, get(f"{API_ORIGIN}/messages", authorization=f"Bearer {access_token(world)}"))
    assert (heard.response.status, heard.decided) == (401, "api.audience")
    assert 'error="invalid_token"' in (heard.response.header("www-authenticate") or "")


@pytest.mark.parametrize("named", [(PHOTOS, API_ORIGIN), ("https://unknown.example",), ("photos",)])
def test_two_resources_or_an_unknown_one_is_an_invalid_target(named: tuple[str, ...]) -> None:
    world = played(client="spa").worlds[2]
    opening = world.runs[VICTIM].in_flight
    assert opening is not None
    url = getattr(opening.message, "url", "") + "".join(f"&resource={one}" for one in named)
    heard = ask(world, get(url))
    assert heard.decided == "authorize.resource_known"
    assert "error=invalid_target" in heard.response.location


@pytest.mark.parametrize("named", [("",), ("", ""), (PHOTOS, PHOTOS), ("", PHOTOS)])
def test_a_resource_that_is_empty_is_none_and_one_that_is_named_twice_is_one(named: tuple[str, ...]) -> None:
    """RFC 6749 §3.1: a parameter without a value was not sent. RFC 8707 §2: this one may be repeated."""
    opening = played(client="spa").worlds[2].runs[VICTIM].in_flight
    assert opening is not None
    url = getattr(opening.message, "url", "") + "".join(f"&resource={one}" for one in named)
    heard = ask(played(client="spa").worlds[2], get(url))
    assert heard.decided is None
    ((_, session),) = server_of(heard.world).sessions.items()
    assert session.request.resource == (PHOTOS if PHOTOS in named else None)


def test_a_refresh_token_is_good_for_its_own_api_only() -> None:
    world = played(client="spa", scope=OFFLINE).worlds[-1]
    form = {"grant_type": "refresh_token", "client_id": "photo-page", "resource": PHOTOS}
    text = client_of(world).tokens[world.runs[VICTIM].who].refresh_token
    heard = ask(world, post(f"{ISSUER}/oauth/token", {**form, "refresh_token": text}))
    assert (heard.decided, error_of(heard)) == ("refresh.resource_granted", "invalid_target")


# ---- What expires


def test_a_token_response_that_took_two_hours_holds_an_expired_id_token() -> None:
    trace = played(later="after 8: 2h")
    assert trace.verdict.stopped_by == "id_token.not_expired"
    assert trace.worlds[-1].runs[VICTIM].state is State.TOKENS_REFUSED


def test_userinfo_agrees_with_the_id_token() -> None:
    for scope in ("openid", "openid profile", "openid profile email"):
        world = played(scope=scope).worlds[9]
        held = client_of(world).tokens[world.runs[VICTIM].who]
        told = ask(world, get(f"{ISSUER}/userinfo", authorization=f"Bearer {held.access_token}")).response.json()
        claims = claims_of(held.id_token or "")
        assert told.keys() == {"sub"} | ({"name"} & set(claims)) | ({"email"} & set(claims))
        assert all(claims[name] == value for name, value in told.items())
        assert ("name" in told, "email" in told) == ("profile" in scope, "email" in scope)


def test_the_change_of_keys_is_no_message() -> None:
    event = next(event for event in played(later="keys").events if event.act is Act.ROTATE_KEYS)
    assert (event.messages, event.checks, event.sender, event.receiver) == ((), (), SERVER, SERVER)
    assert evolve(event).by_attacker is False
