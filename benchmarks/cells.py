"""Cells of the matrix in a second: one after the other, and over executors of `concurrent.futures`.

A cell is a login with an attacker in it, its ledger and its verdict, so its cost stands beside that of one login. An
executor of processes pays for starting them once; that is done before the clock runs.
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from benchmarks.logins import login
from benchmarks.rounds import in_turns, table
from flowsim.analysis.defences import ROWS, columns
from flowsim.analysis.matrix import Cell, cell


def report(quick: bool) -> str:
    rounds, attacks = (1, [*ROWS][:2]) if quick else (9, [*ROWS])
    places = [(attack, defence) for attack in attacks for defence in columns(attack)]
    cells = len(places)
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers) as processes, ThreadPoolExecutor(workers) as threads:

        def played(spread: Callable[..., Iterable[Cell]]) -> list[Cell]:
            return [*spread(cell, *zip(*places, strict=True))]

        played(processes.map)
        measured = in_turns(
            {
                "one login, with verdict": lambda: [login().verdict for _ in range(cells)],
                "one process": lambda: played(map),
                f"{workers} threads": lambda: played(threads.map),
                f"{workers} processes": lambda: played(processes.map),
            },
            rounds=rounds,
            calls=1,
        )
    rows = []
    for name in measured.seconds:
        seconds = measured.median(name)
        ratio = measured.times_as_fast(name, "one process")
        rows.append((name, f"{seconds / cells * 1000:.2f}", f"{cells / seconds:.0f}", f"{ratio:.2f}"))
    head = ("", "ms each", "a second", "rate to one process")
    return table("Cells of the matrix", head, rows, f"{cells} cells, {rounds} rounds in turns; medians.")
