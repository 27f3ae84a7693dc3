"""A login and the cells of a matrix's row in the browser's Python, run by Node, beside the same in this Python.

Both run the same lines. This Python signs with the package `cryptography`, the browser's in plain Python; so the same lines
are also run here with plain Python, in a process of their own.
"""

import json
import os
import subprocess
import sys

from benchmarks.rounds import table
from tests.pyodide.kernel import FOLDER, ROOT, browser

GOAL = "Goal: a login in the browser's Python takes at most 10 times as long as here."
HERE, PLAIN, THERE = "here", "here, signing in plain Python", "in the browser's Python"
_LINES = """
import statistics, time
from flowsim import Simulation
from flowsim.analysis.matrix import whole_matrix

def milliseconds(call, rounds):
    call()
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - start))
    return statistics.median(found)

seeds = iter(range(10**6))
login = milliseconds(lambda: Simulation(seed=next(seeds)).run(), ROUNDS)
cells = whole_matrix.__wrapped__().cells
row = [place for place in cells if place[0] == "code-interception"]
start = time.perf_counter()
for place in row:
    cells[place]
print([login, 1000 * (time.perf_counter() - start) / len(row)])
"""


def report(quick: bool) -> str:
    if not (FOLDER / "kernel.mjs").is_file():
        return "The browser's Python\n\nNothing was measured here, because it is not built yet: make pyodide"
    code = _LINES.replace("ROUNDS", "5" if quick else "40")
    found = {HERE: _here(code), PLAIN: _here(code, FLOWSIM_CRYPTOGRAPHY="plain"), THERE: _there(code)}
    rows = [
        (name, *(f"{value:.1f}" for value in values), f"{values[0] / found[HERE][0]:.1f}")
        for name, values in found.items()
    ]
    head = ("", "ms for a login", "ms for a cell", "a login, to the first")
    return table("The browser's Python", head, rows, f"Medians of {5 if quick else 40} logins. {GOAL}")


def _here(code: str, **settings: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **settings}
    )
    values: list[float] = json.loads(done.stdout)
    return values


def _there(code: str) -> list[float]:
    browser().ask("notebook", str(ROOT / "notebooks"))
    sent = browser().ask("cell", code)
    values: list[float] = json.loads("".join(one["content"]["text"] for one in sent if one["msg_type"] == "stream"))
    return values
