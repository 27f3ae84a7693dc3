"""A question of its own in a notebook: what a cell has computed is hidden until the reader has predicted it.

Source: none of the protocol's.
"""

from collections.abc import Callable
from typing import Any

import traitlets

from flowsim.front_end.question_page import asked_json, question_frame
from flowsim.views.text.question import Question
from flowsim.widgets.module import FrontEnd

LOOKED = -1


class Predict(FrontEnd):
    """A question; `said` is None until it is answered, then the place of what was said, or LOOKED without an answer."""

    front_end = traitlets.Unicode("prediction").tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)
    said = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, question: Question) -> None:
        """Ask this question."""
        self.question = question
        super().__init__(asked=asked_json(question))

    @property
    def answer(self) -> str | None:
        """What was said, in words; None where nothing was."""
        return None if self.said is None or self.said == LOOKED else self.question.choices[self.said]

    @property
    def right(self) -> bool:
        """Whether what was said is what came."""
        return self.said == self.question.right

    def on_answer(self, tell: Callable[["Predict"], None]) -> None:
        """Have `tell` called once it is answered."""
        self.observe(lambda _change: tell(self), "said")

    @traitlets.validate("said")
    def _is_a_choice(self, proposal: Any) -> int | None:
        said: int | None = proposal["value"]
        count = len(self.question.choices)
        if said is not None and not LOOKED <= said < count:
            raise traitlets.TraitError(f"an answer is 0 to {count - 1}, not {said!r}")
        return said

    def __repr__(self) -> str:
        """Return the question, and nothing of its answer."""
        return f"Predict({self.question.question!r}, {len(self.question.choices)} choices)"

    def _repr_mimebundle_(self, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add the question as a page of its own, for a notebook that no kernel runs."""
        data, metadata = super()._repr_mimebundle_(**settings) or ({}, {})
        return {**data, "text/plain": repr(self), "text/html": question_frame(self.question)}, metadata
