"""An answer is judged, kept, and the learner is told how far that brings the course: “4 of 37”."""

from dataclasses import replace

from flowsim.exercises.catalogue import all_exercises
from flowsim.exercises.kinds import Exercise, Outcome
from flowsim.lessons import progress
from flowsim.model.scenario import ScenarioError


def judged_and_kept(exercise: Exercise, answer: object) -> Outcome:
    """What comes of this answer. A right or a wrong one is kept, and what could not be kept is said."""
    outcome = exercise.judge(answer)
    if outcome.state not in ("right", "wrong"):
        return outcome
    problem = progress.record(exercise.id, outcome.answer, outcome.right)
    line = so_far() if outcome.right else ""
    return replace(outcome, kept=" ".join(one for one in (line, problem) if one))


def answered_before(exercise: Exercise) -> bool:
    """Whether this exercise was answered right already, in this session or an earlier one."""
    try:
        return exercise.id in progress.kept().right()
    except ScenarioError:
        return False


def so_far() -> str:
    """How many of the exercises were answered right; empty where nothing is kept."""
    if progress.place() is None:
        return ""
    try:
        right = progress.kept().right()
    except ScenarioError:
        return ""
    ids = [one.id for one in all_exercises()]
    return f"You have {len([one for one in ids if one in right])} of {len(ids)} exercises."
