"""Which experiment this is, in one line: `Phone app · no PKCE · the code is stolen`.

It stands in the title of a page, above what is printed, in the player's bar and in a picture, so that nobody takes one run
for another. It is computed from the settings: the app, PKCE, whatever is not as it is by default, and the attack.
"""

from collections.abc import Iterable

from flowsim.attacks import ATTACKERS, Attacker
from flowsim.model.clients import PROFILES, RedirectKind
from flowsim.model.scenario import SETTINGS, Scenario
from flowsim.model.settings import Setting
from flowsim.model.shown import shorten
from flowsim.model.timeline import in_words

_APPS: dict[RedirectKind, str] = {
    "scheme": "Phone app",
    "claimed-https": "Phone app with an https address",
    "loopback": "Program on a computer",
    "page": "Single-page app",
    "website": "Website",
}
# These have words of their own, or make no other experiment.
_SAID_OTHERWISE = ("client", "pkce", "attacker", "seed", "start")
_MOST = 3  # settings that are named; of more their number is said
_LONGEST = 40  # characters of a value
BETWEEN = " · "


def experiment(scenario: Scenario, attacker: Attacker | None = None) -> str:
    """This experiment in one line. `attacker` is the one in it, where it is none of flowsim's."""
    return BETWEEN.join([*base(scenario), *_few(_changed(scenario)), *_attack(scenario, attacker)])


def differing(scenario: Scenario, others: Iterable[Scenario]) -> str:
    """What of this experiment is otherwise in others, in words; an empty text where nothing is."""
    parts = _values(scenario)
    differ = [name for name in parts if any(_values(other)[name] != parts[name] for other in others)]
    words = {"client": base(scenario)[0], "pkce": base(scenario)[1]}
    return BETWEEN.join(_few([words.get(name) or _words(SETTINGS[name], parts[name]) for name in differ]))


def _values(scenario: Scenario) -> dict[str, object]:
    return {name: getattr(scenario, name) for name in SETTINGS if name not in ("attacker", "start")}


def base(scenario: Scenario) -> list[str]:
    """The kind of app and its use of PKCE, in words."""
    pkce = "no PKCE" if scenario.pkce == "none" else f"PKCE {scenario.pkce}"
    app = "Assistant of an MCP server" if scenario.speaks_mcp else _APPS[PROFILES[scenario.client].kind]
    return [app, pkce]


def _changed(scenario: Scenario) -> list[str]:
    return [
        _words(setting, getattr(scenario, name))
        for name, setting in SETTINGS.items()
        if name not in _SAID_OTHERWISE and getattr(scenario, name) != setting.default
    ]


def _few(words: list[str]) -> list[str]:
    more = len(words) - _MOST
    return words if more < 1 else [*words[:_MOST], f"{more} more setting{'s' if more > 1 else ''}"]


def _words(setting: Setting, value: object) -> str:
    if setting.name == "without":
        return f"without {shorten(', '.join(sorted(value)), _LONGEST)}"  # type: ignore[call-overload]
    if isinstance(value, bool):
        return f"{setting.title}: {'yes' if value else 'no'}"
    if setting.kind == "time" and isinstance(value, int):
        return f"{setting.title}: {in_words(value)}"
    if isinstance(value, tuple | frozenset):
        value = ", ".join(map(str, value))
    return f"{setting.title}: {shorten(str(value), _LONGEST)}"


def _attack(scenario: Scenario, attacker: Attacker | None) -> list[str]:
    known = attacker or ATTACKERS.get(scenario.attacker or "")
    if known:
        return [known.title]
    return [scenario.attacker] if scenario.attacker else []
