"""`flowsim run`: one login or one attack, told, or written as a page, a picture or a file for other programs.

Its options are the settings of an experiment, each as it describes itself (model/settings.py).
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flowsim.attacks import known_attacker
from flowsim.cli.files import write
from flowsim.cli.terminal import say, task, width
from flowsim.diagnosis.diagnosis import what_went_wrong
from flowsim.model import timeline
from flowsim.model.scenario import DEFAULT_API, DEFAULT_SCOPE, DEFAULT_SCOPES, SETTINGS, Scenario, ScenarioError
from flowsim.model.settings import Setting
from flowsim.model.shown import one_line
from flowsim.session.idle_names import without_effect
from flowsim.simulation.names import meanings
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.text.predictions import NAMED
from flowsim.views.text.transcript import summary, transcript

_INDENT = "  "
_LISTED_ELSEWHERE = {"without": "checks", "mistakes": "mistakes"}
_LONGEST_NAME = 300  # characters of a folder's name in a message


EXAMPLES = (
    ("flowsim run --short", "one line a step, and the verdict"),
    ("flowsim run --pkce none --attack code-interception", "without PKCE, who steals the code reads the data"),
    ("flowsim run --attack code-interception --without token.verifier_fits", "what if that check is off?"),
    ("flowsim run --advance 1h --refresh", "an hour later the app refreshes, and calls the API"),
    ("flowsim run --order 'victim:2 tab2:2'", "two logins of one user at the same time, in two tabs"),
    ("flowsim run --json > login.json", "the whole trace, for `flowsim replay login.json`"),
    ("flowsim run --html login.html", "the player in one file, which needs no network"),
    (
        "flowsim run --html class.html --attack code-interception --compare pkce=none",
        "with PKCE and without, each login and each theft, in one file",
    ),
    ("flowsim run --player my-page/", "the player as a module and this trace, for a page of your own"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [OPTION ...]"
    add_settings(parser)
    several = parser.add_argument_group("what to do with the run")
    several.add_argument(
        "--compare",
        metavar="SETTINGS",
        action="append",
        default=[],
        help="with --html or --player: the same experiment with other settings as further branches, for example "
        "pkce=none, or 'pkce=none rotation=no'; where there is an attack, each login stands beside its theft; may be "
        "repeated",
    )
    several.add_argument(
        "--ask",
        metavar="QUESTION",
        help="with --html or --player: a prediction to make before the outcome is shown, one of " + ", ".join(NAMED),
    )
    output = several.add_mutually_exclusive_group()
    output.add_argument("--short", action="store_true", help="tell one line a step, and the verdict")
    output.add_argument("--json", action="store_true", help="print the whole trace as JSON")
    output.add_argument("--html", metavar="FILE", help="write the player and the trace into one HTML file")
    output.add_argument(
        "--player",
        metavar="FOLDER",
        help="write the player as a module and the trace beside it, for any page (docs/players-in-your-page.md)",
    )
    output.add_argument(
        "--har", metavar="FILE", help="write the HTTP messages as HAR 1.2, for a browser's developer tools"
    )
    output.add_argument("--mermaid", action="store_true", help="print the diagram as a Mermaid sequenceDiagram")
    output.add_argument("--svg", metavar="FILE", help="write the sequence diagram as SVG")
    output.add_argument("--png", metavar="FILE", help="write the sequence diagram as PNG")


def add_settings(parser: argparse.ArgumentParser, some: Iterable[Setting] = SETTINGS.values()) -> None:
    """Add the options that give these settings their values, in a group for each owner."""
    groups: dict[str, Any] = {}
    for setting in some:
        if setting.owner not in groups:
            groups[setting.owner] = parser.add_argument_group(f"settings of {setting.owner}")
        _add_option(groups[setting.owner], setting)
        if setting.name == "later":
            _add_shortcuts(groups[setting.owner])


def execute(options: argparse.Namespace) -> int:
    given = {name: value for name, value in vars(options).items() if name in SETTINGS}
    shown = options.html or options.player
    if options.ask and not shown:
        raise ScenarioError("--ask is for the player that --html or --player writes; give one of them, too")
    if options.compare:
        return _compare(options, given)
    scenario = Scenario(**settled(given))
    title = known_attacker(scenario.attacker).title if scenario.attacker else None
    simulation = Simulation(scenario, title=title)
    with task("playing the run"):
        trace = simulation.run()
        idle = without_effect(trace)
    for told in idle:
        print(f"flowsim: {told}", file=sys.stderr)
    if shown:
        simulation.goto(0)
        return _write_player(options, "open it in a browser, it needs no network", simulation)
    if options.har:
        from flowsim.views.formats.har import har

        text = json.dumps(har(trace), indent=1)
        return write(options.har, text.encode, "drop it onto the network view of a browser's developer tools")
    if options.svg or options.png:
        return _write_picture(options, trace)
    if options.json:
        from flowsim.views.formats.trace_json import trace_json

        print(json.dumps(trace_json(trace), indent=1, ensure_ascii=False))
    elif options.mermaid:
        from flowsim.views.formats.mermaid import mermaid

        print(mermaid(trace))
    else:
        tell(trace, short=options.short)
    return 0


def _compare(options: argparse.Namespace, given: dict[str, Any]) -> int:
    """Write the player with this experiment and those to compare it with."""
    from flowsim.cli.compare import Changes
    from flowsim.session.compared import compared

    if not (options.html or options.player):
        raise ScenarioError("--compare makes further branches of a player; name the file for it with --html")
    reader = Changes(prog="--compare", add_help=False, allow_abbrev=False)
    add_settings(reader)
    several = [given, *({**given, **reader.of(text)} for text in options.compare)]
    runs = compared([settled(one) for one in several])
    attack = next((one.scenario.attacker for one in runs if one.scenario.attacker), None)
    told = f"{len(runs)} branches: {'; '.join(one.title for one in runs)}"
    return _write_player(options, told, *runs, **({"attack": attack} if attack else {}))


def _write_player(options: argparse.Namespace, told: str, *runs: Simulation, **attack: str) -> int:
    """Write the player for these runs, as a page or as files for any page, and say what it is."""
    from flowsim.front_end.page import page
    from flowsim.views.formats.player_payload import player_payload

    with task("playing the runs"):
        payload = player_payload(*runs, ask=options.ask, **attack)
    if options.html:
        return write(options.html, lambda: page(payload).encode(), told)
    from flowsim.front_end.any_page import EXAMPLE, player_files
    from flowsim.front_end.class_folder.folder import write_folder

    folder = Path(options.player)
    files = player_files(payload)
    if (folder / EXAMPLE).exists():  # it may be the reader's own by now
        del files[EXAMPLE]
    names = write_folder(folder, {name: text.encode for name, text in files.items()})
    where = one_line(options.player, _LONGEST_NAME).rstrip("/")
    say(f"wrote {', '.join(names)} into {where}: serve it with `python -m http.server -d {where}`")
    return 0


def settled(given: Mapping[str, Any]) -> dict[str, Any]:
    """These settings as a scenario takes them: the parts of a plan as one text, and the scope that it needs."""
    if "later" not in given:
        return {**given}
    later = " ".join(given["later"])
    return {"scope": _scope(later, given.get("api", DEFAULT_API)), **given, "later": later}


def tell(trace: Trace, *, short: bool = False) -> None:
    """Print the story of this run; its last sentence stands out as good news or bad."""
    sentence = trace.verdict.sentence
    told = summary(trace) if short else transcript(trace, width())
    if why := what_went_wrong(trace):
        told += f"\n\n{why}"
    say(told, **{"bad" if trace.verdict.attack_succeeded else "good": sentence})


def _write_picture(options: argparse.Namespace, trace: Trace) -> int:
    from flowsim.views.pictures.picture import sequence, sequence_png
    from flowsim.views.pictures.svg import DrawingError

    try:
        if options.svg:
            return write(options.svg, lambda: sequence(trace).svg.encode(), "the sequence diagram")
        return write(options.png, lambda: sequence_png(trace), "the sequence diagram")
    except DrawingError as error:
        raise ScenarioError(str(error)) from None


def _add_option(group: Any, setting: Setting) -> None:
    """The option that gives a setting its value; one that is not given leaves the setting to the scenario."""
    names = [f"--{name.replace('_', '-')}" for name in (setting.option, setting.name) if name]
    values = {str(value): value for value in meanings(setting)}
    kinds: dict[str, dict[str, Any]] = {
        "choice": {"metavar": "VALUE", "type": lambda text: values.get(text, text)},
        "switch": {"action": argparse.BooleanOptionalAction},
        "time": {"metavar": "TIME", "type": _seconds},
        "number": {"metavar": "N", "type": int},
        "names": {"metavar": "NAME", "action": "append"},
        "text": {"metavar": "NAME" if values else "TEXT"},
    }
    how = {"metavar": "PLAN", "action": "append"} if setting.name == "later" else kinds[setting.kind]
    group.add_argument(*names, dest=setting.name, default=argparse.SUPPRESS, help=_help(setting), **how)


def _help(setting: Setting) -> str:
    """What a setting is and what it usually is, and a line for each of its values."""
    first = [setting.help]
    first += ["may be repeated"] if setting.kind == "names" else [f"default: {_usual(setting)}"]
    listed = _LISTED_ELSEWHERE.get(setting.name)
    first += [f"`flowsim {listed}` lists them all"] if listed else []
    said = {**({} if listed else meanings(setting)), **setting.words}
    lines = ["; ".join(first), *(f"{_INDENT}{value}: {meaning}" for value, meaning in said.items())]
    return "\n".join(lines).replace("%", "%%")


def _usual(setting: Setting) -> str:
    """The default of a setting, in words."""
    if setting.default is None:
        return setting.unset
    if setting.kind == "switch":
        return "yes" if setting.default else "no"
    if not setting.default:
        return "none"
    return timeline.in_words(setting.default) if setting.kind == "time" else str(setting.default)


def _add_shortcuts(group: Any) -> None:
    """Two options that say a part of the plan; all parts are done in the order in which they are given."""
    later: dict[str, Any] = {"dest": "later", "default": argparse.SUPPRESS}
    group.add_argument(
        "--advance", metavar="TIME", action="append", type=_time, help="The same as --later TIME: time passes", **later
    )
    group.add_argument(
        "--refresh",
        action="append_const",
        const="refresh call",
        help="The same as --later 'refresh call': the app refreshes its tokens, and calls the API",
        **later,
    )


def _scope(later: str, api: str) -> str:
    """The scope that the app asks for where none was given: a plan that takes a refresh token needs one more word."""
    usual = DEFAULT_SCOPES.get(api, DEFAULT_SCOPE)
    return f"{usual} offline_access" if any(word.startswith(("refresh", "logout")) for word in later.split()) else usual


def _seconds(text: str) -> int:
    """The seconds of a time as an option gives it; argparse shows the message of the error."""
    try:
        return timeline.duration(text)
    except timeline.PlanError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _time(text: str) -> str:
    """A time as it is, once it is one."""
    _seconds(text)
    return text
