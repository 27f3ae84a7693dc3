"""The matrix: every attack against every defence, each cell a run of its own.

Each column adds *one* defence to an app and a server that have none; a cell says whether the attack works then, and if
not, which check stopped it, at which step, with which error. Nothing here knows an outcome.

A defence that an attack's row has anyway, or that has nothing to do with it, gives an empty cell.

Source: RFC 9700 section 4, RFC 7636 section 1, RFC 6749 section 10.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest

from flowsim.analysis.defences import DEFENCES, ROWS, columns, scenario_of
from flowsim.attacks import Attacker, known_attacker
from flowsim.model.check import AnyCheck
from flowsim.model.display import Displayed
from flowsim.model.long_tasks import counted
from flowsim.model.scenario import Scenario
from flowsim.model.steps import STEPS, step, step_name
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.verdict import Verdict
from flowsim.simulation.without_attacker import login_refused

NO_LOGIN = "⊘"

_MOST_COLUMNS = 10  # of a table of defences that are meant for some attacks only
_PARTICULAR = "Attacks against a defence that is meant for some of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What came of an attack against a defence. `scenario` plays it again; `verdict` is what was computed.

    `login_refused` is the check at which the login itself ends, attack or no attack, where the attack does not work. Then
    the defence does not go with this app, and has defended nothing. `attacker` is the one that was played, whose name
    is `attack`.
    """

    attack: str
    defence: str
    scenario: Scenario
    verdict: Verdict
    attacker: Attacker
    login_refused: AnyCheck | None = None

    @property
    def works(self) -> bool:
        return self.verdict.attack_succeeded

    @property
    def stopped(self) -> bool:
        """True where the attack does not work, and the login does."""
        return not self.works and self.login_refused is None

    @property
    def text(self) -> str:
        """`✗` where the attack works, else `✓` and where it was stopped; `⊘` where the login itself is refused."""
        if refused := self.login_refused:
            return f"{NO_LOGIN} {step_name(refused.step)} {refused.id}"
        if self.works or self.verdict.stopped_at_step is None:
            return "✗ works" if self.works else "✓"
        return f"✓ {step_name(self.verdict.stopped_at_step)} {self.verdict.stopped_by}"

    def simulation(self) -> Simulation:
        """The run of this cell, at its start, for a player."""
        name = f"{self.attack}-against-{self.defence.replace(', ', '-and-')}"
        title = f"{self.attack} against {self.defence}"
        return Simulation(self.scenario, name=name, title=title, attackers=[self.attacker])


def cell(attack: str | Attacker, *defences: str) -> Cell:
    """One cell, played now: this attack against this defence, against none, or against all of these together.

    The attack is one of flowsim's by its name, or an `Attacker` of your own.

    Raises ScenarioError for a name there is not, for a defence that takes away what the attack begins with, and for
    defences that cannot be had together.
    """
    attacker = known_attacker(attack)
    simulation = Simulation(scenario_of(attack, *defences), attackers=[attacker])
    verdict = simulation.run().verdict
    return Cell(
        attacker=attacker,
        attack=attacker.name,
        defence=", ".join(defences) or "none",
        scenario=simulation.scenario,
        verdict=verdict,
        login_refused=None if verdict.attack_succeeded else login_refused(simulation.scenario),
    )


@dataclass(frozen=True, kw_only=True, repr=False)
class Matrix(Displayed):
    """All cells, by attack and defence; an empty one is not there. A notebook shows it as tables (matrix_html.py)."""

    cells: Mapping[tuple[str, str], Cell]

    @property
    def attacks(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(attack for attack, _ in self.cells))

    @property
    def defences(self) -> tuple[str, ...]:
        return tuple(name for name in DEFENCES if any(defence == name for _, defence in self.cells))

    def title_of(self, attack: str) -> str:
        """What the attacker of this row calls its attack."""
        return next(self.cells[place].attacker.title for place in self.cells if place[0] == attack)

    def to_csv(self) -> str:
        """One line for each cell: attack, defence, works, check, step, error."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["attack", "defence", "works", "stopped_by", "stopped_at_step", "error"])
        for (attack, defence), one in self.cells.items():
            verdict = one.verdict
            if refused := one.login_refused:
                writer.writerow([attack, defence, "no login", refused.id, refused.step, ""])
                continue
            step = verdict.stopped_at_step if verdict.stopped_at_step and not one.works else ""
            stopped = "" if one.works else verdict.stopped_by or ""
            writer.writerow([attack, defence, one.works, stopped, step, "" if one.works else verdict.error or ""])
        return out.getvalue()

    def __repr__(self) -> str:
        return self.told()

    def told(self, width: int | None = None) -> str:
        """The tables and the legend as text; with a width in columns, each table is cut into as many as are needed."""
        return "\n".join(self._lines(width))

    def tables(self) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """The tables it is shown as: heading, defences, and the attacks that they have anything to do with.

        The first has the defences that are meant for every login. The others are in tables of their own, none so wide that
        it would not fit beside the names of the attacks.
        """
        general = tuple(name for name in self.defences if not DEFENCES[name].particular)
        yield "Attacks against one defence alone", general, self.attacks
        particular = tuple(name for name in self.defences if DEFENCES[name].particular)
        parts = -(-len(particular) // _MOST_COLUMNS)
        for part in range(parts):
            columns = particular[part * len(particular) // parts : (part + 1) * len(particular) // parts]
            concerned = {attack for attack, defence in self.cells if defence in columns}
            rows = tuple(attack for attack in self.attacks if attack in concerned)
            if rows:
                yield f"{_PARTICULAR}{f', part {part + 1} of {parts}' if parts > 1 else ''}", columns, rows

    @property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """Each kind of mark there is, and what it means; one of the login's steps stands for all of them."""
        stopped = Counter(one.verdict.stopped_at_step for one in self.cells.values() if one.stopped)
        numbers = [number for number, _ in stopped.most_common() if number is not None]
        in_login = [number for number in numbers if step(number) in STEPS]
        others = sorted(number for number in numbers if step(number) not in STEPS)
        marks = [("✗", "the attack works")]
        marks += [(f"✓{number}", f"it is stopped at step {number} of the login") for number in in_login[:1]]
        marks += [
            (f"✓{step_name(number)}", f"it is stopped outside the login: “{step(number).title}”") for number in others
        ]
        marks += [("✓", "it comes to nothing, and no check has to stop it")] if None in stopped else []
        if any(one.login_refused for one in self.cells.values()):
            marks += [
                (NO_LOGIN, "the login itself is refused, attack or no attack: the defence does not go with the app")
            ]
        return (*marks, ("·", "not tried: it has nothing to do with the attack, or the attack settles it beforehand"))

    def _lines(self, width: int | None) -> Iterator[str]:
        names = max(len(name) for name in self.attacks) + 2
        for heading, defences, attacks in self.tables():
            heads = {name: name.replace("-", "- ").split() for name in defences}
            columns = {name: max(4, *(len(part) for part in parts)) + 2 for name, parts in heads.items()}
            yield heading
            for some in _split(columns, width - names if width else None):
                for parts in zip_longest(*(heads[name] for name in some), fillvalue=""):
                    line = (part.ljust(columns[name]) for name, part in zip(some, parts, strict=True))
                    yield (" " * names + "".join(line)).rstrip()
                for attack in attacks:
                    marks = (self.mark(attack, name).ljust(columns[name]) for name in some)
                    yield (attack.ljust(names) + "".join(marks)).rstrip()
                yield ""
        yield from (f"{mark.ljust(4)} {meaning}" for mark, meaning in self.legend)

    def mark(self, attack: str, defence: str) -> str:
        """`✗`, or `✓` and the step of this cell; `⊘` where the login is refused, and `·` where it is left empty."""
        one = self.cells.get((attack, defence))
        if one is None:
            return "·"
        if one.login_refused is not None:
            return NO_LOGIN
        number = one.verdict.stopped_at_step
        return "✗" if one.works else f"✓{step_name(number) if number else ''}"

    def sentences(self, attack: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """What happened in this attack's row: each sentence once, after the defences against which it came to that."""
        alike: dict[str, list[str]] = {}
        for place in self.cells:
            if place[0] == attack:
                alike.setdefault(self.cells[place].verdict.sentence, []).append(place[1])
        yield from ((tuple(defences), sentence) for sentence, defences in alike.items())


def _split(columns: Mapping[str, int], width: int | None) -> Iterator[list[str]]:
    """These columns, each so wide, as lists that fit into this width, at least one in each; all in one without a width."""
    some: list[str] = []
    taken = 0
    for name, wide in columns.items():
        # The two blanks after the last column may stick out: they are not written.
        if some and width is not None and taken + wide - 2 > width:
            yield some
            some, taken = [], 0
        some.append(name)
        taken += wide
    yield some


def matrix(
    executor: Executor | None = None,
    *,
    attackers: Iterable[Attacker] = (),
    tick: Callable[[int, int], object] = lambda done, total: None,
) -> Matrix:
    """All cells, played now: one after the other, which takes seconds, or over this executor of `concurrent.futures`.

    Those of other libraries serve as well: `ipyparallel.Client().executor()`, or `get_executor()` of a Dask client. There
    is a row more for each of these attackers of your own. `tick` is called after each cell: so many done, of so many.
    """
    places = _places([*ROWS, *attackers])
    attacks, defences = [attack for attack, _ in places.values()], [defence for _, defence in places.values()]
    cells = executor.map(cell, attacks, defences) if executor else map(cell, attacks, defences)
    played = {}
    for place, one in zip(counted("Playing the matrix", places), cells, strict=True):
        played[place] = one
        tick(len(played), len(places))
    return Matrix(cells=played)


@cache
def whole_matrix() -> Matrix:
    """All cells, each played once in a process, when it is first looked at. Nobody may change what it holds."""
    return Matrix(cells=_PlayedWhenLookedAt(_places(ROWS)))


def _places(rows: Iterable[str | Attacker]) -> dict[tuple[str, str], tuple[str | Attacker, str]]:
    """By attack and defence, what a cell is played with."""
    return {(known_attacker(row).name, defence): (row, defence) for row in rows for defence in columns(row)}


class _PlayedWhenLookedAt(Mapping[tuple[str, str], Cell]):
    """Cells by attack and defence. Which there are is known at once, and one is played when somebody asks for it."""

    def __init__(self, places: Mapping[tuple[str, str], tuple[str | Attacker, str]]) -> None:
        self._places = places
        self._played: dict[tuple[str, str], Cell] = {}

    def __getitem__(self, place: tuple[str, str]) -> Cell:
        if place not in self._played:
            self._played[place] = cell(*self._places[place])
        return self._played[place]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, place: object) -> bool:
        return place in self._places
