"""Checked exercises: the reader gives an answer, and it is compared with what the simulator computes.

An answer of None means “not answered yet”, so that “Run all” always finishes.
"""


def check(answer: object, computed: object, hint: str) -> None:
    """Say whether the answer is what was computed; if not, give the hint. Letter case and spaces around do not count."""
    if answer is None or answer is ...:
        print("Not answered yet: replace None by your answer and run this cell again.")
    elif _plain(answer) == _plain(computed):
        print("Right.")
    else:
        print(f"Not yet: you said {answer!r}. {hint}")


def check_that(done: bool, hint: str) -> None:
    """Say whether something was achieved; if not, give the hint."""
    print("Right." if done else f"Not yet. {hint}")


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value.strip().lower()
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(str(_plain(one)) for one in value)
    return value
