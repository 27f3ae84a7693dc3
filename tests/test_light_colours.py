"""Every colour that follows the theme has a light one for browsers that cannot choose."""

import re
from pathlib import Path

import pytest

import flowsim
from flowsim.front_end.bundle import style
from flowsim.views.formats.light_colours import with_light_colours

SHEETS = sorted(Path(flowsim.__file__).parent.rglob("*.css"))
NAMES = [sheet.name for sheet in SHEETS]


def test_the_first_colour_stands_for_both_and_nothing_else_of_the_rule_comes_along() -> None:
    css = ".a,\n.b { color: light-dark(#111, rgb(0 0 0 / 20%)); margin: 0; background: var(--jp-x, light-dark(#fff, #2)) }"
    assert with_light_colours(css) == (
        css + "\n@supports not (color: light-dark(#fff, #000)) {\n.a,\n.b { color: #111; background: #fff }\n}\n"
    )


def test_a_sheet_without_such_a_colour_stays_as_it_is() -> None:
    assert with_light_colours(".a { color: red } /* light-dark(a, b) */") == ".a { color: red } /* light-dark(a, b) */"


@pytest.mark.parametrize("sheet", SHEETS, ids=NAMES)
def test_each_sheet_names_such_colours_only_outside_of_conditions_so_that_the_light_one_holds_where_it_does(
    sheet: Path,
) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text("utf-8"), flags=re.DOTALL)
    inside = re.findall(r"@(?:media|container|supports)[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", text)
    assert not [one for one in inside if "light-dark(" in one]
    light = style(sheet).partition("@supports not (color: light-dark(#fff, #000)) {")[2]
    assert light.count("light-dark(") == 0
    assert light.count("(") == light.count(")")
    # A custom property falls back only like this; what it is called stands in both.
    assert set(re.findall(r"(--fs-[\w-]+): [^;]*light-dark", text)) <= set(re.findall(r"(--fs-[\w-]+):", light))
