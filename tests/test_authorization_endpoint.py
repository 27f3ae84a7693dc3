"""What the authorization endpoint answers to every wrong request: a page, or an error that travels to the app."""

from typing import Any

import pytest

from flowsim.actors.authorization_server import LOGIN_COOKIE
from flowsim.analysis.counterexamples.edits import Change, flying, server_of, with_query, with_registration, world_in
from flowsim.analysis.counterexamples.requests import Answer, ask, get, post
from flowsim.checks.authorize import ERROR_ADDRESS, FATAL, REDIRECTED, redirect_matches
from flowsim.model.refusal import ErrorPage, OAuthError
from flowsim.model.scenario import ISSUER
from flowsim.model.states import State
from flowsim.model.world import VICTIM, World
from flowsim.protocol.messages import Opening, query_of, single
from tests.kit.worlds import CALLBACK, CLIENTS, PLAIN, is_page


def authorize_url(world: World) -> str:
    message = flying(world)
    return message.url if isinstance(message, Opening) else getattr(message, "location", "")


def authorize(world: World, **changes: Change) -> Answer:
    return ask(world, with_query(get(authorize_url(world)), **changes))


def accepted(heard: Answer) -> bool:
    """The request is kept and the browser is sent to the login page."""
    return heard.response.status == 303 and heard.response.location == f"{ISSUER}/login"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": "Photo-App"},
        {"client_id": ("photo-app", "photo-app")},
        {"client_id": ("", "photo-app")},
        {"client_id": "nobody", "response_type": "token"},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": (CALLBACK, CALLBACK)},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": f"{CALLBACK}/"},
        {"redirect_uri": f"{CALLBACK}?x=1"},
        {"redirect_uri": f"{CALLBACK}#x"},
        {"redirect_uri": f"{CALLBACK}\n"},
        {"redirect_uri": "COM.example.app:/callback"},
        {"redirect_uri": "com.example.app://callback"},
        {"redirect_uri": "com.example.app:/%63allback"},
        {"redirect_uri": "https://spa.example/callback"},
        {"redirect_uri": "https://evil.example/", "scope": "unheard-of"},
        {"response_mode": "fragment"},
        {"response_mode": "form_post"},
        {"response_mode": "web_message", "response_type": None},
    ],
    ids=str,
)
def test_a_request_whose_app_or_address_is_in_doubt_ends_on_a_page_and_is_never_redirected(
    changes: dict[str, Change],
) -> None:
    world = world_in(State.PREPARED)
    heard = authorize(world, **changes)
    assert heard.response.status == 400
    assert is_page(heard.response)
    assert server_of(heard.world) == server_of(world)
    assert "evil.example" not in heard.response.text()


@pytest.mark.parametrize(
    "off", [frozenset(), frozenset({"authorize.client_known", "authorize.error_address_trusted"})], ids=["on", "off"]
)
def test_all_checks_are_shown_and_no_redirected_one_decides_while_the_app_is_in_doubt(off: frozenset[str]) -> None:
    changes: dict[str, Change] = {"client_id": "nobody", "redirect_uri": "https://evil.example/", "response_type": "x"}
    world = world_in(State.PREPARED)
    heard = ask(world, with_query(get(authorize_url(world)), **changes), off=off)
    # Where nothing is in doubt an error is to be sent, so its address is looked at first.
    assert [one.check for one in heard.checks] == [*FATAL, *(ERROR_ADDRESS if off else ()), *REDIRECTED]
    failed = [one.check for one in heard.checks if one.passed is False]
    assert {type(check.on_failure) for check in failed} == {ErrorPage, OAuthError}
    deciding = [one.check.id for one in heard.checks if one.decides]
    assert deciding == (["authorize.response_type_supported"] if off else ["authorize.client_known"])
    assert heard.response.status == (303 if off else 400)


@pytest.mark.parametrize(
    ("changes", "error", "check"),
    [
        ({"state": ("a", "b")}, "invalid_request", "parameters_once"),
        ({"scope": ("openid", "openid")}, "invalid_request", "parameters_once"),
        ({"code_challenge": ("a" * 43, "b" * 43)}, "invalid_request", "parameters_once"),
        ({"unknown": ("1", "2")}, "invalid_request", "parameters_once"),
        ({"unknown": ("", "")}, "invalid_request", "parameters_once"),
        ({"response_type": None}, "invalid_request", "response_type_present"),
        ({"response_type": ""}, "invalid_request", "response_type_present"),
        ({"response_type": "token"}, "unsupported_response_type", "response_type_supported"),
        ({"response_type": "code id_token"}, "unsupported_response_type", "response_type_supported"),
        ({"response_type": "CODE"}, "unsupported_response_type", "response_type_supported"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported", "no_request_object"),
        ({"request_uri": "https://app.example/request.jwt"}, "request_uri_not_supported", "no_request_uri"),
        ({"scope": "admin"}, "invalid_scope", "scope_allowed"),
        ({"scope": "openid  profile"}, "invalid_scope", "scope_allowed"),
        ({"scope": " openid"}, "invalid_scope", "scope_allowed"),
        ({"scope": "openid\tprofile"}, "invalid_scope", "scope_allowed"),
        ({"scope": 'openid "profile"'}, "invalid_scope", "scope_allowed"),
        ({"scope": "OpenID"}, "invalid_scope", "scope_allowed"),
        ({"prompt": "none"}, "login_required", "prompt_possible"),
        ({"prompt": "login none"}, "invalid_request", "prompt_understood"),
        ({"code_challenge": None}, "invalid_request", "challenge_present"),
        ({"code_challenge": ""}, "invalid_request", "challenge_present"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request", "challenge_present"),
        ({"code_challenge_method": "S512"}, "invalid_request", "method_supported"),
        ({"code_challenge_method": "s256"}, "invalid_request", "method_supported"),
        ({"code_challenge_method": "plain"}, "invalid_request", "method_supported"),
        ({"code_challenge_method": None}, "invalid_request", "method_supported"),
        ({"code_challenge_method": ""}, "invalid_request", "method_supported"),
        ({"code_challenge": "a" * 42}, "invalid_request", "challenge_well_formed"),
        ({"code_challenge": "a" * 129}, "invalid_request", "challenge_well_formed"),
        ({"code_challenge": "a" * 42 + "+"}, "invalid_request", "challenge_well_formed"),
        ({"code_challenge": "a" * 43 + "\n"}, "invalid_request", "challenge_well_formed"),
        ({"response_type": "token", "scope": "admin"}, "unsupported_response_type", "response_type_supported"),
    ],
    ids=str,
)
def test_any_other_error_of_the_request_travels_back_to_the_app(
    changes: dict[str, Change], error: str, check: str
) -> None:
    world = world_in(State.PREPARED)
    heard = authorize(world, **changes)
    assert heard.decided == f"authorize.{check}"
    assert heard.response.status == 303
    address, _, query = heard.response.location.partition("?")
    assert address == CALLBACK
    answer = dict(query_of(f"x:?{query}"))
    assert answer.pop("error") == error
    assert PLAIN.fullmatch(answer.pop("error_description"))
    state = changes.get("state", single(query_of(authorize_url(world)), "state"))
    assert answer == {"state": state[0] if isinstance(state, tuple) else state, "iss": ISSUER}
    assert heard.response.header("cache-control") == "no-store"
    assert heard.response.header("referrer-policy") == "no-referrer"
    assert server_of(heard.world) == server_of(world)


def test_even_an_address_that_nobody_checked_cannot_start_a_header() -> None:
    asked = with_query(
        get(authorize_url(world_in(State.PREPARED))), redirect_uri="x:\r\nSet-Cookie: a=b", prompt="none"
    )
    heard = ask(world_in(State.PREPARED), asked, off={"authorize.redirect_uri_registered"})
    assert heard.response.location.startswith("x:%0D%0ASet-Cookie:%20a=b?error=login_required")


def test_a_client_that_may_not_use_codes_is_told_so() -> None:
    world = with_registration(world_in(State.PREPARED), grant_types=("client_credentials",))
    heard = authorize(world)
    assert single(query_of(heard.response.location), "error") == "unauthorized_client"


def test_an_error_without_state_or_iss_travels_without_them() -> None:
    heard = authorize(world_in(State.PREPARED, iss=False), state=None, prompt="none")
    assert [name for name, _ in query_of(heard.response.location)] == ["error", "error_description"]


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        ({}, {}),
        ({}, {"unknown": "1", "audience": "https://api.example"}),
        ({}, {"scope": "openid admin"}),
        ({}, {"state": None, "nonce": None, "scope": None}),
        ({}, {"prompt": "", "request": "", "request_uri": "", "response_mode": ""}),
        ({}, {"prompt": "login consent", "response_mode": "query", "max_age": "0"}),
        ({}, {"code_challenge": "a" * 128}),
        ({"pkce": "plain"}, {"code_challenge_method": None}),
        ({"pkce": "plain"}, {"code_challenge_method": "S256"}),
        ({"pkce": "none"}, {}),
        ({"pkce": "none"}, {"code_challenge_method": "S512"}),
        ({"pkce": "S256", "pkce_required": False}, {"code_challenge": None}),
        *(({"client": client}, {}) for client in CLIENTS),
    ],
    ids=str,
)
def test_a_good_request_is_kept_and_leads_to_the_login_page(
    settings: dict[str, Any], changes: dict[str, Change]
) -> None:
    heard = authorize(world_in(State.PREPARED, **settings), **changes)
    assert heard.decided is None
    assert accepted(heard)
    cookie = heard.response.header("set-cookie") or ""
    assert cookie.startswith(f"{LOGIN_COOKIE}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    ((_, session),) = server_of(heard.world).sessions.items()
    challenged = session.request.code_challenge is not None
    asked = dict(query_of(authorize_url(world_in(State.PREPARED, **settings)))) | changes
    assert challenged is bool(asked.get("code_challenge"))
    assert session.request.code_challenge_method == (
        (asked.get("code_challenge_method") or "plain") if challenged else None
    )


def test_the_endpoint_takes_a_post_with_the_parameters_in_the_form() -> None:
    url = authorize_url(world_in(State.PREPARED))
    assert accepted(ask(world_in(State.PREPARED), post(f"{ISSUER}/authorize", dict(query_of(url)))))
    heard = ask(world_in(State.PREPARED), post(url, {}))
    assert (heard.response.status, heard.decided) == (400, "authorize.client_known")


@pytest.mark.parametrize(
    ("registered", "sent", "matches"),
    [
        ("https://app.example/cb", "https://app.example/cb", True),
        ("https://app.example/cb", "https://app.example:443/cb", False),
        ("https://app.example/cb", "https://app.example:8443/cb", False),
        ("https://app.example/cb", "https://app.example/cb/../cb", False),
        ("https://app.example/cb", "https://app.example/CB", False),
        ("https://app.example/cb", "https://app.example.evil.example/cb", False),
        ("https://app.example/cb", "https://app.example/cbevil", False),
        ("https://app.example/cb?x=1", "https://app.example/cb?x=1", True),
        ("https://app.example/cb?x=1", "https://app.example/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:65535/cb", True),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb", True),
        ("http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", True),
        ("http://127.0.0.1/cb?x=1", "http://127.0.0.1:51004/cb?x=1", True),
        ("http://[::1]/cb", "http://[::1]:51004/cb", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/other", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb/", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb?x=1", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb#x", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004/cb\n", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:x/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1:51004/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.2:51004/cb", False),
        ("http://127.0.0.1/cb", "http://localhost:51004/cb", False),
        ("http://127.0.0.1/cb", "http://[::1]:51004/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", False),
        ("http://127.0.0.1/cb", "http://127x0x0x1/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51004@evil.example/cb", False),
        ("http://127.0.0.1/cb", "http://u@127.0.0.1:51004/cb", False),
        ("http://localhost/cb", "http://localhost:51004/cb", False),
        ("http://app.example/cb", "http://app.example:8080/cb", False),
    ],
)
def test_an_address_matches_letter_by_letter_and_only_a_loopback_port_may_differ(
    registered: str, sent: str, matches: bool
) -> None:
    assert redirect_matches(registered, sent) is matches


@pytest.mark.parametrize(
    ("redirect_uri", "fine"),
    [
        ("http://127.0.0.1:1/callback", True),
        ("http://127.0.0.1:1/other", False),
        ("http://localhost:51004/callback", False),
    ],
)
def test_the_endpoint_applies_that_rule_to_a_loopback_app(redirect_uri: str, fine: bool) -> None:
    heard = authorize(world_in(State.PREPARED, client="native-loopback"), redirect_uri=redirect_uri)
    assert accepted(heard) is fine


def test_a_query_that_was_registered_with_the_address_is_kept() -> None:
    address = f"{CALLBACK}?kept=1"
    world = with_registration(world_in(State.PREPARED), redirect_uris=(address,))
    assert authorize(world, redirect_uri=address, prompt="none").response.location.startswith(f"{address}&error=")
    assert accepted(authorize(world, redirect_uri=address))
    assert authorize(world).response.status == 400


@pytest.mark.parametrize(("remembered", "silent"), [("consent", True), ("login", False)])
def test_whether_a_pushed_request_may_be_silent_shows_when_the_browser_comes(remembered: str, silent: bool) -> None:
    """The push comes from the app, which has no cookie of the user's (OIDC Core §3.1.2.6, RFC 9126 §2.1)."""
    world = world_in(State.PREPARED, par="optional", remembered=remembered)
    params = {"response_type": "code", "client_id": "photo-app", "redirect_uri": CALLBACK, "prompt": "none"}
    params |= {"code_challenge": "c" * 43, "code_challenge_method": "S256"}
    pushed = ask(world, post(f"{ISSUER}/oauth/par", params))
    assert pushed.response.status == 201
    name = pushed.response.json()["request_uri"]
    ((cookie, value),) = world.browsers[VICTIM].cookies[ISSUER].items()
    opened = with_query(get(f"{ISSUER}/authorize", cookie=f"{cookie}={value}"), client_id="photo-app", request_uri=name)
    heard = ask(pushed.world, opened)
    assert accepted(heard) is silent
    assert heard.decided == (None if silent else "authorize.consent_there")
