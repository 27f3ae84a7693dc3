"""Reading and writing the files that a command names; what goes wrong is said as for a setting."""

from collections.abc import Callable
from pathlib import Path

from flowsim.model.settings import ScenarioError


def write(name: str, content: Callable[[], bytes], use: str) -> int:
    """Make this content, write it into the file and say what it is good for. Gives the exit status."""
    try:
        octets = content()
        Path(name).write_bytes(octets)
    except OSError as error:
        raise ScenarioError(f"cannot write {name}: {error.strerror}; choose another file") from None
    print(f"wrote {name}: {use}")
    return 0


def read(name: str) -> str:
    """The text in this file."""
    try:
        return Path(name).read_text("utf-8")
    except OSError as error:
        raise ScenarioError(f"cannot read {name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{name} is not a text file; expected one written with --json") from None
