"""What a class has handed in, read from a folder: files of `hand_in`, files of progress, and notebooks that were run.

Nothing that was handed in is run. An answer that was chosen or typed is judged anew, whatever the file says of it; of what
was made, the file is believed. A file of `hand_in` says whose it is; any other belongs to the folder it lies in, or, where
it lies in FOLDER itself, has the name of the file.
"""

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowsim.exercises.kinds import MIME
from flowsim.exercises.overview import FORMAT
from flowsim.lessons import progress
from flowsim.lessons.progress import Try
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import one_line, safe, shorten

MOST_FILES = 10_000
MOST_ANSWERS = 20_000  # of one person
LONGEST_NAME = 60


@dataclass(slots=True)
class HandedIn:
    """The answers of each person in their order, how many files were read, and why the others were not."""

    people: dict[str, list[Try]] = field(default_factory=dict)
    files: int = 0
    left_out: list[str] = field(default_factory=list)


def read_folder(folder: str) -> HandedIn:
    """All that lies in this folder and those in it. Raises ScenarioError where that is no folder, or holds no answers."""
    root = Path(folder)
    try:
        there = root.is_dir()
    except (OSError, ValueError):
        there = False
    if not there:
        raise ScenarioError(f"{_plain(folder)} is no folder; expected the one in which your class's files lie")
    found = HandedIn()
    empty: dict[str, list[str]] = {}
    for path in _files(root):
        if found.files + len(found.left_out) + sum(map(len, empty.values())) >= MOST_FILES:
            found.left_out.append(f"more than {MOST_FILES} files; the rest was not read")
            break
        _add(found, empty, root, path)
    # A lesson that somebody has not begun says nothing about one who has answered in another.
    found.left_out += [_no_answer(name, labels) for name, labels in empty.items() if name not in found.people]
    if not found.files:
        why = f" ({found.left_out[0]})" if found.left_out else ""
        raise ScenarioError(
            f"no answers in {_plain(folder)}{why}; expected files of hand_in(…), {progress.FILE}, or notebooks that"
            " were run"
        )
    return found


def _files(root: Path) -> Iterator[Path]:
    """Yield the files that may hold answers, in the order of their names; nothing outside the folder is looked at."""
    for place, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(names):
            path = Path(place) / name
            if path.suffix in (".json", ".jsonl", ".ipynb") and stat.S_ISREG(path.lstat().st_mode):
                yield path


def _no_answer(name: str, labels: list[str]) -> str:
    if len(labels) == 1:
        return f"{labels[0]}: there is no answer in it"
    return f"{name}: there is no answer in {len(labels)} notebooks"


def _add(found: HandedIn, empty: dict[str, list[str]], root: Path, path: Path) -> None:
    label = _plain(str(path.relative_to(root)))
    try:
        name, tries = _read(root, path)
    except ScenarioError as error:
        found.left_out.append(f"{label}: {error}")
        return
    if not tries:
        if path.suffix == ".ipynb":
            empty.setdefault(name, []).append(label)
        else:
            found.left_out.append(f"{label}: there is no answer in it")
        return
    found.files += 1
    own = found.people.setdefault(name, [])
    known = {one.line() for one in own}
    own += [one for one in tries if one.line() not in known][: MOST_ANSWERS - len(own)]
    own.sort(key=lambda one: one.at)


def _read(root: Path, path: Path) -> tuple[str, list[Try]]:
    """Whose file this is, and the answers in it. Raises ScenarioError where it cannot be read."""
    inside = path.relative_to(root).parts
    whose = inside[0] if len(inside) > 1 else path.stem
    if path.suffix == ".jsonl":
        return _plain(whose), [*progress.read(path).tries]
    told = _json(path)
    if path.suffix == ".ipynb":
        return _plain(whose), [*_of_notebook(told)]
    if not isinstance(told, dict) or told.get("format") != FORMAT or not isinstance(told.get("answers"), list):
        raise ScenarioError("it is no file of hand_in(…)")
    name = told.get("name")
    answers = [progress.try_of(one) for one in told["answers"]]
    return _plain(name if isinstance(name, str) and name.strip() else whose), [one for one in answers if one]


def _json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            octets = file.read(progress.MOST_OCTETS + 1)
        if len(octets) > progress.MOST_OCTETS:
            raise ScenarioError(f"it is longer than {progress.MOST_OCTETS} octets")
        return json.loads(octets)
    except OSError as error:
        raise ScenarioError(f"it cannot be read: {one_line(error.strerror or error, 80)}") from None
    except (ValueError, RecursionError):
        raise ScenarioError("it is not written in JSON") from None


def _of_notebook(told: Any) -> Iterator[Try]:
    """Yield what a notebook holds: what its cells have put out, and what its widgets were left with."""
    for cell in _list(_dict(told).get("cells")):
        for output in _list(_dict(cell).get("outputs")):
            if (one := progress.try_of(_dict(_dict(output).get("data")).get(MIME))) is not None:
                yield one
    widgets = _dict(_dict(_dict(told).get("metadata")).get("widgets")).get("application/vnd.jupyter.widget-state+json")
    for model in _dict(_dict(widgets).get("state")).values():
        if (one := progress.try_of(_dict(_dict(model).get("state")).get("kept"))) is not None:
            yield one


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(name: str) -> str:
    """This name on one line, cut, without what steers a terminal."""
    return shorten(safe(" ".join(str.__str__(name).split())), LONGEST_NAME) or "somebody"
