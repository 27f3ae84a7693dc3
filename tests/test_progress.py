"""Answers are kept in a file beside the notebooks: readable, safe for two kernels at once, and never in the way."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flowsim.lessons import progress
from flowsim.lessons.progress import kept, parse, record
from flowsim.model.scenario import ScenarioError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "answers.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


def test_an_answer_is_one_line_that_a_person_can_read(file: Path) -> None:
    assert record("steal-the-code.2", ["state", "code"], False) == ""
    (line,) = file.read_text("utf-8").splitlines()
    told = json.loads(line)
    assert (told["version"], told["exercise"], told["answer"], told["right"]) == (
        1,
        "steal-the-code.2",
        ["state", "code"],
        False,
    )
    assert told["at"].endswith("Z")


def test_each_answer_is_kept_and_the_right_ones_are_counted_once(file: Path) -> None:
    for answer, right in (("code", False), ("nonce", True), ("nonce", True)):
        record("start.1", answer, right)
    record("start.prediction-1", "yes", None)
    assert [one.answer for one in kept().tries] == ["code", "nonce", "nonce", "yes"]
    assert kept().right() == {"start.1"}
    assert kept().last()["start.1"].answer == "nonce"


def test_it_lies_beside_the_notebook_where_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(progress.VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert kept().tries == ()
    assert record("start.1", "x", False) == ""
    assert [one.name for one in tmp_path.iterdir()] == [progress.FILE]


def test_nothing_is_kept_where_the_variable_is_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(progress.VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    assert record("start.1", "x", True) == ""
    assert not [*tmp_path.iterdir()]


def test_two_kernels_write_at_the_same_time_and_no_answer_is_lost(file: Path) -> None:
    program = (
        "import sys; from flowsim.lessons.progress import record\n"
        "for _ in range(200): record('start.1', sys.argv[1] * 150, True)"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, name]) for name in "abc"]
    assert [one.wait(timeout=120) for one in running] == [0, 0, 0]
    found = kept()
    assert (len(found.tries), found.unread) == (600, 0)
    assert {str(one.answer)[0] for one in found.tries} == {*"abc"}


def test_a_line_that_was_torn_off_costs_no_more_than_itself(file: Path) -> None:
    record("start.1", "x", True)
    with file.open("a") as writing:
        writing.write('{"version": 1, "exerc')
    record("start.2", "y", True)
    assert (sorted(kept().right()), kept().unread) == (["start.1", "start.2"], 1)


@pytest.mark.parametrize(
    "octets", [b"\xff\xfe\x00 not text", b"[1, 2]\n", b"{}\n", b"[" * 100_000], ids=["raw", "list", "empty", "deep"]
)
def test_a_file_that_holds_no_answer_is_kept_aside_and_said_so(file: Path, octets: bytes) -> None:
    for number in (1, 2):
        file.write_bytes(octets)
        said = record("start.1", "x", True)
        assert said.startswith("answers.jsonl held no answers") and said.count(". ") <= 1 and "\n" not in said
        assert (file.parent / f"answers.unreadable-{number}.jsonl").read_bytes() == octets
        assert kept().right() == {"start.1"}


def test_where_it_cannot_be_written_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in (tmp_path, tmp_path / "missing" / "file", "nul\0"):
        monkeypatch.setattr(progress, "place", lambda place=place: Path(place))
        said = record("start.1", "x", True)
        assert said.startswith("This answer is not kept") and "\n" not in said


@pytest.mark.parametrize("id", ["", "A", "start 1", "start/1", "=1+1", "<b>", "a" * 100, "start.1\n", None, 7])
def test_what_is_no_name_of_an_exercise_is_not_kept(file: Path, id: object) -> None:
    assert "is no name of an exercise" in record(id, "x", True)  # type: ignore[arg-type]
    assert not file.exists()


class Odd:
    def __repr__(self) -> str:
        raise ArithmeticError


@pytest.mark.parametrize(
    "answer",
    [Odd(), [Odd()], "x" * 100_000, ["y" * 1000] * 1000, 10**5000, float("nan"), "\ud800\x1b", {"a": 1}],
    ids=["odd", "odd inside", "long", "long list", "long number", "no number", "raw", "dict"],
)
def test_an_answer_of_any_class_is_kept_as_a_short_line(file: Path, answer: object) -> None:
    assert record("start.1", answer, False) == ""
    assert len(file.read_bytes()) < 20_000
    assert len(kept().tries) == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"version": 2, "exercise": "start.1", "right": true}',
        '{"version": 1, "exercise": "<script>", "right": true}',
        '{"version": 1, "exercise": "start.1", "right": "yes"}',
        '{"version": 1, "exercise": ["start.1"], "right": true}',
        '{"version": 1}',
        "7",
    ],
)
def test_a_line_that_says_something_else_is_counted_as_unread(line: str) -> None:
    assert parse([line]).unread == 1


def test_a_file_that_never_ends_is_not_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "MOST_OCTETS", 100)
    file.write_text("x" * 200)
    with pytest.raises(ScenarioError, match="too long"):
        kept()
    assert "cannot be written" in record("start.1", "x", True)
