"""Which mistakes and which unusual ways of the server have changed nothing in a run: it is played again without each.

What a mistake does depends on the app, on the other settings and on the values that are drawn, so nobody can say before.
"""

from dataclasses import replace

from flowsim.simulation.simulation import Simulation, Trace

_WORDS = {"mistakes": "mistake", "quirks": "way of the server"}


def without_effect(trace: Trace) -> tuple[str, ...]:
    """A sentence on each mistake and each way of the server without which the very same happens."""
    scenario = trace.worlds[0].scenario
    found = []
    for setting, word in _WORDS.items():
        names = getattr(scenario, setting)
        for name in sorted(names):
            without = Simulation(replace(scenario, **{setting: names - {name}})).run()
            if without.events == trace.events:
                found.append(f"the {word} {name} changed nothing in this run: without it the very same happens")
    return tuple(found)
