"""Notes for who speaks: every event of every attack has some, and they are not what the slide says anyway."""

import pytest

from flowsim.analysis.defences import ROWS
from flowsim.analysis.matrix import cell
from flowsim.engine.handlers import ATTACKER_ACTS
from flowsim.model.steps import ALL_STEPS
from flowsim.views.text import narration


def sentences(text: str) -> set[str]:
    return {one.strip() for one in text.replace("?", ".").split(".") if one.strip()}


@pytest.mark.parametrize("attack", list(ROWS))
def test_every_event_has_notes_that_are_not_its_text(attack: str) -> None:
    steps = {step.number: step.notes for step in ALL_STEPS}
    for told in narration.told(cell(attack).simulation().played()):
        notes = narration.notes(told)
        if told.event.by_attacker:
            assert notes
        assert notes or steps[told.event.step]
        assert not sentences(notes) & sentences(narration.text(told))


def test_the_notes_of_an_act_are_its_own_and_ask_something() -> None:
    own = [record.notes for record in ATTACKER_ACTS.values() if record.notes]
    assert len(own) == len(set(own)) > 20
    assert all("?" in notes or "Ask" in notes for notes in own)


def test_a_refusal_is_pointed_at() -> None:
    told = narration.told(cell("code-interception", "S256").simulation().played())
    (stopped,) = [one for one in told if one.stopped_by and one.event.by_attacker]
    assert "“the verifier fits the challenge”" in narration.notes(stopped)
