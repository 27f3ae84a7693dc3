"""DOT becomes SVG on any machine, fit to stand in a page, and no text in it is more than text."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowsim.model.steps import BROWSER, CLIENT
from flowsim.views.pictures import svg as svg_module
from flowsim.views.pictures.sequence import Row, sequence_dot
from flowsim.views.pictures.svg import DrawingError, inert, shorten, svg, svgs, text_width

NAMESPACE = "{http://www.w3.org/2000/svg}"
DRAWS = {"svg", "g", "title", "path", "polygon", "polyline", "ellipse", "text"}

HOSTILE = (
    "<script>alert(1)</script>",
    "</text></svg><script>alert(1)</script>",
    "<b>bold</b>",
    "<>",
    "]]><![CDATA[",
    '"];x [label="y"',
    '\\"];x [label="y"',
    "ends in a backslash \\",
    "\\N \\G \\E \\L \\T \\H \\n \\l \\r",
    "\\\\N",
    "&lt;b&gt; &amp;lt; &#60; &quot &",
    "'; drop -- /* // #",
    "{a|b} ${x} `x` %s {0}",
    "--> <!-- -->",
    "javascript:alert(1)",
    "ключ 鍵 🔑",
)


@pytest.fixture(params=["path", "wheel"])
def program(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw with what this machine's PATH offers, then with an empty PATH, where only the wheel is left."""
    if request.param == "wheel":
        monkeypatch.setenv("PATH", "")


def texts_of(picture: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(picture).iter(f"{NAMESPACE}text")]


def titles_of(picture: str) -> set[str]:
    return {title.text or "" for title in ElementTree.fromstring(picture).iter(f"{NAMESPACE}title")}


def rows_with(labels: list[str]) -> list[Row]:
    """The labels in turn above an arrow and beside a loop, where they are left-aligned."""
    return [
        Row(index=n, step=7, label=label, sender_lane="client", receiver_lane=("client", "api")[n % 2], tooltip=label)
        for n, label in enumerate(labels, start=1)
    ]


@pytest.mark.usefixtures("program")
def test_a_picture_is_one_svg_element_with_a_name_and_a_size_in_pixels() -> None:
    picture = svg('digraph "A small graph" { graph [pad=0] a [width=1 height=0.5 shape=box] }', "dot")
    root = ElementTree.fromstring(picture)
    assert picture.startswith("<svg ")
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-label"] == "A small graph"
    assert (root.attrib["width"], root.attrib["height"]) == ("72", "36")
    assert root.attrib["viewBox"] == "0.00 0.00 72.00 36.00"


@pytest.mark.usefixtures("program")
def test_nop2_keeps_every_place_that_the_text_gives() -> None:
    dot = 'digraph { graph [pad=0] node [shape=box fixedsize=true width=1 height=1] a [pos="36,36"] b [pos="500,300"] }'
    root = ElementTree.fromstring(svg(dot, "nop2"))
    assert (root.attrib["width"], root.attrib["height"]) == ("536", "336")


@pytest.mark.usefixtures("program")
def test_two_pictures_in_a_page_share_no_id_and_link_nowhere() -> None:
    picture = svg('digraph { a -> b [label="x" tooltip="from a to b"]; a [tooltip="this is a" id="mine"] }', "dot")
    assert not re.search(r"\b(id|href|xlink)\b", picture)
    assert {"from a to b", "this is a"} <= titles_of(picture)
    assert sorted(texts_of(picture)) == ["a", "b", "x"]


@pytest.mark.usefixtures("program")
def test_a_line_of_text_stands_in_the_middle_of_its_box_whatever_font_graphviz_knows() -> None:
    root = ElementTree.fromstring(svg('digraph { graph [pad=0] a [shape=circle fixedsize=true label="8"] }', "dot"))
    text = next(root.iter(f"{NAMESPACE}text"))
    circle = next(root.iter(f"{NAMESPACE}ellipse"))
    middle_of_a_digit = float(text.attrib["y"]) - 0.36 * float(text.attrib["font-size"])
    assert middle_of_a_digit == pytest.approx(float(circle.attrib["cy"]), abs=0.1)


@pytest.mark.usefixtures("program")
def test_hostile_text_is_drawn_letter_by_letter() -> None:
    rows = rows_with([*HOSTILE])
    picture = svg(sequence_dot(rows), "nop2")
    shown = {shorten(row.label, 15, 500) for row in rows}
    assert shown <= {text.replace("\N{NO-BREAK SPACE}", " ") for text in texts_of(picture)}
    assert {*HOSTILE} <= titles_of(picture)
    assert {element.tag.removeprefix(NAMESPACE) for element in ElementTree.fromstring(picture).iter()} <= DRAWS
    assert not re.search(r"<[^>]*\son\w+=", picture)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=20))
def test_any_text_at_all_is_drawn_letter_by_letter(labels: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    drawn = svg(sequence_dot(rows_with(labels)), "nop2")
    seen = {
        "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(label.split()))
        for label in labels
    } - {""}
    assert seen <= {*texts_of(drawn)}


def test_letters_that_cannot_be_seen_or_turn_the_direction_of_writing_are_replaced() -> None:
    assert inert("a\u202eb\x00c\u200bd\ud800e") == "a\ufffdb\ufffdc\ufffdd\ufffde"
    assert inert("two\n  lines\tand a tab") == "two lines and a tab"


@pytest.mark.parametrize("text", ["short", "w" * 500, "i" * 500, "鍵" * 500, "x" * 1_000_000, "GET /authorize?" * 40])
def test_a_text_that_is_too_long_keeps_both_ends_and_fits(text: str) -> None:
    shown = shorten(text, 15, 300)
    assert text_width(shown, 15) <= 300
    assert shown == text or (shown.count("…") == 1 and text.startswith(shown[0]) and text.endswith(shown[-1]))


def test_dot_on_the_path_comes_first_and_gets_its_own_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `dot` that only writes down how it was called, then says what an empty picture looks like."""
    empty = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><g id="graph0"><title>none</title></g></svg>'
    stand_in = tmp_path / "dot"
    stand_in.write_text(f"#!{sys.executable}\nimport sys\nprint('{empty}<!--', *sys.argv[1:], '-->')\n")
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert svg_module._program() == str(stand_in)
    assert 'aria-label="none"' in svg("digraph none {}", "nop2")
    stand_in.write_text(f"#!{sys.executable}\nimport sys\nsys.exit(' '.join(sys.argv[1:]))\n")
    assert 'aria-label="none"' in svg("digraph none {}", "nop2"), "what was drawn once is not drawn again"
    with pytest.raises(DrawingError, match="-Knop2 -Tsvg"):
        svg("digraph another {}", "nop2")


def test_without_any_graphviz_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(svg_module, "_wheel_command", lambda: None)
    with pytest.raises(DrawingError, match=r"^no Graphviz .*pip install graphviz-pure.*$"):
        svg("digraph {}", "dot")


def test_in_a_browser_the_page_draws_and_no_program_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in for the page's module asks the program that this machine has; tests/pyodide has the real one."""
    drawn_by_a_program = svg("digraph { a -> b }", "dot")
    page = ModuleType("flowsim_graphviz")
    asked = []

    def drawing(dot: str, engine: str) -> str:
        asked.append(engine)
        if "{" not in dot:
            raise ValueError("syntax error\nin line 1")
        return subprocess.run(["dot", f"-K{engine}", "-Tsvg"], input=dot.encode(), capture_output=True).stdout.decode()

    page.svg = drawing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flowsim_graphviz", page)
    svg_module._of_the_page.cache_clear()
    monkeypatch.setattr(svg_module, "_program", lambda: pytest.fail("a browser has no programs"))
    try:
        assert svg("digraph { a -> b }", "dot") == drawn_by_a_program
        assert asked == ["dot"]
        with pytest.raises(DrawingError, match=r"^Graphviz could not draw the picture: syntax error in line 1$"):
            svg("none", "nop2")
        with pytest.raises(DrawingError, match=r"^in a browser .* PNG"):
            svg_module.draw("digraph {}", "dot", "-Tpng")
    finally:
        svg_module._of_the_page.cache_clear()


@pytest.mark.usefixtures("program")
def test_dot_text_that_is_no_dot_gives_one_line_and_no_picture() -> None:
    with pytest.raises(DrawingError, match=r"^Graphviz could not draw the picture: [^\n]+$"):
        svg("digraph { a -> ", "dot")


def test_many_pictures_that_are_drawn_together_are_those_that_are_drawn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [*HOSTILE, "<?xml version='1.0'?>", "a", "a"]
    dots = [
        sequence_dot([Row(index=1, step=1, label=text, sender_lane=BROWSER, receiver_lane=CLIENT)]) for text in texts
    ]
    alone = [svg(dot, "nop2") for dot in dots]
    runs: list[object] = []
    run = subprocess.run

    def noted(*args: Any, **more: Any) -> Any:
        runs.append(args)
        return run(*args, **more)

    monkeypatch.setattr(subprocess, "run", noted)
    assert svgs(dots, "nop2") == alone
    assert len(runs) == 1
    assert svgs([], "nop2") == []


def test_of_many_pictures_the_one_that_cannot_be_drawn_says_why() -> None:
    with pytest.raises(DrawingError, match=r"^Graphviz could not draw the picture: .*syntax error"):
        svgs(["digraph { a }", "digraph {"], "dot")
    with pytest.raises(DrawingError, match=r"^Graphviz could not draw the picture: .*syntax error"):
        svgs(["digraph {", "digraph { a } }"], "dot")
