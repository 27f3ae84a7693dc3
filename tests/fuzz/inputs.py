"""What comes from outside, at random: scenarios, plans, files of traces, command lines. Each ends well or in a sentence.

A case is made from a number, so that whatever is found can be tried again; those found once are in corpus/inputs.json
with the kind and the number, and are tried first.
"""

import contextlib
import io
import json
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import cache
from itertools import chain, count, islice
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from flowsim.attacks import ATTACKERS
from flowsim.checks import CHECKS
from flowsim.cli import COMMANDS
from flowsim.cli import main as command_line
from flowsim.model import timeline
from flowsim.model.hooks import ACTIONS
from flowsim.model.scenario import LAST_SECOND, SETTINGS, Scenario, ScenarioError
from flowsim.model.settings import Setting
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.har import har
from flowsim.views.formats.replay import TraceFileError, differences
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.text.transcript import transcript

CORPUS = Path(__file__).parent / "corpus" / "inputs.json"
SLOW = 5.0  # seconds of one case, on a machine that does other things as well
SLOW_PLAN = 0.2
MOST_WORDS = 5000
LARGE = 48_000_000  # octets, twelve times as many as a trace may have characters
_NO_JSON = float("nan")
_ODD: list[Any] = [None, True, 0, -1, 10**30, 1.5, "", " ", "no", "\ud800", "\x1b[31m", "\n", "é✓", "--", [], {}]
_WORDS = [*timeline._KINDS, "after", "6:", "2:", "11:", "1s", "1h", "3650d", "3651d", "refresh=openid", "refresh=", "x"]
_DATES = [0, 1, LAST_SECOND, LAST_SECOND - 1, LAST_SECOND - 3600, 1_767_268_800, LAST_SECOND + 1]


def plan(random: Random) -> str:
    """A plan, mostly of words that there are."""
    return " ".join(random.choices(_WORDS, k=random.choice([1, 2, 3, 5, 8, 45])))


def value(random: Random, setting: Setting) -> Any:
    """A value of this setting, mostly one that it can have."""
    if random.random() < 0.04:
        return random.choice([*_ODD, _NO_JSON])
    known: dict[str, Callable[[], Any]] = {
        "attacker": lambda: random.choice([None, *ATTACKERS]),
        "without": lambda: random.sample(sorted(CHECKS), k=random.randint(0, 3)),
        "actions": lambda: random.choices(sorted(ACTIONS), k=random.randint(0, 2)),
        "later": lambda: plan(random),
        "start": lambda: random.choice(_DATES),
        "seed": lambda: random.choice([7, "7", "✓", 10**30, -1]),
    }
    if setting.name in known:
        return known[setting.name]()
    match setting.kind:
        case "choice":
            return random.choice(list(setting.choices))
        case "switch":
            return random.choice([True, False])
        case "time" | "number":
            return random.choice([setting.default, setting.least or 0, 1, 60, 600, 3600])
    return setting.default


def settings(random: Random) -> dict[str, Any]:
    """Some settings by name."""
    names = random.sample(sorted(SETTINGS), k=random.choice([1, 2, 3, 5, 8]))
    some = {"seed": 7} | {name: value(random, SETTINGS[name]) for name in names}
    if random.random() < 0.15:  # near the end of all dates
        waits = random.choice(["after 2: 1h", "after 6: 2m", "1s call", "1h call"])
        some |= {
            "start": random.choice([*_DATES, LAST_SECOND - 3600, LAST_SECOND - 3600]),
            "actions": [random.choice(sorted(ACTIONS))],
            "later": waits,
        }
    return some


def scenarios(random: Random) -> str:
    """A scenario is played to its end, told, and written as JSON and HAR; or it is refused."""
    try:
        trace = Simulation(Scenario(**settings(random))).run()
    except ScenarioError as error:
        return _refused(error)
    text = json.dumps(trace_json(trace), allow_nan=False)
    transcript(trace).encode()
    json.dumps(har(trace)).encode()
    found = differences(text)
    assert not found, found[:3]
    return "played"


def plans(random: Random) -> str:
    """A plan is read, or refused; a long one as fast as a short one."""
    words = plan(random).split() * random.choice([1, 1, 1, 100, 10_000])
    text, start = " ".join(words[:MOST_WORDS]), time.process_time()
    try:
        items = timeline.parse(text)
    except timeline.PlanError as error:
        assert time.process_time() - start < SLOW_PLAN, "it took long to refuse it"
        return _refused(error)
    assert len({item.run for item in items}) == len(items) <= timeline.MOST_ITEMS
    return "read"


def files(random: Random) -> str:
    """The file of a trace in which something was changed: every change is a difference, or the file is none."""
    said: Any = json.loads(random.choice(_written()))
    before = json.dumps(said)
    for _ in range(random.choice([1, 1, 2, 5])):
        _change(random, said)
    text = json.dumps(said)
    if random.random() < 0.2:
        start = random.randrange(len(text))
        text = text[:start] + random.choice(["", "\x00", "[" * 5000, '"', "NaN", "1" * 5000]) + text[start + 1 :]
    try:
        found = differences(text)
    except TraceFileError as error:
        return _refused(error)
    assert all(one.isprintable() for one in found)
    if text == before:
        assert not found
    return "compared"


def branches(random: Random) -> str:
    """A branch that leaves another without a change is the same story, and tells the same of it, wherever it leaves it."""
    some = settings(random) | {"attacker": None}
    some["later"] = "" if random.random() < 0.7 else some.get("later", "")
    try:
        branch = Simulation(**some)
        if random.random() < 0.8:
            branch.goto(random.randint(0, 8))
            branch = branch.inject(random.choice([*ATTACKERS]))
        whole = branch.run()
        branch.goto(random.randint(0, len(whole.events)))
        again = branch.fork("again").run()
    except ScenarioError as error:
        return _refused(error)
    assert again.events == whole.events, "a fork is another story"
    assert again.verdict == whole.verdict, "a fork has another verdict"
    return "forked"


def large_files(random: Random) -> str:
    """A file that is far too long is refused, and takes no more memory than one that is not."""
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder, "large.json")
        with name.open("wb") as file:
            file.write(random.choice([b"", b"{", b"\xff", b"[" * 5000]))
            file.truncate(LARGE)  # no octet of it is on the disk
        err = io.StringIO()
        tracemalloc.start()
        try:
            with contextlib.redirect_stderr(err):
                status = command_line(["replay", str(name)])
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert status == 2, status
    assert most < LARGE, f"it took {most} octets"
    return "refused"


class _Broken(io.StringIO):
    """An output that cannot be written to, or that somebody has had enough of."""

    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self.error = error

    def write(self, _text: str) -> int:
        raise self.error


# What goes wrong at the first word that is written, and the exit status then.
_BROKEN: dict[type[BaseException], int] = {OSError: 2, BrokenPipeError: 0, KeyboardInterrupt: 130, MemoryError: 2}


def command_lines(random: Random) -> str:
    """A command line ends with 0, 1 or 2, and says in one line what is wrong with it."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [one.replace("{}", folder) for one in _arguments(random)]
        breaks = random.choice([*_BROKEN]) if random.random() < 0.2 else None
        out, err = _Broken(breaks) if breaks else io.StringIO(), io.StringIO()
        # A file may be called anything, so whatever is written goes into the folder.
        # What would serve until somebody stops it is stopped as soon as it could be heard.
        serves = patch("flowsim.live.port.server.run_until_stopped", lambda _server, _sockets, begun: begun())
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), serves:
            try:
                status = command_line(arguments)
            except SystemExit as left:
                status = int(str(left.code or 0))
            except KeyboardInterrupt:
                raise AssertionError("Ctrl-C comes through") from None
    assert status in (0, 1, 2, *([_BROKEN[breaks]] if breaks else [])), status
    if status == 2:
        assert err.getvalue().startswith("flowsim: "), err.getvalue()
        assert err.getvalue().removesuffix("\n").isprintable(), err.getvalue()
        assert len(err.getvalue()) < 1300, len(err.getvalue())
    return f"status {status}"


KINDS: dict[str, Callable[[Random], str]] = {
    "scenarios": scenarios,
    "plans": plans,
    "files": files,
    "command lines": command_lines,
    "branches": branches,
    "large files": large_files,
}


def corpus() -> list[tuple[str, int]]:
    """What was found once: the kind of the case and its number."""
    return [(kind, number) for kind, number in json.loads(CORPUS.read_text("utf-8"))]


def tried(kind: str, number: int) -> tuple[str, str]:
    """What became of this case, and what is wrong with that: nothing, mostly."""
    start = time.process_time()
    try:
        became = KINDS[kind](Random(f"{kind} {number}"))
    except Exception as error:
        return "an error", f"{type(error).__name__}: {error}"
    took = time.process_time() - start
    return became, f"took {took:.1f} s" if took > SLOW else ""


def main(runs: int | None = None, seconds: float | None = None, first: int = 0) -> int:
    """Try the corpus and then so many cases, or for so long; print and count what was wrong."""
    counts: Counter[str] = Counter()
    wrong, start = 0, time.perf_counter()
    known = corpus()
    most = (1000 if runs is None else runs) + len(known) if seconds is None else None
    later = ((kind, number) for number in count(first) for kind in KINDS)
    for kind, number in islice(chain(known, later), most):
        if seconds is not None and time.perf_counter() - start > seconds:
            break
        became, found = tried(kind, number)
        counts[f"{kind}: {became}"] += 1
        if found:
            wrong += 1
            print(f"{kind} {number}: {found}", flush=True)
    print(f"{counts.total()} inputs in {time.perf_counter() - start:.0f} s, {wrong} wrong")
    for name, times in sorted(counts.items()):
        print(f"{times:6} {name}")
    return wrong


def _refused(error: Exception) -> str:
    said = str(error)
    assert said and "\n" not in said and "\x1b" not in said, said
    said.encode()
    return "refused"


@cache
def _written() -> tuple[str, ...]:
    """Files as flowsim writes them."""
    played: list[dict[str, Any]] = [
        {},
        {"attacker": "code-interception", "pkce": "none"},
        {"client": "spa", "later": "1h call"},
    ]
    return tuple(json.dumps(trace_json(Simulation(seed=7, **one).run())) for one in played)


def _change(random: Random, said: Any) -> None:
    """Change one place of this JSON, near its top or deep in it."""
    place, names = said, []
    while isinstance(place, dict | list) and place:
        names = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        name = random.choice(names)
        inner = place[name]
        if not isinstance(inner, dict | list) or not inner or random.random() < 0.2:
            new = random.choice([*_ODD, inner, plan(random), *_DATES])
            place[name] = [new] if random.random() < 0.05 else new
            return
        place = inner


_OUTPUTS = ["--json", "--mermaid", "--html", "--svg", "--har", "--x"]
_NAMES = ["{}", "{}/x", "/dev/null", "\x1b", "api.scope", "code-interception", "nothing"]


def _arguments(random: Random) -> list[str]:
    command = random.choice([*COMMANDS, *["run"] * 6, "fly", ""])
    said = [command]
    for _ in range(random.choice([0, 1, 2, 4])):
        setting = random.choice(list(SETTINGS.values()))
        given = str(value(random, setting))
        option = random.choice([f"--{setting.name.replace('_', '-')}", *_OUTPUTS])
        written = [[option], [f"{option}={given}"], [option, given], [given], [option, "{}/x"], [option, "{}"]]
        if random.random() < 0.1:
            written = [[f"--{random.choice(['later', 'advance', setting.name])}=--"]]
        said += random.choice(written)
    if command == "lesson":
        # All its pages take longer still, so there is always an option that there is not.
        return [command, "-x", *random.choices(["--scorm", *_NAMES], k=random.randint(0, 2))]
    if command in ("replay", "why", "matrix"):
        # The whole matrix takes long, so at least one attacker is named, where no option takes the name for its value.
        said[1:1] = random.choices(_NAMES, k=random.randint(1 if command == "matrix" else 0, 2))
    return said
