"""A plan is read as it is written, and a mistake in one is told in a sentence that helps."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import OFFLINE, played
from flowsim.model.scenario import LAST_SECOND, Scenario, ScenarioError
from flowsim.model.states import Role, State
from flowsim.model.timeline import Occurrence, PlanError, duration, in_words, parse, roughly
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.har import har


def test_a_plan_is_read_word_by_word() -> None:
    assert parse("after 6: 2m 1h call refresh=openid+read:messages refresh logout password") == (
        Occurrence(kind="wait", run="wait 1", seconds=120, after=6),
        Occurrence(kind="wait", run="wait 2", seconds=3600),
        Occurrence(kind="call", run="call 1"),
        Occurrence(kind="refresh", run="refresh 1", scope="openid read:messages"),
        Occurrence(kind="refresh", run="refresh 2"),
        Occurrence(kind="logout", run="logout 1"),
        Occurrence(kind="password", run="password 1"),
    )
    assert parse("") == parse("  \n ") == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("refrsh", "made of times such as 90s, 10m, 1h, 30d and of the words refresh, refresh=SCOPE, call"),
        ("call=openid", "not 'call=openid'"),
        ("1w", "not '1w'"),
        ("0s", "a time is from 1 second to 3650 days, not '0s'"),
        ("3651d", "a time is from 1 second to 3650 days, not '3651d'"),
        ("after 6 2m", "expected a step from 1 to 10 and a colon, for example: after 6: 2m, not '6'"),
        ("after 11: 2m", "expected a step from 1 to 10"),
        ("after ²: 2m", "expected a step from 1 to 10"),
        ("after", "expected a step from 1 to 10"),
        ("after 6:", "expected a time behind “after STEP:”"),
        ("after 6: refresh", "after a step of the login only time can pass"),
        ("call " * 41, "at most 40 items, not 41"),
        ("after 6: 2m " * 41, "at most 40 items, not 41"),
        ("refresh=a: " * 41, "at most 40 items, not 41"),
        ("call " * 1_000_000, "at most 2000 characters, not 5000000"),
        ("x" * 1000, "…"),
        ("\x1b[31m", "not '\\x1b[31m'"),
    ],
)
def test_a_plan_that_makes_no_sense_is_explained(text: str, said: str) -> None:
    with pytest.raises(PlanError) as caught:
        parse(text)
    assert said in str(caught.value)
    with pytest.raises(ScenarioError, match=r"^later:? ") as refused:
        Scenario(later=text, scope=OFFLINE)
    assert said in str(refused.value)


@given(st.text())
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    try:
        items = parse(text)
    except PlanError:
        return
    assert len({item.run for item in items}) == len(items)


@pytest.mark.parametrize("word", ["refresh", "logout"])
def test_what_takes_a_refresh_token_needs_the_scope_for_one(word: str) -> None:
    with pytest.raises(ScenarioError, match=f"later: {word} needs a refresh token, .* add offline_access to the scope"):
        Scenario(later=word)


@pytest.mark.parametrize(
    ("seconds", "words", "rough"),
    [
        (1, "1 second", "1 second"),
        (90, "90 seconds", "1 minute 30 seconds"),
        (3600, "1 hour", "1 hour"),
        (30 * 86_400, "30 days", "30 days"),
        (90_061, "90061 seconds", "1 day 1 hour"),
    ],
)
def test_time_is_said_in_words(seconds: int, words: str, rough: str) -> None:
    assert (in_words(seconds), roughly(seconds)) == (words, rough)


def test_a_time_by_itself_is_read_too() -> None:
    assert (duration("90s"), duration("30d")) == (90, 30 * 86_400)
    with pytest.raises(PlanError, match="a time is a number and s, m, h or d"):
        duration("soon")


def test_each_item_becomes_a_run_and_the_clock_goes_on() -> None:
    world = played(scope=OFFLINE, later="after 6: 30s 1h call refresh call logout").worlds[-1]
    assert [(run.name, run.role, run.state) for run in world.runs.values()] == [
        (VICTIM, Role.LOGIN, State.DONE),
        ("wait 1", Role.WAIT, State.TIME_PASSED),
        ("wait 2", Role.WAIT, State.TIME_PASSED),
        ("call 1", Role.CALL, State.API_UNAUTHORIZED),
        ("refresh 1", Role.REFRESH, State.TOKENS_HELD),
        ("call 2", Role.CALL, State.DONE),
        ("logout 1", Role.LOGOUT, State.REVOKED),
    ]
    assert world.now == played().worlds[0].now + 30 + 3600


def test_a_code_that_waits_too_long_has_expired() -> None:
    verdict = played(later="after 6: 60s").verdict
    assert (verdict.stopped_by, verdict.error) == ("token.code_fresh", "invalid_grant")
    assert played(later="after 6: 59s").verdict.stopped_by is None


def test_a_login_page_left_open_too_long_has_expired() -> None:
    late = played(later="after 4: 30m")
    assert late.verdict.stopped_by == "login.session_fresh"
    assert late.worlds[-1].runs[VICTIM].state is State.ERROR_PAGE
    assert played(later="after 4: 29m").verdict.stopped_by is None


def test_an_app_without_a_refresh_token_leaves_the_rest_of_its_plan_out() -> None:
    world = played(scope=OFFLINE, later="logout refresh call").worlds[-1]
    assert [*world.runs] == [VICTIM, "logout 1", "call 1"]


def test_a_plan_that_would_pass_the_last_second_of_a_date_is_refused_and_one_that_ends_there_is_played() -> None:
    text = "after 2: 1h call"
    with pytest.raises(
        ScenarioError, match=r"^later: this plan takes 1 hour and would go past the end of the year 9999"
    ):
        Scenario(later=text, start=LAST_SECOND - 3599)
    trace = Simulation(later=text, start=LAST_SECOND - 3600, seed=7, actions=("deny-at-night",)).run()
    assert trace.worlds[-1].now == LAST_SECOND
    assert max(page["startedDateTime"] for page in har(trace)["log"]["pages"]) == "9999-12-31T23:59:59.000+00:00"


def test_what_would_be_too_much_is_said_at_once() -> None:
    start = time.process_time()
    for text in ("a " * 1_000_000, "refresh " * 1_000_000, "after 1: " * 1_000_000):
        with pytest.raises(PlanError):
            parse(text)
    assert time.process_time() - start < 1
