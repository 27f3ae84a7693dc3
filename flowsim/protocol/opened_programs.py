"""What of an address would run as a program, where it is opened in a way that runs something: found, and never run.

A shell replaces what stands in `$(…)` or in backquotes by what that prints, in double quotes as well, and so runs it. A
page that opens an address of the scheme `javascript` in a window of its own runs the rest of it as its own script.

Source: Model Context Protocol, security best practices; POSIX.1-2024, Shell Command Language section 2.6.3; the HTML
standard, on navigation to javascript: URLs.
"""

import re

_SUBSTITUTED = re.compile(r"\$\(([^()`]+)\)|`([^`]+)`")
_SCRIPT = re.compile(r"\s*javascript:(.+)", re.IGNORECASE | re.DOTALL)


def program_in(url: str, opened_with: str) -> str | None:
    """The text that would run where this address is opened with a `shell` or a `window`; None where nothing would."""
    if opened_with == "shell":
        found = _SUBSTITUTED.search(url)
        return (found[1] or found[2]) if found else None
    found = _SCRIPT.fullmatch(url) if opened_with == "window" else None
    return found[1] if found else None
