"""flowsim: the OAuth 2.0 Authorization Code Flow with PKCE, step by step, with an attacker on the wire.

from flowsim import Simulation
login = Simulation(client="native-scheme", pkce="S256", seed=7)
login.goto(6)
stolen = login.inject("code-interception")
print(stolen.run().verdict.sentence)
"""

from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.model.transitions import IllegalMove
from flowsim.simulation.simulation import Bundle, Displayed, Simulation, Trace


def _picture(shown: Simulation | Trace) -> Bundle:
    """The diagram and its text; drawn when a notebook asks, so that `import flowsim` stays quick."""
    from flowsim.views.pictures.picture import sequence

    trace = shown if isinstance(shown, Trace) else shown.trace
    current = None if isinstance(shown, Trace) else shown.position
    return sequence(trace, current)._repr_mimebundle_()


Displayed.display = staticmethod(_picture)
__version__ = "0.1.0"
__all__ = ["IllegalMove", "Scenario", "ScenarioError", "Simulation", "Trace", "__version__"]
