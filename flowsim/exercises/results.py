"""Who finished what: a row a person, a column an exercise, and before that what most people have mixed up."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape

from flowsim.exercises.catalogue import all_exercises, by_id, of_lesson
from flowsim.exercises.handed_in import HandedIn
from flowsim.exercises.kinds import NOT_JUDGED, Made, Outcome
from flowsim.exercises.wording import html
from flowsim.lessons.course import LESSONS
from flowsim.lessons.progress import Try
from flowsim.model.shown import shorten

RIGHT, WRONG, NOTHING = "right", "wrong", ""
MARKS = {RIGHT: "✓", WRONG: "✗", NOTHING: "·"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "|", "%")  # what a spreadsheet takes for the beginning of a formula
_SHOWN = 10  # misconceptions


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong answer, who gave it, and what somebody who gives it has mixed up."""

    exercise: str
    answer: str
    people: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class Came:
    """How a person did in one exercise: right or wrong or not tried, after how many tries, and the last answer."""

    state: str = NOTHING
    tries: int = 0
    answer: str = ""

    def __str__(self) -> str:
        times = f" ({self.tries} tries)" if self.tries > 1 else ""
        return f"{self.state}{times}" + (f": {self.answer}" if self.state == WRONG and self.answer else "")


class Results:
    """What a class has handed in, as text, as CSV and as a page."""

    def __init__(self, handed_in: HandedIn) -> None:
        self.handed_in = handed_in
        self.exercises = [one.id for one in all_exercises()]
        known = {*self.exercises}
        others = {one.exercise for tries in handed_in.people.values() for one in tries if one.exercise not in known}
        self.others = sorted(others)[:200]
        self._judged: dict[tuple[str, str], Outcome | None] = {}

    def came(self, name: str, exercise: str) -> Came:
        """How this person did in this exercise."""
        tries = [one for one in self.handed_in.people[name] if one.exercise == exercise]
        if not tries:
            return Came()
        right = any(self._right(one) for one in tries)
        last = "" if right else _written(tries[-1])
        return Came(
            RIGHT if right else WRONG if any(self._right(one) is False for one in tries) else "said", len(tries), last
        )

    def count(self, name: str) -> int:
        """How many exercises this person has answered right."""
        return sum(self.came(name, one).state == RIGHT for one in self.exercises)

    @cached_property
    def misconceptions(self) -> list[Misconception]:
        """Each wrong answer, the one of most people first."""
        people: dict[tuple[str, str], dict[str, None]] = {}
        meanings: dict[tuple[str, str], str] = {}
        for name, tries in self.handed_in.people.items():
            for one in tries:
                if one.exercise not in by_id() or self._right(one) is not False:
                    continue
                outcome = self._outcome(one)
                key = one.exercise, (outcome.key if outcome else "") or _written(one)
                people.setdefault(key, {})[name] = None
                meanings[key] = outcome.text if outcome else ""
        counted = Counter({key: len(names) for key, names in people.items()})
        return [Misconception(*key, tuple(people[key]), meanings[key]) for key, _ in counted.most_common()]

    def text(self) -> str:
        """The misconceptions, then a line a person with a mark for each exercise."""
        return "\n".join(self._lines())

    def csv(self) -> str:
        """A row a person, a column an exercise; no cell begins like a formula."""
        told = io.StringIO()
        writer = csv.writer(told, lineterminator="\n")
        columns = [*self.exercises, *self.others]
        writer.writerow(["name", "right", "of", *columns])
        for name in self.handed_in.people:
            cells = [str(self.came(name, one)) for one in columns]
            writer.writerow([*map(_cell, [name, str(self.count(name)), str(len(self.exercises)), *cells])])
        return told.getvalue()

    def html(self) -> str:
        """A page of its own, which needs no network."""
        items = "".join(
            f"<tr><td>{len(one.people)}</td><th"
            f" scope='row'>{escape(one.exercise)}</th><td>{html(_question(one.exercise))}</td>"
            f"<td>{escape(one.answer)}</td><td>{html(one.meaning)}</td></tr>"
            for one in self.misconceptions
        )
        columns = [*self.exercises, *self.others]
        head = "".join(
            f"<th scope='col' title='{escape(_question(one))}'><span>{escape(one)}</span></th>" for one in columns
        )
        rows = "".join(self._row(name, columns) for name in self.handed_in.people)
        left_out = "".join(f"<li>{escape(one)}</li>" for one in self.handed_in.left_out)
        note = f"<h2>Left out</h2><ul>{left_out}</ul>" if left_out else ""
        return _PAGE.format(summary=escape(self.summary()), items=items, head=head, rows=rows, note=note)

    def summary(self) -> str:
        """How many people and files there are."""
        people = len(self.handed_in.people)
        return (
            f"{people} {'person' if people == 1 else 'people'}, {len(self.exercises)} exercises, {self.handed_in.files}"
            " files"
        )

    def _row(self, name: str, columns: list[str]) -> str:
        cells = "".join(_html_cell(self.came(name, one)) for one in columns)
        return (
            f"<tr><th scope='row'>{escape(name)}</th><td>{self.count(name)} of {len(self.exercises)}</td>{cells}</tr>"
        )

    def _lines(self) -> Iterator[str]:
        yield self.summary()
        if self.misconceptions:
            yield ""
            yield "What most have mixed up:"
        for one in self.misconceptions[:_SHOWN]:
            yield f"  {len(one.people)} × {one.exercise}: {shorten(one.answer, 60)}"
            if one.meaning:
                yield f"      {shorten(one.meaning, 200)}"
        yield ""
        lessons = [lesson for lesson in LESSONS if of_lesson(lesson.slug)]
        width = max([len("name"), *(len(name) for name in self.handed_in.people)])
        yield "  ".join(["name".ljust(width), "right", *(lesson.slug for lesson in lessons)])
        for name in self.handed_in.people:
            marks = [
                "".join(MARKS.get(self.came(name, one.id).state, "·") for one in of_lesson(lesson.slug)).ljust(
                    len(lesson.slug)
                )
                for lesson in lessons
            ]
            yield "  ".join([name.ljust(width), f"{self.count(name)}".rjust(5), *marks]).rstrip()
        for line in self.handed_in.left_out:
            yield f"left out: {line}"

    def _right(self, one: Try) -> bool | None:
        """Whether it is right; the file is believed only where the answer itself is not in it."""
        exercise = by_id().get(one.exercise)
        if exercise is None or isinstance(exercise, Made):
            return one.right
        outcome = self._outcome(one)
        assert outcome is not None
        return one.right if outcome.key == NOT_JUDGED else outcome.right

    def _outcome(self, one: Try) -> Outcome | None:
        exercise = by_id().get(one.exercise)
        if exercise is None or isinstance(exercise, Made):
            return None
        key = one.exercise, json.dumps(one.answer)
        if key not in self._judged:
            self._judged[key] = exercise.judge(one.answer)
        return self._judged[key]


def _question(id: str) -> str:
    return by_id()[id].question if id in by_id() else ""


def _written(one: Try) -> str:
    answer = one.answer
    return shorten(", ".join(map(str, answer)) if isinstance(answer, list) else str(answer), 100)


def _cell(text: str) -> str:
    """This text as a spreadsheet takes it: what would be a formula gets an apostrophe before it."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def _html_cell(came: Came) -> str:
    mark = MARKS.get(came.state, "–")
    return (
        f"<td class='{came.state or 'nothing'}'"
        f" title='{escape(str(came))}'>{mark}{came.tries if came.tries > 1 else ''}</td>"
    )


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>flowsim: results of a class</title>
<style>
:root {{ color-scheme: light dark; font: 16px/1.45 system-ui, sans-serif; }}
body {{ margin: 2rem auto; padding: 0 1rem; max-width: 1400px; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .3em .6em; border-bottom: 1px solid #8886; text-align: left; vertical-align: top; font-weight: normal; }}
tbody th {{ font-weight: 600; white-space: nowrap; }}
.wide {{ overflow-x: auto; }}
.wide thead th {{ vertical-align: bottom; }}
.wide thead th span {{ writing-mode: vertical-rl; white-space: nowrap; }}
.wide td {{ text-align: center; }}
.right {{ color: #14713a; }} .wrong {{ color: #b3261e; }} .nothing {{ color: #777; }}
@media (prefers-color-scheme: dark) {{
  .right {{ color: #a5e6b8; }} .wrong {{ color: #ffb4ad; }} .nothing {{ color: #aaa; }}
}}
</style>
</head>
<body>
<main>
<h1>Results of a class</h1>
<p>{summary}. ✓ right, ✗ wrong, · not tried; the number is how many tries it took.</p>
<h2>What most have mixed up</h2>
<table>
<thead><tr><th scope="col">people</th><th scope="col">exercise</th><th scope="col">question</th><th scope="col">answer</th>
<th scope="col">what is so</th></tr></thead>
<tbody>{items}</tbody></table>
<h2>Who finished what</h2>
<div class="wide" tabindex="0" role="region" aria-label="Who finished what"><table>
<thead><tr><th scope="col">name</th><th scope="col">right</th>{head}</tr></thead>
<tbody>{rows}</tbody></table></div>
{note}
</main>
</body>
</html>
"""
