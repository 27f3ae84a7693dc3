"""All exercises, in the order of the course; each file of a lesson is loaded when it is needed."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from flowsim.exercises.kinds import Exercise
from flowsim.lessons.course import LESSONS
from flowsim.model.scenario import unknown


@cache
def of_lesson(slug: str) -> tuple[Exercise, ...]:
    """The exercises of this lesson, which has none where it has no file of its name here."""
    name = f"{__package__}.{slug.replace('-', '_')}"
    if find_spec(name) is None:
        return ()
    found: tuple[Exercise, ...] = import_module(name).EXERCISES
    return found


def all_exercises() -> Iterator[Exercise]:
    """Yield every exercise of the course, in the order in which they are met."""
    for lesson in LESSONS:
        yield from of_lesson(lesson.slug)


@cache
def by_id() -> dict[str, Exercise]:
    """Every exercise by its id, in the order of the course."""
    return {one.id: one for one in all_exercises()}


def exercise_named(id: object) -> Exercise:
    """The exercise of this id; ScenarioError, with the nearest id there is, for any other."""
    if isinstance(id, str):
        slug = id.rpartition(".")[0]
        if slug in {lesson.slug for lesson in LESSONS}:
            for one in of_lesson(slug):
                if one.id == id:
                    return one
    raise unknown("exercise", id, list(by_id()))
