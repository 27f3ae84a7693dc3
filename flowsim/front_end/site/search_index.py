"""What the search looks in: every heading of every lesson with the words below it, the glossary, and the longer pages.

The index is a file of JavaScript that hands over one list, and not JSON: a page that was opened from a folder may load the
one and not the other.
"""

import json
from collections.abc import Iterable, Iterator

from flowsim.front_end.class_folder.folder import LEARNERS, TRAINERS
from flowsim.front_end.glossary_page import placed_entries
from flowsim.front_end.site.lesson_page import LessonPage, place
from flowsim.front_end.site.links import CLASS

# The title, which kind of thing it is, its path on the site, and the words that are looked in after the title's.
Found = tuple[str, str, str, str]
TAKER = "flowsimIndex"


def index(lessons: Iterable[LessonPage]) -> str:
    """The text of the file, which calls `flowsimIndex` with the list."""
    entries = [*_lessons(lessons), *_glossary(), *_pages()]
    return f"{TAKER}({json.dumps(entries, ensure_ascii=False, separators=(',', ':'))});\n"


def _lessons(lessons: Iterable[LessonPage]) -> Iterator[Found]:
    for page in lessons:
        lesson = page.lesson
        for heading, text in page.sections:
            if heading.level == 1:
                yield (lesson.title, f"lesson {lesson.number:02}", place(lesson), f"{lesson.about} {text}")
            else:
                kind = f"lesson {lesson.number:02} · {lesson.title}"
                yield (heading.text, kind, f"{place(lesson)}#{heading.place}", text)


def _glossary() -> Iterator[Found]:
    for kind, (place_of, name, entries) in placed_entries():
        text = " ".join(word for one in entries for word in (one.text, *one.also, *one.clauses))
        yield (name, kind, f"{CLASS}/glossary.html#{place_of}", text.replace("`", ""))


def _pages() -> Iterator[Found]:
    for file, name, about in (*LEARNERS, *TRAINERS):
        yield (name, "page", f"{CLASS}/{file}", about)
