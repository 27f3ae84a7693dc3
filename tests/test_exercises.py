"""An exercise answers whatever a reader hands to it: right, not yet with a hint, or not answered; never with an error."""

from typing import Any

import pytest

from flowsim.lessons.exercises import check, check_that


class Odd:
    """A thing that cannot be compared, shown, or asked whether it is true."""

    def _no(self, *_: object) -> Any:
        raise ArithmeticError("no")

    __eq__ = __repr__ = __bool__ = _no
    __hash__ = object.__hash__


def in_itself() -> list[Any]:
    held: list[Any] = []
    held.append(held)
    return held


def deep() -> list[Any]:
    held: list[Any] = []
    for _ in range(100_000):
        held = [held]
    return held


@pytest.mark.parametrize(("answer", "computed"), [(" CODE ", "code"), (["b", "A"], ("a", "b")), (5, 5), (True, True)])
def test_an_answer_is_right_however_it_is_written(
    answer: object, computed: object, capsys: pytest.CaptureFixture[str]
) -> None:
    check(answer, computed, "a hint")
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize("answer", [None, ...])
def test_no_answer_is_none(answer: object, capsys: pytest.CaptureFixture[str]) -> None:
    check(answer, "code", "a hint")
    assert capsys.readouterr().out.startswith("Not answered yet: ")


@pytest.mark.parametrize("computed", ["code", 5, ["a", "b"], True])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("state", "'state'"),
        (Odd(), "<Odd that cannot be shown>"),
        ([Odd()], "<list that cannot be shown>"),
        (in_itself(), "[[...]]"),
        ({"a": in_itself()}, "{'a': [[...]]}"),
        (deep(), "<list that cannot be shown>"),
        (10**5000, "<int that cannot be shown>"),
        ("\x1b[31m\n\ud800", r"'\x1b[31m\n\ud800'"),
    ],
    ids=["text", "odd", "odd inside", "in itself", "in itself inside", "deep", "long", "raw"],
)
def test_an_answer_of_any_class_gets_one_line_with_the_hint(
    answer: object, said: str, computed: object, capsys: pytest.CaptureFixture[str]
) -> None:
    check(answer, computed, "a hint")
    assert capsys.readouterr().out == f"Not yet: you said {said}. a hint\n"


def test_a_long_answer_is_cut_where_it_is_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    check("x" * 100_000, "code", "a hint")
    assert len(capsys.readouterr().out) < 300


def test_what_cannot_be_asked_whether_it_is_true_is_not_achieved(capsys: pytest.CaptureFixture[str]) -> None:
    check_that(Odd(), "a hint")
    check_that(True, "a hint")
    assert capsys.readouterr().out == "Not yet. a hint\nRight.\n"
