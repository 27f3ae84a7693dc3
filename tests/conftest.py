"""How Hypothesis searches: the same examples every time, so that a test run never depends on luck, and no stopwatch.

`--hypothesis-profile=hunt` looks for new counterexamples instead, ten times as many and others in each run.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "flowsim", deadline=None, derandomize=True, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("hunt", settings.get_profile("flowsim"), derandomize=False, max_examples=600)
settings.load_profile("flowsim")
