"""A table as text and as HTML, for a terminal and for a notebook."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

CELL = "text-align:left;vertical-align:top;padding:.35em .7em;white-space:normal"
_BAD = "color:var(--jp-error-color0,#b3261e);font-weight:600"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: a caption, a head, and rows of as many cells; a cell whose text begins with ✗ is bad news."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.caption
        lines = (self.head, *self.rows)
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.head))]
        for line in lines:
            yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col" style="{CELL}">{escape(cell)}</th>' for cell in self.head)
        rows = "".join(f"<tr>{_first(row[0])}{''.join(map(_cell, row[1:]))}</tr>" for row in self.rows)
        return (
            f'<table style="border-collapse:collapse;font-size:inherit"><caption style="{CELL};font-weight:600">'
            f"{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _first(text: str) -> str:
    return f'<th scope="row" style="{CELL}">{escape(text)}</th>'


def _cell(text: str) -> str:
    style = f"{CELL};{_BAD}" if text.startswith("✗") else CELL
    return f'<td style="{style}">{escape(text)}</td>'
