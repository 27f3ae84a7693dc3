"""The cells of a notebook as HTML: prose with a place at each heading, and code with its colours."""

import re
from collections.abc import Callable
from html import escape
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from flowsim.front_end.glossary_page import anchor

_FORMATTER: HtmlFormatter[str] = HtmlFormatter(nowrap=True, classprefix="c-")
_PYTHON = PythonLexer()


class Heading(NamedTuple):
    """A heading: how deep it stands (1 is the title), what it says, and its place on the page."""

    level: int
    text: str
    place: str


class Prose:
    """The prose of one page. `headings` grows with each cell, and no two headings have the same place.

    `address` says where a link leads to on the site, and `words` what a link to a file is called there.
    """

    def __init__(self, address: Callable[[str], str | None], words: Callable[[str], str]) -> None:
        self.headings: list[Heading] = []
        self._address = address
        self._words = words
        self._markdown = MarkdownIt("commonmark", {"html": True, "highlight": _fenced}).enable("table")

    def html(self, source: str) -> str:
        """This cell as HTML, its links as they are on the site; one that leads nowhere is only its words."""
        tokens = self._markdown.parse(source)
        for at, token in enumerate(tokens):
            if token.type == "heading_open":
                self._head(token, tokens[at + 1])
            if token.children:
                token.children = self._linked(token.children)
        return scrolling(self._markdown.renderer.render(tokens, self._markdown.options, {}))

    def _head(self, opened: Token, inside: Token) -> None:
        text = plain(inside.children or [])
        place, taken = anchor(text) or "part", {one.place for one in self.headings}
        while place in taken:
            found = re.fullmatch(r"(.*)-(\d+)", place)
            place = f"{found[1]}-{int(found[2]) + 1}" if found and found[1] in taken else f"{place}-2"
        opened.attrSet("id", place)
        opened.attrSet("tabindex", "-1")
        self.headings.append(Heading(int(opened.tag[1:]), text, place))

    def _linked(self, children: list[Token]) -> list[Token]:
        kept: list[Token] = []
        open_links: list[bool] = []
        for child in children:
            if child.type == "text" and open_links:
                child.content = self._words(child.content)
            if child.type == "link_open":
                address = self._address(str(child.attrGet("href")))
                open_links.append(address is not None)
                if address is not None:
                    child.attrSet("href", address)
                    kept.append(child)
            elif child.type != "link_close" or open_links.pop():
                kept.append(child)
        return kept


def scrolling(html: str) -> str:
    """This HTML with each table in an element of its own, which scrolls where the page is narrower."""
    return html.replace("<table", '<div class="scrolls" aria-label="Table"><table').replace(
        "</table>", "</table></div>"
    )


def plain(children: list[Token]) -> str:
    """The words of a line, without what marks them."""
    words = (
        " " if one.type in ("softbreak", "hardbreak") else one.content for one in children if one.type != "html_inline"
    )
    return "".join(words)


def code(source: str) -> str:
    """Python with a class at each kind of word."""
    coloured: str = highlight(source, _PYTHON, _FORMATTER)
    return coloured.rstrip("\n")


def _fenced(source: str, language: str, _attributes: str) -> str:
    """A block of code in prose; of other languages than Python, as it is."""
    return code(source) if language in ("python", "py") else escape(source, quote=False)
