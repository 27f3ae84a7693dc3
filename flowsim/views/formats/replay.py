"""Reading a trace back from its JSON, which means to play it again, and to say where the file and the replay differ.

The JSON of a trace holds every byte, but only two things in it are taken from the file: the settings of the experiment,
and the names of the moves in their order. All else is computed again, as the first time. So a file cannot claim what
did not happen: whoever changes a byte of a message, the result of a check or the verdict gets that place named. Only a
lesson with a seed can be played again, and every trace has one.

A file may come from anybody. Whatever it holds, the worst that can come of it is a ScenarioError of one line.

A setting that is newer than the file has its default in the replay.

A file of version 2 is compared with what version 2 would have written of the replay (version_2.py). One of version 1 is
played under the names of today as well, and which of its words do not count is said in version_1.py.

Source: RFC 8259 (JSON); the shape is that of `trace_json` in trace_json.py, of the version that is named there.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from types import NoneType
from typing import Any, get_args, get_origin

from flowsim.attacks import Attacker, known_attacker
from flowsim.attacks.referee import allowed_move, made
from flowsim.engine.apply import apply
from flowsim.engine.honest_moves import honest_move
from flowsim.model.scenario import LAST_SECOND, SETTINGS, Scenario, ScenarioError
from flowsim.model.shown import shorten
from flowsim.model.states import Act
from flowsim.model.steps import ATTACKER
from flowsim.model.transitions import IllegalMove, Move
from flowsim.model.world import World
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.formats import version_1, version_2
from flowsim.views.formats.trace_json import VERSION, trace_json

MAX_CHARACTERS = 4_000_000
MAX_EVENTS = 500
MAX_TEXT = 2000

_SHOWN = 72
_MISSING = object()


class TraceFileError(ScenarioError):
    """A text that is not the JSON of a trace; the message says in one line what was expected and what came."""


def read(json_text: str, *, attackers: Iterable[Attacker] = ()) -> Trace:
    """The trace that this JSON tells, played again. Raises TraceFileError where that is impossible.

    A trace of an attacker of your own names it and does not hold its rule, so pass it along: `attackers=[mine]`.
    """
    trace, stopped = _play(_parsed(json_text), attackers)
    if stopped:
        raise TraceFileError(stopped)
    return trace


def differences(json_text: str, *, attackers: Iterable[Attacker] = ()) -> tuple[str, ...]:
    """Every difference between this JSON and the trace played again, one line each; empty where there is none.

    Raises TraceFileError where the text is no trace at all. A move that cannot be made is the last difference: what
    the file says from there on cannot be compared. Pass attackers of your own along, as for `read`.
    """
    said = _parsed(json_text)
    trace, stopped = _play(said, attackers)
    computed = json.loads(json.dumps(trace_json(trace)))
    if not any("console" in event for event in said["events"]):
        # A file from before there was any word of the browser's console.
        for event in computed["events"]:
            event.pop("console", None)
    if said["version"] < VERSION:
        computed = version_2.as_then(computed)
    if said["version"] == 1:
        computed, said = version_1.as_then(computed), version_1.what_counts(said)
    else:
        said = said | {"scenario": _complete(said["scenario"])}
    if not stopped:
        return tuple(_compare("", computed, said))
    begun = said["events"][: len(trace.events)]
    in_settings = _compare("scenario", computed["scenario"], said["scenario"])
    return (*in_settings, *_compare("events", computed["events"], begun), stopped)


def _parsed(text: str) -> dict[str, Any]:
    """The JSON object, with the members a replay goes by; everything else in it is only compared."""
    if len(text) > MAX_CHARACTERS:
        raise TraceFileError(f"expected the JSON of a trace, at most {MAX_CHARACTERS} characters; this is {len(text)}")
    try:
        said = json.loads(text, object_pairs_hook=_members, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise TraceFileError(f"expected the JSON of a trace; this is no JSON: {_line(error)}") from None
    if not isinstance(said, dict):
        raise TraceFileError(f"expected the JSON of a trace, an object; this is {_text(said)}")
    if said.get("live") is True:
        raise TraceFileError(
            "this was recorded of a real login, and only a simulation can be played again; look at it in the player"
        )
    version = said.get("version")
    if type(version) is not int or not 1 <= version <= VERSION:
        raise TraceFileError(f"expected version 1 to {VERSION} of the JSON of a trace; this says {_text(version)}")
    _of_type("scenario", said.get("scenario", _MISSING), dict)
    events = _of_type("events", said.get("events", _MISSING), list)
    if len(events) > MAX_EVENTS:
        raise TraceFileError(f"events: expected at most {MAX_EVENTS}; the file has {len(events)}")
    for number, event in enumerate(events, start=1):
        _of_type(f"event {number}", event, dict)
        for name in ("run", "act"):
            _of_type(f"event {number}: {name}", event.get(name, _MISSING), str)
    return said


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; of two members with one name, programs would show now the one, now the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object has two members of the same name")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


def _of_type(where: str, value: Any, *types: type) -> Any:
    """This value; TraceFileError where it is of none of these types, or missing."""
    if type(value) not in types:
        expected = " or ".join(_TYPE_NAMES[one] for one in types)
        raise TraceFileError(f"{where}: expected {expected}, the file says {_text(value)}")
    return value


def _play(said: dict[str, Any], attackers: Iterable[Attacker]) -> tuple[Trace, str]:
    """The trace as far as its moves can be made, and why it stops there: an empty text where it was played whole."""
    if said["version"] == 1:
        said = version_1.for_today(said)
    scenario = _scenario(_complete(said["scenario"]))
    try:
        attacker = _attacker(scenario, attackers)
        worlds = [Simulation(scenario, attackers=[attacker] if attacker else []).world]
    except ScenarioError as error:
        raise TraceFileError(f"scenario: {_line(error)}") from None
    for number, event in enumerate(said["events"], start=1):
        try:
            worlds.append(_after(worlds[-1], attacker, event["run"], event["act"]))
        except (IllegalMove, ScenarioError, TraceFileError) as error:
            return Trace("replay", tuple(worlds), attacker=attacker), f"event {number}: {_line(error)}"
    return Trace("replay", tuple(worlds), over=_is_over(worlds[-1], attacker), attacker=attacker), ""


def _attacker(scenario: Scenario, attackers: Iterable[Attacker]) -> Attacker | None:
    """The attacker that a trace names: one that was passed along, else one of flowsim's."""
    if scenario.attacker is None:
        return None
    try:
        return known_attacker(scenario.attacker, attackers)
    except ScenarioError as error:
        raise TraceFileError(f"{error} An attacker of your own is passed along: read(text, attackers=[mine])") from None


def _is_over(world: World, attacker: Attacker | None) -> bool:
    """True where nobody has a move left."""
    waits = attacker is None or allowed_move(attacker, world) is None
    return waits and honest_move(world) is None


def _after(world: World, attacker: Attacker | None, run: str, act: str) -> World:
    """The world after the move of these names. What an attacker sends, it has to write again, and what comes later too."""
    if act not in _ACTS:
        raise TraceFileError(f"act: expected a move there is, for example step_1, the file says {_text(act)}")
    attack = allowed_move(attacker, world) if attacker else None
    if attacker is not None and attack is not None and (attack.run, attack.act) == (run, act):
        return made(attacker, world, attack)
    honest = honest_move(world)
    if honest is not None and (honest.run, honest.act) == (run, act):
        return apply(world, honest)
    if run not in world.runs:
        raise TraceFileError(f"run: expected {' or '.join(world.runs)}, the file says {_text(run)}")
    if world.runs[run].owner == ATTACKER and act == Act.SEND_CODE:
        would = f"would {attack.act.phrase}" if attack else "would do nothing"
        name = world.scenario.attacker
        raise TraceFileError(f"act: expected what the attack {name} does; here it {would}, the file says {_text(act)}")
    return apply(world, Move(run, _ACTS[act]))


def _complete(settings: dict[str, Any]) -> dict[str, Any]:
    """These settings, and the defaults of those that are not among them, because they are newer than the file."""
    return Scenario().to_json() | settings


def _scenario(said: dict[str, Any]) -> Scenario:
    """The settings, each of its own type, in bounds within which a replay is quick."""
    for name in said:
        if name not in SETTINGS:
            raise TraceFileError(
                f"scenario: there is no setting {_text(name)}; expected one of the {len(SETTINGS)} that "
                "`python -m flowsim run --help` lists"
            )
    settings = {name: _of_type(f"scenario.{name}", said.get(name, _MISSING), *_TYPES[name]) for name in SETTINGS}
    for name, value in settings.items():
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise TraceFileError(f"scenario.{name}: expected at most {MAX_TEXT} characters, the file has {len(value)}")
        if type(value) is int and not 0 <= value <= LAST_SECOND and name != "seed":
            raise TraceFileError(f"scenario.{name}: expected 0 to {LAST_SECOND}, the file says {_text(value)}")
    for name, value in settings.items():
        for text in value if isinstance(value, list) else ():
            _of_type(f"scenario.{name}", text, str)
    if settings["seed"] is None:
        raise TraceFileError("scenario.seed: expected the seed of the trace, without which nothing can be played again")
    try:
        return Scenario(**settings)
    except ScenarioError as error:
        raise TraceFileError(f"scenario: {_line(error)}") from None


def _json_types(hint: Any) -> tuple[type, ...]:
    """The types that a setting declared like this has in JSON: a set is a list there, a name from a list is a text."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (frozenset, tuple):
        return (list,)
    if inner:
        found = (one if isinstance(one, type) or get_args(one) else type(one) for one in inner)
        return tuple(dict.fromkeys(type_ for one in found for type_ in _json_types(one)))
    return (hint,)


_ACTS = {act.value: act for act in Act}
_TYPES = {name: _json_types(one.type) for name, one in SETTINGS.items()}
_TYPE_NAMES = {
    str: "a text",
    int: "a whole number",
    bool: "true or false",
    NoneType: "null",
    list: "a list",
    dict: "an object",
}


def _compare(where: str, computed: Any, said: Any) -> Iterator[str]:
    """Every place below this one in which the file says something else than was computed."""
    if computed == said and json.dumps(computed) == json.dumps(said):  # for 1, 1.0 and True are equal
        return
    if isinstance(computed, dict) and isinstance(said, dict):
        for name in (*computed, *(name for name in said if name not in computed)):
            yield from _compare(_member(where, name), computed.get(name, _MISSING), said.get(name, _MISSING))
    elif isinstance(computed, list) and isinstance(said, list):
        for number in range(max(len(computed), len(said))):
            yield from _compare(_item(where, number), _at(computed, number), _at(said, number))
    elif type(computed) is not type(said) or computed != said:
        expected, received = _beside(computed, said)
        yield f"{_printable(where)}: expected {expected}, the file says {received}"


def _member(where: str, name: str) -> str:
    if not where:
        return name
    return f"{where}: {name}" if re.fullmatch(r"event \d+", where) else f"{where}.{name}"


def _item(where: str, number: int) -> str:
    return f"event {number + 1}" if where == "events" else f"{where}[{number}]"


def _at(values: Sequence[Any], number: int) -> Any:
    return values[number] if number < len(values) else _MISSING


def _beside(computed: Any, said: Any) -> tuple[str, str]:
    """Both values; of long texts, the part where they begin to differ."""
    texts = _text(computed, None), _text(said, None)
    if max(map(len, texts)) <= _SHOWN:
        return texts
    same = next((n for n, (ours, theirs) in enumerate(zip(*texts, strict=False)) if ours != theirs), 0)
    start = max(0, same - _SHOWN // 4)
    first, second = (f"{'…' if start else ''}{shorten(text[start:], _SHOWN)}" for text in texts)
    return first, second


def _text(value: Any, width: int | None = _SHOWN) -> str:
    """This value as JSON on one line of plain ASCII, cut to that width."""
    try:
        text = "nothing" if value is _MISSING else json.dumps(value)
    except RecursionError:
        text = "something that is nested too deep"
    return text if width is None else shorten(text, width)


def _printable(where: str) -> str:
    return shorten(json.dumps(where)[1:-1], 3 * _SHOWN)


def _line(error: Exception) -> str:
    return shorten(" ".join(str(error).split()), 4 * _SHOWN)
