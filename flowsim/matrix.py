"""The matrix: every attack against every defence, each cell a run of its own.

Each column adds *one* defence to an app and a server that have none; a cell says whether the attack works then, and if
not, which check stopped it, at which step, with which error. Nothing here knows an outcome.

A defence that an attack's row has anyway, or that has nothing to do with it, gives an empty cell.

Source: RFC 9700 section 4, RFC 7636 section 1, RFC 6749 section 10.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from html import escape
from itertools import product

from flowsim.attackers import ATTACKERS
from flowsim.defences import DEFENCES, PARTICULAR, ROWS, scenario_of
from flowsim.scenario import Scenario
from flowsim.simulation import Simulation
from flowsim.steps import clause_url, step_name
from flowsim.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What came of an attack against a defence. `scenario` plays it again; `verdict` is what was computed."""

    attack: str
    defence: str
    scenario: Scenario
    verdict: Verdict

    @property
    def works(self) -> bool:
        return self.verdict.attack_succeeded

    @property
    def text(self) -> str:
        """`✗` where the attack works, else `✓` and where it was stopped."""
        if self.works or self.verdict.stopped_at_step is None:
            return "✗ works" if self.works else "✓"
        return f"✓ {step_name(self.verdict.stopped_at_step)} {self.verdict.stopped_by}"

    def simulation(self) -> Simulation:
        """The run of this cell, at its start, for a player."""
        return Simulation(self.scenario, name=f"{self.attack} against {self.defence}")


def cell(attack: str, *defences: str) -> Cell:
    """One cell, played now; with more than one defence, all of them together. Raises ScenarioError as `scenario_of`."""
    simulation = Simulation(scenario_of(attack, *defences))
    return Cell(
        attack=attack,
        defence=", ".join(defences) or "none",
        scenario=simulation.scenario,
        verdict=simulation.run().verdict,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All cells, by attack and defence; an empty one is not there."""

    cells: Mapping[tuple[str, str], Cell]

    @property
    def attacks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(attack for attack, _ in self.cells))

    @property
    def defences(self) -> tuple[str, ...]:
        return tuple(name for name in DEFENCES if any(defence == name for _, defence in self.cells))

    def to_csv(self) -> str:
        """One line for each cell: attack, defence, works, check, step, error."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["attack", "defence", "works", "stopped_by", "stopped_at_step", "error"])
        for (attack, defence), one in self.cells.items():
            verdict = one.verdict
            step = verdict.stopped_at_step if verdict.stopped_at_step and not one.works else ""
            stopped = "" if one.works else verdict.stopped_by or ""
            writer.writerow([attack, defence, one.works, stopped, step, "" if one.works else verdict.error or ""])
        return out.getvalue()

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """The two tables it is shown as: heading, defences, and the attacks that they have anything to do with."""
        general = tuple(name for name in self.defences if name not in PARTICULAR)
        yield "Attacks against one defence alone", general, self.attacks
        particular = tuple(name for name in self.defences if name in PARTICULAR)
        concerned = {attack for attack, defence in self.cells if defence in particular}
        rows = tuple(attack for attack in self.attacks if attack in concerned)
        yield "Attacks against a defence that is meant for some of them", particular, rows

    def _lines(self) -> Iterator[str]:
        width = max(len(name) for name in self.attacks) + 2
        for heading, defences, attacks in self.tables():
            columns = {name: max(len(name), 4) + 2 for name in defences}
            yield heading
            yield " " * width + "".join(name.ljust(columns[name]) for name in columns).rstrip()
            for attack in attacks:
                marks = (self.mark(attack, name).ljust(columns[name]) for name in columns)
                yield (attack.ljust(width) + "".join(marks)).rstrip()
            yield ""
        yield "✗ the attack works, ✓ and the step at which it is stopped, · the defence has nothing to do with it"

    def mark(self, attack: str, defence: str) -> str:
        """`✗` or `✓` and the step of this cell; `·` where the defence has nothing to do with the attack."""
        one = self.cells.get((attack, defence))
        if one is None:
            return "·"
        step = one.verdict.stopped_at_step
        return "✗" if one.works else f"✓{step_name(step) if step else ''}"

    def _repr_html_(self) -> str:
        return "".join(self._table(*one) for one in self.tables())

    def _table(self, heading: str, defences: tuple[str, ...], attacks: tuple[str, ...]) -> str:
        head = "".join(
            f'<th scope="col" style="{_CELL};white-space:normal"><a href="{escape(clause_url(DEFENCES[name].clause))}" '
            f'title="{escape(DEFENCES[name].title)}">{escape(name)}</a></th>'
            for name in defences
        )
        rows = "".join(
            f'<tr><th scope="row" style="{_CELL};text-align:left" title="{escape(ATTACKERS[attack].title)}">'
            f"{escape(attack)}</th>{''.join(self._cell(attack, name) for name in defences)}</tr>"
            for attack in attacks
        )
        return (
            '<div style="overflow-x:auto"><table style="border-collapse:collapse;font-size:inherit">'
            f'<caption style="{_CELL};font-weight:600;text-align:left">{heading}</caption>'
            f'<thead><tr><th scope="col" style="{_CELL}"></th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        )

    def _cell(self, attack: str, defence: str) -> str:
        one = self.cells.get((attack, defence))
        if one is None:
            return f'<td style="{_CELL}">·</td>'
        look = _BAD if one.works else _GOOD
        told = escape(f"{attack} against {defence}: {one.verdict.sentence}")
        return f'<td style="{_CELL};{look}" title="{told}">{escape(self.mark(attack, defence))}</td>'


_CELL = "text-align:center;vertical-align:top;padding:.3em .5em;white-space:nowrap"
_BAD = "color:var(--jp-error-color0,#b3261e);font-weight:600"
_GOOD = "color:var(--jp-success-color0,#1b5e20)"


def matrix(executor: Executor | None = None) -> Matrix:
    """All cells, played now: one after the other, or over this executor of `concurrent.futures`."""
    places = [(a, d) for a, d in product(ROWS, DEFENCES) if d not in ROWS[a].leaves_out]
    attacks, defences = [a for a, _ in places], [d for _, d in places]
    cells = executor.map(cell, attacks, defences) if executor else map(cell, attacks, defences)
    return Matrix(cells=dict(zip(places, cells, strict=True)))
