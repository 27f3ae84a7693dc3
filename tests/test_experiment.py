"""The line that says which experiment a run is: the app, PKCE, what is not by default, the attack."""

from typing import Any

import pytest

from flowsim import Simulation
from flowsim.analysis.matrix import matrix
from flowsim.model.scenario import SETTINGS, Scenario
from flowsim.views.text.experiment import differing, experiment


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({}, "Phone app · PKCE S256"),
        ({"pkce": "none", "attacker": "code-interception"}, "Phone app · no PKCE · the code is stolen"),
        ({"client": "web", "pkce": "plain", "state": False}, "Website · PKCE plain · state: no"),
        (
            {"client": "spa", "rotation": False, "later": "1h call"},
            "Single-page app · PKCE S256 · rotation: no · plan for later: 1h call",
        ),
        ({"api_max_age": 0}, "Phone app · PKCE S256 · oldest login for the API: 0 seconds"),
        ({"without": ("token.verifier_fits",)}, "Phone app · PKCE S256 · without token.verifier_fits"),
        ({"code_lifetime": 120, "seed": 9, "start": 7}, "Phone app · PKCE S256 · code lifetime: 2 minutes"),
        (
            {"state": False, "nonce": False, "iss": False, "rotation": False, "par": "required"},
            "Phone app · PKCE S256 · state: no · nonce: no · use of pushed requests: required · 2 more settings",
        ),
    ],
)
def test_the_line_of_an_experiment(settings: dict[str, Any], line: str) -> None:
    assert experiment(Scenario(**settings)) == line


def test_every_setting_but_the_seed_makes_another_line() -> None:
    plain = experiment(Scenario())
    for setting in SETTINGS.values():
        others = [value for value in setting.choices if value != setting.default]
        if setting.kind == "switch":
            others = [not setting.default]
        for value in others:
            if setting.name not in ("seed", "start"):
                client = {"tab": "spa", "cookie": "web", "form_post": "web"}.get(value, "native-scheme")
                beside = {"client": client, **setting.only}
                same = experiment(Scenario(**beside)) if beside != {"client": "native-scheme"} else plain
                made = Simulation(**{**beside, setting.name: value}).scenario
                assert experiment(made) != same, (setting.name, value)


def test_the_line_is_one_short_line_in_every_cell_of_the_matrix() -> None:
    for one in matrix().cells.values():
        line = experiment(one.simulation().scenario)
        assert "\n" not in line
        assert len(line) <= 240


def test_what_differs_is_said_in_the_same_words() -> None:
    assert differing(Scenario(pkce="none"), [Scenario()]) == "no PKCE"
    assert differing(Scenario(client="web", pkce="none"), [Scenario()]) == "Website · no PKCE"
    assert differing(Scenario(), [Scenario()]) == ""
    assert differing(Scenario(seed=1), [Scenario(seed=2)]) == "seed: 1"
