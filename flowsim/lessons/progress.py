"""What a learner has answered so far, kept in a file beside the notebooks: `flowsim-progress.jsonl`.

The file is text, one JSON object a line, and a line is added for each answer, a wrong one too; nothing is ever rewritten:

    {"version": 1, "exercise": "start.1", "answer": "token.verifier_fits", "right": true, "at": "2026-01-01T12:00:00Z"}

`right` is null for what is neither right nor wrong. `answer` is a text, a number, true, false, null, or a list of such; a
long one is cut. A line is written in one piece at the end of the file, so two notebooks can keep their answers in it at
the same time. A line that cannot be read costs no more than itself, and a file that holds no such line is put aside.

The environment variable FLOWSIM_PROGRESS names another file; where it is empty, nothing is kept.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flowsim.model.settings import ScenarioError
from flowsim.model.shown import one_line, safe, shorten, shown

FILE = "flowsim-progress.jsonl"
VARIABLE = "FLOWSIM_PROGRESS"
VERSION = 1
LONGEST_ANSWER = 200  # characters of an answer, or of one in a list
MOST_IN_A_LIST = 50
MOST_OCTETS = 20_000_000  # of a file that is read
_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+){0,20}")
_LONGEST_ID = 80

Answer = str | int | float | bool | None | list[str | int | float | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One answer to one exercise or prediction, and when it was given, in UTC."""

    exercise: str
    answer: Answer
    right: bool | None
    at: str

    def line(self) -> str:
        """The line of the file, without its end."""
        told = {"exercise": self.exercise, "answer": self.answer, "right": self.right, "at": self.at}
        return json.dumps({"version": VERSION, **told}, ensure_ascii=True)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a file holds: the answers in their order, and how many lines could not be read."""

    tries: tuple[Try, ...] = ()
    unread: int = 0

    def right(self) -> frozenset[str]:
        """The exercises that were answered right at some time."""
        return frozenset(one.exercise for one in self.tries if one.right)

    def last(self) -> dict[str, Try]:
        """The last answer to each exercise."""
        return {one.exercise: one for one in self.tries}


def record(id: str, answer: object, right: bool | None) -> str:
    """Keep this answer to an exercise or a prediction, such as `start.1`; never fails.

    Gives a sentence for the reader where something went wrong, and an empty text where the answer is kept, or where
    FLOWSIM_PROGRESS is empty.
    """
    path = place()
    if path is None:
        return ""
    if not _is_id(id):
        return f"This answer is not kept: {shown(id)} is no name of an exercise."
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    line = Try(exercise=id, answer=plain(answer), right=right if right is None else bool(right), at=at).line()
    try:
        said = _put_aside(path)
        _append(path, line)
    except (OSError, ValueError) as error:
        return f"This answer is not kept, because {_name(path)} cannot be written: {_reason(error)}."
    return said


def kept() -> Kept:
    """What has been answered so far. Raises ScenarioError where the file is there and cannot be read."""
    path = place()
    if path is None or not path.exists():
        return Kept()
    return read(path)


def place() -> Path | None:
    """The file that answers are kept in; None where none are."""
    named = os.environ.get(VARIABLE)
    if named is None:
        return Path.cwd() / FILE
    return Path(named) if named else None


def read(path: Path) -> Kept:
    """What a file holds. Raises ScenarioError where it cannot be read, or is longer than MOST_OCTETS."""
    try:
        with path.open("rb") as file:
            octets = file.read(MOST_OCTETS + 1)
    except (OSError, ValueError) as error:
        raise ScenarioError(f"cannot read {_name(path)}: {_reason(error)}") from None
    if len(octets) > MOST_OCTETS:
        raise ScenarioError(f"{_name(path)} is too long: at most {MOST_OCTETS} octets are read")
    return parse(octets.decode("utf-8", errors="replace").splitlines())


def parse(lines: Iterable[str]) -> Kept:
    """What these lines hold; a blank one holds nothing."""
    found = [_try(line) for line in lines if line.strip()]
    return Kept(tuple(one for one in found if one is not None), found.count(None))


def try_of(told: object) -> Try | None:
    """The answer that this object tells, which may come from anywhere; None where it tells none."""
    if not isinstance(told, dict) or told.get("version") != VERSION:
        return None
    exercise, right, at = told.get("exercise"), told.get("right"), told.get("at")
    if not isinstance(exercise, str) or not _is_id(exercise) or not (right is None or isinstance(right, bool)):
        return None
    at = at if isinstance(at, str) and re.fullmatch(r"[0-9TZ:.+-]{1,40}", at) else ""
    return Try(exercise=exercise, answer=plain(told.get("answer")), right=right, at=at)


def plain(answer: object) -> Answer:
    """This answer as the file holds it: what JSON cannot write is written as Python shows it, and cut."""
    if isinstance(answer, list | tuple | set | frozenset):
        try:
            return [_plain_one(one) for one in [*answer][:MOST_IN_A_LIST]]
        except Exception:  # a list may be of any class, too
            return shown(answer, LONGEST_ANSWER)
    return _plain_one(answer)


def _plain_one(answer: object) -> str | int | float | bool | None:
    if answer is None or answer is True or answer is False:
        return answer
    if isinstance(answer, str):
        return safe(shorten(str.__str__(answer), LONGEST_ANSWER))
    if type(answer) is int and answer.bit_length() <= 64:
        return answer
    return shown(answer, LONGEST_ANSWER)


def _try(line: str) -> Try | None:
    try:
        return try_of(json.loads(line))
    except (ValueError, RecursionError):
        return None


def _is_id(id: Any) -> bool:
    return isinstance(id, str) and len(id) <= _LONGEST_ID and _ID.fullmatch(id) is not None


def _append(path: Path, line: str) -> None:
    """Add this line in one piece. A last line without its end, as a full disk leaves it, is ended first."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        torn = False
        if size:
            os.lseek(descriptor, size - 1, os.SEEK_SET)
            torn = os.read(descriptor, 1) != b"\n"
        octets = ("\n" * torn + line + "\n").encode()
        if os.write(descriptor, octets) != len(octets):
            raise OSError("the disk is full")
    finally:
        os.close(descriptor)


def _put_aside(path: Path) -> str:
    """Give a file that holds no answer at all another name, and say so; an empty text where there was no need."""
    if not path.exists() or path.stat().st_size == 0:
        return ""
    try:
        found = read(path)
    except ScenarioError as error:
        raise OSError(str(error)) from None
    if found.tries or not found.unread:
        return ""
    aside = next(one for one in _names_beside(path) if not one.exists())
    path.rename(aside)
    return f"{_name(path)} held no answers that could be read; it is now called {_name(aside)}, and a new one is begun."


def _names_beside(path: Path) -> Iterator[Path]:
    number = 1
    while True:
        yield path.with_name(f"{path.stem}.unreadable-{number}{path.suffix}")
        number += 1


def _name(path: Path) -> str:
    return shorten(safe(path.name), 80)


def _reason(error: Exception) -> str:
    return one_line(getattr(error, "strerror", None) or error, 120)
