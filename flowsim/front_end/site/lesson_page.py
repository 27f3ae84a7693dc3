"""A lesson to read: its prose, its code and what came of it, with each player to step through, and no kernel."""

import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, NamedTuple

from flowsim.front_end.page import NEEDS_A_KERNEL, NO_ANSWER_KEPT
from flowsim.front_end.site import shell
from flowsim.front_end.site.links import READ, Links
from flowsim.front_end.site.prose import Heading, Prose, code, scrolling
from flowsim.front_end.site.repository import binder
from flowsim.front_end.site.stored import Part, cut
from flowsim.lessons.course import LESSONS, Lesson

UNANSWERED = "Not answered yet"
_STORED = re.compile(r'<div class="flowsim-stored"[^>]*>(.*)</div>', re.DOTALL)
_NEEDS = re.compile(rf"<p><b>([^<]*):</b> {re.escape(NEEDS_A_KERNEL)}</p>")
_TIME = re.compile(r"^(\* \*\*It takes\*\* about \d+ minutes\.).*$", re.MULTILINE)
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")
_MARKED = re.compile(r"<[^>]*>")


class Section(NamedTuple):
    """What the search looks for in a lesson: a heading, and the words below it up to the next."""

    heading: Heading
    text: str


class LessonPage:
    """A lesson's notebook, or the solutions of its exercises, as a page of the site."""

    def __init__(self, lesson: Lesson, notebook: Mapping[str, Any], links: Links, *, solutions: bool = False) -> None:
        self.lesson = lesson
        self.links = links
        self.solutions = solutions
        self.name = f"solutions/{lesson.name}" if solutions else lesson.name
        self.parts: list[Part] = []
        self.sections: list[Section] = []
        folder = "notebooks/solutions" if solutions else "notebooks"
        self._prose = Prose(lambda address: links.from_notebook(address, folder), links.words)
        self._cells = [html for cell in notebook["cells"] for html in self._cell(cell)]

    def html(self) -> str:
        """The HTML text of the page."""
        lesson = self.lesson
        title = f"{'Solutions of ' if self.solutions else ''}{lesson.number:02} {lesson.title}"
        top = f'<p class="over">{self._over()}</p>'
        cells = "\n".join(self._cells)
        body = (
            f'<div class="columns">{self._contents()}<main id="main" tabindex="-1">{top}<article>\n{cells}\n</article>'
            f"{self._onward()}</main></div>"
        )
        about = f"{lesson.question} {lesson.about.capitalize()}."
        return shell.page(f"{title} – flowsim", body, self.links, about=about, kind="read", parts=self.parts)

    def running(self, words: str, heading: str = "") -> str:
        """A link with these words to the same place where Python runs; a sentence where no address is known."""
        here = self.links.running(self.name, heading)
        address = here or binder(self.links.repository, self.name)
        if address is None:
            return f"{words} in JupyterLab"
        return f'<a href="{escape(address)}">{words}{"" if here else " on Binder"}</a>'

    def _over(self) -> str:
        lesson = self.lesson
        if self.solutions:
            return f'<a href="{self.links.read(lesson)}">Back to lesson {lesson.number:02}</a>'
        said = f"Lesson {lesson.number:02} · {escape(lesson.part)} · {lesson.minutes} minutes"
        return f'<span>{said}</span> <span class="run">{self.running("Run this lesson")}</span>'

    def _contents(self) -> str:
        lines = "".join(
            f'<li><a href="#{one.place}">{escape(one.text)}</a></li>' for one in self._prose.headings if one.level == 2
        )
        if not lines:
            return '<div class="contents"></div>'
        listed = f"<details><summary>On this page</summary><ul>{lines}</ul></details>"
        return f'<nav class="contents" aria-label="On this page">{listed}</nav>'

    def _onward(self) -> str:
        """The lessons before and after this one."""
        number = self.lesson.number
        before, after = LESSONS[number - 1] if number else None, LESSONS[number + 1 :][:1]
        links = [("Before", before, "prev"), ("Next", after[0] if after else None, "next")]
        items = "".join(
            f'<a rel="{rel}" href="{self.links.read(one)}"><span>{word}</span> '
            f"<b>{one.number:02} {escape(one.title)}</b></a>"
            for word, one, rel in links
            if one
        )
        return "" if self.solutions else f'<nav class="onward" aria-label="Other lessons">{items}</nav>'

    def _cell(self, cell: Mapping[str, Any]) -> Iterator[str]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            yield self._told(source)
        elif cell["cell_type"] == "code" and source.strip():
            yield f'<pre class="code scrolls" aria-label="Python"><code>{code(source)}</code></pre>'
            for output in cell.get("outputs", ()):
                yield f'<div class="came">{self._output(output)}</div>'

    def _told(self, source: str) -> str:
        known = len(self._prose.headings)
        begin = f" Nothing needs to be run to begin. To change something, {self.running('run this lesson')}."
        html = self._prose.html(_TIME.sub(lambda found: f"{found[1]}{begin}", source))
        words = " ".join(_MARKED.sub(" ", html).split())
        for heading in self._prose.headings[known:]:
            self.sections.append(Section(heading, ""))
        if self.sections:
            last = self.sections[-1]
            self.sections[-1] = Section(last.heading, f"{last.text} {words}".strip())
        return html

    def _output(self, output: Mapping[str, Any]) -> str:
        if output["output_type"] == "stream":
            return _text("".join(output["text"]))
        if output["output_type"] == "error":
            return _text("\n".join(output["traceback"]))
        data = {kind: "".join(value) for kind, value in output["data"].items() if isinstance(value, list | str)}
        if html := data.get("text/html"):
            return self._html(html)
        if picture := data.get("image/svg+xml"):
            return f'<figure class="picture">{picture}</figure>'
        return _text(data.get("text/plain", ""))

    def _html(self, html: str) -> str:
        """What a notebook stores, with its players for the program of the page, and the way to where Python runs."""
        heading = self._prose.headings[-1].text if self._prose.headings else ""
        if stored := _STORED.fullmatch(html.strip()):
            html = stored[1]
        needs = self.running("Run it", heading)
        html = _NEEDS.sub(rf'<p class="needs"><b>\1:</b> this needs Python. {needs}.</p>', html)
        if NO_ANSWER_KEPT in html:
            kept = f"Open the answer that you would give. An answer is kept where Python runs. {needs}."
            html = html.replace(f"<p>{NO_ANSWER_KEPT}</p>", f'<p class="needs">{kept}</p>')
        if UNANSWERED in html:
            html += f'<p class="needs">To write an answer needs Python. {needs}.</p>'
        level = self._prose.headings[-1].level if self._prose.headings else 1
        told = []
        for piece in cut(html):
            if isinstance(piece, Part):
                told.append(shell.place_of(piece, len(self.parts), level=level))
                self.parts.append(piece)
            else:
                told.append(scrolling(piece))
        return "".join(told)


def place(lesson: Lesson, *, solutions: bool = False) -> str:
    """The place of a lesson's page on the site, or of its solutions."""
    return f"{READ}/{'solutions/' if solutions else ''}{lesson.name}.html"


def _text(text: str) -> str:
    said = escape(_ESCAPES.sub("", text).rstrip(), quote=False)
    return f'<div class="scrolls" aria-label="What came"><pre>{said}</pre></div>'
