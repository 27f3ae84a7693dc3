"""Where a secret stands in a text: Python and JavaScript have the same rule, and here it is held to the same cases."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.protocol.occurrences import readings, stands_in

# tests/js/occurrences.test.js reads it as well.
CASES = json.loads((Path(__file__).parent / "js" / "occurrences.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['why']}: {case['value']!r} in {case['text']!r}")
def test_a_value_stands_in_a_text_or_not(case: dict[str, Any]) -> None:
    assert stands_in(case["value"], readings(case["text"])) is case["stands"]


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=8)


@given(VALUES, st.sampled_from([str, quote, quote_plus, json.dumps]))
def test_a_long_value_is_found_however_a_message_writes_it(value: str, written: object) -> None:
    assert callable(written)
    assert stands_in(value, readings(f"x={written(value)}&y"))
