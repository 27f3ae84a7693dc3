"""The runs that tests walk over: every client, PKCE method and attack that go together.

What makes no sense is left out here and not skipped there, so a test that passes has looked at something.
"""

from dataclasses import dataclass
from itertools import product
from typing import Any

from flowsim.analysis.counterexamples.edits import SEED, played
from flowsim.attacks import ATTACKERS
from flowsim.model.clients import CLIENTS
from flowsim.model.scenario import PKCE_METHODS, PkceMethod, ScenarioError
from flowsim.simulation.simulation import Simulation, Trace


def goes_together(**settings: Any) -> bool:
    """True where these settings make a simulation, with what its attack begins with."""
    try:
        Simulation(seed=SEED, **settings)
    except ScenarioError:
        return False
    return True


@dataclass(frozen=True)
class PlannedRun:
    """A run by the three settings that shape it most; all others are the usual ones, and the seed is 7."""

    client: str
    pkce: PkceMethod
    attacker: str | None

    def __str__(self) -> str:
        return f"{self.attacker or 'nobody'}-{self.client}-{self.pkce}"

    def trace(self) -> Trace:
        """The whole trace, played once in a process, for whoever else asks `played` for it as well."""
        return played(client=self.client, pkce=self.pkce, attacker=self.attacker)


RUNS = tuple(
    PlannedRun(client, pkce, attacker)
    for attacker, client, pkce in product((None, *ATTACKERS), CLIENTS, PKCE_METHODS)
    if goes_together(client=client, pkce=pkce, attacker=attacker)
)
