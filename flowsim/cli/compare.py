"""What `--compare` takes: settings as one says them, such as `pkce=none rotation=no`."""

import argparse
import shlex
from typing import Any, NoReturn

from flowsim.model.scenario import SETTINGS
from flowsim.model.settings import ScenarioError, unknown
from flowsim.model.shown import shown

_SWITCH = {"yes": "--{}", "on": "--{}", "true": "--{}", "no": "--no-{}", "off": "--no-{}", "false": "--no-{}"}
_SHORTCUTS = ("advance", "refresh")  # parts of the plan for later
_SHAPE = "settings such as pkce=none, or 'pkce=none rotation=no'"


class Changes(argparse.ArgumentParser):
    """Reads `pkce=none rotation=no` with the options of the settings, and says what is wrong as for a setting."""

    def error(self, message: str) -> NoReturn:
        raise ScenarioError(f"--compare: {message}")

    def of(self, text: str) -> dict[str, Any]:
        """The settings in this text, by name. Raises ScenarioError for what is none."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise ScenarioError(f"--compare takes {_SHAPE}, not {shown(text)}: {error}") from None
        if not words:
            raise ScenarioError(f"--compare takes {_SHAPE}, not {shown(text)}")
        typed = [part for word in words for part in _typed(word)]
        return vars(self.parse_args(typed))


def _typed(word: str) -> list[str]:
    """The options of a command line that say this: `pkce=none` is `--pkce none`, `rotation=no` is `--no-rotation`."""
    name, equals, value = word.partition("=")
    known = {one: setting for setting in SETTINGS.values() for one in (setting.name, setting.option) if one}
    option = name.removeprefix("--").replace("-", "_")
    positive = option.removeprefix("no_") if not equals else option
    setting = known.get(option) or known.get(positive)
    if setting is None and option not in _SHORTCUTS:
        raise unknown("setting to compare", name, list(known))
    if setting is not None and setting.kind == "switch":
        if not equals:
            return [f"--{option.replace('_', '-')}"]
        if value.lower() in _SWITCH:
            return [_SWITCH[value.lower()].format(option.replace("_", "-"))]
        raise ScenarioError(f"--compare: {name} is yes or no, not {shown(value)}")
    if not equals and option != "refresh":
        raise ScenarioError(f"--compare takes {_SHAPE}, not {shown(word)}")
    return [f"--{option.replace('_', '-')}{equals}{value}"]
