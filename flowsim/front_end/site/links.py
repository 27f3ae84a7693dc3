"""Where a link in a notebook leads to on the site.

A notebook names its neighbours by their files. On the site a lesson is a page, the glossary is a page of the class, and
what is not on it stands in the repository, if its address is known.
"""

import posixpath
from typing import NamedTuple
from urllib.parse import quote

from flowsim.lessons.course import LESSONS, Lesson

READ, RUN, CLASS = "read", "lite/lab/index.html", "class"
_PAGES = {
    "docs/glossary.md": f"{CLASS}/glossary.html",
    "docs/trainer.md": f"{CLASS}/trainer.html",
    "docs/cheat-sheet.pdf": f"{CLASS}/cheat-sheet.html",
}


class Links(NamedTuple):
    """The links of one page: `place` is its own path on the site, `run` whether the notebooks run beside it."""

    place: str
    repository: str | None
    run: bool

    def to(self, path: str) -> str:
        """The relative address of this path on the site, which may have a query or a fragment."""
        name, mark, rest = path.partition("#")
        file, asked, query = name.partition("?")
        return f"{posixpath.relpath(file, posixpath.dirname(self.place) or '.')}{asked}{query}{mark}{rest}"

    def read(self, lesson: Lesson) -> str:
        """The page of this lesson."""
        return self.to(f"{READ}/{lesson.name}.html")

    def running(self, notebook: str, heading: str = "") -> str | None:
        """Where this notebook runs in the reader's browser, at this heading; None on a site on which nothing runs."""
        if not self.run:
            return None
        # JupyterLab's own name for the place of a heading.
        place = f"#{quote(heading.replace(' ', '-'))}" if heading else ""
        return self.to(f"{RUN}?path={quote(notebook)}.ipynb{place}")

    def words(self, text: str) -> str:
        """What a link is called: a lesson by its title, where a notebook names its file."""
        name = text.removeprefix("../").removesuffix(".ipynb")
        lesson = next((one for one in LESSONS if f"{one.name}.ipynb" == text.split("/")[-1]), None)
        if lesson is None:
            return text
        return "a page of their own" if name.startswith("solutions/") else f"{lesson.number:02} {lesson.title}"

    def from_notebook(self, address: str, folder: str = "notebooks") -> str | None:
        """Where an address in a notebook of this folder leads to; None where the site cannot know it."""
        if address.startswith(("https://", "http://", "mailto:", "#")):
            return address
        name, mark, place = address.partition("#")
        path = posixpath.normpath(posixpath.join(folder, name))
        if path.startswith("notebooks/") and path.endswith(".ipynb"):
            notebook = path.removeprefix("notebooks/").removesuffix(".ipynb")
            if notebook.removeprefix("solutions/") in {lesson.name for lesson in LESSONS}:
                return self.to(f"{READ}/{notebook}.html{mark}{place}")
        if page := _PAGES.get(path):
            return self.to(f"{page}{mark}{place}")
        if path.startswith("..") or not self.repository:
            return None
        return f"{self.repository}/blob/HEAD/{quote(path)}{mark}{place}"
