"""Every text in a file or a package, as anybody can read it who has the app.

An app for a phone is a zip archive, and a page's program is a text file. Compiling and minifying change the names and
take the comments out. They keep every text that the program needs, and a secret that it sends is such a text.

There is no trick in this. For a page `grep -o 'clientSecret:"[^"]*"' photo-page.js` does the same in a terminal, for an
Android package `unzip -p photo-app.apk classes.dex | strings`, and a decompiler gives the rest of the program as well.

Source: RFC 6749 sections 2.1 and 10.1, RFC 8252 section 8.5.
"""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import islice
from pathlib import Path

from flowsim.lessons.table import CELL
from flowsim.model.scenario import ScenarioError

LARGEST = 64 * 2**20  # octets, unpacked
# What a file that cannot be read raises, and an archive with a member or a name that is damaged, or locked.
_DAMAGED = (OSError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, UnicodeDecodeError)
_SHOWN = 20  # texts
_AROUND = 40  # characters on each side of what was found
_LONGEST = 90  # characters of a text, where nothing was searched for
_TABLE = "border-collapse:collapse;font-size:inherit;min-width:min(100%,34em)"
_CODE = "font-family:var(--jp-code-font-family,monospace);font-size:inherit;overflow-wrap:anywhere"
_MARK = "font-weight:700;text-decoration:underline;background:none;color:inherit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text of a file: the member of the package it stands in, the text, and where in it a search found something."""

    member: str
    text: str
    found: tuple[int, int] | None = None

    @property
    def match(self) -> str:
        """What the search found; the whole text where nothing was searched for."""
        return self.text[slice(*self.found)] if self.found else self.text

    def excerpt(self) -> tuple[str, str, str]:
        """Before it, what was found, after it; shortened so that it fits in a line."""
        if self.found is None:
            return "", self.text[:_LONGEST] + ("…" if len(self.text) > _LONGEST else ""), ""
        start, end = self.found
        before, after = self.text[max(0, start - _AROUND) : start], self.text[end : end + _AROUND]
        return "…" * (start > _AROUND) + before, self.match, after + "…" * (end + _AROUND < len(self.text))


@dataclass(frozen=True, repr=False)
class Texts:
    """The texts that were found in a file, in their order; a notebook shows the first twenty."""

    caption: str
    texts: tuple[Text, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Text]:
        return iter(self.texts)

    def __getitem__(self, index: int) -> Text:
        return self.texts[index]

    def __repr__(self) -> str:
        width = max((len(one.member) for one in self.texts[:_SHOWN]), default=0)
        lines = (f"  {one.member.ljust(width)}  {''.join(one.excerpt())}" for one in self.texts[:_SHOWN])
        return "\n".join([self.caption, *lines, *self._rest()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="{CELL};font-weight:400;white-space:nowrap">{escape(one.member)}</th>'
            f'<td style="{CELL};{_CODE}">{_marked(one)}</td></tr>'
            for one in islice(self.texts, _SHOWN)
        )
        rest = "".join(f'<p style="margin:.2em 0">{escape(line.strip())}</p>' for line in self._rest())
        return (
            f'<table style="{_TABLE}"><caption style="{CELL};font-weight:600">'
            f"{escape(self.caption)}</caption><tbody>{rows}</tbody></table>{rest}"
        )

    def _rest(self) -> list[str]:
        left = len(self.texts) - _SHOWN
        return [f"  … and {left} more"] if left > 0 else []


def texts(path: str | Path, at_least: int = 6) -> Texts:
    """Every text of at least so many characters in a file, or in every member of a zip archive such as an .apk.

    A text is a run of printable ASCII characters, of one octet each or, as in a binary manifest, of two. Raises
    ScenarioError where there is no such file, where an archive is broken, locked or larger than 64 MiB unpacked.
    """
    if not isinstance(at_least, int) or not 1 <= at_least <= LARGEST:
        raise ScenarioError(f"a text has 1 to {LARGEST} characters, so at_least cannot be {at_least!r}")
    found = tuple(
        Text(member=name, text=text) for name, octets in _members(Path(path)) for text in _runs(octets, at_least)
    )
    return Texts(f"{Path(path).name}: {len(found)} texts of at least {at_least} characters", found)


def search(path: str | Path, pattern: str, at_least: int = 6) -> Texts:
    """The places in those texts that this regular expression matches; upper and lower case are the same.

    Raises ScenarioError as `texts` does, and for a pattern that is no regular expression.
    """
    try:
        wanted = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ScenarioError(f"the pattern {pattern!r} is no regular expression: {error}") from None
    found = tuple(
        Text(member=one.member, text=one.text, found=place.span())
        for one in texts(path, at_least)
        for place in wanted.finditer(one.text)
        if place[0]
    )
    places = "1 place" if len(found) == 1 else f"{len(found)} places"
    return Texts(f"{places} in {Path(path).name}, searched for {pattern}", found)


def member(path: str | Path, name: str) -> bytes:
    """The octets of one member of a package. Raises ScenarioError as `texts` does, and where there is no such member."""
    members = dict(_members(Path(path)))
    if name not in members:
        raise ScenarioError(f"{Path(path).name} has no {name}; it has: {', '.join(sorted(members))}")
    return members[name]


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and octets of each file in this archive; of the file itself where it is none."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise ScenarioError(f"expected the name of a file, and {str(path)!r} {what}; check the name and where you are")
    try:
        if path.stat().st_size > LARGEST:
            raise _too_large(path)
        if not zipfile.is_zipfile(path):
            yield path.name, path.read_bytes()
            return
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            # The archive says so itself, and ZipFile unpacks no more of a member than it says.
            if sum(one.file_size for one in members) > LARGEST:
                raise _too_large(path)
            for one in members:
                yield one.filename, archive.read(one)
    except _DAMAGED as error:
        raise ScenarioError(f"{path.name} cannot be read: {error}; take a whole file that is not locked") from None


def _too_large(path: Path) -> ScenarioError:
    return ScenarioError(f"{path.name} has more than {LARGEST // 2**20} MiB unpacked; take a smaller file")


def _runs(octets: bytes, at_least: int) -> Iterator[str]:
    """Each run of printable ASCII in these octets, those of one octet a character first."""
    for unit, code in ((b"", "ascii"), (b"\x00", "utf-16-le")):
        for found in re.finditer(rb"(?:[\x20-\x7e]%b){%d,}" % (unit, at_least), octets):
            run = found[0].decode(code)
            ends_in_zero = octets[found.end() : found.end() + 1 + len(unit)] == b"\x00" + unit
            text = _without_its_length(run) if ends_in_zero else run
            if len(text.strip()) >= at_least:
                yield text.strip()


def _without_its_length(run: str) -> str:
    """Android writes the number of characters before a text and a zero after it, and that number may look like one."""
    return run[1:] if ord(run[0]) == len(run) - 1 else run


def _marked(one: Text) -> str:
    before, match, after = one.excerpt()
    marked = f'<mark style="{_MARK}">{escape(match)}</mark>' if one.found else escape(match)
    return f"{escape(before)}{marked}{escape(after)}"
