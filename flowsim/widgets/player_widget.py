"""The player in a notebook: one login, or several branches of it, to step through.

The player itself is JavaScript and works without Python: it gets a payload (plain JSON values, every branch from its
first event to its verdict) and steps through it in the browser. This module hands it over and keeps two numbers in step
in both directions: which branch is shown, and how many of its events have happened.

Source: none of the protocol's; anywidget's manual says what a front-end module is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import traitlets

from flowsim.front_end.page import frame, stored
from flowsim.model.steps import STEPS
from flowsim.widgets.module import FrontEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A prediction and what came: `said` is None where the reader looked without an answer."""

    name: str
    branch: str
    question: str
    said: str | None
    came: str
    why: str

    @property
    def right(self) -> bool:
        """Whether what was said is what came."""
        return self.said == self.came


class Player(FrontEnd):
    """A player for one payload. `branch` and `position` follow the reader, and can be set.

    `position` is how many events of the branch have happened, from 0 to all of them. TraitError, a message in words,
    for a branch that the payload does not have and for a position that the branch does not reach. `answers` has for each
    branch that was asked about the place of what was said among the choices, or None for a reader who only looked;
    `answered` says the same in words.
    """

    front_end = traitlets.Unicode("player").tag(sync=True)
    payload = traitlets.Dict().tag(sync=True)
    branch = traitlets.Unicode().tag(sync=True)
    position = traitlets.Int().tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)

    def __init__(self, payload: dict[str, Any], **settings: Any) -> None:
        """Show this payload, beginning where its `view` says unless `branch` or `position` are given."""
        view = _checked(payload).get("view", {})
        first = payload["branches"][0]["name"]
        start = {"branch": view.get("branch", first), "position": view.get("position", 0)}
        super().__init__(payload=payload, **{**start, **settings})

    def next(self) -> None:
        """Go one event on; at the end nothing happens."""
        self.position = min(self.position + 1, len(self._events()))

    def back(self) -> None:
        """Go one event back; at the start nothing happens."""
        self.position = max(self.position - 1, 0)

    def goto(self, position: int, branch: str | None = None) -> None:
        """Go to where this many events have happened, in this branch or another. TraitError if it is not so long."""
        with self.hold_sync(), self.hold_trait_notifications():
            if branch is not None:
                self.branch = branch
            self.position = position

    @property
    def answered(self) -> tuple[Answered, ...]:
        """What was asked and is answered, in the order of the questions."""
        asks = [ask for ask in self.payload.get("asks", []) if ask["branch"] in self.answers]
        return tuple(_answered(ask, self.answers[ask["branch"]]) for ask in asks)

    def on_answer(self, tell: Callable[[Answered], None]) -> None:
        """Have `tell` called with each answer, once, as soon as it is given."""

        def changed(change: Any) -> None:
            for one in self.answered:
                if one.branch not in change["old"]:
                    tell(one)

        self.observe(changed, "answers")

    def __repr__(self) -> str:
        """Return where the player stands; the same in every session, so that a stored notebook can be compared."""
        events = self._events()
        name = events[self.position - 1]["name"] if self.position else "0"
        steps = f" of {len(STEPS)}" if name.isdigit() else ""
        return f"Player(branch={self.branch!r}, step {name}{steps})"

    def _repr_mimebundle_(self, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add the player as a page of its own, for a notebook that no kernel runs and for `nbconvert --to html`."""
        data, metadata = super()._repr_mimebundle_(**settings) or ({}, {})
        view = {"branch": self.branch, "position": self.position}
        page = frame({**self.payload, "view": view})
        return {**data, "text/plain": repr(self), "text/html": stored(page)}, metadata

    def _events(self) -> list[dict[str, Any]]:
        return _events(self.payload, self.branch)

    @traitlets.validate("payload")
    def _payload_is_one(self, proposal: Any) -> dict[str, Any]:
        return _checked(proposal["value"])

    @traitlets.validate("answers")
    def _answers_are_choices(self, proposal: Any) -> dict[str, int | None]:
        answers: dict[str, int | None] = proposal["value"]
        choices = {ask["branch"]: len(ask["choices"]) for ask in self.payload.get("asks", [])}
        for branch, said in answers.items():
            if branch not in choices:
                raise traitlets.TraitError(f"nothing is asked about the branch {branch!r}")
            if said is not None and not (isinstance(said, int) and 0 <= said < choices[branch]):
                raise traitlets.TraitError(f"an answer is None or 0 to {choices[branch] - 1}, not {said!r}")
        return answers

    @traitlets.validate("branch")
    def _branch_exists(self, proposal: Any) -> str:
        name: str = proposal["value"]
        names = [branch["name"] for branch in self.payload["branches"]]
        if name not in names:
            known = ", ".join(map(repr, names))
            raise traitlets.TraitError(f"there is no branch {name!r}; expected one of: {known}")
        return name

    @traitlets.validate("position")
    def _position_is_reached(self, proposal: Any) -> int:
        position: int = proposal["value"]
        count = len(self._events())
        if not 0 <= position <= count:
            raise traitlets.TraitError(
                f"branch {self.branch!r} has {count} events, so a position in it is 0 to {count}, not {position}"
            )
        return position

    @traitlets.observe("payload", "branch")
    def _stay_inside(self, _change: Any) -> None:
        """Another payload or another branch may be shorter, or lack the branch that was shown."""
        names = [branch["name"] for branch in self.payload["branches"]]
        if self.branch not in names:
            self.branch = names[0]
        self.position = min(self.position, len(self._events()))


def _answered(ask: Mapping[str, Any], said: int | None) -> Answered:
    choices = ask["choices"]
    return Answered(
        name=ask["name"],
        branch=ask["branch"],
        question=ask["question"],
        said=None if said is None else choices[said],
        came=choices[ask["right"]],
        why=ask["why"],
    )


def _checked(payload: Any) -> dict[str, Any]:
    """The payload, if it has what a player needs; TraitError says what is missing."""
    if not isinstance(payload, dict):
        raise traitlets.TraitError(f"a player needs a payload, which is a dict, not {type(payload).__name__}")
    missing = [name for name in ("lanes", "steps", "secrets", "branches") if name not in payload]
    if missing:
        raise traitlets.TraitError(f"the payload has no {' and no '.join(map(repr, missing))}")
    if not payload["branches"]:
        raise traitlets.TraitError("the payload has no branch to show")
    return payload


def _events(payload: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The events of the branch of this name."""
    branch = next(branch for branch in payload["branches"] if branch["name"] == name)
    events: list[dict[str, Any]] = branch["trace"]["events"]
    return events
