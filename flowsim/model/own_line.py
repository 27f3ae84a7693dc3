"""The line of a learner's own code at which something went wrong, and an error that shows no more than that."""

import linecache
import os
import site
import sysconfig
from functools import cache
from pathlib import Path
from types import TracebackType

from flowsim.model.shown import safe, shorten

_FLOWSIM = Path(__file__).parents[1]
_LIBRARIES = tuple(
    {
        str(Path(path).resolve())
        for name in ("stdlib", "platstdlib", "purelib", "platlib")
        if (path := sysconfig.get_path(name))
    }
    | {str(Path(path).resolve()) for path in [*site.getsitepackages(), os.path.dirname(os.__file__)]}
)
_LONGEST = 120  # characters of a line


class ToldInOneSentence(Exception):
    """An error whose sentence says all there is to say: a notebook shows it and the reader's own line, and no traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        line = own_line(self)
        return [f"{type(self).__name__}: {self}", *([f"Your line: {line}"] if line else [])]


def own_line(error: BaseException | None) -> str:
    """The last line outside flowsim and all libraries that led to this error: ``line 3, `loot["code"]` ``.

    The cause of an error is looked at first, for it is where a rule or a detector has failed. Empty where there is none.
    """
    seen: set[int] = set()
    found = ""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found = _last(error.__traceback__) or found
        error = error.__cause__
    return found


def _last(trace: TracebackType | None) -> str:
    found: tuple[str, int] | None = None
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if is_own(name):
            found = name, trace.tb_lineno
        trace = trace.tb_next
    if found is None:
        return ""
    text = linecache.getline(*found).strip()
    return f"line {found[1]}" + (f", `{shorten(safe(text), _LONGEST)}`" if text else "")


@cache
def is_own(name: str) -> bool:
    """Whether code out of the file of this name is the learner's, and neither flowsim's nor a library's."""
    if name.startswith("<"):
        return not name.startswith(("<frozen", "<string>"))  # the second is what dataclasses write for themselves
    path = Path(name)
    return not path.is_relative_to(_FLOWSIM) and not str(path).startswith(_LIBRARIES)
