"""A sequence diagram says the same with its places, shapes and classes as with its colours."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowsim.model.steps import LANES
from flowsim.views.pictures.sequence import ROW_HEIGHT, WIDTH, Row, sequence_dot
from flowsim.views.pictures.svg import svg

GOLDEN = Path(__file__).parent / "golden" / "stolen_code.dot"
NAMESPACE = "{http://www.w3.org/2000/svg}"
COLOURS = ("color", "fillcolor", "fontcolor", "bgcolor")

YOU, APP, SERVER, API, ATTACKER = (lane for lane, _ in LANES)


def row(index: int, step: int, label: str, sender: str, receiver: str, flags: str = "") -> Row:
    """A row; among its flags may be the words attack, failed and between."""
    return Row(
        index=index,
        step=step,
        label=label,
        sender_lane=sender,
        receiver_lane=receiver,
        attack="attack" in flags,
        failed="failed" in flags,
        numbered="between" not in flags,
    )


LOGIN = (
    row(1, 1, "click “Log in”", YOU, APP),
    row(2, 2, "make code_verifier, code_challenge", APP, APP),
    row(3, 3, "GET /authorize code_challenge", APP, SERVER),
    row(4, 4, "login page", SERVER, YOU),
    row(5, 5, "password, consent", YOU, SERVER),
    row(6, 6, "303 com.example.app:/callback code", SERVER, YOU),
)
STOLEN = (
    *LOGIN,
    row(7, 6, "the redirect goes to the wrong app", YOU, ATTACKER, "attack between"),
    row(8, 7, "POST /oauth/token code, code_verifier", ATTACKER, SERVER, "attack"),
    row(9, 8, "verifier fits challenge?", SERVER, SERVER, "attack failed"),
    row(10, 9, "400 invalid_grant", SERVER, ATTACKER, "attack failed"),
)


def statements(dot: str) -> dict[str, dict[str, str]]:
    """The attributes of everything that has a class, by the class."""
    found = {}
    for line in dot.splitlines():
        values = {name: value.strip('"') for name, value in re.findall(r'(\w+)=("[^"]*"|[^\s\]]+)', line)}
        if "class" in values:
            found[values["class"]] = values
    return found


def places(dot: str, kind: str) -> list[tuple[float, float]]:
    """The places of all nodes of one kind, from the top row to the last."""
    boxes = [values for name, values in statements(dot).items() if name.split()[0] == kind]
    return [(float(x), float(y)) for x, y in (box["pos"].split(",") for box in boxes)]


def test_the_diagram_of_a_stolen_code_is_the_one_that_was_looked_at() -> None:
    """After a change that is meant to be seen: look at the new picture, then write the new text into the file."""
    assert sequence_dot(STOLEN, current=9, title="A stolen code").splitlines() == GOLDEN.read_text().splitlines()


def test_the_attacker_has_a_lane_only_where_it_takes_part_or_is_asked_for() -> None:
    assert "lane-attacker" not in sequence_dot(LOGIN)
    assert "lane lane-attacker attack" in sequence_dot(STOLEN)
    assert "lane lane-attacker attack" in sequence_dot(LOGIN, lanes=[ATTACKER])


def test_the_lanes_stand_in_the_order_of_the_actors() -> None:
    headers = [name for name in statements(sequence_dot(STOLEN)) if name.startswith("lane ")]
    assert headers == [f"lane lane-{lane}" + " attack" * (lane == ATTACKER) for lane, _ in LANES]
    across = [x for x, _ in places(sequence_dot(STOLEN), "lane")]
    assert across == sorted(across)


def test_every_row_is_as_high_as_any_other_and_stays_where_it_is() -> None:
    heights = [y for _, y in places(sequence_dot(STOLEN), "band")]
    assert {above - below for above, below in pairwise(heights)} == {ROW_HEIGHT}
    more = [y for _, y in places(sequence_dot((*STOLEN, row(11, 10, "", APP, API))), "band")]
    assert [y - ROW_HEIGHT for y in more[:-1]] == heights


def test_each_row_has_a_band_an_arrow_a_label_and_a_badge_with_the_same_classes() -> None:
    found = statements(sequence_dot(STOLEN))
    for kind in ("band", "msg", "label", "badge"):
        assert f"{kind} event-3 step-3" in found
        assert f"{kind} event-2 step-2 self" in found
        assert f"{kind} event-8 step-7 attack" in found
        assert f"{kind} event-9 step-8 attack failed self" in found


def test_what_the_attacker_does_has_another_shape() -> None:
    found = statements(sequence_dot(STOLEN))
    assert found["badge event-8 step-7 attack"]["shape"] == "hexagon"
    assert "shape" not in found["badge event-3 step-3"]
    assert found["lane lane-attacker attack"]["shape"] == "hexagon"
    assert found["lifeline lane-attacker attack"]["style"] == "dotted"


def test_a_refused_message_ends_in_a_cross_and_not_in_an_arrowhead() -> None:
    found = statements(sequence_dot(STOLEN))
    assert found["msg event-3 step-3"]["pos"].startswith("e,")
    for refused in ("msg event-9 step-8 attack failed self", "msg event-10 step-9 attack failed"):
        assert found[refused]["arrowhead"] == "none"
        assert found[refused]["pos"].count(";") == 2


def test_a_badge_shows_the_step_or_that_there_is_none() -> None:
    numbers = re.findall(r'badge_\d+ \[label="?([^" ]+)', sequence_dot(STOLEN))
    assert numbers == ["1", "2", "3", "4", "5", "6", "!", "7", "8", "9"]


def test_without_a_current_row_nothing_is_lit_or_faint() -> None:
    plain = statements(sequence_dot(STOLEN))
    assert {values["fontcolor"] for name, values in plain.items() if name.startswith("label")} == {"#1c2430", "#b3261e"}
    assert not any("fillcolor" in values for name, values in plain.items() if name.startswith("band"))


def test_the_current_row_is_lit_and_what_comes_after_is_faint() -> None:
    plain, found = statements(sequence_dot(STOLEN)), statements(sequence_dot(STOLEN, current=5))
    assert [name for name, values in found.items() if values.get("fillcolor") == "#fff4cc"] == [
        "band event-5 step-5",
        "label event-5 step-5",
    ]
    assert found["msg event-4 step-4"] == plain["msg event-4 step-4"]
    assert found["msg event-6 step-6"]["color"] != plain["msg event-6 step-6"]["color"]
    assert found["msg event-8 step-7 attack"]["color"] != plain["msg event-8 step-7 attack"]["color"]


def test_before_the_first_row_all_is_future() -> None:
    found = statements(sequence_dot(LOGIN, current=0))
    assert len({values["fontcolor"] for name, values in found.items() if name.startswith("label")}) == 1
    assert "#fff4cc" not in sequence_dot(LOGIN, current=0)


def test_every_colour_has_six_digits_or_is_none() -> None:
    found = re.findall(rf'\b(?:{"|".join(COLOURS)})=("[^"]*"|\w+)', sequence_dot(STOLEN, current=5))
    assert found
    assert all(re.fullmatch(r'"#[0-9a-f]{6}"|transparent', colour) for colour in found)


def test_everything_that_is_drawn_has_a_class_and_a_tooltip() -> None:
    root = ElementTree.fromstring(svg(sequence_dot(STOLEN), "nop2"))
    parts = root[1].findall(f"{NAMESPACE}g")
    assert len(parts) == 4 * len(STOLEN) + 2 * len(LANES)
    for part in parts:
        kind = part.attrib["class"].split()[1]
        assert kind in {"band", "lifeline", "lane", "msg", "badge", "label"}
        assert part.findtext(f"{NAMESPACE}title")
        assert "->" not in str(part.findtext(f"{NAMESPACE}title"))


def test_a_tooltip_says_the_step_and_the_whole_label_unless_it_is_given() -> None:
    long = row(1, 3, "GET /authorize?" + "scope=messages&" * 15, APP, SERVER)
    assert f"3. {long.label}".replace("&", "&amp;") in sequence_dot([long])
    assert "…" in sequence_dot([long])
    assert "what I say" in sequence_dot([replace(long, tooltip="what I say")])


def test_bands_lie_below_lifelines_and_labels_above_arrows() -> None:
    root = ElementTree.fromstring(svg(sequence_dot(STOLEN), "nop2"))
    painted = [part.attrib["class"].split()[1] for part in root[1].findall(f"{NAMESPACE}g")]
    order = {kind: [n for n, one in enumerate(painted) if one == kind] for kind in {*painted}}
    assert max(order["band"]) < min(order["lifeline"])
    assert max(order["lifeline"]) < min(order["msg"])
    assert max(order["msg"]) < min(order["label"])


@pytest.mark.parametrize("current", [None, 1])
@pytest.mark.parametrize("label", ["x", "code", "m" * 30, "W" * 200, "scope=" * 400])
def test_every_label_stays_inside_the_picture(label: str, current: int | None) -> None:
    for sender, _ in LANES:
        for receiver, _ in LANES:
            dot = sequence_dot([row(1, 3, label, sender, receiver)], lanes=[ATTACKER], current=current)
            box = next(values for name, values in statements(dot).items() if name.startswith("label"))
            x, half = float(box["pos"].split(",")[0]), float(box["width"]) * 72 / 2
            assert x - half > 45, "the label would cover the badges"
            assert x + half < WIDTH


def test_a_diagram_without_rows_shows_the_lanes() -> None:
    assert sequence_dot([]).count("lifeline") == 4
    assert svg(sequence_dot([]), "nop2").startswith("<svg ")
