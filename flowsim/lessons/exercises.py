"""Checked exercises: the reader gives an answer, and it is compared with what the simulator computes.

An answer of None means “not answered yet”, so that “Run all” always finishes.
"""

from collections.abc import Callable

from flowsim.model.shown import shown

_LONGEST = 200  # characters of an answer that is repeated


def check(answer: object, computed: object, hint: str) -> None:
    """Say whether the answer is what was computed; if not, give the hint. Letter case and spaces around do not count.

    An answer may be anything: one that cannot be compared is not the one that was computed.
    """
    if answer is None or answer is ...:
        print("Not answered yet: replace None by your answer and run this cell again.")
    elif _holds(lambda: _plain(answer) == _plain(computed)):
        print("Right.")
    else:
        print(f"Not yet: you said {shown(answer, _LONGEST)}. {hint}")


def check_that(done: object, hint: str) -> None:
    """Say whether something was achieved; if not, give the hint."""
    print("Right." if _holds(lambda: done) else f"Not yet. {hint}")


def _holds(question: Callable[[], object]) -> bool:
    """Whether this is true. What a reader made may be of any class, and fail when it is asked."""
    try:
        return bool(question())
    except Exception:
        return False


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value.strip().lower()
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(_plain(one)) for one in value)
    return value
