"""The quiz in a notebook: statements about PKCE and its neighbours; the reader says true or false, and runs decide.

Nothing is known of a statement before the reader has answered. Then its cases are played, and the player below
opens at the place where the one that settles it was decided.

Source: none of the protocol's; see statements.py for the statements and their clauses.
"""

from collections.abc import Mapping
from html import escape
from random import Random
from typing import Any

import ipywidgets
import traitlets

from flowsim.analysis.statements import STATEMENTS, Decision
from flowsim.front_end.page import frame, stored
from flowsim.model.scenario import ScenarioError
from flowsim.model.steps import clause_url
from flowsim.simulation.simulation import Simulation
from flowsim.simulation.turning_point import turning_point
from flowsim.views.formats.player_payload import player_payload
from flowsim.widgets.module import FrontEnd
from flowsim.widgets.player_widget import Player

_RULE = (
    "Say of each statement whether it is true; then runs decide. One run can refute what is said of every case. Runs in "
    "which it holds are no proof, because there may be one that nobody has thought of."
)


class Questions(FrontEnd):
    """What one sees of the quiz above the player. A message from the page gives an answer, or goes on."""

    front_end = traitlets.Unicode("quiz").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)


class Quiz(ipywidgets.VBox):
    """Statements one after the other, in an order that the seed fixes; `answers` are the reader's, in that order.

    The first is always the one that is believed most. `answer(True)` judges the statement in view, and `answer(None)`, for
    a reader who does not know, shows what decides it. `next()`, `back()` and `show(number)` go to another one, `end()` to
    all answers, `again()` forgets them. Raises ScenarioError for what is no answer, for a second answer, and for going
    where nothing is answered yet.
    """

    def __init__(self, seed: int = 7) -> None:
        """Begin at the first statement."""
        first, *others = STATEMENTS
        self.statements = (first, *Random(seed).sample(others, len(others)))
        self.questions = Questions()
        self.questions.on_msg(lambda _widget, asked, _buffers: self._asked(asked))
        self.player: Player | None = None
        super().__init__()
        self.add_class("fs-task")
        self.again()

    def __repr__(self) -> str:
        """Return how far the reader has come; the same in every session, so that a stored notebook can be compared."""
        return f"Quiz({len(self.statements)} statements, {len(self.answers)} answered, {self.right} right)"

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add the statements with their answers folded, for a notebook that no kernel runs."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        items = "".join(_folded(statement.decide()) for statement in self.statements)
        page = f"<p>These are its statements; the answers are folded.</p><p>{_RULE}</p><ol>{items}</ol>"
        if self.player is not None and self.player in self.children:
            page += frame(self.player.payload)
        return {**data, "text/plain": repr(self), "text/html": stored(page, needs_a_kernel="The quiz")}

    @property
    def right(self) -> int:
        """How many of the answers are right."""
        return sum(said is decision.holds for said, decision in zip(self.answers, self._decisions, strict=True))

    def answer(self, said: bool | None) -> Decision:
        """Judge the statement in view, show the runs that decide it, and give the decision. None is never right."""
        if said is not None and not isinstance(said, bool):
            raise ScenarioError(f"an answer is True or False, or None for “I do not know”, not {said!r}")
        if self._at == len(self.statements) or len(self.answers) > self._at:
            raise ScenarioError("this statement is answered; go on with next(), or begin again with again()")
        decision = self.statements[self._at].decide()
        self.answers.append(said)
        self._decisions.append(decision)
        self._go(self._at)
        return decision

    def next(self) -> None:
        """Go on to the next statement, or after the last one to the end."""
        if len(self.answers) == self._at:
            raise ScenarioError("say True or False first, with answer(True) or answer(False)")
        self._go(self._at + 1)

    def back(self) -> None:
        """Go back to the statement before, and the run that decided it."""
        if self._at == 0:
            raise ScenarioError("this is the first statement; there is none before it")
        self._go(self._at - 1)

    def show(self, number: int) -> None:
        """Go to the statement of this number, from 1, and the run that decided it."""
        if not 1 <= number <= len(self.answers):
            raise ScenarioError(f"statement {number!r} is not answered yet; answered so far: {len(self.answers)}")
        self._go(number - 1)

    def end(self) -> None:
        """Go to all answers, where the statement that was in view is the one to go on from."""
        if len(self.answers) < len(self.statements):
            raise ScenarioError(f"not all statements are answered; answered so far: {len(self.answers)}")
        self._go(len(self.statements), left=self._at + 1)

    def again(self) -> None:
        """Forget all answers and begin again."""
        self.answers: list[bool | None] = []
        self._decisions: list[Decision] = []
        self._go(0)

    def _go(self, at: int, left: int = 0) -> None:
        self._at, self._left = at, left
        if at < len(self._decisions):
            self._play(self._decisions[at])
        else:
            self._hold(self.questions)
        self._show()

    def _asked(self, asked: Mapping[str, Any]) -> None:
        """Do what the page asks for. What makes no sense, such as a second answer from a second view, changes nothing."""
        try:
            match dict(asked):
                case {"said": said}:
                    self.answer(said)
                case {"show": int(number)}:
                    self.show(number)
                case {"go": ("next" | "back" | "end" | "again") as where_to}:
                    {"next": self.next, "back": self.back, "end": self.end, "again": self.again}[where_to]()
        except ScenarioError:
            self._show()

    def _play(self, decision: Decision) -> None:
        """Show the run that decides, opened where it was decided, and the one that says most beside it."""
        runs = _two(decision)
        payload = {
            **player_payload(*runs),
            "view": {"branch": runs[0].name, "position": turning_point(decision.deciding)},
        }
        if self.player is None:
            self.player = Player(payload)
        else:
            with self.player.hold_sync():
                self.player.payload = payload
                self.player.goto(payload["view"]["position"], payload["view"]["branch"])
        self._hold(self.questions, self.player)

    def _hold(self, *parts: ipywidgets.Widget) -> None:
        self.children = parts

    def _show(self) -> None:
        with self.questions.hold_sync():
            self.questions.view = self._view()
            self.questions.answered += 1

    def _view(self) -> dict[str, Any]:
        told, count = [_told(*one) for one in zip(self.answers, self._decisions, strict=True)], len(self.statements)
        score = f"{self.right} of {len(self.answers)} right" if self.answers else ""
        if self._at == count:
            return {"kind": "end", "score": score, "told": told, "left": self._left}
        kind = "judged" if len(self.answers) > self._at else "asked"
        shown = slice(self._at, self._at + 1) if kind == "judged" else slice(0)
        return {
            "kind": kind,
            "place": f"Statement {self._at + 1} of {count}",
            "done": len(self.answers) / count,
            "score": score,
            "text": self.statements[self._at].text,
            "rule": "" if self.answers else _RULE,
            "told": told[shown],
            "compare": any(len(one.cases) > 1 for one in self._decisions[shown]),
            "first": self._at == 0,
            "all": len(self.answers) == count,
            "next": "Next statement" if self._at + 1 < count else "See all answers",
        }


def _two(decision: Decision) -> list[Simulation]:
    """The first and the last of the runs, under titles that are as short as can be told apart."""
    first, *others = decision.cases
    shown = [first, *others[-1:]]
    runs = [one.simulation() for one in shown]
    for run, one in zip(runs, shown, strict=True):
        run.title = one.short_name(decision.cases)
    return runs


def _told(said: bool | None, decision: Decision) -> dict[str, Any]:
    """What the page says of an answer."""
    statement = decision.statement
    return {
        "text": statement.text,
        "said": said,
        "holds": decision.holds,
        "right": said is decision.holds,
        "answer": decision.answer,
        "reason": statement.reason,
        "clause": statement.clause,
        "url": clause_url(statement.clause),
        "lines": [list(one) for one in decision.came],
    }


def _folded(decision: Decision) -> str:
    statement = decision.statement
    lines = "".join(f"<li>{escape(line)}</li>" for line in decision.lines)
    link = f'<a href="{escape(clause_url(statement.clause))}">{escape(statement.clause)}</a>'
    return (
        f"<li>{escape(statement.text)}<details><summary>True or false?</summary><p><b>{escape(decision.answer)}</b> "
        f"{escape(statement.reason)} {link}</p><ul>{lines}</ul></details></li>"
    )
