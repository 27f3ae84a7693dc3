"""What a command prints: no wider than the terminal, in colour where there is one, and how far a long task has come.

A terminal has colours unless `NO_COLOR` is set; a pipe or a file has none unless `FORCE_COLOR` is set. `COLUMNS` sets the
width by hand. A pipe or a file has a width of its own, so that the same command always writes the same lines.
"""

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import StringIO
from threading import Event, Thread
from typing import TextIO

from rich.console import Console
from rich.highlighter import RegexHighlighter
from rich.text import Text
from rich.theme import Theme

PIPED = 120  # columns where no terminal says how many it has
LEAST = 20
PATIENCE = 1.0  # seconds before a task says how far it is
Tick = Callable[[int, int], None]  # so many done, of so many

_THEME = Theme(
    {
        "flowsim.attack": "bold red",
        "flowsim.step": "bold",
        "flowsim.good": "green",
        "flowsim.bad": "red",
        "flowsim.clause": "cyan",
        "flowsim.option": "cyan",
        "flowsim.comment": "dim",
    }
)


class _Marks(RegexHighlighter):
    """The signs of a told run and of the matrix, and clauses, in their colours; they say the same without any."""

    base_style = "flowsim."
    highlights = (
        r"^(?P<attack>☠.*)$",
        r"^(?P<step> (?:[ 1]\d|[RVD]\d)  .*)$",
        r"(?P<good>✓\w*)",
        r"(?P<bad>✗(?: works)?)",
        r"(?P<clause>\b(?:RFC \d+|OIDC \w+|OAuth 2\.1)(?: §[\d.]+)?)",
    )


class _HelpMarks(RegexHighlighter):
    """Headings and options of a help text."""

    base_style = "flowsim."
    highlights = (
        r"^(?P<step>\w[^:]*:)$",
        r"^ +(?P<option>(?:-{1,2}[\w-]+,? ?)+)",
        r"(?P<comment>  # .*)$",
    )


def width() -> int:
    """How many columns a line may have: those of the terminal, or always the same where there is none."""
    return _width(sys.stdout)


def say(text: str, *, good: str = "", bad: str = "") -> None:
    """Print this text. `good` and `bad` are sentences in it that are to stand out as such."""
    _print(Text(text), _Marks(), sys.stdout, {"bold green": good, "bold red": bad})


def say_help(text: str, file: TextIO) -> None:
    """Print a help text."""
    _print(Text(text.rstrip("\n")), _HelpMarks(), file, {})


@contextmanager
def task(what: str) -> Iterator[Tick]:
    """While this lasts for longer than a second, say on a terminal's error output what is done, and how far it is."""
    with _shown(what, counts=True) as update:
        yield lambda done, total: update(completed=done, total=total)


@contextmanager
def line(what: str) -> Iterator[Callable[[object], None]]:
    """As `task`, where nobody knows how much there is to do: whatever is told stands in the line, behind what is done."""
    with _shown(what, counts=False) as update:
        yield lambda told: update(description=f"{what}: {told}")


@contextmanager
def _shown(what: str, *, counts: bool) -> Iterator[Callable[..., None]]:
    if not sys.stderr.isatty() or os.environ.get("TERM") in ("dumb", "unknown"):
        yield lambda **_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, color_system="standard" if _coloured(sys.stderr) else None)
    bar = (BarColumn(20), MofNCompleteColumn()) if counts else ()
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), *bar, TimeElapsedColumn())
    shown = Progress(*columns, console=console, transient=True, redirect_stdout=False)
    begun = shown.add_task(what, total=None)
    over = Event()

    def wait() -> None:
        if not over.wait(PATIENCE):
            shown.start()

    waiting = Thread(target=wait, daemon=True)
    waiting.start()
    try:
        yield lambda **told: shown.update(begun, **told)
    finally:
        over.set()
        waiting.join()
        with suppress(OSError):
            shown.stop()


def _print(text: Text, marks: RegexHighlighter, file: TextIO, sentences: dict[str, str]) -> None:
    columns = _width(file)
    console = Console(
        file=StringIO(),
        width=columns,
        color_system="standard" if _coloured(file) else None,
        force_terminal=True,
        no_color=False,
        legacy_windows=False,
        theme=_THEME,
        highlight=False,
    )
    for line in text.split("\n", allow_blank=True):
        marks.highlight(line)
        for style, sentence in sentences.items():
            if sentence and line.plain.strip() == sentence:
                line.stylize(style)
        for part in _folded(console, line, columns):
            console.print(part, overflow="ignore", no_wrap=True, crop=False)
    written = console.file
    assert isinstance(written, StringIO)
    file.write(written.getvalue())


_CLAUSE = re.compile(r"\[[A-Z][^\[\]]{0,40}\]$")
_KEPT = "\ue000"  # stands for a space at which no line ends


def _folded(console: Console, line: Text, columns: int) -> list[Text]:
    """This line as lines that are wide enough for nobody to complain; what follows the first hangs under it."""
    if line.cell_len <= columns:
        return [line]
    indent = len(line.plain) - len(line.plain.lstrip())
    hanging = min(indent, columns // 3) + 2
    # A clause in brackets, such as [RFC 6749 §3.3], stays in one piece.
    line.plain = _CLAUSE.sub(lambda found: found[0].replace(" ", _KEPT), line.plain)
    first, *rest = line[indent:].wrap(console, columns - hanging, overflow="fold")
    parts = [Text(" " * (hanging - 2)) + first, *(Text(" " * hanging) + one for one in rest)]
    for part in parts:
        part.plain = part.plain.replace(_KEPT, " ")
        part.rstrip()
    return parts


def _width(file: TextIO) -> int:
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given[:6]) > 0:
        return max(LEAST, int(given[:6]))
    with suppress(OSError, ValueError, AttributeError):
        if file.isatty():
            return max(LEAST, os.get_terminal_size(file.fileno()).columns or PIPED)
    return PIPED


def _coloured(file: TextIO) -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return file.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")
