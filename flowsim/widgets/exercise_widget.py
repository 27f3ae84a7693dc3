"""An exercise in a notebook: a choice is pressed, a value is typed, and what the learner makes is handed to `check`.

What is right is not known to the page before the learner has answered; then the kernel judges, by runs, and keeps the
answer in the file beside the notebook (flowsim/lessons/progress.py). Hints are shown on demand or after a wrong answer.

Source: none of the protocol's; see flowsim/exercises/ for the exercises and their clauses.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

import traitlets

from flowsim.exercises.catalogue import of_lesson
from flowsim.exercises.kinds import LEAD, MIME, Choice, Exercise, Made, Outcome
from flowsim.exercises.record import answered_before, judged_and_kept
from flowsim.exercises.wording import html
from flowsim.front_end.page import NO_ANSWER_KEPT
from flowsim.model.scenario import ScenarioError
from flowsim.widgets.module import FrontEnd

_SUMMARY = "Show the answer"


class ExerciseWidget(FrontEnd):
    """An exercise as one sees it. `check(answer)` judges an answer and keeps it; `judge(answer)` only judges it."""

    front_end = traitlets.Unicode("exercise").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    kept = traitlets.Dict().tag(sync=True)

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self._outcome: Outcome | None = None
        self._said: str | list[str] = ""
        self._hint = False
        self._before = " – you have answered it" if answered_before(exercise) else ""
        super().__init__()
        self.on_msg(lambda _widget, asked, _buffers: self._asked(asked))
        self._show()

    def __repr__(self) -> str:
        """Return the question and what there is to choose; the same in every session."""
        options = getattr(self.exercise, "options", ())
        lines = [f"Exercise {self.exercise.id}: {self.exercise.question}"]
        return "\n".join([*lines, *(f"  {one.key}: {one.text}" for one in options)])

    def _repr_mimebundle_(self, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add the question with its answers folded, for a notebook that no kernel runs."""
        data, metadata = super()._repr_mimebundle_(**settings) or ({}, {})
        return {**data, "text/plain": repr(self), "text/html": _folded(self.exercise)}, metadata

    def judge(self, answer: object) -> Outcome:
        """What comes of this answer. It is kept nowhere."""
        return self.exercise.judge(answer)

    def check(self, answer: object) -> Outcome:
        """What comes of this answer, which is kept where it is one; None is not answered yet."""
        self._outcome = judged_and_kept(self.exercise, answer)
        self._show()
        return self._outcome

    def _asked(self, asked: Mapping[str, Any]) -> None:
        """Do what the page asks for. What makes no sense changes nothing."""
        match dict(asked):
            case {"said": str(said)}:
                self._said = said
                self.check(said or None)
                return
            case {"said": list(said)} if all(isinstance(one, str) for one in said):
                self._said = [*said]
                self.check([*said] or None)
                return
            case {"hint": True}:
                self._hint = True
        self._show()

    def _show(self) -> None:
        with self.hold_sync():
            self.view = self._view()
            self.kept = (self._outcome._repr_mimebundle_().get(MIME) if self._outcome else None) or {}
            self.answered += 1

    def _view(self) -> dict[str, Any]:
        one, came = self.exercise, self._outcome
        beside = of_lesson(one.lesson)
        told = came if came is not None and came.state != "unanswered" else None
        return {
            "kind": _kind(one),
            "place": f"Exercise {beside.index(one) + 1} of {len(beside)}{self._before}",
            "id": one.id,
            "question": one.question,
            "options": [{"key": option.key, "text": option.text} for option in getattr(one, "options", ())],
            "chosen": self._said,
            "hint": one.hint if self._hint else "",
            "outcome": None
            if told is None
            else {
                "state": told.state,
                "lead": LEAD[told.state],
                "text": told.text,
                "hint": told.hint,
                "kept": told.kept,
            },
        }


def _kind(one: Exercise) -> str:
    if isinstance(one, Choice):
        return "several" if one.several else "choice"
    return "made" if isinstance(one, Made) else "value"


def _folded(one: Exercise) -> str:
    """The exercise as it stands in a notebook or a page that no kernel runs: each answer can be opened."""
    head = f"<p><b>Exercise {escape(one.id)}.</b> {html(one.question)}</p>"
    hint = _details("Hint", html(one.hint))
    if isinstance(one, Choice):
        try:
            right = one.right_keys()
        except ScenarioError:
            right = ()
        options = "".join(
            _details(option.text, f"<b>{'Right.' if option.key in right else 'Not right.'}</b> {html(option.meaning)}")
            for option in one.options
        )
        return f"<div>{head}<p>{NO_ANSWER_KEPT}</p>{options}{hint}</div>"
    if isinstance(one, Made):
        return f"<div>{head}{hint}</div>"
    try:
        answer = f"<code>{escape(one.solution())}</code>. {html(one.reason())}"
    except ScenarioError as error:
        answer = escape(str(error))
    return f"<div>{head}<p>{NO_ANSWER_KEPT}</p>{_details(_SUMMARY, answer)}{hint}</div>"


def _details(summary: str, inside: str) -> str:
    return f"<details><summary>{html(summary)}</summary><p>{inside}</p></details>"
