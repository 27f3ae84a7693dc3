"""What a setting can name: attackers, checks, mistakes and actions, beside the few values that a setting lists itself.

A scenario is plain data below all of these, so it takes any name; a simulation is where a name must belong to something.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flowsim.attacks import ATTACKERS, Attacker, known_attacker
from flowsim.checks import CHECKS, known_check
from flowsim.model.hooks import ACTIONS, known_action
from flowsim.model.mistakes import MISTAKES, known_mistake
from flowsim.model.scenario import Scenario
from flowsim.model.server_settings import QUIRKS
from flowsim.model.settings import Setting, unknown


def meanings(setting: Setting) -> Mapping[Any, str]:
    """The values that this setting can have, or that can be in it, and what each one means; empty where there is no end."""
    match setting.name:
        case "attacker":
            return {name: attacker.title for name, attacker in ATTACKERS.items()}
        case "without":
            return {name: check.title for name, check in CHECKS.items()}
        case "mistakes":
            return {name: mistake.title for name, mistake in MISTAKES.items()}
        case "quirks":
            return QUIRKS
        case "actions":
            return {name: _first_line(action.__doc__ or "") for name, action in ACTIONS.items()}
    return setting.choices


def check_names(scenario: Scenario, attackers: Iterable[Attacker] = ()) -> None:
    """Raises ScenarioError, with the nearest name there is, where a setting names what does not exist.

    `attackers` are those that are known beside flowsim's own.
    """
    if scenario.attacker is not None:
        known_attacker(scenario.attacker, attackers)
    for check_id in scenario.without:
        known_check(check_id)
    for quirk in scenario.quirks:
        if quirk not in QUIRKS:
            raise unknown("way of the server", quirk, list(QUIRKS))
    for mistake in scenario.mistakes:
        known_mistake(mistake)
    for action in scenario.actions:
        known_action(action)


def _first_line(docstring: str) -> str:
    line = docstring.partition("\n")[0].rstrip(".")
    return line[:1].lower() + line[1:]
