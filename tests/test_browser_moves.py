"""What a browser does of its own accord: it asks in a frame, opens an address ahead of its user, loads one once more."""

import json
from itertools import product
from typing import Any

import pytest

from flowsim import Simulation
from flowsim.analysis.counterexamples.edits import OFFLINE, world_in
from flowsim.diagnosis.diagnosis import diagnose
from flowsim.engine.apply import apply
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import Act, Role, State
from flowsim.model.transitions import IllegalMove, Move
from flowsim.model.world import VICTIM
from flowsim.protocol.messages import Request, single
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.har import har
from flowsim.views.formats.replay import differences
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.narration import told
from flowsim.views.text.words_of_console import console


def played(**settings: Any) -> Trace:
    return Simulation(**{"seed": 7, **settings}).run()


def end_of(trace: Trace, run: str) -> State:
    return trace.worlds[-1].runs[run].state


def decided(trace: Trace, run: str) -> list[str]:
    return [one.check.id for event in trace.events if event.run == run for one in event.checks if one.decides]


# ---- A silent renewal in a frame

# Whether the server marks its cookies for frames, what the browser does with those of other sites, and what comes of it.
RENEWED = {
    (True, "allowed"): True,
    (True, "blocked"): False,
    (True, "partitioned"): False,
    (False, "allowed"): False,
    (False, "blocked"): False,
    (False, "partitioned"): False,
}


@pytest.mark.parametrize(("marked", "rule"), list(RENEWED))
@pytest.mark.parametrize("known", ["consent", "from-now"])
def test_a_silent_renewal_works_where_the_servers_cookie_reaches_the_frame(known: str, marked: bool, rule: str) -> None:
    settings = {"client": "spa", "remembered": known, "cookies_in_frames": marked, "third_party_cookies": rule}
    trace = played(later="silent-renewal", **settings)
    run = "silent-renewal 1"
    if RENEWED[marked, rule]:
        assert end_of(trace, run) is State.DONE
    else:
        assert end_of(trace, run) is State.AUTHORIZATION_FAILED
        assert decided(trace, run) == ["authorize.prompt_possible"]
        asked = [one.message for e in trace.events if e.run == run for one in e.messages]
        assert "login_required" in {single(one.query, "error") for one in asked if isinstance(one, Request)}
    lines = [line for one in told(trace) for line in console(one) if one.event.run == run]
    assert bool(lines) is not RENEWED[marked, rule]
    assert all("__Host-user" in line for line in lines)
    assert end_of(trace, VICTIM) is State.DONE


@pytest.mark.parametrize(("marked", "rule"), [one for one, works in RENEWED.items() if not works])
def test_the_diagnosis_of_a_silent_renewal_tells_a_cookie_kept_back_from_a_user_who_is_not_there(
    marked: bool, rule: str
) -> None:
    settings = {"client": "spa", "cookies_in_frames": marked, "third_party_cookies": rule, "later": "silent-renewal"}
    for known in ("consent", "from-now"):
        found = diagnose(played(remembered=known, **settings))
        assert found is not None
        assert (found.cause, found.step) == ("third-party-cookie", 3)
    nobody = diagnose(played(remembered="nothing", **settings | {"later": "login silent-renewal"}))
    assert nobody is not None
    assert nobody.cause == "silent-login-first"


@pytest.mark.parametrize("rule", ["allowed", "blocked", "partitioned"])
def test_a_refresh_token_renews_whatever_becomes_of_cookies(rule: str) -> None:
    settings = {"client": "spa", "third_party_cookies": rule, "cookies_in_frames": False, "scope": OFFLINE}
    trace = played(later="silent-renewal refresh call", remembered="consent", **settings)
    assert end_of(trace, "silent-renewal 1") is State.AUTHORIZATION_FAILED
    assert end_of(trace, "refresh 1") is State.TOKENS_HELD
    assert end_of(trace, "call 1") is State.DONE


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"remembered": "nothing"}, "login_required"),
        ({"remembered": "login"}, "consent_required"),
        ({"remembered": "consent", "max_age": 60}, "login_required"),
    ],
)
def test_a_silent_renewal_asks_nobody_and_hears_what_the_server_would_ask(more: dict[str, Any], error: str) -> None:
    # The login before it agrees as well, where the server remembers that.
    trace = played(client="spa", cookies_in_frames=True, later="10m silent-renewal", **more)
    requests = [one.message for e in trace.events if e.run == "silent-renewal 1" for one in e.messages]
    found = {single(one.query, "error") for one in requests if isinstance(one, Request)} - {None}
    assert found == {error}
    assert not any(event.act is Act.STEP_5 and event.run == "silent-renewal 1" for event in trace.events)


def test_a_server_that_shows_a_page_all_the_same_shows_it_to_nobody() -> None:
    trace = played(client="spa", later="silent-renewal", remembered="nothing", ignores_login_parameters=True)
    assert end_of(trace, "silent-renewal 1") is State.FRAME_EMPTY
    (line,) = [line for one in told(trace) for line in console(one) if one.event.run == "silent-renewal 1"]
    assert "in a frame of https://spa.example" in line


# ---- An address that is opened ahead of the user

OPEN = {"without": frozenset({"callback.transaction_exists"}), "state": False, "nonce": False, "pkce": "none"}


@pytest.mark.parametrize("client", ["web", "spa"])
@pytest.mark.parametrize("wait", ["", "after 6: 30s "])
def test_a_prefetch_uses_the_login_up_and_the_user_is_refused(client: str, wait: str) -> None:
    trace = played(client=client, later=f"{wait}prefetch")
    assert (end_of(trace, "prefetch 1"), end_of(trace, VICTIM)) == (State.DONE, State.REDIRECT_REFUSED)
    assert decided(trace, VICTIM) == ["callback.transaction_exists"]
    codes = [e for e in trace.events if e.act is Act.STEP_7 and e.after is State.CODE_SENT]
    assert [event.run for event in codes] == ["prefetch 1"]


@pytest.mark.parametrize("client", ["web", "spa"])
def test_an_app_that_refuses_prefetches_serves_its_user(client: str) -> None:
    trace = played(client=client, later="prefetch", refuses_prefetch=True)
    assert (end_of(trace, "prefetch 1"), end_of(trace, VICTIM)) == (State.REDIRECT_REFUSED, State.DONE)
    assert decided(trace, "prefetch 1") == ["callback.not_ahead"]


def test_a_scanner_without_a_cookie_uses_up_only_what_is_bound_to_no_browser() -> None:
    careful = played(client="web", later="scan")
    assert (end_of(careful, "scan 1"), end_of(careful, VICTIM)) == (State.REDIRECT_REFUSED, State.DONE)
    careless = played(client="web", later="scan", **OPEN)
    assert end_of(careless, "scan 1") is State.DONE
    assert decided(careless, VICTIM) == ["send.code_new"]
    by_state = played(client="web", later="scan", state_not_bound_to_browser=True)
    assert (end_of(by_state, "scan 1"), end_of(by_state, VICTIM)) == (State.DONE, State.REDIRECT_REFUSED)


@pytest.mark.parametrize("plan", ["prefetch", "scan"])
def test_an_answer_that_is_posted_stands_in_no_address_that_could_be_opened_ahead(plan: str) -> None:
    trace = played(client="web", later=plan, response_mode="form_post", cookie_same_site="none")
    assert f"{plan} 1" not in trace.worlds[-1].runs
    assert end_of(trace, VICTIM) is State.DONE


def test_what_comes_ahead_can_be_ordered_like_any_other_run() -> None:
    trace = played(client="web", later="prefetch", order="victim:6 prefetch1:7 victim:7 prefetch1:11")
    assert (end_of(trace, "prefetch 1"), end_of(trace, VICTIM)) == (State.DONE, State.REDIRECT_REFUSED)
    late = played(client="web", later="prefetch", order="victim:7 prefetch1:7")
    assert "prefetch 1" not in late.worlds[-1].runs
    assert end_of(late, VICTIM) is State.DONE


# ---- An address that is loaded once more

REVOKED = {"without": frozenset({"callback.transaction_exists", "send.code_new"})} | {
    name: value for name, value in OPEN.items() if name != "without"
}


@pytest.mark.parametrize("client", ["web", "spa"])
def test_a_reload_changes_nothing_for_a_careful_app(client: str) -> None:
    trace = played(client=client, later="reload call")
    assert decided(trace, "reload 1") == ["callback.transaction_exists"]
    assert (end_of(trace, VICTIM), end_of(trace, "call 1")) == (State.DONE, State.DONE)


@pytest.mark.parametrize(("client", "replay_revokes"), list(product(("web", "spa"), (True, False))))
def test_a_reload_at_an_app_that_looks_at_nothing_sends_the_code_again_and_ends_its_own_session(
    client: str, replay_revokes: bool
) -> None:
    trace = played(client=client, later="reload refresh", replay_revokes=replay_revokes, scope=OFFLINE, **REVOKED)
    assert decided(trace, "reload 1") == ["token.code_unused"]
    assert end_of(trace, "refresh 1") is (State.REFRESH_FAILED if replay_revokes else State.TOKENS_HELD)
    assert decided(trace, "refresh 1") == (["refresh.not_revoked"] if replay_revokes else [])


def test_an_app_that_remembers_its_codes_sends_none_twice() -> None:
    trace = played(client="web", later="reload call", **OPEN)
    assert decided(trace, "reload 1") == ["send.code_new"]
    assert end_of(trace, "call 1") is State.DONE


@pytest.mark.parametrize(
    ("settings", "comes"),
    [
        ({}, True),
        ({"cookie_same_site": "strict"}, False),
        ({"cookie_same_site": "strict", "remembered": "consent"}, True),
        ({"cookie_same_site": "none", "response_mode": "form_post"}, True),
        ({"cookie_same_site": "lax", "response_mode": "form_post"}, False),
    ],
)
def test_a_reload_is_as_much_a_request_of_another_site_as_the_first_was(settings: dict[str, Any], comes: bool) -> None:
    trace = played(client="web", later="reload", **settings)
    came = [one.message for e in trace.events if e.act is Act.STEP_7 for one in e.messages[:1]]
    first, again = [one for one in came if isinstance(one, Request)]
    assert bool(again.cookies) is bool(first.cookies) is comes
    assert (again.method, again.url, again.body) == (first.method, first.url, first.body)


def test_a_reload_of_an_error_is_a_reload_of_an_error() -> None:
    trace = played(client="web", later="reload", user="denies")
    assert [event.after for event in trace.events if event.act is Act.LOAD_AGAIN] == [State.ERROR_IN_BROWSER]
    assert end_of(trace, "reload 1") is State.REDIRECT_REFUSED


def test_the_first_answer_is_loaded_once_more_and_not_the_reload_of_it() -> None:
    trace = played(client="web", later="reload login reload", cookie_same_site="none")
    urls = [one.messages[0].message for one in trace.events if one.act is Act.STEP_7]
    first, again, second, last = [one.url for one in urls if isinstance(one, Request)]
    assert first == again != second == last


# ---- What cannot be


@pytest.mark.parametrize(
    ("client", "plan"),
    [
        ("web", "silent-renewal"),
        ("native-scheme", "silent-renewal"),
        ("native-https", "prefetch"),
        ("native-loopback", "reload"),
        ("spa", "scan"),
    ],
)
def test_a_plan_for_an_app_for_which_it_would_do_nothing_is_refused(client: str, plan: str) -> None:
    with pytest.raises(ScenarioError, match=f"later: {plan} takes an app"):
        Simulation(client=client, later=plan)


@pytest.mark.parametrize(
    ("run", "act", "settings", "lacking"),
    [
        ("prefetch 1", Act.OPEN_AHEAD, {"client": "web"}, "no address that leads to the app"),
        ("reload 1", Act.LOAD_AGAIN, {"client": "web"}, "no app has been called back"),
        ("silent-renewal 1", Act.RENEW_SILENTLY, {"client": "web"}, "only the page of an app"),
    ],
)
def test_a_move_that_lacks_what_it_takes_is_illegal(run: str, act: Act, settings: dict[str, Any], lacking: str) -> None:
    with pytest.raises(IllegalMove, match=lacking):
        apply(world_in(State.REQUESTED, **settings), Move(run, act, role=Role.LOGIN))


def test_no_app_of_the_device_can_be_prefetched() -> None:
    with pytest.raises(IllegalMove, match="only an address can be opened"):
        apply(world_in(State.CODE_IN_BROWSER), Move("prefetch 1", Act.OPEN_AHEAD, role=Role.LOGIN))


# ---- Files

STORIES: tuple[dict[str, Any], ...] = (
    {"client": "spa", "later": "silent-renewal call", "remembered": "consent", "cookies_in_frames": True},
    {"client": "spa", "later": "silent-renewal", "remembered": "consent", "third_party_cookies": "blocked"},
    {"client": "web", "later": "prefetch reload call"},
    {"client": "web", "later": "scan reload", "response_mode": "form_post", "cookie_same_site": "none"},
    {"client": "spa", "later": "prefetch reload", "refuses_prefetch": True},
)


@pytest.mark.parametrize("story", STORIES)
def test_a_file_of_what_a_browser_does_plays_again_and_has_its_requests_in_the_har(story: dict[str, Any]) -> None:
    trace = played(**story)
    assert not differences(json.dumps(trace_json(trace)))
    assert har(trace)["log"]["entries"]
