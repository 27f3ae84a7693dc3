"""Ids are ids: slugs that programs compare and files keep. Words are words: phrases and titles that people read."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.model.positions import POSITIONS
from flowsim.model.states import Act, Outcome, Role, State, Word
from flowsim.model.steps import ALL_STEPS
from flowsim.model.transitions import TRANSITIONS
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.formats.trace_json import trace_json

KINDS: tuple[type[Word], ...] = (Role, State, Act, Outcome)
SLUG = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
BRANCH = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


@pytest.mark.parametrize("kind", KINDS)
def test_every_word_has_an_id_that_is_a_slug_and_a_phrase_of_its_own(kind: type[Word]) -> None:
    words = list(kind.__members__.values())
    assert all(re.fullmatch(SLUG, word.value) for word in words)
    assert all(word.phrase and word.phrase == " ".join(word.phrase.split()) for word in words)
    assert len({word.value for word in words}) == len({word.phrase for word in words}) == len(words)


def test_a_word_is_its_id_wherever_it_is_compared_or_written() -> None:
    assert Act.READ_WINDOW == Act.READ_WINDOW.value == str(Act.READ_WINDOW) == "read_window"
    assert State.CODE_IN_BROWSER.value == "code_in_browser"
    assert State.CODE_IN_BROWSER.phrase == "code in the browser"
    assert (Outcome.BAD_REQUEST.value, Outcome.BAD_REQUEST.phrase) == ("bad_request", "400")
    assert hash(Role.CALL) == hash("call")


def test_the_numbered_acts_are_the_steps_and_no_others() -> None:
    numbers = [act.step for act in Act if act.step]
    assert numbers == [step.number for step in sorted(ALL_STEPS, key=lambda step: step.number)]
    assert [act.value for act in Act if act.step] == [f"step_{number}" for number in numbers]
    # An exchange that the table has no place for occurs only in what was recorded of a live world.
    assert {act for rows in TRANSITIONS.values() for row in rows.values() for act in row} == {*Act} - {Act.EXCHANGE}


def test_attacks_checks_and_positions_have_ids_that_are_slugs() -> None:
    assert all(re.fullmatch(BRANCH, name) for name in ATTACKERS)
    assert all(re.fullmatch(rf"{SLUG}\.{SLUG}", name) for name in CHECKS)
    assert all(re.fullmatch(rf"A[1-5]|{SLUG}", name) for name in POSITIONS)


@pytest.mark.parametrize("attacker", [None, *ATTACKERS])
def test_every_id_in_a_trace_is_a_slug(attacker: str | None) -> None:
    client = "native-scheme"
    document = trace_json(played(client=client, attacker=attacker))
    for event in document["events"]:
        for name in ("act", "before", "after", "outcome", "role"):
            assert type(event[name]) is str
            assert re.fullmatch(SLUG, event[name])
        assert all(re.fullmatch(SLUG, check["refusal"]) for check in event["checks"])
    assert re.fullmatch(SLUG, document["verdict"]["ended"])


def _branches(attacker: str) -> Iterator[dict[str, Any]]:
    login = Simulation(seed=7, pkce="none", web_view=True)
    yield from player_payload(login, attack=attacker)["branches"]


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_the_branch_of_an_attack_has_the_attacks_name_and_its_title(attacker: str) -> None:
    for branch in _branches(attacker):
        assert re.fullmatch(BRANCH, branch["name"])
        injected = branch["trace"]["scenario"]["attacker"]
        assert (branch["name"], branch["title"]) == (
            (injected, ATTACKERS[injected].title) if injected else ("login", "login")
        )
