"""How a detector is graded: every system of a suite is shown to it, each fresh, and what it says is compared.

A detector says True for “defective”. One that fails on a system has said nothing about it, and is told what went wrong.
What it says of a system that only advice speaks of is shown, and is right either way.
"""

import io
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from inspect import iscoroutine
from typing import Any, TextIO

from flowsim.lessons.table import Table
from flowsim.model.long_tasks import counted
from flowsim.model.own_code import TookTooLong, failure, within_time
from flowsim.model.own_line import own_line
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.shown import one_line, shorten, shown
from flowsim.mutants.arguments import PARAMETERS
from flowsim.mutants.catalogue import SUITES, Mutant, Suite, SystemUnderTest
from flowsim.mutants.under_test import unknown_parameters

Detector = Callable[[Any], object]
LONGEST_PROBLEM = 120  # characters
MOST_PRINTED = 10_000  # characters, in all the systems of a suite together


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a detector said of one system: True for defective, None for nothing; `problem` says why it said nothing.

    `line` is its own line at which it failed, and `sent` are the parameters it sent that no specification knows.
    """

    mutant: Mutant
    said: bool | None
    problem: str = ""
    line: str = ""
    sent: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return self.said is not None and (self.mutant.group == "advice" or self.said is not self.mutant.sound)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How a detector did in one suite."""

    suite: str
    judgements: tuple[Judgement, ...]

    @property
    def caught(self) -> tuple[str, ...]:
        """The defective systems that the detector accused."""
        return self._names(lambda one: one.mutant.group == "defective" and one.right)

    @property
    def missed(self) -> tuple[str, ...]:
        """The defective systems that it did not accuse."""
        return self._names(lambda one: one.mutant.group == "defective" and not one.right)

    @property
    def wrongly_accused(self) -> tuple[str, ...]:
        """The sound systems that it accused."""
        return self._names(lambda one: one.mutant.sound and one.said is True)

    @property
    def perfect(self) -> bool:
        """True where the detector was right about every system, and said something about each."""
        return all(one.right for one in self.judgements)

    def table(self) -> Table:
        """One line for each system: what it is, and what the detector made of it."""
        problems = Counter(one.problem for one in self.judgements if one.problem)
        told: set[str] = set()
        rows = []
        for one in self.judgements:
            again = problems[one.problem] > 1 and one.problem in told
            rows.append((one.mutant.name, one.mutant.about, "✗ says nothing, as before" if again else _outcome(one)))
            told.add(one.problem)
        return Table(caption=self._summary(), head=("system", "what it does", "your detector"), rows=tuple(rows))

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _summary(self) -> str:
        defective = len(self.caught) + len(self.missed)
        wrong = len(self.wrongly_accused)
        accused = f"accused {wrong} sound one{'s' if wrong != 1 else ''}" if wrong else "accused no sound one"
        odd = dict.fromkeys(name for one in self.judgements for name in one.sent)
        return f"Your detector caught {len(self.caught)} of {defective} defects and {accused}{_unknown(odd)}"

    def _names(self, wanted: Callable[[Judgement], bool]) -> tuple[str, ...]:
        return tuple(one.mutant.name for one in self.judgements if wanted(one))


def grade(detector: Detector, suite: str = "servers") -> Grade:
    """Show each system of this suite to the detector. Raises ScenarioError for a suite there is not, or for no function."""
    if not callable(detector):
        raise ScenarioError(
            f"a detector is a function that takes a system and says True or False, not {shown(detector)}"
        )
    known, printed = _suite(suite), _Bounded(sys.stdout)
    with redirect_stdout(printed):
        return Grade(suite=known.name, judgements=tuple(_judgements(detector, known)))


def system_under_test(suite: str, name: str) -> SystemUnderTest:
    """A fresh system under test, to try things out. Raises ScenarioError, with the nearest name, for one there is not."""
    known = _suite(suite)
    mutants = {mutant.name: mutant for mutant in known.mutants}
    if not isinstance(name, str) or (plain := str.__str__(name)) not in mutants:
        raise unknown(f"system of the {known.name}", name, list(mutants))
    return known.make(mutants[plain])


def defects() -> Table:
    """Every defect in the zoo, the clause that it breaks, and where it was found."""
    rows = tuple(
        (suite.name, mutant.name, mutant.about, mutant.clause, mutant.seen or "–")
        for suite in SUITES.values()
        for mutant in suite.mutants
        if mutant.group == "defective"
    )
    return Table(caption="The defects", head=("suite", "name", "what it does", "breaks", "seen in"), rows=rows)


def advice() -> Table:
    """Every system that breaks no clause in force, and that advice speaks of; a detector may call it either way."""
    rows = tuple(
        (suite.name, mutant.name, mutant.about, mutant.advice, mutant.seen or "–")
        for suite in SUITES.values()
        for mutant in suite.mutants
        if mutant.group == "advice"
    )
    return Table(
        caption="A matter of advice", head=("suite", "name", "what it does", "what is said", "seen in"), rows=rows
    )


def _suite(name: str) -> Suite:
    if not isinstance(name, str) or (plain := str.__str__(name)) not in SUITES:
        raise unknown("suite of the zoo", name, list(SUITES))
    return SUITES[plain]


class _Bounded(io.TextIOBase):
    """What a detector prints goes on to this place, up to MOST_PRINTED characters; then one line says that more came."""

    def __init__(self, place: TextIO) -> None:
        super().__init__()
        self._place = place
        self._left = MOST_PRINTED

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._left > 0:
            self._place.write(text[: self._left])
            self._left -= len(text)
            if self._left < 0:
                self._place.write("\n… your detector prints more; the rest is left out\n")
        return len(text)

    def flush(self) -> None:
        self._place.flush()


def _judgements(detector: Detector, suite: Suite) -> Iterator[Judgement]:
    """What it says of each system. One that took too long is shown no further system, for it might take as long again."""
    problem = ""
    for mutant in counted("Trying your detector", suite.mutants):
        if problem:
            yield Judgement(mutant=mutant, said=None, problem=problem)
            continue
        try:
            yield _judgement(detector, mutant, suite.make(mutant))
        except TookTooLong as error:
            yield Judgement(mutant=mutant, said=None, problem=one_line(error, LONGEST_PROBLEM))
            problem = "it was not asked, for it took too long with the one before"


def _judgement(detector: Detector, mutant: Mutant, shown_to_it: SystemUnderTest) -> Judgement:
    """What it says of this system. Raises TookTooLong; whatever else it raises is for the reader to see, in one line."""
    try:
        said, plain = within_time("it", lambda: _said(detector(shown_to_it)))
    except (TookTooLong, KeyboardInterrupt):
        raise
    except BaseException as error:  # a reader's exit() does not end the notebook
        problem, line = shorten(failure(error), LONGEST_PROBLEM), own_line(error)
        return Judgement(mutant=mutant, said=None, problem=problem, line=line, sent=unknown_parameters(shown_to_it))
    if plain is None:
        returned = "nothing" if said is None or said is ... else shown(said)
        problem = f"it returned {returned}; expected True or False"
        return Judgement(mutant=mutant, said=None, problem=problem, sent=unknown_parameters(shown_to_it))
    return Judgement(mutant=mutant, said=plain, sent=unknown_parameters(shown_to_it))


def _said(answer: Any) -> tuple[Any, bool | None]:
    """This answer, and which of True and False it is equal to: None where it is neither."""
    if iscoroutine(answer):
        answer.close()
    return answer, next((plain for plain in (True, False) if bool(answer == plain)), None)


def _unknown(names: Iterable[str]) -> str:
    """What is said of parameters that no specification knows: it may be what was meant, or a slip."""
    told = []
    for name in names:
        near = get_close_matches(name, PARAMETERS, n=1, cutoff=0.4)
        told.append(f"{shown(name)}" + (f" (did you mean {near[0]}?)" if near else ""))
    return f". It sent what servers ignore, because no specification knows it: {', '.join(told[:5])}" if told else ""


def _outcome(one: Judgement) -> str:
    if one.said is None:
        return f"✗ says nothing: {one.problem}" + (f", at {one.line}" if one.line else "")
    if one.mutant.group == "advice":
        return f"– calls it {'defective' if one.said else 'sound'}: a matter of advice"
    if one.mutant.sound:
        return "✓ leaves it alone" if one.right else "✗ accuses it, and it is sound"
    return "✓ catches it" if one.right else "✗ misses it"
