"""Which flow for which app: a few questions, each answer with its reason and its clause, and the flow they lead to.

The table is in table.py. The widget asks its questions, the picture is drawn from it, and where flowsim can play the
flow that comes out, the outcome carries the settings to do so.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from flowsim.lessons.flow_chooser.table import FLOWS, QUESTIONS, START, Answer, Flow, Question
from flowsim.model.scenario import Scenario, ScenarioError, unknown
from flowsim.model.shown import shown
from flowsim.model.steps import clause_url
from flowsim.simulation.simulation import Simulation


@dataclass(frozen=True, slots=True)
class Path:
    """The answers given so far, by number from 0. Where they end at an outcome, that is the flow."""

    answers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        place: Question | Flow = QUESTIONS[START]
        for number in self.answers:
            if isinstance(place, Flow) or not 0 <= number < len(place.answers):
                raise ScenarioError(
                    f"there is no answer {number + 1} here: {self.answers[: self.answers.index(number)]}"
                )
            place = _place(place.answers[number].to)

    @property
    def steps(self) -> tuple[tuple[Question, Answer], ...]:
        """The questions that were asked, each with its answer."""
        found, place = [], QUESTIONS[START]
        for number in self.answers:
            found.append((place, place.answers[number]))
            after = _place(place.answers[number].to)
            place = after if isinstance(after, Question) else place
        return tuple(found)

    @property
    def place(self) -> Question | Flow:
        """The question that is asked now, or the outcome."""
        return _place(self.steps[-1][1].to) if self.answers else QUESTIONS[START]

    def answer(self, said: str | int) -> "Path":
        """The path after this answer: its number from 1, or the words it begins with.

        Raises ScenarioError for an answer there is not, and where nothing is asked any more.
        """
        place = self.place
        if isinstance(place, Flow):
            raise ScenarioError(f"nothing is asked any more: the answer is “{place.title}”. Start again, or go back")
        texts = [one.text for one in place.answers]
        if not isinstance(said, int | str):
            raise unknown("answer", said, texts)
        if isinstance(said, int):
            if not 1 <= said <= len(texts):
                raise ScenarioError(f"expected an answer from 1 to {len(texts)}, not {shown(said)}")
            return Path((*self.answers, said - 1))
        fitting = [number for number, text in enumerate(texts) if text.lower().startswith(said.strip().lower())]
        if len(fitting) != 1 or not said.strip():
            raise unknown("answer", said, texts)
        return Path((*self.answers, fitting[0]))

    def back(self) -> "Path":
        """The path without its last answer; at the start the same."""
        return Path(self.answers[:-1])

    def simulation(self, **settings: Any) -> Simulation:
        """The flow of this outcome, ready to be played. Raises ScenarioError where flowsim does not play it."""
        place = self.place
        if isinstance(place, Question):
            raise ScenarioError(f"there is a question left: {place.text}")
        if not place.settings:
            raise ScenarioError(f"flowsim plays the authorization code flow and what follows it, not “{place.title}”")
        return Simulation(Scenario(**{**place.settings, **settings}))

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        for question, answer in self.steps:
            yield f"{question.text} – {answer.text}"
            yield f"    {answer.reason}  [{', '.join(answer.clauses)}]"
        place = self.place
        if isinstance(place, Question):
            yield place.text
            yield from (f"  {number}. {answer.text}" for number, answer in enumerate(place.answers, 1))
            return
        yield f"→ {place.title}"
        yield f"    {place.text}"
        yield f"    {place.pkce}  [{', '.join(place.clauses)}]"

    def _repr_html_(self) -> str:
        parts = [
            f"<p>{escape(question.text)} <strong>{escape(answer.text)}</strong><br>"
            f"{escape(answer.reason)} {_links(answer.clauses)}</p>"
            for question, answer in self.steps
        ]
        place = self.place
        if isinstance(place, Question):
            items = "".join(f"<li>{escape(answer.text)}</li>" for answer in place.answers)
            return "".join([*parts, f"<p><strong>{escape(place.text)}</strong></p><ol>{items}</ol>"])
        told = f"{escape(place.text)} {escape(place.pkce)} {_links(place.clauses)}"
        return "".join([*parts, f"<p><strong>→ {escape(place.title)}</strong><br>{told}</p>"])


def which_flow() -> Path:
    """The start: no question answered yet."""
    return Path()


def table() -> dict[str, Any]:
    """The whole table as JSON values, with addresses of the clauses: what the widget asks from."""
    return {
        "start": START,
        "questions": {
            one.name: {
                "text": one.text,
                "answers": [
                    {"text": a.text, "reason": a.reason, "clauses": _clauses(a.clauses), "to": a.to}
                    for a in one.answers
                ],
            }
            for one in QUESTIONS.values()
        },
        "outcomes": {
            one.name: {
                "title": one.title,
                "text": one.text,
                "pkce": one.pkce,
                "clauses": _clauses(one.clauses),
                "code": _code(one),
            }
            for one in FLOWS.values()
        },
    }


def _code(outcome: Flow) -> str:
    """The line of Python that plays this outcome; empty where flowsim does not play it."""
    settings = ", ".join(f"{name}={value!r}".replace("'", '"') for name, value in outcome.settings.items())
    return f"player(Simulation({settings}))" if settings else ""


def _place(name: str) -> Question | Flow:
    return QUESTIONS[name] if name in QUESTIONS else FLOWS[name]


def _clauses(clauses: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"label": clause, "url": clause_url(clause)} for clause in clauses]


def _links(clauses: tuple[str, ...]) -> str:
    return " ".join(f'<a href="{escape(clause_url(clause))}">{escape(clause)}</a>' for clause in clauses)
