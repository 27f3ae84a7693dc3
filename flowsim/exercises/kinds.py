"""What an exercise is, in three kinds: a choice, a value that is typed, and something that the learner makes.

Each is judged by runs: what is right is computed when an answer is judged, and stands nowhere. An answer that is no
answer, such as a text where a list is asked, is neither right nor wrong: the outcome says what came and what was asked.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowsim.checks import CHECKS
from flowsim.exercises.model_answers import MODEL_ANSWERS
from flowsim.exercises.wording import NotAnAnswer, html, listed, one_text, plain_key, texts, whole_number
from flowsim.lessons import progress
from flowsim.model.own_code import TookTooLong, result_of
from flowsim.model.own_line import own_line
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import one_line, shown

State = Literal["unanswered", "right", "wrong", "no answer"]
LEAD: Mapping[State, str] = {"unanswered": "", "right": "Right.", "wrong": "Not yet.", "no answer": ""}
NOT_ANSWERED = "Not answered yet: replace None by your answer and run this cell again."
NOT_JUDGED = "cannot be judged here"
MIME = "application/vnd.flowsim.answer+json"
_LONGEST = 300  # characters of what went wrong
_LOOK: Mapping[State, str] = {"right": "#14532d;background:#e8f3ea", "wrong": "#8c1710;background:#fdeceb"}
_PLAIN = "#3c4043;background:#f1f4f9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What comes of an answer: `text` says why, `hint` what to look at, `kept` how far the learner has come.

    `answer` is the answer as it is kept, and `key` the mistake, where several answers are the same one.
    """

    exercise: str
    state: State
    text: str
    hint: str = ""
    answer: progress.Answer = None
    key: str = ""
    kept: str = ""

    @property
    def right(self) -> bool:
        return self.state == "right"

    def __repr__(self) -> str:
        return " ".join(one for one in (LEAD[self.state], self.text, self.hint, self.kept) if one)

    def _repr_mimebundle_(self, **_settings: Any) -> dict[str, Any]:
        """The text, the same in colour, and what `flowsim results` reads out of a notebook that was handed in."""
        lead = f"<b>{LEAD[self.state]}</b> " if LEAD[self.state] else ""
        parts = "".join(f"<p style='margin:.3em 0'>{html(one)}</p>" for one in (self.hint, self.kept) if one)
        told = {
            "text/plain": repr(self),
            "text/html": (
                f"<div style='padding:.5em .9em;border-left:5px solid;color:{_LOOK.get(self.state, _PLAIN)}'>"
                f"<p style='margin:.3em 0'>{lead}{html(self.text)}</p>{parts}</div>"
            ),
        }
        if self.state not in ("right", "wrong"):
            return told
        kept = {"version": progress.VERSION, "exercise": self.exercise, "answer": self.answer, "right": self.right}
        return {**told, MIME: {**kept, "at": ""}}


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers: its key, its text, and what is so, or what somebody who chooses it has mixed up."""

    key: str
    text: str
    meaning: str


def check_option(id: str, meaning: str) -> Option:
    """An option that is a check, by its title; its id is taken as well."""
    return Option(id, CHECKS[id].title, meaning)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise(ABC):
    """A question and its hint. `reason` says after the answer why it is so, from a run where that can be."""

    id: str
    question: str
    hint: str
    reason: Callable[[], str]

    def judge(self, answer: object) -> Outcome:
        """What comes of this answer; it is kept nowhere. None is not answered yet. Never fails, whatever an answer is."""
        if answer is None or answer is ... or (type(answer) is str and not answer.strip()):
            return self._outcome("unanswered", NOT_ANSWERED)
        try:
            return self._judged(answer)
        except NotAnAnswer as error:
            return self._outcome("no answer", str(error))
        except ScenarioError as error:
            return self._outcome("no answer", _with_line(error), key=NOT_JUDGED)
        except Exception:  # an answer may be of any class, and fail when it is looked at
            return self._outcome("no answer", f"You gave {shown(answer)}, and that cannot be compared with anything.")

    @abstractmethod
    def _judged(self, answer: object) -> Outcome:
        """What comes of this answer. Raises NotAnAnswer for one of another kind, and ScenarioError."""

    @abstractmethod
    def solution(self) -> str:
        """The right answer, in words."""

    @property
    def lesson(self) -> str:
        return self.id.rpartition(".")[0]

    def _outcome(self, state: State, text: str, **more: Any) -> Outcome:
        hint = f"Hint: {self.hint}" if state == "wrong" else ""
        return Outcome(exercise=self.id, state=state, text=text, hint=hint, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Exercise):
    """One of the options is right, or, where `several`, some are; `computed` gives the keys of those that are."""

    options: tuple[Option, ...]
    computed: Callable[[], str | bool | tuple[str, ...]]
    several: bool = False

    def right_keys(self) -> tuple[str, ...]:
        """The keys of the options that are right, as runs have it."""
        computed = self.computed()
        if isinstance(computed, bool):
            return ("yes" if computed else "no",)
        return (computed,) if isinstance(computed, str) else computed

    def _judged(self, answer: object) -> Outcome:
        keys = self._keys(answer)
        kept: progress.Answer = [*keys] if self.several else keys[0]
        right = self.right_keys()
        if {*keys} == {*right}:
            meaning = "" if self.several else self._option(keys[0]).meaning
            return self._outcome("right", _joined(meaning, self.reason()), answer=kept)
        if not self.several:
            return self._outcome("wrong", self._option(keys[0]).meaning, answer=kept, key=keys[0])
        wrong = [self._option(key) for key in keys if key not in right]
        if wrong:
            text = " ".join(f"{one.text}: {one.meaning}" for one in wrong)
            return self._outcome("wrong", text, answer=kept, key=", ".join(one.key for one in wrong))
        return self._outcome("wrong", "All that you chose are right, and there are more.", answer=kept, key="too few")

    def meaning(self, key: str) -> str:
        """What the option of this key means, or nothing where there is none."""
        return next((one.meaning for one in self.options if one.key == key), "")

    def solution(self) -> str:
        return "; ".join(one.text for one in self.options if one.key in self.right_keys())

    def _option(self, key: str) -> Option:
        return next(one for one in self.options if one.key == key)

    def _keys(self, answer: object) -> tuple[str, ...]:
        if self.several:
            given = texts(answer, self._names())
        else:
            if isinstance(answer, bool) and {one.key for one in self.options} == {"yes", "no"}:
                return ("yes" if answer else "no",)
            given = (one_text(answer, self._names()),)
        return tuple(dict.fromkeys(self._key(one) for one in given))

    def _key(self, given: str) -> str:
        wanted = plain_key(given)
        if {one.key for one in self.options} == {"yes", "no"}:
            wanted = {"true": "yes", "false": "no"}.get(wanted, wanted)
        for one in self.options:
            if wanted in (plain_key(one.key), plain_key(one.text)):
                return one.key
        raise NotAnAnswer(f"{shown(given)} is none of the answers: {self._names()}.")

    def _names(self) -> str:
        if {one.key for one in self.options} == {"yes", "no"}:
            return "True or False"
        names = listed([repr(one.key) for one in self.options])
        return f"a list of some of {names}" if self.several else names


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Exercise):
    """A text, a whole number or a list of texts is typed; `computed` gives the right one.

    `also` are other ways to write it, such as the title of a check for its id. `meanings` says of a wrong answer what
    somebody who gives it has mixed up.
    """

    wants: Literal["a text", "a whole number", "a list of texts"]
    computed: Callable[[], Any]
    example: str
    also: Callable[[], tuple[str, ...]] = tuple
    meanings: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False

    def _judged(self, answer: object) -> Outcome:
        given = self._read(answer)
        kept = progress.plain(given)
        right = self.computed()
        if self._same(given, right) or (isinstance(given, str) and any(self._same(given, one) for one in self.also())):
            return self._outcome("right", self.reason(), answer=kept)
        key = ", ".join(sorted(given)) if isinstance(given, list) else str(given)
        meanings = {plain_key(wrong): meaning for wrong, meaning in self.meanings.items()}
        text = meanings.get(plain_key(key), f"You said {shown(given)}.")
        return self._outcome("wrong", text, answer=kept, key=key)

    def solution(self) -> str:
        right = self.computed()
        return ", ".join(right) if isinstance(right, list | tuple) else str(right)

    def _read(self, answer: object) -> str | int | list[str]:
        wanted = f"{self.wants}, such as {self.example}"
        if self.wants == "a whole number":
            return whole_number(answer, wanted)
        if self.wants == "a list of texts":
            return [*texts(answer, wanted)]
        return one_text(answer, wanted)

    def _same(self, given: object, right: object) -> bool:
        if isinstance(given, list) and isinstance(right, list | tuple):
            return sorted({*map(plain_key, given)}) == sorted({*map(plain_key, right)})
        if isinstance(given, str) and isinstance(right, str):
            return given == right if self.exact else plain_key(given) == plain_key(right)
        return given == right


@dataclass(frozen=True, slots=True)
class Verdict:
    """What runs say of something that a learner made: whether it does what was asked, why, and the mistake, in short."""

    right: bool
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made(Exercise):
    """The learner makes something, and `trial` tries it out in runs; a solution is in model_answers.py."""

    wants: str
    is_one: Callable[[object], bool]
    trial: Callable[[Any], Verdict]

    def _judged(self, answer: object) -> Outcome:
        if not result_of("this answer", self.is_one, answer):
            raise NotAnAnswer(f"You gave {_called(answer)}, and {self.wants} was asked.")
        try:
            verdict = self.trial(answer)
        except TookTooLong as error:
            return self._outcome(
                "wrong", f"{one_line(error, _LONGEST)}.", answer="takes too long", key="takes too long"
            )
        except ScenarioError as error:
            return self._outcome("wrong", _with_line(error), answer="fails", key="fails")
        if verdict.right:
            return self._outcome("right", _joined(verdict.text, self.reason()), answer="made")
        return self._outcome("wrong", verdict.text, answer=verdict.key or "does not do it", key=verdict.key)

    def solution(self) -> str:
        model = MODEL_ANSWERS[self.id]
        return f"{model.source}\n{model.result}".strip()


def _with_line(error: ScenarioError) -> str:
    text, line = one_line(error, _LONGEST), own_line(error)
    text = text[0].upper() + text[1:] if text else "It failed"
    return f"{text}{'' if text.endswith('.') else '.'}" + (f" Your line: {line}." if line else "")


def _called(answer: object) -> str:
    if isinstance(answer, type):
        return f"the class {one_line(answer.__name__, 60)}"
    return f"{shown(answer)}, which is of type {type(answer).__name__}"


def _joined(*parts: str) -> str:
    return " ".join(one for one in parts if one)
