"""The folder of a class: which pages are in it, and how it is written without harm to what somebody else has put there."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from flowsim.analysis.matrix import whole_matrix
from flowsim.front_end.class_folder import pages
from flowsim.front_end.class_folder.guide import class_runs
from flowsim.front_end.class_folder.quiz_page import quiz_page
from flowsim.front_end.class_folder.scorm import scorm_package
from flowsim.front_end.glossary_page import glossary_page
from flowsim.front_end.matrix_page import matrix_page
from flowsim.front_end.page import player_page
from flowsim.lessons.cheat_sheet import cheat_sheet
from flowsim.lessons.class_test import forms
from flowsim.model.settings import ScenarioError
from flowsim.model.shown import shown

LIST = ".flowsim-lesson.json"  # which files flowsim has written there, and their digests
SCORM = "scorm12.zip"
LEARNERS: tuple[pages.Link, ...] = (
    (
        "players.html",
        "Step through it",
        "One login with PKCE and one without, each with its thief. Press f to present.",
    ),
    ("matrix.html", "All attacks", "Every attack against every defence. Each cell opens its run."),
    ("quiz.html", "True or false?", "Say what is true; runs decide."),
    ("cheat-sheet.html", "Cheat sheet", "All of it on one page, for the wall."),
    ("glossary.html", "Glossary", "Every term, check and clause."),
)
TRAINERS: tuple[pages.Link, ...] = (
    ("trainer.html", "Trainer's guide", "Plans for 45, 90 and 180 minutes; what to ask at each step."),
    ("test-a.html", "Test A", "To be printed: one before the lesson."),
    ("test-b.html", "Test B", "Its parallel form: one after the lesson."),
    ("answer-key.html", "Answer key", "Both forms, each answer with its run. Not for the class."),
)
Makers = dict[str, Callable[[], str | bytes]]
Tick = Callable[[int, int], object]


def makers(*, scorm: bool = False) -> Makers:
    """What makes each file of the folder, by its name."""
    first, second = forms()
    made: Makers = {
        "index.html": lambda: pages.front_page(LEARNERS, TRAINERS),
        "players.html": lambda: player_page(*class_runs()),
        "quiz.html": quiz_page,
        "cheat-sheet.html": cheat_sheet,
        "glossary.html": glossary_page,
        "trainer.html": pages.guide_page,
        "test-a.html": lambda: pages.test_page(first),
        "test-b.html": lambda: pages.test_page(second),
        "answer-key.html": pages.key_page,
        "matrix.html": lambda: matrix_page(whole_matrix()),
    }
    return {**made, **({SCORM: scorm_package} if scorm else {})}


def write_folder(folder: Path, made: Makers, tick: Tick = lambda done, total: None) -> list[str]:
    """Make these files and put them into this folder, which is made where there is none. Gives their names.

    Nothing is written before all files are made. A file of one of these names that is not as flowsim has left it stays,
    and so does all the rest: ScenarioError says which it is. Files of other names are let alone.
    """
    _look(folder, made)
    contents: dict[str, bytes] = {}
    for name, make in made.items():
        content = make()
        contents[name] = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
        tick(len(contents), len(made))
    known = _look(folder, made)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        digests = known | {name: _digest(content) for name, content in contents.items()}
        # First the list: where the rest is interrupted, the next time knows what is flowsim's.
        both = {name: [*dict.fromkeys([*_some(known.get(name)), *_some(digest)])] for name, digest in digests.items()}
        _put(folder / LIST, _listed(both))
        for name, content in contents.items():
            _put(folder / name, content)
        _put(folder / LIST, _listed(digests))
    except OSError as error:
        reason = error.strerror or error
        raise ScenarioError(f"cannot write into {shown(str(folder))}: {reason}; choose another folder") from None
    return [*contents]


def _look(folder: Path, made: Makers) -> dict[str, object]:
    """What flowsim has written there before. Raises ScenarioError where a file of these names is not as it was left."""
    try:
        if not stat.S_ISDIR(os.stat(folder).st_mode):
            raise ScenarioError(f"{shown(str(folder))} is a file; name a folder")
        known = _known(folder / LIST)
        for name in made:
            path = folder / name
            if path.is_symlink() or (path.exists() and _digest(path.read_bytes()) not in _some(known.get(name))):
                raise ScenarioError(
                    f"{shown(str(path))} is not as flowsim has left it, and would be overwritten; move it away, or choose "
                    "another folder"
                )
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, ScenarioError):
            raise
        raise ScenarioError(f"cannot look into {shown(str(folder))}: {reason}; choose another folder") from None
    return known


def _known(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        said = json.loads(path.read_text("utf-8"))
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise ScenarioError(f"{shown(str(path))} is not as flowsim has left it; move it away, or choose another folder")
    return said


def _some(known: object) -> list[object]:
    return known if isinstance(known, list) else [known] if known else []


def _listed(digests: Mapping[str, object]) -> bytes:
    return f"{json.dumps(dict(sorted(digests.items())), indent=1)}\n".encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _put(path: Path, content: bytes) -> None:
    """Write this file as a whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
