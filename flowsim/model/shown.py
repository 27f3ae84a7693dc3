"""How a value that comes from outside is shown in a message: on one line, without what steers a terminal, and cut.

What somebody typed or a file said may hold a newline, a colour for a terminal or a hundred thousand letters. A message
that quotes it stays one line that can be read.
"""

import unicodedata

WIDTH = 60  # characters of a quoted value
LINE = 68  # and of a line


def shown(value: object, width: int = WIDTH) -> str:
    """This value as Python would write it, on one line and at most `width` characters; never raises."""
    # A text is cut before it is written, so that a long one costs no more than a short one.
    if isinstance(value, str):
        value = shorten(value, width)
    return shorten(safe(_written(value)), width + 2)


def one_line(text: object, width: int) -> str:
    """This text on one line of at most `width` characters, blanks together, what steers a terminal as its code."""
    try:
        whole = str(text)
    except Exception:  # the text of somebody's exception may be anything
        whole = f"<{type(text).__name__} that cannot be shown>"
    return shorten(safe(" ".join(shorten(whole, 4 * width).split())), width)


def safe(text: str) -> str:
    """This text on one line, with control and direction characters shown as their code."""
    return "".join(char if _plain(char) else f"\\u{ord(char):04x}" for char in text)


def shorten(text: str, width: int = LINE) -> str:
    """This text cut in the middle to at most `width` characters."""
    if len(text) <= width:
        return text
    head = (width - 1) * 2 // 3
    return f"{text[:head]}…{text[-(width - 1 - head) :]}"


def _plain(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _written(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # the value may be of a class that somebody wrote
        return f"<{type(value).__name__} that cannot be shown>"
