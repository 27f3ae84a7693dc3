"""The site as plain files: it works from any static host under any path, from a USB stick, and by opening index.html.

Every address in it is relative, and no page loads anything from elsewhere.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flowsim.front_end.class_folder.folder import makers, write_folder
from flowsim.front_end.site import shell
from flowsim.front_end.site.front_page import front_page
from flowsim.front_end.site.lesson_page import LessonPage, place
from flowsim.front_end.site.links import CLASS, Links
from flowsim.front_end.site.search_index import index
from flowsim.front_end.site.stored import Part
from flowsim.lessons.course import LESSONS

Tick = Callable[[int, int], object]


def write(
    folder: Path,
    notebooks: Path,
    *,
    repository: str | None,
    run: bool,
    tick: Tick = lambda done, total: None,
) -> list[str]:
    """Write all pages into this folder: the front page, each lesson of `notebooks` to read, the pages of a class.

    `repository` is the address of the repository's page, None where nobody knows it. `run` says whether the notebooks run
    in `lite/` beside these pages. `tick` is called while the pages of the class are made: so many done, of so many. Gives
    the paths of all files, without those of the class's own list.
    """
    lessons, solutions = [], []
    for lesson in LESSONS:
        links = Links(place(lesson), repository, run)
        lessons.append(LessonPage(lesson, _notebook(notebooks / f"{lesson.name}.ipynb"), links))
        solved = notebooks / "solutions" / f"{lesson.name}.ipynb"
        if solved.exists():
            links = Links(place(lesson, solutions=True), repository, run)
            solutions.append(LessonPage(lesson, _notebook(solved), links, solutions=True))
    player = next(part for page in lessons for part in page.parts if _asks_nothing(part))
    texts = {
        **shell.files(),
        shell.INDEX: index(lessons),
        "index.html": front_page(Links("index.html", repository, run), player),
        **{place(page.lesson): page.html() for page in lessons},
        **{place(page.lesson, solutions=True): page.html() for page in solutions},
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "backslashreplace"))
    return [*texts, *(f"{CLASS}/{name}" for name in write_folder(folder / CLASS, makers(), tick))]


def _asks_nothing(part: Part) -> bool:
    """Whether this is a player that steps at once: nothing has to be predicted in it first."""
    return part.kind == "player" and not part.data["asks"]


def _notebook(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
