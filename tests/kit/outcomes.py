"""The table of outcomes, tests/outcomes.csv: what an attack must come to, by the RFCs. Nothing of it is in the program.

A row reads: this *attack*, on an app of this kind (*client*), against these *defences*: who *wins*, and if it is the app,
at which *step*, by which *check*, with which *error*. `bare` is an app and a server without any defence but those that
follow; `usual` is one with all that is on by default, and what follows is `setting=value` or `without` a check.

Source: RFC 9700 section 4, RFC 7636 section 1, RFC 6749 section 10, RFC 8252 section 8.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from flowsim.analysis.defences import scenario_of
from flowsim.model.scenario import Scenario
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.without_attacker import login_refused

TABLE = Path(__file__).parents[1] / "outcomes.csv"


class Outcome(NamedTuple):
    """Who wins, and if it is the app: at which step, by which check, with which error; None where there is none.

    Nobody wins where the login itself is refused, attack or no attack, and the attack does not work either.
    """

    wins: str
    step: int | None = None
    check: str | None = None
    error: str | None = None


class Row(NamedTuple):
    """One line of the table."""

    attack: str
    client: str
    base: str
    items: tuple[str, ...]
    outcome: Outcome

    @property
    def scenario(self) -> Scenario:
        """The settings that this row is about."""
        if self.base == "bare":
            return scenario_of(self.attack, *self.items)
        settings: dict[str, Any] = {}
        for item in self.items:
            name, _, value = item.partition("=")
            if not item.startswith("without "):
                settings[name] = _value(name, value)
        off = frozenset(item.removeprefix("without ") for item in self.items if item.startswith("without "))
        return Scenario(attacker=self.attack, client=self.client, seed=7, without=off, **settings)

    def computed(self) -> Outcome:
        """What the program makes of it, played now."""
        simulation = Simulation(self.scenario)
        verdict = simulation.run().verdict
        if verdict.attack_succeeded:
            return Outcome("attacker")
        if refused := login_refused(simulation.scenario):
            return Outcome("nobody", refused.step, refused.id, getattr(refused.on_failure, "code", None))
        return Outcome("app", verdict.stopped_at_step, verdict.stopped_by, verdict.error)


def rows() -> Iterator[Row]:
    """All rows, in the order of the file."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            base, *items = line["defences"].split("; ")
            step = int(line["step"]) if line["step"] else None
            outcome = Outcome(line["who wins"], step, line["check"] or None, line["error"] or None)
            yield Row(line["attack"], line["client"], base, tuple(items), outcome)


def _value(name: str, text: str) -> Any:
    """The value of a setting as the table writes it, by the type of the setting's default; True and False are switches."""
    if text in ("True", "False"):
        return text == "True"
    return int(text) if isinstance(getattr(Scenario(), name), int) else text
