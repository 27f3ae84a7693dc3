"""The front ends as text: one JavaScript module and one style sheet for each, which need no other file and no network.

They are written as small ES modules, one for each concern. `bundle` follows the imports of an entry and joins the files, so
that a notebook and a page that stands alone load one module, and nobody needs Node. What ships is what was written, without
its comments and its indentation: a third is saved, and the lines stay lines.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from os.path import normpath
from pathlib import Path

from flowsim.views.formats.light_colours import with_light_colours

STATIC = Path(__file__).parent / "static"
PLAYER_STYLES = tuple(
    STATIC / name
    for name in ("player.css", "details.css", "compare.css", "presenter.css", "prediction.css", "print.css")
)
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
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|function|class) )", re.MULTILINE)
_DECLARED = re.compile(
    r"^(export )?(?:async )?(?:const|let|function|class) (?:(\w+)|[\[{]([^=]*)[\]}] =)", re.MULTILINE
)
# Comments of one line that only say a type.
_TYPE = re.compile(r"^ */\*\* @(?:type|import)\b.*\*/\n", re.MULTILINE)
# Whatever begins like one of these and is not of the forms above.
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_LOADED_LATER = "import("  # wherever it stands
# Comments that have their lines for themselves, and what stands before the first sign of a line; the same of a style sheet.
_COMMENTS = re.compile(r"^[ ]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)[ ]*\n", re.MULTILINE)
_SPACE = re.compile(r"^(?:[ ]+|\n)", re.MULTILINE)
_LONE = re.compile("[\ud800-\udfff]")  # half of a surrogate pair, which an attacker may have sent


class BundleError(Exception):
    """These files cannot be joined; the message says which of them and why."""


@dataclass(frozen=True, slots=True)
class _Script:
    """A file taken apart: what it imports from where, its text without that, and the names at its top level.

    `inside` is the text as it stands in a bundle of another entry, where nothing of it is exported.
    """

    imports: tuple[tuple[Path, tuple[str, ...]], ...]
    body: str
    inside: str
    declared: Mapping[str, bool]  # a name → whether it is exported


@cache
def bundle(entry: Path) -> str:
    """The module in this file and all that it imports, as one module with the exports of the entry.

    It takes `import { name, … } from "./file.js";` and `export` before a declaration, and `export default` in the entry.
    BundleError for any other form, for a name that is imported and not exported, for a name at the top level of two
    files, which would then share one scope, and for imports that go in a circle.
    """
    joined: dict[Path, _Script] = {}
    _join(entry.resolve(), joined, ())
    owners: dict[str, Path] = {}
    for path, script in joined.items():
        for name in script.declared:
            if owners.setdefault(name, path) is not path:
                raise BundleError(f"{owners[name].name} and {path.name} both have {name!r} at their top level")
    *parts, own = joined.values()
    return bare("\n".join([*(part.inside for part in parts), own.body]))


def bare(text: str) -> str:
    """This script or style sheet without comments that have lines of their own, empty lines and indentation."""
    return _SPACE.sub("", _COMMENTS.sub("", text))


def _join(path: Path, joined: dict[Path, _Script], importers: tuple[Path, ...]) -> None:
    """Put this file after those that it imports."""
    script = _script(path)
    for source, names in script.imports:
        if source in (path, *importers):
            raise BundleError(f"{path.name} imports {source.name}, which imports {path.name} in turn")
        if source not in joined:
            _join(source, joined, (path, *importers))
        for name in names:
            if not joined[source].declared.get(name):
                raise BundleError(f"{path.name} imports {name!r}, which {source.name} does not export")
    plain = script.inside if importers else script.inside.replace("export default ", "", 1)
    other = _OTHER.search(plain)
    if other or _LOADED_LATER in plain:
        raise BundleError(f"{path.name}: this form is not understood: {other.group() if other else _LOADED_LATER}")
    joined[path] = script


@cache
def _script(path: Path) -> _Script:
    """This file, read once: most of them are in several bundles."""
    text = path.read_text(encoding="utf-8")
    imports = tuple(
        (Path(normpath(path.parent / address)), tuple(names.replace(",", " ").split()))
        for names, address in _IMPORT.findall(text)
    )
    declared = {
        name: bool(export)
        for export, single, several in _DECLARED.findall(text)
        for name in (single or re.sub(r"\w+:|\.\.\.", "", several).replace(",", " ")).split()
    }
    body = _TYPE.sub("", _IMPORT.sub("", text))
    return _Script(imports, body, _EXPORT.sub("", body), declared)


def style(*sheets: Path) -> str:
    """These style sheets as one; every class in them begins with `fs-`."""
    return with_light_colours(bare("\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)))


def head(title: str, css: str) -> str:
    """Return the beginning of a page that stands alone, up to its body."""
    return _HEAD.format(title=title, css=css)


def inert(data: str) -> str:
    """JSON as it may stand in a page: nothing in it can end the element it stands in, or is no text of UTF-8."""
    kept = _LONE.sub(lambda half: f"\\u{ord(half[0]):04x}", data)
    return kept.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
