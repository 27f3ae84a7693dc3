"""From DOT to SVG: a picture is described in words, and Graphviz draws it.

DOT is Graphviz's language: it names boxes and arrows and says what stands on them. `dot` on the PATH draws; where there
is none, the command of the graphviz-pure wheel does, which takes the same options. Either way a picture costs one run
of one program. Python in a browser can start no program; there the page that started it has brought Graphviz for
JavaScript (binder/lite/kernel.mjs). What comes back is made fit to stand in a page beside other pictures: no ids that
would clash, no links, a tooltip on every part, a name for those who hear the page instead of seeing it, and sizes in
pixels. Colours stay attributes, so that a style sheet can overrule each of them.

What a picture shows may come from an attacker. `inert` turns such a text into a label that is drawn letter by letter.

Source: the Graphviz manual, "The DOT Language" and "escString"; SVG 1.1 section 5.4 (title).
"""

import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from importlib import import_module, metadata
from string import ascii_uppercase, printable
from typing import Literal
from xml.etree import ElementTree

import graphviz

from flowsim.model.shown import one_line

Engine = Literal["dot", "nop2"]
_LONGEST = 160  # characters of what Graphviz says is wrong

SANS = "system-ui,Segoe UI,Roboto,Noto Sans,DejaVu Sans,sans-serif"
BOLD = f"{SANS} bold"

# The widths of letters in DejaVu Sans, the widest font of those above, in parts of the font size.
_WIDTHS = (
    dict.fromkeys(printable, 0.64)
    | dict.fromkeys(ascii_uppercase, 0.75)
    | dict.fromkeys("ijlI'|", 0.3)
    | dict.fromkeys(' .,:;/\\()[]{}!-tfr"', 0.4)
    | dict.fromkeys("ckszvxy_", 0.57)
    | dict.fromkeys("<>+=~#&→", 0.84)
    | dict.fromkeys("mwMW@%…", 1.0)
)

_G, _A, _TEXT = (f"{{http://www.w3.org/2000/svg}}{name}" for name in ("g", "a", "text"))
_TITLE = "{http://www.w3.org/2000/svg}title"
_LINK_TITLE = "{http://www.w3.org/1999/xlink}title"
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
_BEGINNING = b"<?xml"  # of each picture that Graphviz writes


class DrawingError(RuntimeError):
    """A picture could not be drawn: no Graphviz on this machine, or it refused the DOT text."""


def svg(dot: str, engine: Engine) -> str:
    """Return the picture as an SVG element, its size in pixels, named by the name of the graph.

    `dot` lets Graphviz find the places; `nop2` keeps those in the text. DrawingError says in one line what is missing or
    wrong.
    """
    return _svg(dot, engine, "" if _of_the_page() else _program())


def svgs(dots: Sequence[str], engine: Engine) -> list[str]:
    """Return these pictures as `svg` does, all drawn by one run of the program: to start it takes longer than to draw."""
    different = [*dict.fromkeys(dots)]
    if _of_the_page() or len(different) < 2:
        return [svg(dot, engine) for dot in dots]
    try:
        drawn = draw("\n".join(different), engine, "-Tsvg").split(_BEGINNING)[1:]
    except DrawingError:
        drawn = []
    if len(drawn) != len(different):  # then each alone, so that the one that cannot be drawn says why
        return [svg(dot, engine) for dot in dots]
    made = {dot: _embeddable(_BEGINNING + one) for dot, one in zip(different, drawn, strict=True)}
    return [made[dot] for dot in dots]


@lru_cache(maxsize=256)  # on a bench most branches stay as they are when one is changed
def _svg(dot: str, engine: Engine, _drawn_by: str) -> str:
    """The picture as `svg` returns it; another program might draw it otherwise, so it is part of what is asked."""
    return _embeddable(draw(dot, engine, "-Tsvg"))


def _embeddable(drawn: bytes) -> str:
    root = ElementTree.fromstring(drawn)
    _make_embeddable(root)
    return ElementTree.tostring(root, encoding="unicode")


def draw(dot: str, engine: Engine, *options: str) -> bytes:
    """Return what Graphviz writes for this DOT text with these options; DrawingError as for `svg`."""
    if drawing := _of_the_page():
        if options != ("-Tsvg",):
            raise DrawingError("in a browser Graphviz draws SVG alone; for a PNG run flowsim outside of one")
        try:
            return drawing(dot, engine).encode()
        except Exception as error:  # whatever JavaScript throws
            raise DrawingError(f"Graphviz could not draw the picture: {one_line(error, _LONGEST)}") from None
    drawn = subprocess.run([_program(), f"-K{engine}", *options], input=dot.encode(), capture_output=True, check=False)
    if drawn.returncode:
        complaint = drawn.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise DrawingError(f"Graphviz could not draw the picture: {complaint or f'it ended with {drawn.returncode}'}")
    return drawn.stdout


def inert(text: str) -> str:
    """Return a label for `graphviz.Digraph` that shows this text and nothing else, as one line.

    Backslashes, entities and angle brackets lose their meaning in DOT; a character that cannot be seen, or that turns
    the direction of writing, becomes U+FFFD.
    """
    line = " ".join(text.split())
    if not line.isprintable():
        line = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
    label: str = graphviz.escape(line.replace("&", "&amp;"))
    return label


def inert_tooltip(text: str) -> str:
    """Return the same for a tooltip, in which Graphviz reads backslashes twice."""
    tooltip: str = graphviz.escape(inert(text))
    return tooltip


def text_width(text: str, size: float) -> float:
    """Return how wide a text gets at most at this font size, in pixels, in one of the fonts a page is likely to have.

    A page shows a picture in whatever font it finds, so a box must have room for the widest.
    """
    return size * sum(_WIDTHS.get(letter) or _other_width(letter) for letter in text)


def shorten(text: str, size: float, width: float) -> str:
    """Return the text as one line, or its two ends around an ellipsis, so that it is at most `width` pixels wide."""
    text = " ".join(text.split())
    # No more than this many of the narrowest letters fit, so a very long text costs no more than a long one.
    keep = min(len(text), int(width / (size * min(_WIDTHS.values()))) + 1)
    shown = text
    while keep > 2 and (len(shown) > keep + 1 or text_width(shown, size) > width):
        keep -= 1
        shown = f"{text[: (keep + 1) // 2]}…{text[-(keep // 2) :]}"
    return shown


def _other_width(letter: str) -> float:
    return 1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.75


@cache
def _of_the_page() -> Callable[[str, str], str] | None:
    """Return the function that draws SVG in a browser, where there is one."""
    try:
        drawing: Callable[[str, str], str] = import_module("flowsim_graphviz").svg
    except ImportError:
        return None
    return drawing


def _program() -> str:
    """Return the path of the command that draws."""
    program = shutil.which("dot") or _wheel_command() or shutil.which("graphviz-pure")
    if program is None:
        raise DrawingError("no Graphviz here to draw with: run `pip install graphviz-pure`, or put `dot` on the PATH")
    return program


@cache
def _wheel_command() -> str | None:
    """Return the path of graphviz-pure in this Python's environment, which need not be on the PATH."""
    try:
        files = metadata.files("graphviz-pure") or []
    except metadata.PackageNotFoundError:
        return None
    return next((str(file.locate()) for file in files if file.stem == "graphviz-pure"), None)


def _make_embeddable(root: ElementTree.Element) -> None:
    """Take away ids and links, turn tooltips into titles, and name the whole."""
    graph = root[0]
    name = graph[0].text or ""
    del graph[0], graph.attrib["id"]
    for part in graph.findall(_G):
        del part.attrib["id"]
        if (link := part.find(f"{_G}/{_A}")) is not None:
            part[0].text = link.get(_LINK_TITLE)
            part[1:] = [*_without_links(part)]
    for shape in graph.iter():
        for paint in ("fill", "stroke"):
            if shape.get(paint) == "transparent":  # not a colour of SVG 1.1
                shape.set(paint, "none")
        if shape.tag == _TEXT and shape.attrib.pop("font-family").endswith(" bold"):
            shape.set("font-weight", "bold")
    for part in graph.findall(_G):
        if part.attrib["class"].startswith("node"):
            _centre(part)
    width, height = (f"{float(length):g}" for length in root.attrib["viewBox"].split()[2:])
    named = ElementTree.Element(_TITLE)
    named.text = name
    root.insert(0, named)
    root.attrib.update({"role": "img", "aria-label": name, "width": width, "height": height, "font-family": SANS})
    # In a narrower place it is drawn smaller rather than cut off.
    root.set("style", "max-width: 100%; height: auto")


def _without_links(part: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """Yield what is drawn in a part, out of the links in which Graphviz wraps what has a tooltip."""
    for child in part[1:]:
        link = child.find(_A)
        if link is None:
            yield child
        else:
            yield from link


def _centre(box: ElementTree.Element) -> None:
    """Move the lines of text to the middle of their box. Graphviz places them by a font of its own, not the page's."""
    lines = box.findall(_TEXT)
    if not lines:
        return
    outline = box[1]
    corners = re.findall(r",(-?[\d.]+)", outline.get("points") or outline.get("d") or f",{outline.attrib['cy']}")
    heights = [float(y) for y in corners]
    size = float(lines[0].attrib["font-size"])
    first = (min(heights) + max(heights)) / 2 + 0.36 * size - 0.6 * size * (len(lines) - 1)
    for number, line in enumerate(lines):
        line.set("y", f"{first + 1.2 * size * number:.2f}")
