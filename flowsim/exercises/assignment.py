"""An assignment for nbgrader, made from the notebooks of the course: the same lessons, with their exercises to be graded.

In the version of whoever teaches, each answer cell holds a solution; nbgrader takes it out of the version that it gives to
the class. The cell after it is a test of nbgrader's: it has the answer judged by flowsim, where no answer stands. What is
written is a folder of nbgrader's: `nbgrader_config.py`, and `source/NAME/` with the notebooks and the files they read.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

from flowsim.exercises.catalogue import exercise_named
from flowsim.exercises.kinds import Choice, Exercise, Made, Value
from flowsim.exercises.model_answers import MODEL_ANSWERS
from flowsim.lessons.course import LESSONS
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.shown import one_line, safe, shorten

NAME = "flowsim"
_ASKED = re.compile(r'exercise\("([a-z0-9.-]+)"\)\s*\Z')
_CHECKED = re.compile(r'^answer = None.*\n+exercise\("[a-z0-9.-]+"\)\.check\(answer\)\s*\Z', re.MULTILINE)
_STUB = "answer = None  # put your answer in the place of None"
_CONFIG = f'''"""What nbgrader is told of this course; see its documentation for more."""

c = get_config()
c.CourseDirectory.course_id = "{NAME}"
c.ClearSolutions.code_stub = {{"python": "{_STUB}"}}
c.ExecutePreprocessor.timeout = 300
'''


def write_assignment(out: str | Path, notebooks: str | Path, slugs: tuple[str, ...] = ()) -> list[str]:
    """Write the assignment into this folder, from the notebooks in another; gives the names of those that are in it.

    `slugs` are the lessons that it is made of, all of them where none is named. Raises ScenarioError for a lesson there is
    not, for one without exercises, for a notebook that is not there, and where nothing can be written.
    """
    known = {lesson.slug: lesson for lesson in LESSONS}
    for slug in slugs:
        if slug not in known:
            raise unknown("lesson", slug, [*known])
    made: dict[str, dict[str, Any]] = {}
    for lesson in LESSONS:
        if slugs and lesson.slug not in slugs:
            continue
        notebook = _read(Path(notebooks) / f"{lesson.name}.ipynb")
        cells = _graded(notebook["cells"])
        if any("nbgrader" in cell["metadata"] for cell in cells):
            made[lesson.name] = {**notebook, "cells": cells}
        elif slugs:
            raise ScenarioError(f"the lesson {lesson.slug} has no exercises; leave it out")
    _write(Path(out), Path(notebooks), made)
    return [*made]


def _graded(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """These cells, with three for each exercise: the question, the answer with its solution, and the test."""
    found: list[dict[str, Any]] = []
    waiting: Exercise | None = None
    scaffold = ""
    for cell in [*cells, {"cell_type": "markdown", "source": "", "metadata": {}}]:
        source = "".join(cell["source"])
        checked = _CHECKED.search(source)
        asked = _ASKED.search(source) if cell["cell_type"] == "code" and not checked else None
        if checked:
            scaffold = source[: checked.start()].rstrip()
            continue
        if waiting is not None and (asked or cell["cell_type"] == "markdown"):
            found += _cells_of(waiting, scaffold)
            waiting, scaffold = None, ""
        if asked:
            waiting = exercise_named(asked[1])
        elif source:
            found.append({**cell, "source": _as_handed_out(source)} if cell["cell_type"] == "markdown" else cell)
    return found


def _as_handed_out(text: str) -> str:
    """A text of the lesson as it stands in an assignment: there are no buttons, and no solutions lie beside it."""
    head, exercises, _ = text.partition("## Exercises")
    if exercises:
        return (
            f"{head}{exercises}\n\nPut your answers in the place of `None`. The cell after each says whether it is"
            " right."
        )
    return re.sub(r"Solutions are in \[[^\]]*\]\([^)]*\)\. ?", "", text).strip()


def _cells_of(one: Exercise, scaffold: str) -> list[dict[str, Any]]:
    name = one.id.replace(".", "-")
    options = "".join(f"\n* `{option.key}`: {option.text}" for option in getattr(one, "options", ()))
    wanted = _wanted(one)
    question = f"**{one.id}** {one.question}\n{options}\n\nThe answer is {wanted}.\n\n*Hint:* {one.hint}"
    solution = f"### BEGIN SOLUTION\n{_solution(one)}\n### END SOLUTION"
    test = (
        "from flowsim.exercises.catalogue import exercise_named\n\n"
        f'outcome = exercise_named("{one.id}").judge(answer)\ndel answer  # so that it is not taken for the next one\n'
        "assert outcome.right, outcome"
    )
    answer = "\n\n\n".join(part for part in (scaffold, solution) if part)
    return [
        _cell("markdown", f"{name}-question", question),
        _cell("code", f"{name}-answer", answer, solution=True),
        _cell("code", f"{name}-test", test, grade=True, locked=True, points=1),
    ]


def _solution(one: Exercise) -> str:
    if one.id in MODEL_ANSWERS:
        model = MODEL_ANSWERS[one.id]
        return f"{model.source}\nanswer = {model.result}".strip()
    if isinstance(one, Choice):
        keys = one.right_keys()
        return f"answer = {[*keys] if one.several else keys[0]!r}"
    assert isinstance(one, Value)
    return f"answer = {one.computed()!r}"


def _wanted(one: Exercise) -> str:
    if isinstance(one, Choice):
        return "a list of some of these names" if one.several else "one of these names, as a text"
    if isinstance(one, Value):
        return f"{one.wants}, such as {one.example}"
    assert isinstance(one, Made)
    return one.wants


def _cell(kind: str, id: str, source: str, **graded: Any) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": id[:64], "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    if graded:
        usual = {"schema_version": 3, "grade_id": id, "grade": False, "locked": False, "solution": False, "task": False}
        cell["metadata"] = {"nbgrader": {**usual, **graded}}
    return cell


def _read(path: Path) -> dict[str, Any]:
    try:
        notebook: dict[str, Any] = json.loads(path.read_bytes())
        return notebook
    except (OSError, ValueError) as error:
        reason = one_line(getattr(error, "strerror", None) or error, 120)
        raise ScenarioError(
            f"cannot read {shorten(safe(str(path)), 200)}: {reason}; name the folder of the course's notebooks"
        ) from None


def _write(out: Path, notebooks: Path, made: dict[str, dict[str, Any]]) -> None:
    place = out / "source" / NAME
    try:
        if place.exists() and any(place.iterdir()):
            raise ScenarioError(f"there is something in {shorten(safe(str(place)), 200)} already; name another folder")
        place.mkdir(parents=True, exist_ok=True)
        for name, notebook in made.items():
            text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
            (place / f"{name}.ipynb").write_text(text, encoding="utf-8")
        if (notebooks / "apps").is_dir():
            shutil.copytree(notebooks / "apps", place / "apps")
        (out / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = one_line(getattr(error, "strerror", None) or error, 120)
        raise ScenarioError(
            f"cannot write into {shorten(safe(str(out)), 200)}: {reason}; choose another folder"
        ) from None
