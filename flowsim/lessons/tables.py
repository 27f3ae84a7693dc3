"""Tables of what many runs came to: which check refuses which forged token, what a script gets out of which storage.

Every cell is computed when the table is made.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

from flowsim.analysis.forged_tokens import FORGERIES, Attempt, hand_to_api, hand_to_app
from flowsim.lessons import cross_site_script
from flowsim.lessons.token_storage import STORAGES
from flowsim.simulation.simulation import Trace

_CELL = "text-align:left;vertical-align:top;padding:.35em .7em;white-space:normal"
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
        head = "".join(f'<th scope="col" style="{_CELL}">{escape(cell)}</th>' for cell in self.head)
        rows = "".join(f"<tr>{_first(row[0])}{''.join(map(_cell, row[1:]))}</tr>" for row in self.rows)
        return (
            f'<table style="border-collapse:collapse;font-size:inherit"><caption style="{_CELL};font-weight:600">'
            f"{escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def forgeries(**settings: Any) -> Table:
    """Every forgery with a token, handed to the app and to the API of a login with these settings."""
    rows = []
    for forgery in FORGERIES.values():
        at_app = _verdict(hand_to_app(forgery.name, **settings)) if forgery.at_app else "–"
        at_api = _verdict(hand_to_api(forgery.name, **settings)) if forgery.at_api else "–"
        rows.append((forgery.title, at_app, at_api))
    return Table(caption="Who refuses what", head=("the token", "the app", "the API"), rows=tuple(rows))


def storages(trace: Trace) -> Table:
    """What a stranger's script gets out of a page of this single-page app, for each place where the app keeps tokens."""
    rows = []
    for storage in STORAGES:
        loot = cross_site_script.attack(trace.worlds[-1], storage)
        rows.append(
            (
                storage,
                _yes(loot.access_token is not None),
                _yes(loot.refresh_token is not None),
                _yes(loot.data_while_open),
                _yes(loot.data_after_closing),
                _yes(loot.refreshes_after_closing),
            )
        )
    return Table(
        caption="What a stranger's script gets in the app's page",
        head=("kept in", "access token", "refresh token", "data while open", "data later", "new tokens later"),
        rows=tuple(rows),
    )


def _verdict(attempt: Attempt) -> str:
    return f"refused by “{attempt.refused_by.title}”" if attempt.refused_by else "✗ accepted"


def _yes(got: bool) -> str:
    return "✗ yes" if got else "no"


def _first(text: str) -> str:
    return f'<th scope="row" style="{_CELL}">{escape(text)}</th>'


def _cell(text: str) -> str:
    style = f"{_CELL};{_BAD}" if text.startswith("✗") else _CELL
    return f'<td style="{style}">{escape(text)}</td>'
