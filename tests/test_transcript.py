"""The transcript tells the same story as the picture, in plain lines that no text in a message can disturb."""

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.model.shown import safe, shorten
from flowsim.simulation.ledger import KINDS, NAMES
from flowsim.views.text.narration import told
from flowsim.views.text.transcript import headline, summary, transcript
from tests.kit.worlds import METHODS
from tests.test_attacks import CELLS


def test_every_event_and_every_check_stands_in_the_transcript() -> None:
    for attack, client, pkce, _ in CELLS:
        trace = played(attacker=attack, client=client, pkce=pkce)
        text = transcript(trace)
        for telling in told(trace):
            assert headline(telling) in text
            for result in telling.event.checks:
                assert f" {result.check.title}" in text
        assert text.endswith(trace.verdict.sentence)
        assert text.count("☠") == sum(event.by_attacker for event in trace.events)


def test_a_check_that_failed_shows_what_was_expected_and_what_came() -> None:
    text = transcript(played(attacker="code-interception"))
    assert "    ✗ the verifier fits the challenge  [RFC 7636 §4.6]\n        expected E5s" in text
    assert "\n        received SHA-256(guess-" in text


def test_a_check_that_is_off_is_marked() -> None:
    text = transcript(played(attacker="code-interception", without=frozenset({"token.verifier_fits"})))
    assert "✗ the verifier fits the challenge  (switched off)  [RFC 7636 §4.6]" in text
    assert "switched off: token.verifier_fits" in text


def test_the_table_shows_a_column_for_the_attacker_only_where_there_is_one() -> None:
    for attacker, columns in ((None, 4), ("code-interception", 5)):
        table = transcript(played(attacker=attacker)).partition("Who knows what\n")[2].splitlines()
        assert len(table[0].split()) == columns
        rows = [line for line in table[1:] if line.startswith("  ")]
        assert all(line.count("●") + line.count("·") == columns for line in rows)
        assert all(line.strip().startswith(tuple(NAMES.get(kind, kind) for kind in KINDS)) for line in rows)


@pytest.mark.parametrize("pkce", METHODS)
def test_the_summary_has_one_line_for_each_event_and_the_verdict(pkce: str) -> None:
    trace = played(pkce=pkce, attacker="code-and-request")
    lines = summary(trace).splitlines()
    assert len(lines) == len(trace.events) + 2
    assert lines[-1] == trace.verdict.sentence


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\x1b[31mb", "a\\u001b[31mb"),
        ("a\r\nb", "a\\u000d\\u000ab"),
        ("a\u202eb", "a\\u202eb"),
        ("a\u2028b", "a\\u2028b"),
        ("a\u200bb", "a\\u200bb"),
        ("\udcff", "\\udcff"),
        ("é ✓", "é ✓"),
    ],
)
def test_characters_that_move_the_cursor_or_turn_the_writing_are_shown_as_their_code(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc…fg"), ("", 6, ""), ("a" * 100, 10, "a" * 6 + "…" + "a" * 3)],
)
def test_a_long_text_is_cut_in_the_middle(text: str, width: int, shown: str) -> None:
    assert shorten(text, width) == shown
    assert len(shorten(text, width)) <= width
