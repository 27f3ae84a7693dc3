"""A trace comes back from its JSON by being played again, and a file that says anything else is found out."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim import Scenario, ScenarioError, Simulation
from flowsim.analysis.counterexamples.edits import played
from flowsim.analysis.defences import ROWS, offered, scenario_of
from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.model.clients import PROFILES
from flowsim.model.states import Act
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.replay import (
    MAX_CHARACTERS,
    MAX_EVENTS,
    TraceFileError,
    differences,
    read,
)
from flowsim.views.formats.trace_json import trace_json
from tests.kit.worlds import CLIENTS, simulation

Json = dict[str, Any]
Path = tuple[str | int, ...]


def written(trace: Trace) -> str:
    return json.dumps(trace_json(trace))


@cache
def _written(client: str, attacker: str | None) -> str:
    return written(played(client=client, attacker=attacker))


def example(client: str = "spa", attacker: str | None = "code-and-request") -> Json:
    """The JSON of a trace, fresh each time, to be tampered with."""
    said: Json = json.loads(_written(client, attacker))
    return said


def assert_comes_back(trace: Trace) -> None:
    text = written(trace)
    assert differences(text) == ()
    again = read(text)
    assert again.events == trace.events
    assert again.scenario == trace.scenario
    assert again.ledger == trace.ledger
    assert again.verdict == trace.verdict


@pytest.mark.parametrize(
    "settings",
    [
        {"user": "denies"},
        {"user": "wrong-password", "login": "one-time-code"},
        {"scope": "openid email offline_access"},
        {"scope": "<script> \x00 鍵"},
        {"scope": "🔑" * 2000},
        {"state": False, "nonce": False, "iss": False},
        {"without": frozenset(CHECKS)},
        {"attacker": "code-interception", "without": frozenset({"token.verifier_fits"})},
        {"pkce_required": True, "plain_allowed": True, "pkce": "none"},
        {"start": 0, "code_lifetime": 600, "access_token_lifetime": 1},
        {"seed": "some words"},
        {"seed": -1},
        {"seed": 10**40},
    ],
)
def test_a_trace_comes_back_whatever_its_settings(settings: dict[str, Any]) -> None:
    """To the letter: that every member has its value, as `differences` finds, leaves their order open."""
    trace = simulation(**settings).run()
    assert_comes_back(trace)
    assert written(read(written(trace))) == written(trace)


@pytest.mark.parametrize(("attack", "defence"), [(row, one) for row in ROWS for one in offered(row)][::7])
def test_the_cells_of_the_matrix_come_back(attack: str, defence: str) -> None:
    assert_comes_back(Simulation(scenario_of(attack, defence)).run())


def test_a_trace_without_a_seed_of_its_own_comes_back() -> None:
    assert_comes_back(Simulation(Scenario(client="web")).run())


@pytest.mark.parametrize("position", range(7))
@pytest.mark.parametrize("attacker", ATTACKERS)
def test_an_attack_that_was_injected_later_comes_back(attacker: str, position: int) -> None:
    login = simulation(client="native-loopback", pkce="plain", web_view=True)
    login.goto(position)
    with suppress(ScenarioError):  # those that come too late
        assert_comes_back(login.inject(attacker).run())
        return
    # On this network all goes by TLS, so there who owns it never has a chance.
    assert position > 0 or "A2" in ATTACKERS[attacker].positions, "nobody comes too late who is there from the start"


def test_every_part_of_a_branch_comes_back() -> None:
    login = simulation(pkce="none")
    login.goto(6)
    stolen = login.inject("code-and-request")
    open_ = stolen.fork("with PKCE", pkce="S256", user="wrong-password")
    for branch in (login, stolen, open_):
        for world_number in range(len(branch.played().worlds)):
            branch.goto(world_number)
            assert_comes_back(branch.trace)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """The path to every value in this JSON that holds no other."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inner:
        yield path
    for name, one in inner:
        yield from leaves(one, (*path, name))


def tampered(said: Json, path: Path, change: Callable[[Any], Any]) -> Json:
    """This JSON with the value at the path changed."""
    copy = deepcopy(said)
    place: Any = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = change(place[path[-1]])
    return copy


def other(value: Any) -> Any:
    """Something else of the same type, as like it as can be."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + chr(ord(value[-1]) ^ 1) if value else " "
        case None:
            return False
        case _:
            return [*value, value] if isinstance(value, list) else {**value, "": None}


LEAVES = [path for path in leaves(example()) if path[0] != "scenario"]


def found_in(said: Json) -> tuple[str, ...]:
    """The differences, or the one line that says why there is nothing to compare."""
    try:
        found = differences(json.dumps(said))
    except ScenarioError as error:
        found = (str(error),)
    for line in found:
        assert line.replace("…", "").isascii()
        assert line.isprintable()
        assert len(line) < 600
    return found


@given(st.sampled_from(LEAVES))
def test_any_byte_that_was_changed_is_found(path: Path) -> None:
    found = found_in(tampered(example(), path, other))
    assert found
    if path[0] == "events" and path[-1] not in ("run", "act"):
        assert len(found) == 1
        assert found[0].startswith(f"event {int(path[1]) + 1}: ")


@given(st.sampled_from(LEAVES), st.sampled_from([None, 0, "", [], {}, True, 1.5]))
def test_any_value_of_another_type_is_found(path: Path, value: Any) -> None:
    said = tampered(example(), path, lambda _: value)
    assert bool(found_in(said)) == (json.dumps(said) != json.dumps(example()))


@given(st.sampled_from(LEAVES))
def test_any_member_that_is_missing_or_too_many_is_found(path: Path) -> None:
    if not isinstance(path[-1], str) or path[-1] in ("version", "run", "act"):
        return
    settings = path[0] == "scenario" and len(path) == 2  # those may be missing
    for change in ("add",) if settings else ("remove", "add"):
        said = example()
        place: Any = said
        for name in path[:-1]:
            place = place[name]
        if change == "remove":
            del place[path[-1]]
        else:
            place["another"] = None
        (found,) = differences(json.dumps(said))
        assert found.endswith("the file says nothing") == (change == "remove")
        assert ("expected nothing, the file says null" in found) == (change == "add")


def test_a_difference_names_the_event_the_place_and_both_values() -> None:
    said = example()
    said["events"][0]["title"] = "Another title"
    said["events"][3]["checks"].append(None)
    (refused,) = (event for event in said["events"] if event["http"] and event["http"][0].get("status") == 400)
    refused["http"][0]["body"] = refused["http"][0]["body"].replace("invalid_grant", "invalid_grunt")
    said["verdict"]["attacker_reads_data"] = True
    first, second, third, fourth = differences(json.dumps(said))
    assert first == 'event 1: title: expected "The user clicks \\u201cLog in\\u201d", the file says "Another title"'
    assert second == "event 4: checks[0]: expected nothing, the file says null"
    assert re.fullmatch(
        rf"event {refused['index']}: http\[0\]\.body: "
        r"expected ….*invalid_grant.*, the file says ….*invalid_grunt.*",
        third,
    )
    assert fourth == "verdict.attacker_reads_data: expected false, the file says true"


def test_a_trace_that_was_cut_off_or_made_longer_is_found() -> None:
    shorter = example()
    del shorter["events"][-1]
    assert any(line.startswith("verdict.") for line in differences(json.dumps(shorter)))
    longer = example()
    longer["events"].append({"run": "attacker", "act": "step_10"})
    number = len(longer["events"])
    assert differences(json.dumps(longer))[-1].startswith(f"event {number}: run 'attacker' is in state ")
    with pytest.raises(TraceFileError, match=rf"^event {number}: .* cannot do 'step 10'"):
        read(json.dumps(longer))


def test_a_file_that_tells_another_experiment_consistently_is_a_trace_of_that_one() -> None:
    said = example() | {"scenario": example()["scenario"] | {"pkce_required": True}}
    assert differences(json.dumps(said)) == ()
    assert read(json.dumps(said)).scenario.pkce_required is True


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("version",), 4, "expected version 1 to 3 of the JSON of a trace; this says 4"),
        (("version",), 0, "expected version 1 to 3 of the JSON of a trace; this says 0"),
        (("version",), True, "this says true"),
        (("version",), "1", 'this says "1"'),
        (("scenario",), [], r"scenario: expected an object, the file says \[\]"),
        (("scenario", "pkce"), "s256", r"scenario: unknown PKCE method 's256'; did you mean S256\?"),
        (("scenario", "pkce"), None, "scenario.pkce: expected a text, the file says null"),
        (("scenario", "state"), 1, "scenario.state: expected true or false, the file says 1"),
        (("scenario", "pkce_required"), "", 'expected true or false or null, the file says ""'),
        (("scenario", "without"), "token.verifier_fits", "scenario.without: expected a list"),
        (("scenario", "without"), [1], "scenario.without: expected a text, the file says 1"),
        (("scenario", "without"), ["token.verifier"], "scenario: unknown check 'token.verifier'; did you mean"),
        (("scenario", "attacker"), "nobody", "scenario: unknown attack 'nobody'"),
        (("scenario", "seed"), None, "scenario.seed: expected the seed of the trace"),
        (("scenario", "seed"), 1.5, "scenario.seed: expected a whole number or a text or null, the file says 1.5"),
        (("scenario", "seed"), "\udcff", "scenario: seed must be text that UTF-8 can write"),
        (("scenario", "start"), -1, "scenario.start: expected 0 to 253402300799, the file says -1"),
        (("scenario", "access_token_lifetime"), 10**20, "scenario.access_token_lifetime: expected 0 to 253402300799"),
        (("scenario", "scope"), "x" * 3000, "scenario.scope: expected at most 2000 characters, the file has 3000"),
        (("events",), {}, "events: expected a list"),
        (("events",), [{"run": "victim", "act": "step_1"}] * 501, "events: expected at most 500; the file has 501"),
        (("events", 2), None, "event 3: expected an object, the file says null"),
        (("events", 2), {}, "event 3: run: expected a text, the file says nothing"),
        (("events", 2, "run"), "nobody\n", r'event 3: run: expected victim or attacker, the file says "nobody\\n"'),
        (
            ("events", 2, "act"),
            "step_99",
            'event 3: act: expected a move there is, for example step_1, the file says "step_99"',
        ),
        (
            ("events", 2, "act"),
            "step 3",
            'event 3: act: expected a move there is, for example step_1, the file says "step 3"',
        ),
        (
            ("events", 2, "act"),
            "step_11",
            "event 3: run 'victim' is in state 'request prepared' and cannot do 'step 11'",
        ),
        (
            ("events", 0),
            {"run": "attacker", "act": "send_code"},
            "event 1: act: expected what the attack code-and",
        ),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_in_one_clear_line(path: Path, value: Any, reason: str) -> None:
    said = tampered(example(), path, lambda _: value)
    with pytest.raises(TraceFileError, match=reason) as caught:
        read(json.dumps(said))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", Scenario.__dataclass_fields__)
def test_a_setting_that_the_file_does_not_name_has_its_default_in_the_replay(name: str) -> None:
    said = example()
    recorded = said["scenario"].pop(name)
    if name == "seed":
        with pytest.raises(TraceFileError, match="expected the seed of the trace"):
            differences(json.dumps(said))
        return
    assert bool(differences(json.dumps(said))) == (recorded != Scenario().to_json()[name])


def test_a_setting_that_does_not_exist_is_named() -> None:
    said = tampered(example(), ("scenario",), lambda settings: {**settings, "colour": "red"})
    with pytest.raises(TraceFileError, match=r'^scenario: there is no setting "colour"; expected one of the \d+ that '):
        read(json.dumps(said))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "this is no JSON: Expecting value"),
        ("hello", "this is no JSON"),
        ("\ufeff{}", "this is no JSON: Unexpected UTF-8 BOM"),
        ("null", "an object; this is null"),
        ("[1, 2]", r"an object; this is \[1, 2\]"),
        ("{}", "expected version 1 to 3 of the JSON of a trace; this says null"),
        ('{"version": 2, "version": 2}', "two members of the same name"),
        ('{"version": NaN}', "NaN is not a number of JSON"),
        ('{"version": 1e999}', "this says Infinity"),
        ('{"version": 2, "scenario": {}}', "events: expected a list, the file says nothing"),
        ('{"version": ' + "9" * 5000 + "}", "this is no JSON: Exceeds the limit"),
        ("[" * 100_000, "this is no JSON: maximum recursion depth"),
        (" " * (MAX_CHARACTERS + 1), "at most 4000000 characters; this is 4000001"),
    ],
)
def test_what_is_no_trace_is_refused_in_one_clear_line(text: str, reason: str) -> None:
    for function in (read, differences):
        with pytest.raises(TraceFileError, match=reason) as caught:
            function(text)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("depth", [10, 500, *range(900, 1000, 10)])
def test_a_file_that_is_nested_deep_is_compared_or_refused(depth: int) -> None:
    deep = "[" * depth + "]" * depth
    text = json.dumps(example()).replace('"title": "The user clicks', f'"deep": {deep}, "title": "The user clicks')
    assert refusal(read, text).endswith("from a unicode string") or not refusal(read, text)
    if not refusal(differences, text):
        (found,) = differences(text)
        assert found.startswith("event 1: deep: expected nothing, the file says ")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SCENARIO_NAMES = st.sampled_from([*Scenario.__dataclass_fields__, "another"])
NAMES = st.sampled_from(
    ["none", "plain", "S256", "accepts", "denies", "wrong-password", "password", "one-time-code", *PROFILES, *ATTACKERS]
)
ODD = NAMES | JSON | st.lists(st.sampled_from(sorted(CHECKS)))
MOVES = st.fixed_dictionaries(
    {"run": st.sampled_from(["victim", "attacker"]), "act": st.sampled_from([act.value for act in Act])}
)


def refusal(function: Callable[[str], object], text: str) -> str:
    """The line with which the function refuses this text; an empty one where it takes it."""
    try:
        function(text)
    except ScenarioError as error:
        return str(error)
    return ""


def assert_only_clear_errors(text: str) -> None:
    for function in (read, differences):
        line = refusal(function, text)
        assert "\n" not in line
        assert len(line) < 600


@given(st.text() | JSON.map(json.dumps))
def test_garbage_raises_nothing_but_a_clear_error(text: str) -> None:
    assert_only_clear_errors(text)


@given(st.dictionaries(SCENARIO_NAMES, ODD, max_size=4), st.sampled_from([None, *ATTACKERS]))
def test_hostile_settings_raise_nothing_but_a_clear_error(settings: Json, attacker: str | None) -> None:
    said = example("native-scheme", attacker)
    assert_only_clear_errors(json.dumps(said | {"scenario": said["scenario"] | settings}))


@given(
    st.sampled_from(CLIENTS[:-1]),
    st.sampled_from([None, *ATTACKERS]),
    st.frozensets(st.sampled_from(sorted(CHECKS))),
    st.integers(0, 12),
    st.lists(MOVES, max_size=20),
)
def test_hostile_moves_raise_nothing_but_a_clear_error(
    client: str, attacker: str | None, without: frozenset[str], kept: int, moves: list[Json]
) -> None:
    said = example(client, attacker)
    said["scenario"]["without"] = sorted(without)
    assert_only_clear_errors(json.dumps(said | {"events": said["events"][:kept] + moves}))


def test_as_many_moves_as_are_allowed_are_played_and_compared() -> None:
    said = example(attacker="decompiled-secret")
    said["events"] = [{"run": "attacker", "act": Act.READ_APP.value}] * MAX_EVENTS
    assert len(read(json.dumps(said)).events) == MAX_EVENTS
    assert differences(json.dumps(said))
