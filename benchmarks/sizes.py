"""How large a trace is as JSON, without spaces, and what the player is given.

The trace that counts is the largest of all attackers and PKCE methods, where somebody goes all eleven steps. A player's
payload holds two branches, each with its diagram, and the explanations of the fields; a page holds the player's script
and styles as well, packed. The page of the matrix holds the run of each cell.
"""

import gzip
import json
from typing import Any

from benchmarks.rounds import table
from flowsim import Simulation
from flowsim.analysis.matrix import matrix
from flowsim.attacks import ATTACKERS
from flowsim.front_end.matrix_page import matrix_page
from flowsim.front_end.page import page
from flowsim.model.scenario import PKCE_METHODS, Scenario
from flowsim.views.formats.payload_types import TraceJson
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.formats.trace_json import trace_json

GOALS = (150, None, None, 120, 800)  # kB


def compact(value: Any) -> bytes:
    """This value as JSON with no spaces, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def largest_with_an_attacker() -> TraceJson:
    """The largest trace of a run of the eleven steps alone with an attacker beside it, of all attackers and methods."""
    needed = {name: attacker.needs(Scenario()) for name, attacker in ATTACKERS.items()}
    runs = (
        Simulation(seed=7, attacker=attacker, pkce=method, shipped_secret=shipped).run()
        for attacker in ATTACKERS
        if "later" not in needed[attacker] and needed[attacker].get("client") != "mcp"
        for method in PKCE_METHODS
        for shipped in (False, True)
    )
    return max((trace_json(run) for run in runs), key=lambda trace: len(compact(trace)))


def report(quick: bool) -> str:
    payload = player_payload(Simulation(seed=7))
    things = {
        "largest trace of a run with an attacker": compact(largest_with_an_attacker()),
        "trace of a login": compact(trace_json(Simulation(seed=7).run())),
        "payload of a player, two branches": compact(payload),
        "exported page with the player": page(payload).encode(),
    }
    if not quick:
        things["page of the matrix"] = matrix_page(matrix()).encode()
    rows = []
    for index, (name, octets) in enumerate(things.items()):
        goal = f"<= {GOALS[index]}" if GOALS[index] else ""
        rows.append((name, f"{len(octets) / 1000:.0f}", f"{len(gzip.compress(octets)) / 1000:.0f}", goal))
    return table("Sizes", ("", "kB", "kB by gzip", "goal"), rows)
