"""The memory that a recorded run takes: `tracemalloc` before and after many traces that are kept.

What is counted is what stays: the worlds, events, messages and checks of each run, and what runs share only once. A
second line also keeps the ledger, which is worked out when it is first asked for.
"""

import gc
import tracemalloc
from collections.abc import Callable

from benchmarks.logins import login
from benchmarks.rounds import table
from flowsim import Simulation
from flowsim.simulation.simulation import Trace


def attacked() -> Trace:
    """A login whose code is stolen: the run with an attacker, eleven steps and the attacker's."""
    return Simulation(seed=7, attacker="code-interception").run()


def with_ledger() -> Trace:
    """A login, and who knows what."""
    trace = login()
    assert trace.ledger.learned
    return trace


def octets_each(make: Callable[[], Trace], count: int) -> float:
    """Octets that one kept trace takes, the mean of so many."""
    kept = [make()]
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept += [make() for _ in range(count)]
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / count


def report(quick: bool) -> str:
    count = 10 if quick else 200
    runs = {"a login": login, "a login with its ledger": with_ledger, "a login with an attacker": attacked}
    rows = [(name, f"{octets_each(make, count) / 1000:.0f}", f"{len(make().events)}") for name, make in runs.items()]
    return table("Memory of a recorded run", ("", "kB", "events"), rows, f"The mean of {count} kept runs.")
