"""Every event has a title, a label, a text and clauses, and none of them claims what did not happen."""

import re
from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.model.states import Act, Outcome
from flowsim.model.steps import STEPS, clause_url
from flowsim.model.world import VICTIM, Event
from flowsim.simulation.simulation import Trace
from flowsim.views.text import narration
from tests.kit.worlds import CLIENTS, METHODS, event_of
from tests.test_attacks import CELLS
from tests.test_machine import journeys

ABOUT_PKCE = re.compile(r"code_verifier|code_challenge|PKCE|verifier|challenge")


def every_event() -> list[Event]:
    attacked = [played(attacker=attack, client=client, pkce=pkce).events for attack, client, pkce, _ in CELLS]
    return [event for events in [*attacked, *(world.log for world in journeys())] for event in events]


def test_every_event_has_something_to_say() -> None:
    for event in every_event():
        for said in (narration.title(event), narration.label(event, ()), narration.text(event)):
            assert said == said.strip()
            assert said
            assert "None" not in said
            assert "{" not in said
        assert len(narration.title(event)) <= 60
        assert len(narration.label(event, ())) <= 80
        assert narration.text(event).endswith(".")
        assert narration.text(event).count("`") % 2 == 0
        assert narration.clauses(event) or event.act is Act.WAIT
        assert all(clause_url(clause).startswith("https://") for clause in narration.clauses(event))


def test_the_clause_that_stopped_somebody_stands_first_and_none_stands_twice() -> None:
    for event in every_event():
        clauses = narration.clauses(event)
        assert len(set(clauses)) == len(clauses)
        decided = [result.check for result in event.checks if result.decides]
        if decided:
            assert clauses[0] == decided[0].clause
            assert f"Here it stops: “{decided[-1].title}” does not hold." in narration.text(event)


@pytest.mark.parametrize("attacker", [None, "code-interception", "code-and-request", "decompiled-secret"])
@pytest.mark.parametrize("client", CLIENTS)
def test_a_story_without_pkce_speaks_of_pkce_only_to_say_that_there_is_none(client: str, attacker: str | None) -> None:
    if (client, attacker) == ("web", "decompiled-secret"):
        return
    for event in played(client=client, pkce="none", attacker=attacker).events:
        assert not ABOUT_PKCE.search(f"{narration.title(event)} {narration.label(event, ())}")
        assert not any(clause.startswith("RFC 7636") for clause in narration.clauses(event))
        for sentence in re.split(r"(?<=[.:?]) ", narration.text(event)):
            if ABOUT_PKCE.search(sentence):
                assert re.search(r"\b(no|No|without|if there is one)\b", sentence), sentence


def label_of(trace: Trace, act: Act, run: str = VICTIM) -> str:
    return narration.label(event_of(trace, act, run), narration.secrets(trace.events))


@pytest.mark.parametrize("pkce", METHODS)
def test_a_login_is_told_with_the_titles_of_its_steps(pkce: str) -> None:
    titles = [narration.title(event) for event in played(pkce=pkce).events]
    planned = [step.title for step in STEPS]
    assert [told == title for told, title in zip(titles, planned, strict=True)].count(False) == (
        3 if pkce == "none" else 0
    )


@pytest.mark.parametrize(
    ("act", "settings", "label"),
    [
        (Act.STEP_1, {}, "click “Log in”"),
        (Act.STEP_2, {}, "make code_verifier, code_challenge"),
        (Act.STEP_2, {"pkce": "none"}, "make state, nonce"),
        (Act.STEP_2, {"pkce": "none", "state": False, "nonce": False}, "prepare the request"),
        (Act.STEP_3, {}, "GET /authorize code_challenge"),
        (Act.STEP_3, {"pkce": "none"}, "GET /authorize"),
        (Act.STEP_5, {}, "password, consent"),
        (Act.STEP_5, {"login": "one-time-code"}, "one-time-code, consent"),
        (Act.STEP_5, {"user": "denies"}, "password, consent denied"),
        (Act.STEP_5, {"user": "wrong-password"}, "password, wrong"),
        (Act.STEP_6, {}, "303 com.example.app:/callback code"),
        (Act.STEP_6, {"user": "denies"}, "303 com.example.app:/callback error"),
        (Act.STEP_7, {}, "POST /oauth/token code, code_verifier"),
        (Act.STEP_7, {"client": "web", "pkce": "none"}, "POST /oauth/token code, client_secret"),
        (Act.STEP_8, {}, "verifier fits challenge?"),
        (Act.STEP_9, {}, "200 access_token, id_token"),
        (Act.STEP_10, {}, "GET /messages access_token"),
    ],
    ids=str,
)
def test_a_label_is_taken_from_the_message_itself(act: Act, settings: dict[str, Any], label: str) -> None:
    assert label_of(played(**settings), act) == label


def test_a_verifier_that_nobody_made_is_called_a_guess() -> None:
    guessed = played(attacker="code-interception")
    assert label_of(guessed, Act.SEND_CODE, "attacker") == "POST /oauth/token code, a guess"
    read = played(attacker="code-and-request", pkce="plain")
    assert label_of(read, Act.SEND_CODE, "attacker") == "POST /oauth/token code, code_verifier"


def test_a_silent_approval_is_no_page_and_no_failure() -> None:
    silent = event_of(played(remembered="consent"), Act.STEP_4)
    assert silent.outcome is Outcome.SILENT
    assert narration.label(silent, ()) == "known user, no page"
    assert not narration.failed(silent)
    assert narration.failed(event_of(played(user="denies"), Act.STEP_5))


def test_an_answer_is_labelled_with_its_error() -> None:
    refused = played(attacker="code-interception")
    assert label_of(refused, Act.STEP_9, "attacker") == "400 invalid_grant"
    forbidden = played(scope="openid")
    assert label_of(forbidden, Act.STEP_11) == "403 insufficient_scope"


def test_only_a_refusal_or_an_error_is_shown_as_failed() -> None:
    assert not any(narration.failed(event) for event in played().events)
    assert [event.act for event in played(attacker="code-interception").events if narration.failed(event)] == [
        Act.STEP_8,
        Act.STEP_9,
    ]
