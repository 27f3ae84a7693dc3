"""`flowsim run`: one login or one attack, told, or written as a page, a picture or a file for other programs.

Its options are the settings of an experiment, each as it describes itself (model/settings.py).
"""

import argparse
import json
from textwrap import wrap
from typing import Any

from flowsim.cli.files import write
from flowsim.model import timeline
from flowsim.model.scenario import DEFAULT_API, DEFAULT_SCOPE, DEFAULT_SCOPES, SETTINGS, Scenario, ScenarioError
from flowsim.model.settings import Setting
from flowsim.simulation.names import meanings
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.views.text.predictions import NAMED

_INDENT = "  "


class _Help(argparse.HelpFormatter):
    """Keeps the lines of a help text, one for each value that an option takes."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        parts = []
        for line in text.splitlines():
            indent = 2 * _INDENT if line.startswith(_INDENT) else ""
            parts += wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)
        return parts


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [OPTION ...]"
    parser.formatter_class = _Help
    groups: dict[str, Any] = {}
    for setting in SETTINGS.values():
        if setting.owner not in groups:
            groups[setting.owner] = parser.add_argument_group(f"settings of {setting.owner}")
        _add_option(groups[setting.owner], setting)
        if setting.name == "later":
            _add_shortcuts(groups[setting.owner])
    parser.add_argument(
        "--ask",
        metavar="QUESTION",
        help="with --html: a prediction to make before the outcome is shown, one of " + ", ".join(NAMED),
    )
    output = parser.add_argument_group("what to do with the run").add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print the whole trace as JSON")
    output.add_argument("--html", metavar="FILE", help="write the player and the trace into one HTML file")
    output.add_argument(
        "--har", metavar="FILE", help="write the HTTP messages as HAR 1.2, for a browser's developer tools"
    )
    output.add_argument("--mermaid", action="store_true", help="print the diagram as a Mermaid sequenceDiagram")
    output.add_argument("--svg", metavar="FILE", help="write the sequence diagram as SVG")
    output.add_argument("--png", metavar="FILE", help="write the sequence diagram as PNG")


def execute(options: argparse.Namespace) -> int:
    given = {name: value for name, value in vars(options).items() if name in SETTINGS}
    if "later" in given:
        given["later"] = " ".join(given["later"])
        given.setdefault("scope", _scope(given["later"], given.get("api", DEFAULT_API)))
    if options.ask and not options.html:
        raise ScenarioError("--ask is for the page that --html writes; give both")
    simulation = Simulation(Scenario(**given))
    trace = simulation.run()
    if options.html:
        from flowsim.front_end.page import player_page

        simulation.goto(0)
        return write(
            options.html,
            lambda: player_page(simulation, ask=options.ask).encode(),
            "open it in a browser, it needs no network",
        )
    if options.har:
        from flowsim.views.formats.har import har

        text = json.dumps(har(trace), indent=1)
        return write(options.har, text.encode, "drop it onto the network view of a browser's developer tools")
    if options.svg or options.png:
        return _write_picture(options, trace)
    print(_told(options, trace))
    return 0


def _told(options: argparse.Namespace, trace: Trace) -> str:
    if options.json:
        from flowsim.views.formats.trace_json import trace_json

        return json.dumps(trace_json(trace), indent=1, ensure_ascii=False)
    if options.mermaid:
        from flowsim.views.formats.mermaid import mermaid

        return mermaid(trace)
    from flowsim.views.text.transcript import transcript

    return transcript(trace)


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
    first += ["`flowsim checks` lists them all"] if setting.name == "without" else []
    said = {**({} if setting.name == "without" else meanings(setting)), **setting.words}
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
