"""How Hypothesis searches: the same examples every time, so that a test run never depends on luck, and no stopwatch.

`--hypothesis-profile=hunt` looks for new counterexamples instead, ten times as many and others in each run.

Files that take long come first: where each core takes a file at a time, one begun last would leave the others waiting.
"""

import gc
import os
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings

os.environ["FLOWSIM_PROGRESS"] = ""  # what tests answer is kept nowhere; a test about keeping names a file of its own

# A server on a machine with other work answers late; by itself httpx waits for five seconds.
_patience = httpx._config.DEFAULT_TIMEOUT_CONFIG
_patience.connect = _patience.read = _patience.write = _patience.pool = 60

LONG = (
    "test_judge",
    "test_matrix",
    "test_narration",
    "test_bench",
    "test_every_trace",
    "test_verdicts",
    "test_replay",
    "test_assignment",
    "test_keys",
    "test_attack_lab",
    "test_search_executors",
    "test_site",
    "test_cli",
    "test_planted_holes",
    "test_naive_search",
    "test_attackers_at_random",
    "test_outcomes",
    "test_benchmarks",
    "test_readme",
    "test_stored_notebooks",
    "test_reference",
    "test_exercises",
    "test_notebook_claims",
    "test_fields",
    "browser/test_site_lite",
    "browser/test_attack_lab",
    "browser/test_later_notebooks",
    "browser/test_bench",
    "browser/test_barriers",
    "browser/test_exercises",
    "browser/test_apps",
    "browser/test_converted_notebook",
    "browser/test_quiz",
    "browser/test_firefox",
    "browser/test_day_two",
    "browser/test_notebooks",
    "browser/test_public_clients",
    "browser/test_hostile",
    "browser/test_first_lesson",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take long in front, in the order of LONG, and leave all else as it is."""
    places = {f"tests/{name}.py": place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONG)))


_begun: set[Path] = set()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """No terminal is around a test, whatever another one, or who called, has said of one.

    At the first test of a file, what the files before it have kept is put where no collection of garbage looks at it
    again: 18,000 tests and some thousand traces, a second each time.
    """
    if item.path not in _begun:
        _begun.add(item.path)
        gc.collect()
        gc.freeze()
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        os.environ.pop(name, None)


settings.register_profile(
    "flowsim", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("hunt", settings.get_profile("flowsim"), derandomize=False, max_examples=600)
settings.load_profile("flowsim")
