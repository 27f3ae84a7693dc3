"""One walk over the traces of every client, PKCE method and attack: what each format says of a trace is the trace."""

import pytest

from tests.kit.runs import RUNS, PlannedRun
from tests.test_har import checked
from tests.test_mermaid import assert_each_event_is_one_arrow
from tests.test_replay import assert_comes_back


@pytest.mark.parametrize("run", RUNS, ids=str)
def test_every_trace_comes_back_from_json_and_is_valid_har_and_mermaid(run: PlannedRun) -> None:
    trace = run.trace()
    assert_comes_back(trace)
    checked(trace)
    assert_each_event_is_one_arrow(trace)


def test_only_what_makes_no_sense_is_left_out() -> None:
    """A website keeps its secret, so there is none in its app to find; all else goes together."""
    left_out = {(run.attacker, run.client) for run in RUNS}
    assert len(left_out) > 150
    assert ("decompiled-secret", "web") not in left_out
    assert ("decompiled-secret", "spa") in left_out
