"""What the fuzzers have found once is tried each time, and so is a sample of what they make at random.

More of it: `make fuzz`.
"""

from itertools import islice

import pytest

from flowsim.model import timeline
from tests.fuzz import inputs, own_code


@pytest.mark.parametrize(("kind", "number"), inputs.corpus())
def test_what_was_found_once_is_mended(kind: str, number: int) -> None:
    became, found = inputs.tried(kind, number)
    assert not found, f"{became}: {found}"


@pytest.mark.parametrize("kind", inputs.KINDS)
def test_inputs_at_random_end_well_or_in_a_sentence(kind: str) -> None:
    wrong = {number: found for number in range(1, 20) if (found := inputs.tried(kind, number)[1])}
    assert not wrong


def test_own_code_at_random_works_or_is_refused_in_a_line() -> None:
    cases = islice(own_code.cases(1), 100)
    assert not {case: found for case in cases if (found := own_code.tried(*case)[1])}


def test_a_fault_that_is_put_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def reads_it_all(text: str) -> tuple[timeline.Occurrence, ...]:
        raise ValueError("year 10000 is out of range")

    monkeypatch.setattr(timeline, "parse", reads_it_all)
    for kind in ("plans", "scenarios"):
        assert any(inputs.tried(kind, number)[1] for number in range(5))
