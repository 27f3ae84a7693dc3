"""Who of a class finished what: read from what was handed in, judged anew, and safe against hostile names and files."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from flowsim.cli import main
from flowsim.exercises import hand_in, progress
from flowsim.exercises.catalogue import all_exercises, exercise_named
from flowsim.exercises.handed_in import read_folder
from flowsim.exercises.kinds import MIME
from flowsim.exercises.overview import FORMAT
from flowsim.exercises.record import judged_and_kept
from flowsim.exercises.results import Results
from flowsim.lessons import progress as kept_in
from flowsim.model.scenario import ScenarioError

ALL = [one.id for one in all_exercises()]


def answer(path: Path, monkeypatch: pytest.MonkeyPatch, **answers: Any) -> None:
    """Give these answers, `start_1=…`, with this file to keep them."""
    path.parent.mkdir(exist_ok=True, parents=True)
    monkeypatch.setenv(kept_in.VARIABLE, str(path))
    for name, said in answers.items():
        judged_and_kept(exercise_named(name.rpartition("_")[0].replace("_", "-") + "." + name.rpartition("_")[2]), said)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A class of three: a file of hand_in, a folder with a file of progress, and a notebook that was run."""
    room = tmp_path / "class"
    room.mkdir()
    answer(tmp_path / "ada.jsonl", monkeypatch, start_1="token.code_fresh", start_3=False)
    answer(tmp_path / "ada.jsonl", monkeypatch, start_1="token.verifier_fits")
    hand_in("Ada", room)
    answer(room / "bob" / kept_in.FILE, monkeypatch, start_1="token.code_fresh", steal_the_code_5={"state": True})
    outcome = exercise_named("start.1").judge("token.code_fresh")
    cells = [
        {"cell_type": "code", "outputs": [{"data": outcome._repr_mimebundle_()}]},
        {"cell_type": "code", "outputs": [{"output_type": "stream", "text": "x"}]},
    ]
    state = {"state": {"abc": {"model_name": "AnyModel", "state": {"kept": told("start.3", "no", True)}}}}
    notebook = {"cells": cells, "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": state}}}
    (room / "cleo").mkdir()
    (room / "cleo" / "00-start.ipynb").write_text(json.dumps(notebook))
    return room


def told(exercise: str, answer: Any, right: bool | None) -> dict[str, Any]:
    return {"version": 1, "exercise": exercise, "answer": answer, "right": right, "at": ""}


def handed_in(room: Path, name: str, *answers: dict[str, Any], file: str = "a.json") -> None:
    room.mkdir(exist_ok=True)
    (room / file).write_text(json.dumps({"format": FORMAT, "version": 1, "name": name, "answers": [*answers]}))


def rows(results: Results) -> list[dict[str, str]]:
    return [*csv.DictReader(io.StringIO(results.csv()))]


def test_there_is_a_row_a_person_and_a_column_an_exercise(folder: Path) -> None:
    table = rows(Results(read_folder(str(folder))))
    assert [row["name"] for row in table] == ["Ada", "bob", "cleo"]
    assert [*table[0]] == ["name", "right", "of", *ALL]
    ada, bob, cleo = table
    assert (ada["start.1"], ada["start.3"], ada["right"], ada["start.2"]) == ("right (2 tries)", "right", "2", "")
    assert bob["start.1"] == "wrong: token.code_fresh"
    assert bob["steal-the-code.5"].startswith("wrong: code-interception still works")
    assert (cleo["start.1"], cleo["start.3"]) == ("wrong: token.code_fresh", "right")


def test_misconceptions_come_first_and_say_what_is_so(folder: Path) -> None:
    results = Results(read_folder(str(folder)))
    first, *others = results.misconceptions
    assert (first.exercise, first.answer, first.people) == ("start.1", "token.code_fresh", ("Ada", "bob", "cleo"))
    assert first.meaning == "The attacker was quick. The code was still good."
    assert all(len(one.people) <= 3 for one in others)
    for page in (results.text(), results.html()):
        assert page.index("token.code_fresh") < page.index("cleo")


def test_the_command_prints_and_writes(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet, page = tmp_path / "r.csv", tmp_path / "r.html"
    assert main(["results", str(folder), "--csv", str(sheet), "--html", str(page)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(f"3 people, {len(ALL)} exercises, 3 files\n")
    assert "3 × start.1: token.code_fresh" in printed
    assert sheet.read_text("utf-8-sig").startswith("name,right,of,start.1")
    assert not [one for one in ("<script", "src=", "href=", "@import", "url(") if one in page.read_text()]


def test_what_is_said_to_be_right_is_judged_anew(tmp_path: Path) -> None:
    handed_in(
        tmp_path,
        "Eve",
        told("start.1", "token.code_fresh", True),
        told("start.2", "nonsense", True),
        told("start.3", None, True),
    )
    (eve,) = rows(Results(read_folder(str(tmp_path))))
    assert eve["right"] == "0"


@pytest.mark.parametrize(
    "name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", " =1", "%0", "|calc", "\t=1", "\r=1", "＝1 then =1"]
)
def test_no_name_or_answer_is_a_formula_in_a_spreadsheet(tmp_path: Path, name: str) -> None:
    handed_in(tmp_path, name, told("start.1", name, False), told("tokens.5", f"{name} x", False))
    for row in csv.reader(io.StringIO(Results(read_folder(str(tmp_path))).csv())):
        assert not [cell for cell in row if cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r", "%", "|"))]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "<img src=x onerror=a>", "\x1b[31m", "a\nb", "‮x", "x" * 5000]
)
def test_a_hostile_name_is_shown_as_text_on_one_line(tmp_path: Path, name: str) -> None:
    handed_in(tmp_path, name, told("start.1", name, False), told(name, "x", True), told("tokens.5", name, False))
    results = Results(read_folder(str(tmp_path)))
    page, text = results.html(), results.text()
    assert "<script" not in page and "<img" not in page
    assert "\x1b" not in text + page + results.csv() and "‮" not in text + page
    assert len(rows(results)) == 1 and len(rows(results)[0]["name"]) < 100


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("a.json", b"{", "it is not written in JSON"),
        ("a.json", b"[" * 100_000, "it is not written in JSON"),
        ("a.json", b'{"name": "x"}', "it is no file of hand_in"),
        ("a.json", b"[]", "it is no file of hand_in"),
        ("a.ipynb", b"[1]", "there is no answer in it"),
        ("a.ipynb", b'{"cells": {"a": 1}, "metadata": []}', "there is no answer in it"),
        ("a.ipynb", b'{"cells": [7, {"outputs": [3, {"data": 1}]}]}', "there is no answer in it"),
        ("a.jsonl", b"\xff\x00", "there is no answer in it"),
    ],
)
def test_a_file_that_holds_nothing_is_left_out_and_said_so(
    tmp_path: Path, file: str, content: bytes, said: str
) -> None:
    handed_in(tmp_path, "Ada", told("start.3", "no", True), file="b.json")
    (tmp_path / file).write_bytes(content)
    found = read_folder(str(tmp_path))
    assert [*found.people] == ["Ada"]
    assert found.left_out == [f"{file}: {said}" + ("(…)" if "hand_in" in said else "")]
    assert f"left out: {file}" in Results(found).text()


def test_a_lesson_not_begun_is_said_only_of_who_has_answered_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        answer(tmp_path / name / kept_in.FILE, monkeypatch, start_3=False)
    for name in ("ada", "bob", "cleo"):
        (tmp_path / name).mkdir(exist_ok=True)
        for lesson in ("00-start.ipynb", "06-tokens.ipynb"):
            (tmp_path / name / lesson).write_text('{"cells": []}')
    (tmp_path / "bob" / "old.jsonl").write_text("torn")
    found = read_folder(str(tmp_path))
    assert [*found.people] == ["ada", "bob"]
    assert found.left_out == [
        "bob/old.jsonl: there is no answer in it",
        "cleo: there is no answer in 2 notebooks",
    ]


def test_what_lies_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    handed_in(tmp_path / "elsewhere", "Mallory", told("start.3", "no", True))
    handed_in(tmp_path / "class", "Ada", told("start.3", "no", True))
    (tmp_path / "class" / "link.json").symlink_to(tmp_path / "elsewhere" / "a.json")
    (tmp_path / "class" / "folder").symlink_to(tmp_path / "elsewhere")
    assert [*read_folder(str(tmp_path / "class")).people] == ["Ada"]


@pytest.mark.parametrize("folder", ["missing", "nul\0", ""])
def test_a_folder_that_is_none_is_one_sentence(folder: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", folder or "missing"]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_a_folder_without_answers_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["results", str(tmp_path)]) == 2
    assert "no answers in" in capsys.readouterr().err


def test_who_hands_in_twice_is_one_person_and_no_answer_counts_twice(tmp_path: Path) -> None:
    first = told("start.3", "no", True) | {"at": "2026-01-01T00:00:00Z"}
    handed_in(tmp_path, "Ada", first)
    handed_in(tmp_path, "Ada", first, told("start.1", "token.code_fresh", False), file="b.json")
    (ada,) = rows(Results(read_folder(str(tmp_path))))
    assert (ada["start.3"], ada["start.1"]) == ("right", "wrong: token.code_fresh")


def test_what_is_no_exercise_has_a_column_of_its_own(tmp_path: Path) -> None:
    handed_in(tmp_path, "Ada", told("start.prediction-1", "yes", None))
    (ada,) = rows(Results(read_folder(str(tmp_path))))
    assert ada["start.prediction-1"] == "said"


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\nb", None, 7])
def test_a_name_that_cannot_be_seen_is_refused(tmp_path: Path, name: Any) -> None:
    with pytest.raises(ScenarioError, match="hand in under your name"):
        hand_in(name, tmp_path)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("name", ["../../etc/x", "Zoë O'Neil", "名前", "a/b\\c", "CON."])
def test_the_file_of_a_name_lies_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    answer(tmp_path / "p.jsonl", monkeypatch, start_3="no")
    room = tmp_path / "room"
    room.mkdir()
    assert "1 answers" in hand_in(name, room)
    (file,) = room.iterdir()
    assert json.loads(file.read_text())["name"] == name
    assert [*read_folder(str(room)).people] == [name]


def test_the_page_of_progress_says_what_is_done_and_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(tmp_path / "p.jsonl", monkeypatch, start_1="token.verifier_fits", start_3=True)
    page = progress()
    assert page.count == (1, len(ALL))
    assert repr(page).startswith(f"Your progress: 1 of {len(ALL)} exercises.")
    first = next(row for row in page.table().rows if row[0] == "00-start")
    assert first[2:] == ("1 of 3", "start.2")
    assert 'value="1"' in page._repr_html_()


def test_an_answer_that_was_judged_in_a_notebook_can_be_read_back() -> None:
    told = exercise_named("start.2").judge(["code", "access_token"])._repr_mimebundle_()[MIME]
    found = kept_in.try_of(told)
    assert found is not None and (found.exercise, found.right) == ("start.2", False)
