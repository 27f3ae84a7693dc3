"""The site as the tests look at it: whole, but with one cell of the matrix; all of it would take a quarter of a minute."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from flowsim.analysis.matrix import Matrix, cell
from flowsim.front_end.class_folder import folder as class_folder
from flowsim.front_end.site.site import write

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def one_cell() -> Matrix:
    """A matrix with one cell, for whoever draws a page of one: all 700 runs take half a minute.

    tests/test_matrix.py draws them all, as the command does.
    """
    return Matrix(cells={("code-interception", "S256"): cell("code-interception", "S256")})


def small_site(folder: Path, *, repository: str | None, run: bool) -> list[str]:
    """Write the site into this folder, and give the paths of its files."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_folder, "whole_matrix", one_cell)
        return write(folder, NOTEBOOKS, repository=repository, run=run)


class Page(HTMLParser):
    """What a page links to and loads, which places it has, and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: list[str] = []
        self.headings: list[str] = []
        self.mains = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.headings += [tag] if tag in ("h1", "h2", "h3", "h4") else []
        self.mains += tag == "main"
        for name, value in attrs:
            if name == "id":
                self.places.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "srcset", "action", "data", "srcdoc"):
                self.loaded.append(value or "")
