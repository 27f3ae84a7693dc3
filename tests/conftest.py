"""How Hypothesis searches: the same examples every time, so that a test run never depends on luck, and no stopwatch.

`--hypothesis-profile=hunt` looks for new counterexamples instead, ten times as many and others in each run.
"""

import os

from hypothesis import HealthCheck, settings

os.environ["FLOWSIM_PROGRESS"] = ""  # what tests answer is kept nowhere; a test about keeping names a file of its own


def pytest_runtest_setup() -> None:
    """No terminal is around a test, whatever another one, or who called, has said of one."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        os.environ.pop(name, None)


settings.register_profile(
    "flowsim", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("hunt", settings.get_profile("flowsim"), derandomize=False, max_examples=600)
settings.load_profile("flowsim")
