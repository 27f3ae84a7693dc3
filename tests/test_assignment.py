"""The course as an assignment for nbgrader: made from the same notebooks, and graded by nbgrader itself."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flowsim.cli import main
from flowsim.exercises.assignment import NAME, write_assignment
from flowsim.exercises.catalogue import all_exercises, of_lesson
from flowsim.lessons.course import BY_SLUG, LESSONS
from flowsim.model.scenario import ScenarioError

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return found


def graded(cell: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = cell["metadata"].get("nbgrader", {})
    return told


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    write_assignment(out, NOTEBOOKS)
    return out / "source" / NAME


def test_each_exercise_has_an_answer_cell_and_a_test_of_one_point(whole: Path) -> None:
    found = [graded(cell) for path in sorted(whole.glob("*.ipynb")) for cell in cells(path) if graded(cell)]
    ids = [one.id.replace(".", "-") for one in all_exercises()]
    assert [one["grade_id"] for one in found if one["solution"]] == [f"{id}-answer" for id in ids]
    assert [one["grade_id"] for one in found if one["grade"]] == [f"{id}-test" for id in ids]
    assert {one["points"] for one in found if one["grade"]} == {1}
    assert all(one["locked"] is one["grade"] for one in found)
    assert len({one["grade_id"] for one in found}) == len(found)


def test_the_rest_of_the_lesson_is_as_it_was(whole: Path) -> None:
    for lesson in LESSONS:
        if not of_lesson(lesson.slug):
            assert not (whole / f"{lesson.name}.ipynb").exists()
            continue
        before = ["".join(cell["source"]) for cell in cells(NOTEBOOKS / f"{lesson.name}.ipynb")]
        after = ["".join(cell["source"]) for cell in cells(whole / f"{lesson.name}.ipynb")]
        changed = [text for text in before if text not in after]
        assert all("exercise(" in text or "## Exercises" in text or "Solutions are in" in text for text in changed)
        assert not [text for text in after if "Solutions are in" in text or "Answer*" in text]


def test_in_the_version_of_the_teacher_every_answer_is_right(whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(whole)
    for path in sorted(whole.glob("*.ipynb")):
        names: dict[str, Any] = {}
        if path.stem.endswith("bug-zoo"):
            exec("from flowsim import zoo", names)
        for cell in cells(path):
            if graded(cell):
                exec("".join(cell["source"]), names)
        assert "answer" not in names


def test_no_test_cell_holds_an_answer(whole: Path) -> None:
    for path in whole.glob("*.ipynb"):
        for cell in cells(path):
            if graded(cell).get("grade"):
                lines = "".join(cell["source"]).splitlines()
                assert len(lines) == 5 and lines[2].endswith(").judge(answer)")


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["assignment", str(tmp_path / "class"), "--lesson", "start", "--notebooks", str(NOTEBOOKS)]
    assert main(arguments) == 0
    assert "wrote 1 notebooks into" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "there is something in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lessons", "notebooks", "said"),
    [
        (("strat",), NOTEBOOKS, "did you mean start?"),
        (("true-or-false",), NOTEBOOKS, "has no exercises"),
        ((), "missing", "name the folder of the course's notebooks"),
        ((), "nul\0", "name the folder of the course's notebooks"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(tmp_path: Path, lessons: Any, notebooks: Any, said: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        write_assignment(tmp_path / "out", notebooks, lessons)
    assert said in str(caught.value)
    assert not (tmp_path / "out").exists()


# ---- With nbgrader itself


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first lesson, given out, and handed in by three: all right, one of three right, and as it was given out."""
    out = tmp_path_factory.mktemp("course")
    write_assignment(out, NOTEBOOKS, ("start",))
    nbgrader(out, "generate_assignment", NAME)
    for student in ("ada", "bob", "cleo"):
        shutil.copytree(out / "release" / NAME, out / "submitted" / student / NAME)
    source = out / "source" / NAME / f"{BY_SLUG['start'].name}.ipynb"
    answer(
        out, "ada", {graded(c)["grade_id"]: "".join(c["source"]) for c in cells(source) if graded(c).get("solution")}
    )
    answer(out, "bob", {"start-1-answer": "answer = 'token.code_fresh'", "start-3-answer": "answer = False"})
    nbgrader(out, "autograde", NAME, "--create")
    nbgrader(out, "export")
    return out


def nbgrader(out: Path, *arguments: str) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # it calls alembic by its name
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "JUPYTER_DATA_DIR": str(out / "data"),
        "IPYTHONDIR": str(out),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=out,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]


def answer(out: Path, student: str, answers: dict[str, str]) -> None:
    path = out / "submitted" / student / NAME / f"{BY_SLUG['start'].name}.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        if (name := graded(cell).get("grade_id")) in answers:
            cell["source"] = answers[name]
    path.write_text(json.dumps(notebook), "utf-8")


def test_what_the_class_gets_holds_no_solution(course: Path) -> None:
    (path,) = (course / "release" / NAME).glob("*.ipynb")
    answers = ["".join(cell["source"]) for cell in cells(path) if graded(cell).get("solution")]
    assert {text.splitlines()[-1] for text in answers} == {"answer = None  # put your answer in the place of None"}
    assert "SOLUTION" not in path.read_text("utf-8")


def test_nbgrader_gives_a_point_for_each_right_answer_and_none_for_others(course: Path) -> None:
    rows = [*csv.DictReader((course / "grades.csv").open())]
    assert {row["student_id"]: float(row["score"]) for row in rows} == {"ada": 3, "bob": 1, "cleo": 0}
    assert {float(row["max_score"]) for row in rows} == {3}


def test_what_is_wrong_is_told_where_it_was_graded(course: Path) -> None:
    (path,) = (course / "autograded" / "bob" / NAME).glob("*.ipynb")
    (test,) = (cell for cell in cells(path) if graded(cell).get("grade_id") == "start-1-test")
    assert "The attacker was quick" in json.dumps(test["outputs"])
