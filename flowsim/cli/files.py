"""Reading and writing the files that a command names; what goes wrong is said as for a setting."""

import os
from collections.abc import Callable
from errno import EACCES, EISDIR, ENOENT
from pathlib import Path

from flowsim.model.settings import ScenarioError
from flowsim.model.shown import one_line, safe, shorten

_LONGEST_NAME = 300  # characters of a file's name in a message


def refuse_unwritable(*names: str) -> None:
    """Raises ScenarioError where one of these files cannot be written, before something that takes long is done for it."""
    for name in names:
        try:
            path = Path(name)
            folder = path.absolute().parent
            if not name or name.endswith(_ENDS_OF_FOLDERS) or path.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            if not folder.is_dir():
                raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
            if not os.access(path if path.exists() else folder, os.W_OK):
                raise PermissionError(EACCES, os.strerror(EACCES))
        except (OSError, ValueError) as error:
            raise _cannot_write(name, error) from None


_ENDS_OF_FOLDERS = tuple(one for one in (os.sep, os.altsep) if one)


def write(name: str, content: Callable[[], bytes], use: str) -> int:
    """Make this content, write it into the file and say what it is good for. Gives the exit status."""
    refuse_unwritable(name)
    octets = content()
    try:
        Path(name).write_bytes(octets)
    except (OSError, ValueError) as error:  # a name with a NUL in it is a ValueError
        raise _cannot_write(name, error) from None
    print(f"wrote {_shown(name)}: {use}")
    return 0


def read(name: str, most: int, expected: str = "one written with --json") -> str:
    """The text in this file. Raises ScenarioError where there are more than so many characters, and reads no further.

    So a file of any size, a pipe or a device that never ends cost no more memory than the longest text. What is `expected`
    is said to who has named another file.
    """
    try:
        with Path(name).open(encoding="utf-8-sig") as file:
            text = file.read(most + 1)
    except UnicodeDecodeError:
        raise ScenarioError(f"{_shown(name)} is not a text file; expected {expected}") from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"cannot read {_shown(name)}: {_reason(error)}") from None
    if len(text) > most:
        raise ScenarioError(f"{_shown(name)} is too long; expected {expected}, at most {most} characters")
    return text


def _cannot_write(name: str, error: OSError | ValueError) -> ScenarioError:
    where = _shown(name) if name else "a file without a name"
    return ScenarioError(f"cannot write {where}: {_reason(error)}; choose another file")


def _shown(name: str) -> str:
    return shorten(safe(name), _LONGEST_NAME)


def _reason(error: OSError | ValueError) -> str:
    return one_line(getattr(error, "strerror", None) or error, _LONGEST_NAME)
