"""What people have missed: goals that the search reaches where no attack of the catalogue does.

    python -m tests.kit.missed singles | pairs | zoo | usual [--depth K] [NAME …]

goes through settings: the bare app with each defence alone, with each pair of them, each specimen of the zoo that is made
of settings and checks, and the usual app of each kind. In each, all attacks of the catalogue are played, and which goals
they reach from which positions is noted. What is left is searched for. A line is printed for each attack that is found: the
settings, the positions, the goal, the decisions. What is then made of it is for people to judge.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache
from itertools import combinations

from flowsim.analysis.defences import DEFENCES, defended
from flowsim.attacks import ATTACKERS
from flowsim.explorer.exploring import explore
from flowsim.explorer.goals import GOALS
from flowsim.model.clients import PROFILES
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.mutants.catalogue import SUITES
from flowsim.mutants.doors import Door
from flowsim.mutants.specimens import Mutant
from flowsim.simulation.simulation import Simulation

# Each comes with the web (A1).
POSITIONS = ((), ("A3",), ("A3", "A4"), ("rewrite",), ("A5",), ("storage",), ("script",))
SOUGHT = ("data", "attacker-in-victims-account", "victim-in-attackers-account", "password", "denial", "code-twice")


def settings_of(group: str) -> Iterator[tuple[str, Scenario]]:
    """The settings of this group, each with a name."""
    if group == "usual":
        yield from ((name, Scenario(client=name, seed=7)) for name in PROFILES if name != "mcp")
    elif group == "zoo":
        for suite in SUITES.values():
            for mutant in suite.mutants:
                if not mutant.sound and _of_settings(mutant):
                    yield f"{suite.name}/{mutant.name}", specimen(suite.settings, mutant)
    else:
        names = [name for name in DEFENCES if name != "none"]
        for some in combinations(names, 1 if group == "singles" else 2):
            with suppress(ScenarioError):
                yield "+".join(some), replace(defended(*some), seed=7)


def _of_settings(mutant: Mutant) -> bool:
    return not mutant.defect and mutant.door == Door() and bool(mutant.settings or mutant.off)


def specimen(shared: Mapping[str, object], mutant: Mutant) -> Scenario:
    """The app and the server with the defect of this specimen, and all else as usual."""
    known = {**shared, **mutant.settings}
    return Scenario(**{"client": "spa", "seed": 7, **known}, without=mutant.off)


@cache
def reached_by_the_catalogue(scenario: Scenario) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Of each attack of the catalogue that reaches a goal here: its positions, and the goals."""
    found = []
    for attacker in ATTACKERS.values():
        with suppress(ScenarioError):
            simulation = Simulation(replace(scenario, attacker=attacker.name))
            # Where an attack presupposes other settings it is about other settings.
            if replace(simulation.scenario, attacker=None) == scenario.settled():
                last = simulation.run().worlds[-1]
                goals = frozenset(name for name in SOUGHT if GOALS[name](last))
                found.append((frozenset(attacker.positions), goals))
    return tuple(found)


def missed(scenario: Scenario, positions: tuple[str, ...], depth: int) -> Iterator[str]:
    """What the search finds from these positions and the catalogue does not, each in a sentence."""
    has = {"A1", *positions}
    known = {goal for held, goals in reached_by_the_catalogue(scenario) if held <= has for goal in goals}
    left = [name for name in SOUGHT if name not in known]
    while left:
        found = explore(scenario, positions, left, depth)
        if found.found is None:
            return
        yield f"{found.goal}: {found.sentence}"
        left.remove(found.goal)


def main(arguments: list[str]) -> None:
    depth = int(arguments[arguments.index("--depth") + 1]) if "--depth" in arguments else 2
    groups = [one for one in ("usual", "singles", "zoo", "pairs") if one in arguments]
    for group in groups:
        for name, scenario in settings_of(group):
            told: set[str] = set()
            for positions in POSITIONS:
                for sentence in missed(scenario, positions, depth):
                    if sentence not in told:  # more positions do what fewer do
                        told.add(sentence)
                        print(f"{group} {name} | {' '.join(positions) or 'A1'} | {sentence}", flush=True)
        print(f"{group}: done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
