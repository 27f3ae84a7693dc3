"""DOT becomes PNG on any machine, with the programs that draw SVG."""

import pytest

from flowsim.model.states import Role
from flowsim.views.pictures.png import png
from flowsim.views.pictures.sequence import WIDTH, Row, sequence_dot
from flowsim.views.pictures.state_machine import state_machine_dot
from flowsim.views.pictures.svg import BOLD, SANS, DrawingError
from tests.test_svg import HOSTILE, program, rows_with

__all__ = ["program"]  # the fixture: draw with what the PATH offers, then with the wheel

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels, which stand at a fixed place in the file."""
    assert picture.startswith(SIGNATURE)
    assert picture.endswith(b"IEND\xaeB`\x82")
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


@pytest.mark.usefixtures("program")
def test_a_picture_has_two_pixels_for_each_of_the_svg() -> None:
    wide, high = size_of(png("digraph { graph [pad=0] a [width=1 height=0.5 shape=box fixedsize=true] }", "dot"))
    assert wide == pytest.approx(144, abs=2)
    assert high == pytest.approx(72, abs=2)


@pytest.mark.usefixtures("program")
def test_both_kinds_of_diagram_can_be_drawn() -> None:
    rows = [Row(index=1, step=1, label="one", sender_lane="client", receiver_lane="api")]
    assert size_of(png(sequence_dot(rows), "nop2"))[0] == pytest.approx(2 * WIDTH, abs=2)
    assert size_of(png(state_machine_dot(Role.THEFT), "dot"))[1] > 144


@pytest.mark.usefixtures("program")
def test_hostile_text_makes_no_other_picture_than_harmless_text() -> None:
    rows = rows_with([*HOSTILE, f'fontname="{SANS}"'])
    harmless = rows_with(["x" for _ in rows])
    assert size_of(png(sequence_dot(rows), "nop2")) == size_of(png(sequence_dot(harmless), "nop2"))


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize("font", [SANS, BOLD])
def test_letters_are_drawn_in_a_font_that_is_known(font: str) -> None:
    """A font that is not known is drawn as Times, so the picture of the list would be that of Times."""
    named, times = (png(f'digraph {{ a [label="Bold" fontname="{name}"] }}', "dot") for name in (font, "Times-Roman"))
    assert named != times


@pytest.mark.usefixtures("program")
def test_dot_text_that_is_no_dot_gives_one_line_and_no_picture() -> None:
    with pytest.raises(DrawingError, match=r"^Graphviz could not draw the picture: [^\n]+$"):
        png("digraph { a -> ", "dot")
