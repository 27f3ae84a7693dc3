"""A search in a file, so that it can be gone on with: after Ctrl-C, after the machine went down, or on another one.

The file is there whole or not at all, and it says of which search it is: settings, positions, goals, depth, and by which
code. One that does not fit is refused, for the numbers in it would mean something else. There is nothing in it but numbers
and digests, so one that comes from somebody else can do no harm.
"""

import hashlib
import json
import os
import time
import zlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from flowsim.explorer.known import NUMBER, Known, of_octets, to_octets
from flowsim.explorer.levels import Frontier
from flowsim.model.scenario import ScenarioError
from flowsim.model.shown import one_line, shorten, shown

_FIRST = "flowsim search, form 1"
EVERY = 30.0  # seconds between two times that it is saved
_LONGEST = 200  # characters of a name, or of what a system says
_LONGEST_HEAD = 100_000  # octets
_FAST = 1  # of compression: digests cannot be made shorter, and the higher levels would try
_LAYERS = ("protocol", "model", "checks", "actors", "engine", "attacks", "explorer")  # on which a search depends


class SearchFile:
    """The file in which a search is kept; `about` is what makes it this search, as values of JSON."""

    def __init__(self, path: str | os.PathLike[str], about: Mapping[str, Any]) -> None:
        try:
            self.path = Path(path)
        except TypeError:
            raise ScenarioError(f"a search is kept in a file, which is named by a text, not by {shown(path)}") from None
        self._about = json.loads(json.dumps(about))
        self._saved = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to save it again."""
        return time.monotonic() - self._saved >= EVERY

    def read(self) -> Frontier | None:
        """How far the search in this file is; None where there is no such file yet.

        Raises ScenarioError for a file that cannot be read, is cut off or was changed, and for one of another search.
        """
        try:
            endless = self.path.exists() and not (self.path.is_file() or self.path.is_dir())
            whole = b"" if endless else self.path.read_bytes()
        except FileNotFoundError:
            if not self.path.absolute().parent.is_dir():
                raise self._error("cannot write", "there is no such folder") from None
            return None
        except (OSError, ValueError) as error:
            raise self._error("cannot read", error) from None
        if endless:
            raise self._error("cannot read", "it is a device or a pipe")
        head, _, rest = whole[:_LONGEST_HEAD].partition(b"\n")
        if head.decode(errors="replace") != _FIRST:
            raise ScenarioError(f"{self._shown} is not the file of a search; move it away, or name another file")
        told, _, _ = rest.partition(b"\n")
        body = whole[len(head) + 1 + len(told) + 1 :]
        self._refuse_another(told)
        digest, packed = body[:32], body[32:]
        if hashlib.sha256(told + packed).digest() != digest:
            raise ScenarioError(
                f"{self._shown} is cut off or was changed; take another copy, or delete it and begin again"
            )
        try:
            return _frontier(zlib.decompress(packed))
        except (zlib.error, ValueError, KeyError, TypeError, IndexError):
            raise ScenarioError(f"{self._shown} holds no search; delete it and begin again") from None

    def save(self, frontier: Frontier) -> None:
        """Write this frontier in the place of what was there. Raises ScenarioError where that cannot be done."""
        told = json.dumps(self._about, sort_keys=True).encode()
        packed = zlib.compress(_octets(frontier), _FAST)
        digest = hashlib.sha256(told + packed).digest()
        part = None
        try:
            with NamedTemporaryFile(
                dir=self.path.absolute().parent, prefix=f".{self.path.name[:40]}.", delete=False
            ) as made:
                part = Path(made.name)
                for octets in (_FIRST.encode(), b"\n", told, b"\n", digest, packed):
                    made.write(octets)
            os.replace(part, self.path)
        except (OSError, ValueError) as error:
            if part is not None:
                part.unlink(missing_ok=True)
            raise self._error("cannot write", error) from None
        self._saved = time.monotonic()

    @property
    def _shown(self) -> str:
        return shorten(shown(str(self.path)), _LONGEST)

    def _error(self, what: str, why: object) -> ScenarioError:
        reason = one_line(getattr(why, "strerror", None) or why, _LONGEST)
        return ScenarioError(f"{what} {self._shown}: {reason}; choose another file")

    def _refuse_another(self, told: bytes) -> None:
        """Raises ScenarioError where this is the beginning of a file of another search."""
        try:
            about = json.loads(told)
            differs = [name for name in self._about if about.get(name) != self._about[name]]
        except (ValueError, AttributeError):
            raise ScenarioError(
                f"{self._shown} is cut off or was changed; take another copy, or delete it and begin again"
            ) from None
        if "code" in differs:
            raise ScenarioError(
                f"{self._shown} was written by another version of flowsim; go on with that one, or begin another file"
            )
        if not differs:
            return
        name = differs[0]
        settings = about.get(name)
        if name == "settings" and isinstance(settings, dict):
            own = self._about[name]
            name = next((one for one in own if settings.get(one) != own[one]), name)
            raise ScenarioError(
                f"{self._shown} is of another search: there {name} is {shown(settings.get(name))}, and here it is "
                f"{shown(own.get(name))}; give it the same settings, or name another file"
            )
        raise ScenarioError(
            f"{self._shown} is of another search: there {name} is {shown(about.get(name))}, and here it is "
            f"{shown(self._about[name])}; give it the same, or name another file"
        )


@cache
def code_version() -> str:
    """By which code worlds are gone through: a digest of all of flowsim that a search depends on."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for layer in _LAYERS:
        for path in sorted((package / layer).rglob("*.py")):
            digest.update(str(path.relative_to(package)).encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()[:16]


def _octets(frontier: Frontier) -> bytes:
    """This frontier as octets: a line that says what follows and how long each part is, and the parts."""
    known = frontier.known
    columns = known.to_columns()
    buckets = sorted(frontier.buckets.items())
    head = {
        "goal_at": known.goal_at,
        "reached": known.reached,
        "done": frontier.done,
        "columns": {name: len(octets) for name, octets in columns.items()},
        "buckets": [[*key, len(waiting)] for key, waiting in buckets],
    }
    waiting = (to_octets(waiting) for _, waiting in buckets)
    return b"".join([json.dumps(head).encode(), b"\n", *columns.values(), *waiting])


def _frontier(octets: bytes) -> Frontier:
    told, _, rest = octets.partition(b"\n")
    head = json.loads(told)
    columns, at = {}, 0
    for name, length in head["columns"].items():
        columns[name] = rest[at : at + length]
        at += length
    known = Known.of_columns(columns)
    known.goal_at, known.reached = head["goal_at"], tuple(head["reached"])
    buckets = {}
    waiting = of_octets(NUMBER, rest[at:])
    for decisions, moves, many in head["buckets"]:
        buckets[decisions, moves], waiting = waiting[:many], waiting[many:]
    if any(number >= len(known) for bucket in buckets.values() for number in bucket):
        raise ValueError("a world waits that there is not")
    return Frontier(known, buckets, head["done"])
