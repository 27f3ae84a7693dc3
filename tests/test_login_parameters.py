"""What an app may ask of the login, parameter by parameter: each is done, or refused, and none is dropped.

Source: OIDC Core sections 3.1.2.1, 3.1.2.3 and 3.1.2.6, RFC 9470 sections 4 and 5.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from flowsim.actors.authorization_server import LOGIN_COOKIE, REMEMBER_COOKIE, metadata
from flowsim.analysis.counterexamples.edits import Change, forged, played, server_of, with_server, world_in
from flowsim.analysis.counterexamples.requests import Answer, ask, cookie_of, get, hidden, post
from flowsim.engine.initial_world import ALICE, ATTACKERS_ACCOUNT, HOUR
from flowsim.model.authentication import ACR
from flowsim.model.scenario import ISSUER
from flowsim.model.states import State
from flowsim.model.world import VICTIM, Person, World
from flowsim.protocol import signed_tokens
from flowsim.protocol.messages import query_of
from flowsim.protocol.totp import code_at
from tests.kit.worlds import CALLBACK, is_page
from tests.test_authorization_endpoint import authorize_url

PASSWORD, ONE_TIME = ACR["password"], ACR["one-time-code"]
AGREED = {"remembered": "consent"}
LOGGED_IN = {"remembered": "login"}


def cookie_of_alice(world: World) -> str | None:
    jar: Mapping[str, str] = world.browsers[VICTIM].cookies.get(ISSUER, {})
    return f"{REMEMBER_COOKIE}={jar[REMEMBER_COOKIE]}" if REMEMBER_COOKIE in jar else None


def opened(settings: dict[str, Any], changes: Mapping[str, Change], *, pushed: bool = False, later: int = 0) -> Answer:
    """What the browser is shown for this request, as far as the server sends it on by itself."""
    world = world_in(State.PREPARED, **settings)
    params: dict[str, Change] = {**dict(query_of(authorize_url(world))), **changes}
    cookie = cookie_of_alice(world)
    if pushed:
        world = with_server(world, par="optional")
        answer = ask(world, post(f"{ISSUER}/oauth/par", params))
        if answer.response.status != 201:
            return answer
        world, params = answer.world, {"client_id": "photo-app", "request_uri": answer.response.json()["request_uri"]}
    heard = ask(world, post(f"{ISSUER}/authorize", params, cookie=cookie))
    if heard.response.location != f"{ISSUER}/login":
        return heard
    cookies = "; ".join(filter(None, (cookie, cookie_of(heard.world))))
    heard = ask(heard.world, get(f"{ISSUER}/login", cookie=cookies), now=heard.world.now + later)
    if heard.response.location != f"{ISSUER}/consent":
        return heard
    return ask(heard.world, get(f"{ISSUER}/consent", cookie=cookies))


def seen(heard: Answer) -> str:
    """`login`, `consent`, `code`, or the error."""
    if "username" in heard.response.body:
        return "login"
    if "decision" in heard.response.body:
        return "consent"
    answer = dict(query_of(heard.response.location)) or heard.response.json()
    return "code" if "code" in answer else str(answer["error"])


WITHOUT_CONSENT = {"remembered": "login", "asks_consent": False}
SILENT = [
    ({}, {}, "login_required"),
    (LOGGED_IN, {}, "consent_required"),
    (WITHOUT_CONSENT, {}, "code"),
    (AGREED, {}, "code"),
    (AGREED, {"max_age": str(HOUR)}, "code"),
    (AGREED, {"max_age": str(HOUR - 1)}, "login_required"),
    (AGREED, {"max_age": "0"}, "login_required"),
    (AGREED, {"acr_values": PASSWORD}, "code"),
    (AGREED, {"acr_values": ONE_TIME}, "login_required"),
    (AGREED, {"acr_values": f"{ONE_TIME} {PASSWORD}"}, "code"),
    (AGREED, {"login_hint": "mallory", "ui_locales": "xx", "display": "popup"}, "code"),
]


@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize(("settings", "changes", "expected"), SILENT, ids=str)
def test_a_silent_request_gets_a_code_wherever_no_page_is_needed_and_else_the_error_that_says_which_is(
    settings: dict[str, Any], changes: dict[str, Change], expected: str, pushed: bool
) -> None:
    """OIDC Core §3.1.2.6: an error only where the request cannot be completed without displaying a user interface."""
    assert seen(opened(settings, {**changes, "prompt": "none"}, pushed=pushed)) == expected


NOT_SILENT = [
    ({}, {"prompt": "login"}, "login"),
    (AGREED, {}, "code"),
    (AGREED, {"prompt": "login"}, "login"),
    (AGREED, {"prompt": "consent"}, "consent"),
    (WITHOUT_CONSENT, {"prompt": "consent"}, "consent"),
    (AGREED, {"prompt": "login consent"}, "login"),
    (AGREED, {"prompt": "select_account"}, "login"),
    (AGREED, {"prompt": "consent select_account"}, "login"),
    (LOGGED_IN, {}, "consent"),
    (AGREED, {"max_age": "0"}, "login"),
    (AGREED, {"max_age": str(HOUR - 1)}, "login"),
    (AGREED, {"max_age": str(HOUR)}, "code"),
    (AGREED, {"max_age": "007200"}, "code"),
    (AGREED, {"max_age": "9" * 400}, "code"),
    (AGREED, {"acr_values": ONE_TIME}, "login"),
    (AGREED, {"acr_values": PASSWORD}, "code"),
    (AGREED, {"prompt": "none login"}, "invalid_request"),
    (AGREED, {"prompt": "create"}, "invalid_request"),
    (AGREED, {"prompt": "Login"}, "invalid_request"),
    (AGREED, {"max_age": "-1"}, "invalid_request"),
    (AGREED, {"max_age": "1.5"}, "invalid_request"),
    (AGREED, {"max_age": "١"}, "invalid_request"),
    (AGREED, {"max_age": "soon"}, "invalid_request"),
    (AGREED, {"display": "hologram"}, "invalid_request"),
    (AGREED, {"id_token_hint": "garbage"}, "invalid_request"),
    (AGREED, {"registration": "{}"}, "registration_not_supported"),
    (AGREED, {"acr_values": "gold"}, "unmet_authentication_requirements"),
    (AGREED, {"response_mode": "query"}, "code"),
    (AGREED, {"ui_locales": "fr-CA fr en", "claims_locales": "xx-unheard-of"}, "code"),
]


@pytest.mark.parametrize("pushed", [False, True])
@pytest.mark.parametrize(("settings", "changes", "expected"), NOT_SILENT, ids=str)
def test_each_parameter_of_a_login_is_done_or_refused(
    settings: dict[str, Any], changes: dict[str, Change], expected: str, pushed: bool
) -> None:
    assert seen(opened(settings, changes, pushed=pushed)) == expected


def test_what_was_silent_a_moment_ago_and_is_no_more_shows_no_page() -> None:
    """The session grows too old between the request and the page (OIDC Core §3.1.2.1: none displays no page)."""
    heard = opened(AGREED, {"prompt": "none", "max_age": str(HOUR)}, later=1)
    assert seen(heard) == "login_required"
    assert not server_of(heard.world).sessions


@pytest.mark.parametrize("switched_off", [False, True])
def test_a_request_that_has_waited_too_long_brings_no_code_without_a_page_either(switched_off: bool) -> None:
    """The form of a login page is refused by then, and the cookie of a user who is remembered makes it no younger."""
    without = {"without": frozenset({"login.session_fresh"} if switched_off else ())}
    lifetime = world_in(State.PREPARED).scenario.login_lifetime
    assert seen(opened(AGREED, {}, later=lifetime - 1)) == "code"
    heard = opened({**AGREED, **without}, {}, later=lifetime)
    assert (heard.response.status == 400 and is_page(heard.response)) is not switched_off
    assert bool(server_of(heard.world).grants) is switched_off


# ---- Hints


def id_token(of: Person = ALICE, **claims: Any) -> str:
    (held,) = played().worlds[-1].clients["com.example.app:"].tokens.values()
    assert held.id_token is not None
    return forged(held.id_token, {"sub": f"user-{of.username}", **claims})


@pytest.mark.parametrize(
    ("hint", "prompt", "expected"),
    [
        (id_token(), None, "code"),
        (id_token(), "none", "code"),
        (id_token(exp=1, aud="somebody-else"), None, "code"),
        (id_token(ATTACKERS_ACCOUNT), None, "login"),
        (id_token(ATTACKERS_ACCOUNT), "none", "login_required"),
        (id_token(iss="https://evil.example"), None, "invalid_request"),
    ],
)
def test_a_hint_names_the_user_who_must_be_logged_in(hint: str, prompt: str | None, expected: str) -> None:
    assert seen(opened(AGREED, {"id_token_hint": hint, "prompt": prompt})) == expected


def test_a_token_that_is_no_id_token_of_this_server_is_no_hint() -> None:
    (held,) = played().worlds[-1].clients["com.example.app:"].tokens.values()
    unsigned = forged(str(held.id_token), {}, {"alg": "none"}, sign=signed_tokens.no_signature)
    for hint in (held.access_token, unsigned, f"{held.id_token}x"):
        assert seen(opened(AGREED, {"id_token_hint": hint})) == "invalid_request"


def typed(heard: Answer, who: Person, **changes: Change) -> Answer:
    """The login form that was shown, filled in by this user."""
    form: dict[str, Change] = {"username": who.username, "password": who.password, "option": "password"}
    sent = {**form, "csrf": hidden(heard.response.body, "csrf"), **changes}
    return ask(heard.world, post(f"{ISSUER}/login", sent, cookie=cookie_of(heard.world)))


def test_another_user_than_the_one_hinted_gets_no_code_by_logging_in() -> None:
    """OIDC Core §3.1.2.1: it is an error if another one is logged in by the request."""
    page = opened({}, {"id_token_hint": id_token()})
    other = typed(page, ATTACKERS_ACCOUNT)
    assert (seen(other), other.decided) == ("login_required", "login.user_hinted")
    assert not server_of(other.world).sessions
    assert typed(page, ALICE).response.location == f"{ISSUER}/consent"


def test_the_name_that_the_app_knows_is_filled_in_and_harmless() -> None:
    page = opened({}, {"login_hint": 'alice"><script>x</script>'}).response
    assert is_page(page)
    assert 'value="alice&#34;&gt;&lt;script&gt;x&lt;/script&gt;"' in page.body
    assert "<script" not in page.body


@pytest.mark.parametrize("display", ["page", "popup", "touch", "wap"])
def test_a_page_has_the_shape_that_is_asked_for(display: str) -> None:
    shaped = f'<body class="{display}">' in opened({}, {"display": display}).response.body
    assert shaped is (display != "page")


# ---- How and when the user has logged in


def test_a_way_to_log_in_that_the_app_did_not_ask_for_is_neither_shown_nor_taken() -> None:
    """RFC 9470 §5: the requested acr is treated as required."""
    page = opened({}, {"acr_values": ONE_TIME})
    assert 'name="one_time_code"' in page.response.body
    assert 'name="password"' not in page.response.body
    assert typed(page, ALICE).decided == "login.context_class_given"
    code = code_at(ALICE.one_time_secret, page.world.now)
    fits = typed(page, ALICE, option="one-time-code", one_time_code=code, password=None)
    assert fits.response.location == f"{ISSUER}/consent"


@pytest.mark.parametrize("login", ["password", "one-time-code"])
def test_both_tokens_say_how_the_user_logged_in_where_the_app_asked(login: str) -> None:
    world = played(acr=login, login="password").worlds[-1]
    (held,) = world.clients["com.example.app:"].tokens.values()
    for text in (held.id_token, held.access_token):
        token = signed_tokens.read(str(text))
        assert token is not None
        assert token.claims["acr"] == ACR[login]
        assert token.claims["amr"] == [{"password": "pwd", "one-time-code": "otp"}[login]]


def test_no_token_says_so_where_nobody_asked() -> None:
    (held,) = played().worlds[-1].clients["com.example.app:"].tokens.values()
    claims = [signed_tokens.read(str(text)) for text in (held.id_token, held.access_token)]
    assert not any(token is None or {"acr", "amr"} & set(token.claims) for token in claims)


@pytest.mark.parametrize(("max_age", "ago"), [(None, HOUR), (HOUR * 2, HOUR), (600, 0)])
def test_auth_time_is_the_time_of_the_login_whichever_it_was(max_age: int | None, ago: int) -> None:
    trace = played(remembered="consent", max_age=max_age)
    (held,) = trace.worlds[-1].clients["com.example.app:"].tokens.values()
    token = signed_tokens.read(str(held.id_token))
    assert token is not None
    assert trace.worlds[-1].now - token.claims["auth_time"] == ago
    assert trace.verdict.ended is State.DONE


def test_a_login_renews_the_session_under_a_new_cookie_and_the_old_one_is_over() -> None:
    trace = played(remembered="login", max_age=600)
    before, after = trace.worlds[0], trace.worlds[-1]
    assert cookie_of_alice(before) != cookie_of_alice(after)
    ((cookie, known),) = server_of(after).known_users.items()
    assert f"{REMEMBER_COOKIE}={cookie}" == cookie_of_alice(after)
    assert (known.sub, known.auth_time) == ("user-alice", after.now)


def test_a_server_that_remembers_nothing_sets_no_cookie_for_the_user() -> None:
    cookies = [
        value
        for event in played().events
        for sent in event.messages
        for name, value in getattr(sent.message, "headers", ())
        if name == "Set-Cookie"
    ]
    assert cookies
    assert all(value.startswith(f"{LOGIN_COOKIE}=") for value in cookies)


def test_the_metadata_says_what_may_be_asked_for() -> None:
    told = metadata(server_of(world_in(State.START)))
    assert told["acr_values_supported"] == list(ACR.values())
    assert told["prompt_values_supported"] == ["none", "login", "consent", "select_account"]
    assert told["ui_locales_supported"] == ["en"]


def test_a_request_that_was_not_pushed_where_it_must_be_is_told_so_in_a_redirect() -> None:
    """RFC 9126 §4: with the error code invalid_request; only a wrong app or address ends on a page."""
    world = with_server(world_in(State.PREPARED), par="required")
    heard = ask(world, get(authorize_url(world)))
    assert (seen(heard), heard.decided) == ("invalid_request", "authorize.pushed_where_required")
    assert heard.response.location.startswith(f"{CALLBACK}?")
    wrong = ask(world, replace(get(authorize_url(world)), url=f"{ISSUER}/authorize?client_id=photo-app&scope=openid"))
    assert (wrong.response.status, wrong.decided) == (400, "authorize.redirect_uri_registered")
