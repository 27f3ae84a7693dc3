"""How far a learner has come: the lessons, what is done in each, and what comes next; and a file to hand in."""

import json
import os
import re
from html import escape
from pathlib import Path

from flowsim.exercises.catalogue import all_exercises, of_lesson
from flowsim.lessons import progress as kept_in
from flowsim.lessons.course import LESSONS
from flowsim.lessons.table import Table
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import one_line, safe, shorten, shown

FORMAT = "flowsim answers"
LONGEST_NAME = 80
VARIABLE = "FLOWSIM_HAND_IN"


class Progress:
    """Every lesson with exercises, how many of them were answered right, and the first that was not."""

    def __init__(self, kept: kept_in.Kept) -> None:
        self.kept = kept
        self.right = kept.right()

    @property
    def count(self) -> tuple[int, int]:
        """How many exercises were answered right, and how many there are."""
        every = [one.id for one in all_exercises()]
        return sum(one in self.right for one in every), len(every)

    def table(self) -> Table:
        """One line for each lesson."""
        rows = []
        for lesson in LESSONS:
            ids = [one.id for one in of_lesson(lesson.slug)]
            if not ids:
                continue
            done, left = sum(one in self.right for one in ids), [one for one in ids if one not in self.right]
            rows.append((lesson.name, lesson.title, f"{done} of {len(ids)}", left[0] if left else "all done"))
        done, every = self.count
        torn = f" {self.kept.unread} lines of the file could not be read." if self.kept.unread else ""
        return Table(
            caption=f"Your progress: {done} of {every} exercises.{torn}",
            head=("lesson", "about", "done", "next"),
            rows=tuple(rows),
        )

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        done, every = self.count
        bar = f'<progress style="width:100%" value="{done}" max="{every}" aria-label="{escape(self.table().caption)}">'
        return f"{bar}</progress>{self.table()._repr_html_()}"


def progress() -> Progress:
    """How far you have come. Raises ScenarioError where the file of answers cannot be read."""
    return Progress(kept_in.kept())


def hand_in(name: str, folder: str | Path | None = None) -> str:
    """Write all your answers into one file, to be handed in under this name, and say which file it is.

    It is written into this folder; without one into that of the environment variable FLOWSIM_HAND_IN, as the hub of a
    class sets it, or else beside the notebook.
    Raises ScenarioError for a name that cannot be seen, and where nothing can be written.
    """
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise ScenarioError(f"hand in under your name, a text of 1 to {LONGEST_NAME} characters, not {shown(name)}")
    answers = [json.loads(one.line()) for one in kept_in.kept().tries]
    told = {"format": FORMAT, "version": kept_in.VERSION, "name": name.strip(), "answers": answers}
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "somebody"
    path = Path(folder or os.environ.get(VARIABLE) or ".") / f"answers-of-{stem}.json"
    try:
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = one_line(getattr(error, "strerror", None) or error, 120)
        raise ScenarioError(f"cannot write {shorten(safe(str(path)), 120)}: {reason}; choose another folder") from None
    return f"Wrote {path}: {len(answers)} answers. Hand in this file."
