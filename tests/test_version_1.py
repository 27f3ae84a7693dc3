"""Traces that an older flowsim wrote, in version 1 of the JSON: they come back, and what was changed in one is found."""

import gzip
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.model.scenario import SETTINGS, Scenario
from flowsim.model.states import Act, Outcome, State
from flowsim.views.formats import known_in_version_1, version_1
from flowsim.views.formats.replay import TraceFileError, differences, read
from flowsim.views.formats.trace_json import trace_json
from tests.test_replay import found_in, leaves, other, tampered

Json = dict[str, Any]
# At that time a page was played as if it ran on a server, so the file of one differs today.
OF_A_PAGE = "version-1-injected-theft.json.gz"
FILES = sorted((Path(__file__).parent / "golden").glob("version-1-*.json.gz"))
WORDS = {"expected", "received", "title", "label", "text", "clauses", "clause", "sentence", "tone", "stopped_by_title"}


@cache
def _text(file: Path) -> str:
    return gzip.decompress(file.read_bytes()).decode()


def example(name: str = "hidden-frame") -> Json:
    """The JSON of this file, fresh each time, to be tampered with."""
    (file,) = (file for file in FILES if file.name == f"version-1-{name}.json.gz")
    said: Json = json.loads(_text(file))
    return said


def test_there_are_files_of_that_time_and_they_are_small() -> None:
    assert len(FILES) >= 4
    assert all(json.loads(_text(file))["version"] == 1 for file in FILES)
    assert sum(file.stat().st_size for file in FILES) < 100_000


# What flowsim plays otherwise today, since it was wrong at that time, by the beginning of the line that says so.
CORRECTED = {
    "later": (
        'event 19: http[0].headers[0][1]: expected "DPoP ',
    ),  # the API names the scheme that was used (RFC 9449 §7.1)
    "login": (
        "event 9: checks[7].passed: expected null",
    ),  # a secret may sign for a confidential client (OIDC Core §3.1.3.7)
}


@pytest.mark.parametrize("file", [one for one in FILES if one.name != OF_A_PAGE], ids=lambda file: file.name)
def test_a_file_of_version_1_comes_back_with_no_difference_but_what_was_wrong_then(file: Path) -> None:
    found = differences(_text(file))
    corrected = CORRECTED.get(file.name.removeprefix("version-1-").removesuffix(".json.gz"), ())
    assert len(found) == len(corrected)
    assert all(line.startswith(beginning) for line, beginning in zip(found, corrected, strict=True))
    said, again = json.loads(_text(file)), read(_text(file))
    assert [sent["url"] for event in said["events"] for sent in event["http"] if "url" in sent] == [
        sent.message.url for event in again.events for sent in event.messages if hasattr(sent.message, "url")
    ]
    assert [version_1.OUTCOMES[event["outcome"]] for event in said["events"]] == [one.outcome for one in again.events]
    assert said["verdict"]["attacker_holds"] == list(again.verdict.attacker_holds)
    assert differences(json.dumps(trace_json(again))) == ()


def test_a_file_of_a_page_can_be_played_again_and_tells_what_the_browser_does_today() -> None:
    told = differences(json.dumps(example("injected-theft")))
    assert told[0].startswith('event 1: http[0]: expected {"from": "browser", "to": "client", ')
    assert all(line.endswith("the file says nothing") or ": expected" in line for line in told)
    members = {line.partition(": ")[2].partition("[")[0].partition(":")[0].partition(".")[0] for line in told}
    assert members == {"http", "learned", "memory"}
    again = read(json.dumps(example("injected-theft")))
    assert [version_1.OUTCOMES[event["outcome"]] for event in example("injected-theft")["events"]] == [
        one.outcome for one in again.events
    ]
    assert differences(json.dumps(trace_json(again))) == ()


def test_the_settings_that_had_other_names_come_back() -> None:
    said = example("hidden-frame")["scenario"]
    settings = read(json.dumps(example("hidden-frame"))).scenario.to_json()
    assert {name: said[name] for name in version_1.SETTINGS} == {
        "burns_codes": True,
        "own_redirects": True,
        "framing": True,
        "shared_state": True,
        "remembers": "login",
    }
    assert {version_1.SETTINGS.get(old, old) for old in said} == known_in_version_1.SETTINGS
    assert all(
        settings[name] == Scenario().to_json()[name] for name in SETTINGS if name not in known_in_version_1.SETTINGS
    )
    for old, value in said.items():
        assert settings[version_1.SETTINGS.get(old, old)] == value


@pytest.mark.parametrize(
    ("table", "kind"),
    [(version_1.ACTS, Act), (version_1.STATES, State), (version_1.OUTCOMES, Outcome)],
    ids=["acts", "states", "outcomes"],
)
def test_each_phrase_of_that_time_is_one_id_of_today(table: dict[str, str], kind: type[Act | State | Outcome]) -> None:
    assert len({*table.values()}) == len(table)
    assert {*table.values()} <= {*kind}


LEAVES = [path for path in leaves(example()) if path[0] not in ("scenario", "version") and not WORDS & {*path}]
SPOKEN = [path for path in leaves(example()) if WORDS & {*path}]


@given(st.sampled_from(LEAVES))
def test_any_byte_of_what_happened_that_was_changed_is_found(path: tuple[str | int, ...]) -> None:
    found = found_in(tampered(example(), path, other))
    assert found
    if path[0] == "events" and path[-1] not in ("run", "act"):
        assert len(found) == 1
        assert found[0].startswith(f"event {int(path[1]) + 1}: ")


@given(st.sampled_from(LEAVES), st.sampled_from([None, 0, "", [], {}, True, 1.5]))
def test_any_value_of_another_type_is_found(path: tuple[str | int, ...], value: Any) -> None:
    said = tampered(example(), path, lambda _: value)
    assert bool(found_in(said)) == (json.dumps(said) != json.dumps(example()))


@given(st.sampled_from(SPOKEN))
def test_words_that_were_put_better_since_are_no_difference(path: tuple[str | int, ...]) -> None:
    assert found_in(tampered(example(), path, other)) == ()


def _take_away(place: Any) -> None:
    del place["now"]


def _add(place: Any) -> None:
    place["another"] = None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_take_away, "event 1: now: expected 1767268800, the file says nothing"),
        (_add, "event 1: another: expected nothing, the file says null"),
    ],
)
def test_a_member_that_is_missing_or_too_many_is_found(change: Callable[[Any], None], said: str) -> None:
    document = example()
    change(document["events"][0])
    assert differences(json.dumps(document)) == (said,)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("events", 0, "after"), "clicked", 'event 1: after: expected "request prepared", the file says "clicked"'),
        (("events", 1, "act"), "step_3", 'event 2: act: expected "step 3", the file says "step_3"'),
        (("verdict", "ended"), "done", 'verdict.ended: expected "code taken by another", the file says "done"'),
        (("events", 0, "role"), "login", 'event 1: role: expected nothing, the file says "login"'),
    ],
)
def test_an_id_of_today_in_a_file_of_that_time_is_found(path: tuple[str | int, ...], value: str, said: str) -> None:
    document = example()
    place: Any = document
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert differences(json.dumps(document)) == (said,)


def test_a_move_that_there_never_was_is_refused_in_one_clear_line() -> None:
    said = tampered(example(), ("events", 2, "act"), lambda _: "step 99")
    with pytest.raises(TraceFileError, match=r'^event 3: act: expected a move there is, .*, the file says "step 99"$'):
        read(json.dumps(said))


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("verdict", [None, [], "x", {"ended": []}])
@pytest.mark.parametrize("events", [[], [{"run": "victim", "act": "step 1", "checks": 3}]])
def test_odd_shapes_are_a_difference_or_a_clear_error(version: int, verdict: Any, events: Any) -> None:
    assert found_in(example() | {"version": version, "verdict": verdict, "events": events})


def test_a_file_of_today_under_the_old_number_and_the_other_way_round_is_found() -> None:
    today = trace_json(read(json.dumps(example())))
    assert found_in({**today, "version": 1})
    assert found_in(example() | {"version": 2})
