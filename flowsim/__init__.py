"""flowsim: the OAuth 2.0 Authorization Code Flow with PKCE, step by step, with an attacker on the wire.

from flowsim import Simulation
login = Simulation(client="native-scheme", pkce="S256", seed=7)
login.goto(6)
stolen = login.inject("code-interception")
print(stolen.run().verdict.sentence)
"""

from typing import Any

from flowsim.model.display import DRAWINGS, Bundle
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.transitions import IllegalMove
from flowsim.simulation.simulation import Simulation, Trace


def _drawn(shown: Simulation | Trace) -> Bundle:
    """The diagram and its text; drawn when a notebook asks, so that `import flowsim` stays quick."""
    from flowsim.views.pictures.picture import sequence

    trace = shown if isinstance(shown, Trace) else shown.trace
    current = None if isinstance(shown, Trace) else shown.position
    return sequence(trace, current)._repr_mimebundle_()


def _tables(shown: Any) -> Bundle:
    """The matrix as tables, and as text."""
    from flowsim.views.formats.matrix_html import matrix_html

    return {"text/html": matrix_html(shown), "text/plain": repr(shown)}


DRAWINGS.update(Simulation=_drawn, Trace=_drawn, Matrix=_tables)
__version__ = "0.1.0"
__all__ = ["IllegalMove", "Scenario", "ScenarioError", "Simulation", "Trace", "__version__"]
