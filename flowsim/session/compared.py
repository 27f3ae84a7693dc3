"""The same experiment with several settings: a branch for each, named by the settings in which they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flowsim.attacks import known_attacker
from flowsim.model import timeline
from flowsim.model.scenario import SETTINGS, Scenario
from flowsim.model.settings import ScenarioError
from flowsim.simulation.simulation import Simulation, numbered


def compared(several: Sequence[Mapping[str, Any]]) -> list[Simulation]:
    """A branch for each of these experiments, and before one with an attacker the same login without.

    All have the same seed and start. Each is named by the settings in which they differ. Raises ScenarioError where two
    of them are the same.
    """
    draw = Simulation(Scenario(**several[0])).scenario
    made: list[Simulation] = []
    for given in several:
        run = Simulation(Scenario(**{**given, "seed": draw.seed, "start": draw.start}))
        title = _title(given, several)
        if run.scenario in [one.scenario for one in made]:
            raise ScenarioError(
                f"two of the experiments to compare are the same ({title}); change a setting in one of them"
            )
        attacker = run.scenario.attacker
        if attacker:
            alone = replace(run.scenario, attacker=None)
            if alone not in [one.scenario for one in made]:
                made.append(_named(alone, f"{title}, no attacker" if "attacker" in _differ(several) else title, made))
        stolen = (
            f"{title}: {known_attacker(attacker).title}" if attacker and "attacker" not in _differ(several) else title
        )
        made.append(_named(run.scenario, stolen, made))
    return made


def _named(scenario: Scenario, title: str, others: Sequence[Simulation]) -> Simulation:
    title = numbered(title, {one.title for one in others})
    return Simulation(scenario, name=numbered(title.replace(" ", "-"), {one.name for one in others}, "-"), title=title)


def _differ(several: Sequence[Mapping[str, Any]]) -> list[str]:
    """The settings that are not the same in all of these, in the order in which all settings stand."""
    values = {name: [given.get(name, one.default) for given in several] for name, one in SETTINGS.items()}
    return [name for name, some in values.items() if any(value != some[0] for value in some)]


def _title(given: Mapping[str, Any], several: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(_words(name, given.get(name, SETTINGS[name].default)) for name in _differ(several)) or "login"


def _words(name: str, value: Any) -> str:
    """This setting with this value in a word or three."""
    title = SETTINGS[name].title
    if name == "attacker":
        return known_attacker(value).title if value else "no attacker"
    if name == "pkce":
        return "without PKCE" if value == "none" else f"PKCE {value}"
    if value is None or value is False or (not value and not isinstance(value, int)):
        return f"no {title}"
    if value is True:
        return title
    if SETTINGS[name].kind == "time":
        return f"{title} {timeline.in_words(value)}"
    return f"{title} {value if isinstance(value, str | int) else ', '.join(sorted(value))}"
