"""How a judge is graded: every specimen of a house is shown to it, each fresh, and what it says is compared.

A judge says True for “defective”. One that fails on a specimen has said nothing about it, and is told what went wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flowsim.lessons.tables import Table
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.mutants.catalogue import HOUSES, Breed, House, Specimen
from flowsim.views.text.transcript import safe, shorten

Judge = Callable[[Any], object]
LONGEST_PROBLEM = 120  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What a judge said of one specimen: True for defective, None for nothing; `problem` says why it said nothing."""

    breed: Breed
    said: bool | None
    problem: str = ""

    @property
    def right(self) -> bool:
        return self.said is not None and self.said is not self.breed.sound


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """How a judge did in one house."""

    house: str
    sentences: tuple[Sentence, ...]

    @property
    def caught(self) -> tuple[str, ...]:
        """The defective specimens that the judge accused."""
        return self._names(lambda one: not one.breed.sound and one.right)

    @property
    def missed(self) -> tuple[str, ...]:
        """The defective specimens that it did not accuse."""
        return self._names(lambda one: not one.breed.sound and not one.right)

    @property
    def wrongly_accused(self) -> tuple[str, ...]:
        """The sound specimens that it accused."""
        return self._names(lambda one: one.breed.sound and one.said is True)

    @property
    def perfect(self) -> bool:
        """True where the judge was right about every specimen."""
        return all(one.right for one in self.sentences)

    def table(self) -> Table:
        """One line for each specimen: what it is, and what the judge made of it."""
        rows = tuple((one.breed.name, one.breed.about, _outcome(one)) for one in self.sentences)
        return Table(caption=self._summary(), head=("specimen", "what it does", "your judge"), rows=rows)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()

    def _summary(self) -> str:
        defective = len(self.caught) + len(self.missed)
        wrong = len(self.wrongly_accused)
        accused = f"accused {wrong} sound one{'s' if wrong != 1 else ''}" if wrong else "accused no sound one"
        return f"Your judge caught {len(self.caught)} of {defective} defects and {accused}"

    def _names(self, wanted: Callable[[Sentence], bool]) -> tuple[str, ...]:
        return tuple(one.breed.name for one in self.sentences if wanted(one))


def grade(judge: Judge, house: str = "servers") -> Grade:
    """Show every specimen of this house to the judge. Raises ScenarioError for a house there is not, or for no function."""
    if not callable(judge):
        raise ScenarioError(f"a judge is a function that takes a specimen and says True or False, not {judge!r}")
    known = _house(house)
    return Grade(house=house, sentences=tuple(_sentence(judge, known, breed) for breed in known.breeds))


def specimen(house: str, name: str) -> Specimen:
    """A fresh specimen, to try things out. Raises ScenarioError, with the nearest name, for one there is not."""
    known = _house(house)
    breeds = {breed.name: breed for breed in known.breeds}
    if not isinstance(name, str) or name not in breeds:
        raise unknown(f"specimen of the {house}", str(name), list(breeds))
    return known.make(breeds[name])


def defects() -> Table:
    """Every defect in the zoo, the clause that it breaks, and where it was found."""
    rows = tuple(
        (house.name, breed.name, breed.about, breed.clause, breed.seen or "–")
        for house in HOUSES.values()
        for breed in house.breeds
        if not breed.sound
    )
    return Table(caption="The defects", head=("house", "name", "what it does", "breaks", "seen in"), rows=rows)


def _house(name: str) -> House:
    if not isinstance(name, str) or name not in HOUSES:
        raise unknown("house of the zoo", str(name), list(HOUSES))
    return HOUSES[name]


def _sentence(judge: Judge, house: House, breed: Breed) -> Sentence:
    try:
        said = judge(house.make(breed))
        if said is None or said is ...:
            return Sentence(breed=breed, said=None, problem="it returned nothing; expected True or False")
        return Sentence(breed=breed, said=bool(said))
    except Exception as error:  # whatever the reader's function raises is for the reader to see, in one line
        told = safe(" ".join(f"{type(error).__name__}: {error}".split()))
        return Sentence(breed=breed, said=None, problem=shorten(told, LONGEST_PROBLEM))


def _outcome(one: Sentence) -> str:
    if one.said is None:
        return f"✗ says nothing: {one.problem}"
    if one.breed.sound:
        return "✓ leaves it alone" if one.right else "✗ accuses it, and it is sound"
    return "✓ catches it" if one.right else "✗ misses it"
