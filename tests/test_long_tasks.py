"""What takes long says how far it is, where there is a place to say it; what is shown meanwhile is gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from flowsim.analysis import matrix as matrix_module
from flowsim.analysis.matrix import matrix
from flowsim.model import long_tasks
from flowsim.model.long_tasks import Tick, counted, told_by
from flowsim.mutants import grade
from flowsim.widgets import waiting

Told = list[tuple[str, int, int]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What is told of tasks, in order."""
    monkeypatch.setattr(long_tasks, "_telling", [])
    all_of_it: Told = []

    @contextmanager
    def telling(what: str) -> Iterator[Tick]:
        all_of_it.append((what, 0, 0))
        yield lambda done, total: all_of_it.append((what, done, total))
        all_of_it.append((what, -1, -1))

    told_by(telling)
    return all_of_it


def test_each_value_is_told_once_it_is_done(told: Told) -> None:
    assert [(value, len(told)) for value in counted("Counting", "abc")] == [("a", 1), ("b", 2), ("c", 3)]
    assert told == [
        ("Counting", 0, 0),
        ("Counting", 1, 3),
        ("Counting", 2, 3),
        ("Counting", 3, 3),
        ("Counting", -1, -1),
    ]


def test_a_task_within_another_one_is_not_told(told: Told) -> None:
    assert [[*counted("Inner", "ab")] for _ in counted("Outer", "x")] == [["a", "b"]]
    assert {what for what, _, _ in told} == {"Outer"}
    assert [*counted("Next", "x")] == ["x"]
    assert told[-1] == ("Next", -1, -1)


def test_after_one_that_failed_the_next_is_told(told: Told) -> None:
    with pytest.raises(ZeroDivisionError):
        [1 // value for value in counted("Dividing", [1, 0])]
    assert [*counted("Next", "x")] == ["x"]
    assert told[-1] == ("Next", -1, -1)


def test_the_matrix_and_the_zoo_say_how_far_they_are(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix_module, "ROWS", ("code-interception",))
    cells = len(matrix().cells)
    assert told[-2] == ("Playing the matrix", cells, cells)
    systems = len(grade(lambda server: False).judgements)
    assert told[-2] == ("Trying your detector", systems, systems)


def test_without_a_place_to_say_it_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_tasks, "_telling", [])
    assert [*counted("Counting", "abc")] == ["a", "b", "c"]


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 0)
    monkeypatch.setattr(waiting, "_AGAIN", 0)
    InteractiveShell.instance()


@pytest.mark.usefixtures("no_patience")
def test_a_notebook_has_one_line_for_a_task_which_is_empty_at_the_end() -> None:
    with capture_output() as captured, waiting.line("Counting <all>") as tick:
        tick(1, 2)
        tick(2, 2)
    first, second, last = captured.outputs
    assert first.data["text/plain"] == "Counting <all>: 1 of 2"
    assert first.data["text/html"] == '<p role="status">Counting &lt;all&gt;: 1 of 2</p>'
    assert second.data["text/plain"] == "Counting <all>: 2 of 2"
    assert last.data == {"text/html": ""}
    assert [one.update for one in captured.outputs] == [False, True, True]
    assert len({one.transient["display_id"] for one in captured.outputs}) == 1


@pytest.mark.usefixtures("no_patience")
def test_a_task_that_is_soon_done_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "PATIENCE", 1000)
    with capture_output() as captured, waiting.line("Counting") as tick:
        tick(1, 1)
    assert captured.outputs == []
