"""The front end of the player as text: one JavaScript module and one style sheet.

It is written as several small modules, one for each concern, and joined here, so that a notebook and a page that stands
alone load one module which needs no other file and no network. Nothing here needs a notebook's packages.
"""

import re
from pathlib import Path

_HERE = Path(__file__).parent
# In the order in which they import each other. No top-level name occurs in two of them.
MODULES = (
    *("elements", "secrets", "copy", "curl", "fields", "message", "trace", "panels", "play", "bar", "diagram", "parts"),
    *("keys", "help", "presenter", "compare", "address", "transcript", "paper", "player"),
)
STYLES = ("player.css", "details.css", "compare.css", "presenter.css", "print.css")
# A page may run what is in it, and may fetch nothing.
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src \
'unsafe-inline'; img-src data:; frame-src 'self'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>
{css}
</style>
</head>
"""
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |function )", re.MULTILINE)


def module_source() -> str:
    """Return the whole front end as one module that exports `mount` and, for anywidget, `render`."""
    *parts, player = [_IMPORT.sub("", read(f"{name}.js")) for name in MODULES]
    return "\n".join([*(_EXPORT.sub("", part) for part in parts), player])


def matrix_source() -> str:
    """Return the front end of the page of the matrix, with that of the player in it."""
    return "\n".join([module_source(), roving_source(), read("matrix_page.js")])


def roving_source() -> str:
    """Return what makes many things one Tab stop."""
    return read("roving.js")


def style_source() -> str:
    """Return the style sheets as one; every class in it begins with `fs-`."""
    return "\n".join(read(name) for name in STYLES)


def head(title: str, css: str) -> str:
    """Return the beginning of a page that stands alone, up to its body."""
    return _HEAD.format(title=title, css=css)


def inert(data: str) -> str:
    """JSON as it may stand in a page: nothing in it can end the element it stands in."""
    return data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def read(name: str) -> str:
    """Return one file of the front end."""
    return (_HERE / name).read_text(encoding="utf-8")
