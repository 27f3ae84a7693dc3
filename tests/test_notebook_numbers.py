"""Numbers in the prose of the notebooks are those that the program has, and what they say of one another is so."""

import json
import re

import pytest

from flowsim.checks import TABLES
from flowsim.exercises.catalogue import of_lesson
from flowsim.exercises.kinds import Made
from flowsim.lessons.course import BY_SLUG, LESSONS, Lesson
from tests.kit.clauses import ROOT
from tests.kit.course import FOLDERS, time_of, way_on, written
from tests.kit.notebook_claims import IN_WORDS, NOTEBOOKS, cells, prose

WORDS_A_MINUTE = 150  # of a text that one has to think about
MINUTES_A_RUN = 0.5  # to read a cell and what it prints
MINUTES_TO_CHOOSE, MINUTES_TO_MAKE = 2, 7  # an answer, and something that works
MINUTES_AT = {"attack_lab(": 15, "quiz()": 15, "clinic()": 30}


def test_the_lesson_of_the_eleven_steps_counts_the_checks_right() -> None:
    text, ids = prose(BY_SLUG["eleven-steps"].name), [check.id for check in TABLES["the token endpoint"]]
    (count,) = re.findall(r"No message, but (\w+) checks", text)
    assert IN_WORDS[count] == len(ids)
    (heart,) = re.findall(r"The (\w+)th is the heart of PKCE", text)
    assert ids[IN_WORDS[heart] - 1] == "token.verifier_fits"
    rows = re.findall(r"\| (\d+)(?:–(\d+))? \| ", text)
    ends = [(int(first), int(last or first)) for first, last in rows]
    assert [first for first, _ in ends] == [1, *(last + 1 for _, last in ends[:-1])]
    assert ends[-1][1] == len(ids)
    pkce = next(row for row in ends if row[0] <= IN_WORDS[heart] <= row[1])
    assert all("verifier" in one for one in ids[pkce[0] - 1 : pkce[1]])
    (forms,) = re.findall(r"(\w+) rules for the first form, (\w+) for the second", text)
    assert tuple(IN_WORDS[word] for word in forms) == (len(TABLES["the login form"]), len(TABLES["the consent form"]))


def test_the_folders_hold_the_lessons_of_the_course_and_no_others() -> None:
    assert sorted(path.stem for path in FOLDERS[0].glob("*.ipynb")) == [*NOTEBOOKS]
    assert {path.stem for path in FOLDERS[1].glob("*.ipynb")} <= {*NOTEBOOKS}


def test_the_readme_has_the_course() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert written(readme) == readme, "make course writes it anew"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_opens_with_its_question_what_it_takes_and_what_it_needs(lesson: Lesson) -> None:
    opening, *_, last = cells(lesson.name, "markdown")
    assert opening.startswith(f"# {lesson.title}\n\n")
    assert f"*“{lesson.question}”*" in opening
    assert time_of(lesson) in opening
    assert last.endswith(way_on(lesson))
    needs = opening.partition("**You need:**")[2].partition("* **It takes**")[0]
    needed = re.findall(r"\]\((\d\d-[\w-]+)\.ipynb\)", needs)
    assert needed == [BY_SLUG[slug].name for slug in lesson.needs]
    assert all(one < lesson.name for one in needed)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_the_time_of_a_lesson_is_what_its_words_cells_and_exercises_take(lesson: Lesson) -> None:
    words = sum(len(cell.split()) for cell in cells(lesson.name, "markdown"))
    exercises = sum(MINUTES_TO_MAKE if isinstance(one, Made) else MINUTES_TO_CHOOSE for one in of_lesson(lesson.slug))
    estimate = words / WORDS_A_MINUTE + len(cells(lesson.name, "code")) * MINUTES_A_RUN + exercises
    code = "\n".join(cells(lesson.name, "code"))
    estimate += sum(minutes for words, minutes in MINUTES_AT.items() if words in code)
    assert 0.7 * lesson.minutes <= estimate <= 1.3 * lesson.minutes, f"{estimate:.0f} minutes"


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_lesson_says_what_is_now_known_before_its_exercises(notebook: str) -> None:
    text = "\n".join(cells(notebook, "markdown"))
    known, exercises = text.index("## What you know now"), text.find("## Exercises")
    assert exercises == -1 or known < exercises
    assert exercises == -1 or f"solutions/{notebook}.ipynb" in cells(notebook, "markdown")[-1]


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_says_what_does_not_run_in_a_browser_if_and_only_if_a_cell_of_it_does_not(lesson: Lesson) -> None:
    notebook = json.loads((FOLDERS[0] / f"{lesson.name}.ipynb").read_text("utf-8"))
    tags = {tag for cell in notebook["cells"] for tag in cell["metadata"].get("tags", ())}
    assert ("needs-a-machine" in tags) is bool(lesson.in_a_browser)
