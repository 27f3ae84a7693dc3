"""Boxes with several lines of text, for pictures whose places Graphviz finds."""

import graphviz

from flowsim.views.pictures.svg import inert, text_width


def draw_box(dot: graphviz.Digraph, name: str, lines: list[str], attributes: dict[str, str]) -> None:
    """A box that is large enough for its lines in any likely font; its slanted sides, if any, come on top."""
    width = max(text_width(line, 14) for line in lines) + (24 if attributes["shape"] == "box" else 44)
    height = 14 + 17 * len(lines)
    dot.node(name, lines_of(lines), width=f"{width / 72:.3f}", height=f"{height / 72:.3f}", **attributes)


def lines_of(lines: list[str], margin: str = "") -> str:
    """A label of several lines; a margin keeps the words off the arrow that they stand beside."""
    label: str = graphviz.nohtml("\\n".join(f"{margin}{inert(line)}{margin}" for line in lines))
    return label
