"""What each party remembers is told as it changes; the player, and whoever reads the JSON, has all of it again."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowsim import Scenario, Simulation
from flowsim.analysis.defences import ROWS, offered, scenario_of
from flowsim.model.states import Outcome
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.replay import differences, read
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.memory import Remembered, changes, patched, remembered
from tests.kit.accidents import accident_traces
from tests.kit.pages import in_node
from tests.kit.runs import goes_together
from tests.kit.told_runs import VALUES, beside
from tests.kit.worlds import CLIENTS
from tests.test_version_1 import WORDS

FILES = sorted((Path(__file__).parent / "golden").glob("version-2-*.json.gz"))
NAMES = st.text(max_size=3) | st.sampled_from(["__proto__", "constructor", "toString", "1", "\ud800"])
MEMORIES: st.SearchStrategy[Remembered] = st.dictionaries(
    NAMES, st.dictionaries(NAMES, st.text(max_size=3), min_size=1, max_size=4), max_size=4
)


def _runs() -> list[Trace]:
    """Each attack against a defence at random, each kind of app with what comes later, and each setting for itself."""
    some = random.Random(7)
    traces = []
    for attack in ROWS:
        traces.append(Simulation(scenario_of(attack, some.choice(sorted(offered(attack))))).run())
    for client in CLIENTS:
        later = "20s 1h call refresh call logout password"
        scope = "openid profile read:messages offline_access"
        for user in ("accepts", "denies", "wrong-password"):
            traces.append(Simulation(Scenario(seed=7, client=client, user=user, scope=scope, later=later)).run())
    for setting, values in VALUES.items():
        settings = {**beside(setting), setting: some.choice(values)}
        if goes_together(**settings):
            traces.append(Simulation(seed=7, **settings).run())
    return [*traces, *accident_traces()]


def test_the_player_has_all_that_was_remembered_after_each_event() -> None:
    traces = _runs()
    assert len({event.outcome for trace in traces for event in trace.events}) > len(Outcome) / 2
    told = [[event["memory_changes"] for event in trace_json(trace)["events"]] for trace in traces]
    unpacked = in_node(
        "trace.js", "memoriesOf", "given.map((all) => memoriesOf(all.map((one) => ({ memory_changes: one }))))", told
    )
    assert unpacked == [[{}, *(remembered(world) for world in trace.worlds[1:])] for trace in traces]


@given(st.lists(MEMORIES, max_size=4))
@settings(max_examples=40, deadline=None)
def test_the_changes_of_any_memory_give_it_again(memories: list[Remembered]) -> None:
    kept: Remembered = {}
    for after in memories:
        told = changes(kept, after)
        assert bool(told) == (kept != after)
        kept = patched(kept, told)
        assert kept == after


@given(st.lists(st.lists(MEMORIES, max_size=4), min_size=1, max_size=10))
@settings(max_examples=10, deadline=None)
def test_the_player_reads_the_changes_of_any_memory(stories: list[list[Remembered]]) -> None:
    told = [
        [{"memory_changes": changes(*pair)} for pair in zip([{}, *story], story, strict=False)] for story in stories
    ]
    unpacked = in_node("trace.js", "memoriesOf", "given.map((one) => memoriesOf(one))", told)
    assert unpacked == [[{}, *story] for story in stories]


def test_a_memory_that_does_not_change_is_told_once() -> None:
    events = trace_json(Simulation(seed=7).run())["events"]
    names = [lane for event in events for lane in event["memory_changes"]]
    assert names.count("api") == 1
    whole = sum(len(json.dumps(remembered(world))) for world in Simulation(seed=7).run().worlds[1:])
    assert sum(len(json.dumps(event["memory_changes"])) for event in events) < whole / 3


def test_there_are_files_of_version_2_and_they_are_small() -> None:
    assert len(FILES) >= 4
    assert sum(file.stat().st_size for file in FILES) < 100_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_file_of_version_2_comes_back(file: Path) -> None:
    text = gzip.decompress(file.read_bytes()).decode()
    assert json.loads(text)["version"] == 2
    assert [line for line in differences(text) if not _is_of_words(line)] == []
    again = read(text)
    assert len(again.events) == len(json.loads(text)["events"])
    assert differences(json.dumps(trace_json(again))) == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_memory_that_was_changed_in_a_file_of_version_2_is_found(file: Path) -> None:
    said: dict[str, Any] = json.loads(gzip.decompress(file.read_bytes()))
    number = len(said["events"]) // 2
    said["events"][number]["memory"]["api"]["of nobody"] = "x"
    found = [line for line in differences(json.dumps(said)) if not _is_of_words(line)]
    assert found == [f'event {number + 1}: memory.api.of nobody: expected nothing, the file says "x"']


def _is_of_words(line: str) -> bool:
    """Whether a difference is in words for people, which may have been put better since the file was written."""
    where = line.partition(": expected ")[0].rpartition(": ")[2]
    return where.replace("[", ".").rpartition(".")[2] in WORDS or "clauses[" in where
