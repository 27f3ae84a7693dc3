"""A trace as Mermaid text: one arrow for each event, and no text in it is more than text."""

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.analysis.counterexamples.edits import played
from flowsim.model.shown import shorten
from flowsim.model.states import Act
from flowsim.model.steps import ALL_LANES, LANES, step_name
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.mermaid import inert, mermaid
from flowsim.views.text import narration
from tests.kit.worlds import simulation
from tests.test_svg import HOSTILE

LANE = f"({'|'.join(lane for lane, _ in ALL_LANES)})"
TEXT = r"(?:[^\W_]|[ .,()/?!+\-=_…→“”☠✗§]|#\d+;)*"
LINES = (
    "sequenceDiagram",
    rf"    participant {LANE} as \w+",
    "    actor attacker as Attacker",
    rf"    {LANE}(->>|-x){LANE}: (☠ )?((\d+|[RV]\d)\. )?{TEXT}",
    rf"    Note over {LANE},{LANE}: \d+ {TEXT}",
    rf"    Note over {LANE}: {TEXT}<br/>{TEXT}<br/>{TEXT}",
)
OF_MERMAID = (
    "end",
    "end\nend",
    "a; b->>c: d",
    "x\nclient->>api: forged",
    "x\r\nclient->>api: forged",
    "x\u2028client->>api: forged",
    "%%{init: {'securityLevel': 'loose'}}%%",
    "%% a comment",
    "# a comment",
    "#59;",
    "#lt;b#gt;",
    "ﬂ°°60¶ß",
    "style a:b#59; c",
    "classDef a:b#59; c",
    "wrap: x",
    ":nowrap: x",
    "$$\\frac{1}{2}$$",
    "links a: {}",
    "participant x",
    "create actor y",
    "loop forever",
    "box red",
    "click browser call alert()",
    "<br/>broken",
    "---\ntitle: x\n---",
    "accTitle: x",
    "`**bold**`",
    "1. a list",
    "",
)


def shown(code: str) -> str:
    """What Mermaid draws for this code."""
    return unescape(re.sub(r"#(\d+);", r"&#\1;", code))


def as_one_line(text: str) -> str:
    line = " ".join(text.split())
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)


def lines_of(trace: Trace) -> list[str]:
    text = mermaid(trace)
    assert text.endswith("\n")
    lines = text.removesuffix("\n").split("\n")
    for line in lines:
        assert any(re.fullmatch(allowed, line) for allowed in LINES), line
    return lines


def assert_each_event_is_one_arrow(trace: Trace) -> None:
    """Each with the words of the picture."""
    arrows = [line for line in lines_of(trace) if re.match(rf"    {LANE}(->>|-x)", line)]
    sent = [telling for telling in narration.told(trace) if telling.event.act is not Act.WAIT]
    assert len(arrows) == len(sent)
    for arrow, telling in zip(arrows, sent, strict=True):
        event = telling.event
        assert ("-x" in arrow.partition(":")[0]) == narration.failed(event)
        assert (": ☠ " in arrow) == event.by_attacker
        assert shown(arrow).endswith(
            f"{step_name(event.step)}. {shorten(narration.label(telling, narration.secrets(trace.events)))}"
        )


def test_what_is_no_message_has_no_number_and_time_passes_over_all_lanes() -> None:
    lines = lines_of(played(later="2h password"))
    assert lines[-2:] == ["    Note over browser,api: 2 hours pass", "    browser->>authorization_server: new password"]


def test_the_parties_are_the_lanes_and_the_attacker_comes_only_where_it_acts() -> None:
    honest = [f"    participant {lane} as {name}" for lane, name in LANES[:-1]]
    assert lines_of(played())[1:5] == honest
    assert not any("attacker" in line for line in lines_of(played()))
    assert lines_of(played(attacker="code-interception"))[1:6] == [*honest, "    actor attacker as Attacker"]


def test_a_check_that_decides_is_a_note_with_expected_and_received() -> None:
    notes = [line for line in lines_of(played(attacker="code-and-request")) if "Note" in line]
    assert len(notes) == 1
    assert notes[0].startswith(
        "    Note over authorization_server: ✗ the verifier fits the challenge, RFC 7636 §4.6<br/>"
    )
    assert "<br/>expected " in notes[0]
    assert "<br/>received SHA-256(" in notes[0]
    assert not any("Note" in line for line in lines_of(played()))


def test_a_trace_of_nothing_is_a_diagram_of_lanes() -> None:
    assert len(lines_of(simulation().trace)) == len(LANES)


@pytest.mark.parametrize("text", [*HOSTILE, *OF_MERMAID])
def test_hostile_text_is_drawn_letter_by_letter(text: str) -> None:
    assert re.fullmatch(TEXT, inert(text))
    assert shown(inert(text)) == as_one_line(text)


@given(st.text())
def test_any_text_at_all_is_drawn_letter_by_letter(text: str) -> None:
    assert re.fullmatch(TEXT, inert(text))
    assert shown(inert(text)) == as_one_line(text)


@pytest.mark.parametrize("text", [*HOSTILE, *OF_MERMAID])
def test_hostile_text_in_a_trace_changes_no_line(text: str) -> None:
    plain, hostile = (lines_of(simulation(scope=scope).run()) for scope in ("unheard-of", text or "\x00"))
    (note,) = (line for line in hostile if "Note" in line)
    assert shown(note).endswith(f"<br/>received {as_one_line(shorten(text or chr(0)))}")
    assert [line for line in hostile if "Note" not in line] == [line for line in plain if "Note" not in line]
