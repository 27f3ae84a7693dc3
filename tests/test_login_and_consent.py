"""What the login page and the consent page answer to every wrong form, and where a right one leads."""

import hashlib
from typing import Any

import pytest

from flowsim.actors.authorization_server import LOGIN_COOKIE, login_pages
from flowsim.analysis.counterexamples.edits import (
    Change,
    client_of,
    server_of,
    with_registration,
    with_server,
    world_in,
)
from flowsim.analysis.counterexamples.requests import ask, consent, cookie_of, get, hidden, login, post
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT, account_of
from flowsim.model.scenario import ISSUER
from flowsim.model.states import State
from flowsim.model.world import World, evolve
from flowsim.protocol.messages import Response, query_of
from flowsim.protocol.totp import code_at
from tests.kit.worlds import CALLBACK, is_page
from tests.test_machine import journeys


def with_session(world: World, **fields: Any) -> World:
    """The server remembers something else of the request that this login answers."""
    ((session_id, session),) = server_of(world).sessions.items()
    session = evolve(session, request=evolve(session.request, **fields))
    return with_server(world, sessions=server_of(world).sessions.set(session_id, session))


@pytest.mark.parametrize(
    ("changes", "cookie", "status", "check"),
    [
        ({"password": "wrong"}, "", 200, "login.credentials_fit"),
        ({"password": None}, "", 200, "login.credentials_fit"),
        ({"password": "\0"}, "", 200, "login.credentials_fit"),
        ({"username": "mallory"}, "", 200, "login.credentials_fit"),
        ({"username": None}, "", 200, "login.credentials_fit"),
        ({"option": "one-time-code"}, "", 200, "login.credentials_fit"),
        ({"option": "one-time-code", "one_time_code": "000000"}, "", 200, "login.credentials_fit"),
        ({"option": "one-time-code", "one_time_code": "é"}, "", 200, "login.credentials_fit"),
        ({"csrf": None}, "", 403, "login.csrf_fits"),
        ({"csrf": "other"}, "", 403, "login.csrf_fits"),
        ({}, None, 403, "login.session_known"),
        ({}, f"{LOGIN_COOKIE}=other", 403, "login.session_known"),
        ({"password": "wrong"}, None, 403, "login.session_known"),
    ],
    ids=str,
)
def test_a_wrong_login_form_gets_a_page_and_no_code(
    changes: dict[str, Change], cookie: str | None, status: int, check: str
) -> None:
    heard = login(world_in(State.LOGIN_SHOWN), changes, cookie)
    assert (heard.response.status, heard.decided) == (status, check)
    assert is_page(heard.response)
    assert not server_of(heard.world).grants


def test_the_page_does_not_tell_a_wrong_name_from_a_wrong_password() -> None:
    world = world_in(State.LOGIN_SHOWN)
    pages = {login(world, wrong).response.text() for wrong in ({"password": "wrong"}, {"username": "mallory"})}
    assert len(pages) == 1


@pytest.mark.parametrize("shift", [0, -30, 30, 3000])
def test_a_one_time_code_works_in_its_half_minute_only(shift: int) -> None:
    world = world_in(State.LOGIN_SHOWN)
    code = code_at(ALICE.one_time_secret, world.now + shift)
    heard = login(world, {"option": "one-time-code", "one_time_code": code})
    assert heard.response.status == (303 if shift == 0 else 200)


def test_one_time_codes_are_those_of_rfc_6238() -> None:
    assert [code_at(ALICE.one_time_secret, now) for now in (59, 1111111109, 20000000000)] == [
        "287082",
        "081804",
        "353130",
    ]


def test_a_good_login_leads_to_the_consent_page_with_a_303() -> None:
    heard = login(world_in(State.LOGIN_SHOWN))
    assert (heard.response.status, heard.response.location) == (303, f"{ISSUER}/consent")
    assert heard.response.header("cache-control") == "no-store"


def test_the_consent_page_names_the_app_the_permissions_and_the_address() -> None:
    after = login(world_in(State.LOGIN_SHOWN)).world
    page = ask(after, get(f"{ISSUER}/consent", cookie=cookie_of(after))).response
    assert is_page(page)
    for text in ("Photo App would like to:", "read your messages", "see your name", CALLBACK, "Alice Example"):
        assert text in page.body


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"decision": "deny"}, "access_denied"), ({"decision": None}, "access_denied"), ({"decision": "allow"}, None)],
)
def test_the_users_decision_travels_to_the_app_with_a_303(changes: dict[str, Change], error: str | None) -> None:
    world = world_in(State.LOGIN_SHOWN)
    heard = consent(world, changes)
    assert heard.response.status == 303
    assert heard.response.location.startswith(f"{CALLBACK}?")
    answer = dict(query_of(heard.response.location))
    assert answer.get("error") == error
    assert ("code" in answer) is (error is None)
    assert (answer["state"], answer["iss"]) == (client_of(world).transactions["victim"].state, ISSUER)
    assert len(server_of(heard.world).grants) == (0 if error else 1)
    assert not server_of(heard.world).sessions


def test_a_wrong_consent_form_gets_a_page_and_no_code() -> None:
    world = world_in(State.LOGIN_SHOWN)
    early = {"csrf": server_of(world).sessions[cookie_of(world).partition("=")[2]].csrf, "decision": "allow"}
    cases = [
        (consent(world, {"csrf": "other"}), "consent.csrf_fits"),
        (consent(world, {"csrf": early["csrf"]}), "consent.csrf_fits"),
        (ask(world, post(f"{ISSUER}/consent", dict(early))), "consent.session_known"),
        (ask(world, post(f"{ISSUER}/consent", dict(early), cookie=cookie_of(world))), "consent.user_logged_in"),
    ]
    for heard, check in cases:
        assert (heard.response.status, heard.decided) == (403, check)
        assert is_page(heard.response)
        assert not server_of(heard.world).grants


def test_a_login_gives_one_code_and_no_second_one() -> None:
    world = world_in(State.LOGIN_SHOWN)
    after = login(world).world
    page = ask(after, get(f"{ISSUER}/consent", cookie=cookie_of(after))).response.body
    form = post(f"{ISSUER}/consent", {"csrf": hidden(page, "csrf"), "decision": "allow"}, cookie=cookie_of(after))
    first = ask(after, form)
    second = ask(first.world, form)
    assert (first.response.status, second.response.status) == (303, 403)
    assert second.decided == "consent.session_known"


@pytest.mark.parametrize("path", ["/login", "/consent"])
def test_a_page_without_a_login_under_way_is_an_error_page(path: str) -> None:
    heard = ask(world_in(State.START), get(f"{ISSUER}{path}"))
    assert heard.response.status == 400
    assert is_page(heard.response)


def test_a_query_that_was_registered_with_the_address_is_kept() -> None:
    address = f"{CALLBACK}?kept=1"
    world = with_session(world_in(State.LOGIN_SHOWN), redirect_uri=address)
    assert consent(world).response.location.startswith(f"{address}&code=")
    assert consent(world, {"decision": "deny"}).response.location.startswith(f"{address}&error=access_denied&")


def test_hostile_names_are_escaped_on_the_pages() -> None:
    world = with_registration(world_in(State.LOGIN_SHOWN), name="<script>alert(1)</script>")
    page = ask(world, get(f"{ISSUER}/login", cookie=cookie_of(world))).response
    assert "<script" not in page.body
    assert "&lt;script&gt;" in page.body


def test_a_run_knows_no_other_redirect_than_303_unless_the_server_was_told_to() -> None:
    statuses = {
        sent.message.status
        for world in journeys()
        if world.scenario.redirect_status == 303
        for event in world.log
        for sent in event.messages
        if isinstance(sent.message, Response)
    }
    assert {status for status in statuses if 300 <= status < 400} == {303}


def test_the_published_hashes_are_those_that_scrypt_makes() -> None:
    for (password, salt), published in login_pages.PUBLISHED_HASHES.items():
        own = hashlib.sha256(password.encode()).digest()
        assert hashlib.scrypt(own, salt=salt, n=2**14, r=8, p=1, dklen=32).hex() == published


def test_the_published_hashes_are_those_of_the_users_of_the_lessons_and_of_nobody_else() -> None:
    accounts = [account_of(person) for person in (ALICE, ATTACKERS_ACCOUNT)]
    hashes = {one.password_hash for one in accounts}
    assert {one.hex() for one in hashes} == {*login_pages.PUBLISHED_HASHES.values()}
    assert login_pages.scrypt("swordfis", accounts[0].salt) not in hashes
    assert login_pages.scrypt("swordfish", b"another salt") not in hashes
