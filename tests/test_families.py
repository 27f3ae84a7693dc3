"""The family tree of refresh tokens and the bars of lifetimes: what they show is what the server did."""

from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.model.steps import ATTACKER, CLIENT
from flowsim.simulation.simulation import Trace
from flowsim.views.pictures.lifetimes import lifetimes, lifetimes_dot, spans_of
from flowsim.views.pictures.refresh_families import family, family_dot, family_tree
from flowsim.views.pictures.svg import svg

OFFLINE = "openid profile read:messages offline_access"
DAY = 86_400


def later(plan: str = "refresh call refresh", **settings: Any) -> Trace:
    return played(scope=OFFLINE, later=plan, **settings)


def test_a_chain_of_exchanges_is_a_chain_of_boxes() -> None:
    told = family(later("1h refresh 5d refresh"))
    assert told.states == ("used", "used", "still good")
    assert [(told.name(use.token), told.name(use.answer or "")) for use in told.uses] == [
        ("RT 1", "RT 2"),
        ("RT 2", "RT 3"),
    ]
    assert [use.seconds for use in told.uses] == [3600, 5 * DAY + 3600]
    assert {use.sender for use in told.uses} == {CLIENT}
    dot = family_dot(told)
    assert "token_1 -> token_2" in dot
    assert "token_2 -> token_3" in dot
    assert "octagon" not in dot


@pytest.mark.parametrize(
    ("attack", "senders", "refused"),
    [
        ("refresh-theft", [ATTACKER, CLIENT, ATTACKER], [False, True, True]),
        ("refresh-theft-late", [CLIENT, ATTACKER, CLIENT, ATTACKER], [False, True, True, True]),
    ],
)
def test_the_moment_of_reuse_ends_the_family(attack: str, senders: list[str], refused: list[bool]) -> None:
    trace = later(attacker=attack)
    told = family(trace)
    assert [use.sender for use in told.uses] == senders
    assert [use.refused_by is not None for use in told.uses] == refused
    assert set(told.states) == {"revoked"}
    dot = family_dot(told)
    assert dot.count("came a second time:") == 1
    assert dot.count("shape=octagon") == refused.count(True)
    assert "a second time: refused, and the whole family ends." in family_tree(trace).text


def test_without_rotation_one_token_stays_good_for_both() -> None:
    trace = later(attacker="refresh-theft", rotation=False)
    told = family(trace)
    assert told.states == ("still good",)
    assert {use.sender for use in told.uses} == {ATTACKER, CLIENT}
    assert all(use.answer == use.token and use.refused_by is None for use in told.uses)
    assert family_tree(trace).text.count("accepted, and it stays good") == len(told.uses)


def test_a_token_that_nobody_used_in_time_is_too_old() -> None:
    told = family(later("refresh 31d refresh"))
    assert told.states == ("used", "too old")
    assert told.uses[-1].refused_by is not None
    assert told.uses[-1].refused_by.check.id == "refresh.not_idle_too_long"


def test_without_refresh_tokens_there_is_no_tree() -> None:
    picture = family_tree(played())
    assert picture.text == "No refresh token was issued."
    assert picture.svg.startswith("<svg")


def test_the_bars_are_the_lifetimes_the_server_set() -> None:
    trace = later("1h refresh 5d refresh 31d refresh")
    start = trace.worlds[0].now
    spans = {span.name: (span.begins - start, span.ends - start, span.why) for span in spans_of(trace)}
    assert spans == {
        "code": (0, 0, "used"),
        "access token 1": (0, 3600, ""),
        "access token 2": (3600, 7200, ""),
        "access token 3": (5 * DAY + 3600, 5 * DAY + 7200, ""),
        "refresh token 1": (0, 3600, "exchanged"),
        "refresh token 2": (3600, 5 * DAY + 3600, "exchanged"),
        "refresh token 3": (5 * DAY + 3600, 35 * DAY + 3600, ""),
    }


def test_a_code_that_nobody_redeems_lives_to_its_end_and_a_revoked_token_does_not() -> None:
    unused = next(span for span in spans_of(played(attacker="code-interception")) if span.name == "code")
    assert (unused.ends - unused.begins, unused.why) == (60, "")
    gone = [span for span in spans_of(later("2h logout")) if span.name.startswith("refresh")]
    assert [(span.ends - span.begins, span.why) for span in gone] == [(7200, "revoked")]


@pytest.mark.parametrize("plan", ["", "1h refresh 5d refresh 31d refresh", "refresh " * 8])
def test_every_moment_has_a_column_and_every_span_a_bar(plan: str) -> None:
    trace = later(plan)
    spans = tuple(spans_of(trace))
    dot = lifetimes_dot(spans, trace.worlds[0].now, trace.worlds[-1].now)
    moments = {
        trace.worlds[0].now,
        trace.worlds[-1].now,
        *(span.begins for span in spans),
        *(span.ends for span in spans),
    }
    assert dot.count("at_") == len(moments)
    assert dot.count("class=span") == len(spans)
    assert svg(dot, "nop2").startswith("<svg")
    for span in spans:
        assert f"{span.name}: from " in lifetimes(trace).text
