"""How long `import flowsim` takes in a fresh Python, beside `import httpx` and beside Python alone.

Each is the whole life of a process, from start to end, in turns. The packages' compiled files are there already.
"""

import subprocess
import sys
from functools import partial

from benchmarks.rounds import in_turns, table

FLOWSIM = "import flowsim"
HTTPX = "import httpx"
PYTHON = "Python alone"
PROGRAMS = {FLOWSIM: "import flowsim", HTTPX: "import httpx", PYTHON: "pass"}


def run(program: str) -> None:
    """Run this program in a Python of its own."""
    subprocess.run([sys.executable, "-c", program], check=True)


def report(quick: bool) -> str:
    rounds = 2 if quick else 15
    calls = {name: partial(run, program) for name, program in PROGRAMS.items()}
    measured = in_turns(calls, rounds=rounds, calls=1)
    rows = [
        (name, f"{measured.median(name) * 1000:.0f}", f"{measured.times_as_fast(name, FLOWSIM):.2f}")
        for name in PROGRAMS
    ]
    return table(
        "A fresh process", ("", "ms", "flowsim's time to this one"), rows, f"{rounds} rounds in turns; medians."
    )
