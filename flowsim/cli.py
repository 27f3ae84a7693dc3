"""The command line: `python -m flowsim run`, `replay`, `checks`, `matrix`, `why`, `steps`.

The options of `run` are the settings of an experiment, each as it describes itself (model/settings.py). Each command
imports what it needs, and is given its options, when it is asked for: so `--help` is there at once.

Exit status 0 where a run ended as a run can end, whoever won; 2 with one clear line for a bad option, an unknown name or
a combination that makes no sense.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from flowsim.model.settings import Setting

_INDENT = "  "


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line. A command gets its options from `fill`, once it is the one that was typed."""

    def __init__(
        self, *args: Any, fill: Callable[[argparse.ArgumentParser], None] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._fill = fill

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        fill, self._fill = self._fill, None
        if fill:
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        print(f"flowsim: {message} (python -m {self.prog} --help shows all)", file=sys.stderr)
        raise SystemExit(2)


class _Help(argparse.HelpFormatter):
    """Keeps the lines of a help text, one for each value that an option takes."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        from textwrap import wrap

        parts = []
        for line in text.splitlines():
            indent = 2 * _INDENT if line.startswith(_INDENT) else ""
            parts += wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)
        return parts


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments and give the exit status."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal that has no ✓
    options = _parser().parse_args(arguments)
    from flowsim.model.scenario import ScenarioError

    try:
        status: int = options.command(options)
    except ScenarioError as error:
        print(f"flowsim: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="flowsim", description="The Authorization Code Flow with PKCE, step by step.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(
        name: str, does: Callable[[argparse.Namespace], int], text: str, fill: Callable[[argparse.ArgumentParser], None]
    ) -> None:
        made = commands.add_parser(name, help=text, fill=fill, formatter_class=_Help)
        made.set_defaults(command=does)

    command("run", _run, "play one login, or one attack, and tell what happened", _run_options)
    command("replay", _replay, "play a trace written with --json again and report every difference", _replay_options)
    command("checks", _checks, "list every check", _no_options)
    command("matrix", _matrix, "play every attack against every defence, or one against one", _matrix_options)
    command("why", _why, "play what goes wrong without a check", _why_options)
    command("steps", _steps, "list the eleven steps", _no_options)
    return parser


def _no_options(parser: argparse.ArgumentParser) -> None:
    """For a command that takes none."""


def _run_options(run: argparse.ArgumentParser) -> None:
    from flowsim.model.scenario import SETTINGS

    run.usage = "%(prog)s [OPTION ...]"
    groups: dict[str, Any] = {}
    for setting in SETTINGS.values():
        if setting.owner not in groups:
            groups[setting.owner] = run.add_argument_group(f"settings of {setting.owner}")
        _add_option(groups[setting.owner], setting)
        if setting.name == "later":
            _add_shortcuts(groups[setting.owner])
    output = run.add_argument_group("what to do with the run").add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print the whole trace as JSON")
    output.add_argument("--html", metavar="FILE", help="write the player and the trace into one HTML file")
    output.add_argument(
        "--har", metavar="FILE", help="write the HTTP messages as HAR 1.2, for a browser's developer tools"
    )
    output.add_argument("--mermaid", action="store_true", help="print the diagram as a Mermaid sequenceDiagram")
    output.add_argument("--svg", metavar="FILE", help="write the sequence diagram as SVG")
    output.add_argument("--png", metavar="FILE", help="write the sequence diagram as PNG")


def _replay_options(replay: argparse.ArgumentParser) -> None:
    replay.add_argument("file", metavar="FILE")


def _matrix_options(table: argparse.ArgumentParser) -> None:
    from flowsim.analysis.defences import DEFENCES, ROWS

    table.add_argument("attack", nargs="?", metavar="ATTACK", help=_names(ROWS))
    table.add_argument("defence", nargs="?", metavar="DEFENCE", help=_names(DEFENCES))
    table.add_argument("--csv", metavar="FILE", help="write a line for each cell")
    table.add_argument(
        "--html",
        metavar="FILE",
        help="write a page in which each cell opens its run, or one cell in the player",
    )


def _why_options(reason: argparse.ArgumentParser) -> None:
    reason.add_argument("check", metavar="CHECK", help="its name, as `flowsim checks` lists it")


def _add_option(group: Any, setting: "Setting") -> None:
    """The option that gives a setting its value; one that is not given leaves the setting to the scenario."""
    from flowsim.simulation.names import meanings

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


def _help(setting: "Setting") -> str:
    """What a setting is and what it usually is, and a line for each of its values."""
    from flowsim.simulation.names import meanings

    first = [setting.help]
    first += ["may be repeated"] if setting.kind == "names" else [f"default: {_usual(setting)}"]
    first += ["`flowsim checks` lists them all"] if setting.name == "without" else []
    said = {**({} if setting.name == "without" else meanings(setting)), **setting.words}
    lines = ["; ".join(first), *(f"{_INDENT}{value}: {meaning}" for value, meaning in said.items())]
    return "\n".join(lines).replace("%", "%%")


def _usual(setting: "Setting") -> str:
    """The default of a setting, in words."""
    from flowsim.model import timeline

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


def _names(names: Iterable[str]) -> str:
    return f"one of: {', '.join(names)}"


def _run(options: argparse.Namespace) -> int:
    from flowsim.model.scenario import DEFAULT_API, SETTINGS, Scenario
    from flowsim.simulation.simulation import Simulation

    given = {name: value for name, value in vars(options).items() if name in SETTINGS}
    if "later" in given:
        given["later"] = " ".join(given["later"])
        given.setdefault("scope", _scope(given["later"], given.get("api", DEFAULT_API)))
    simulation = Simulation(Scenario(**given))
    trace = simulation.run()
    if options.html:
        from flowsim.player.page import player_page

        simulation.goto(0)
        return _write(
            options.html, lambda: player_page(simulation).encode(), "open it in a browser, it needs no network"
        )
    if options.har:
        from flowsim.views.formats.har import har

        text = json.dumps(har(trace), indent=1)
        return _write(options.har, text.encode, "drop it onto the network view of a browser's developer tools")
    if options.svg:
        from flowsim.views.pictures.picture import sequence

        return _write(options.svg, lambda: sequence(trace).svg.encode(), "the sequence diagram")
    if options.png:
        from flowsim.views.pictures.picture import sequence_png

        return _write(options.png, lambda: sequence_png(trace), "the sequence diagram")
    if options.json:
        from flowsim.views.formats.trace_json import trace_json

        print(json.dumps(trace_json(trace), indent=1, ensure_ascii=False))
    elif options.mermaid:
        from flowsim.views.formats.mermaid import mermaid

        print(mermaid(trace))
    else:
        from flowsim.views.text.transcript import transcript

        print(transcript(trace))
    return 0


def _matrix(options: argparse.Namespace) -> int:
    from flowsim.analysis.defences import DEFENCES
    from flowsim.analysis.matrix import cell, matrix
    from flowsim.model.scenario import ScenarioError
    from flowsim.player.matrix_page import matrix_page
    from flowsim.player.page import player_page
    from flowsim.views.text.transcript import transcript

    if options.attack is not None:
        if options.defence is None:
            raise ScenarioError(f"against which defence? expected one of: {', '.join(DEFENCES)}")
        one = cell(options.attack, options.defence)
        if options.html:
            return _write(options.html, lambda: player_page(one.simulation()).encode(), "it steps through this run")
        print(transcript(one.simulation().run()))
        return 0
    whole = matrix()
    if options.csv:
        return _write(options.csv, lambda: whole.to_csv().encode(), "a line for each cell")
    if options.html:
        return _write(options.html, lambda: matrix_page(whole).encode(), "each cell opens its run in the player")
    print(whole)
    return 0


def _scope(later: str, api: str) -> str:
    """The scope that the app asks for where none was given: a plan that takes a refresh token needs one more word."""
    from flowsim.model.scenario import DEFAULT_SCOPE, DEFAULT_SCOPES

    usual = DEFAULT_SCOPES.get(api, DEFAULT_SCOPE)
    return f"{usual} offline_access" if any(word.startswith(("refresh", "logout")) for word in later.split()) else usual


def _seconds(text: str) -> int:
    """The seconds of a time as an option gives it; argparse shows the message of the error."""
    from flowsim.model import timeline

    try:
        return timeline.duration(text)
    except timeline.PlanError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _time(text: str) -> str:
    """A time as it is, once it is one."""
    _seconds(text)
    return text


def _write(name: str, content: Callable[[], bytes], use: str) -> int:
    from flowsim.model.scenario import ScenarioError
    from flowsim.views.pictures.svg import DrawingError

    try:
        octets = content()
        Path(name).write_bytes(octets)
    except OSError as error:
        raise ScenarioError(f"cannot write {name}: {error.strerror}; choose another file") from None
    except DrawingError as error:
        raise ScenarioError(str(error)) from None
    print(f"wrote {name}: {use}")
    return 0


def _replay(options: argparse.Namespace) -> int:
    """Exit status 0 where the file says what was computed again, 1 where it differs."""
    from flowsim.model.scenario import ScenarioError
    from flowsim.views.formats.replay import differences

    try:
        text = Path(options.file).read_text("utf-8")
    except OSError as error:
        raise ScenarioError(f"cannot read {options.file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{options.file} is not a text file; expected one written with --json") from None
    found = differences(text)
    print("\n".join(found) or "no difference: every value in the file was computed again")
    return 1 if found else 0


def _checks(options: argparse.Namespace) -> int:
    from flowsim.checks import TABLES
    from flowsim.model.steps import step_name

    for place, table in TABLES.items():
        print(place)
        for check in table:
            print(f"  {check.id:34} step {step_name(check.step):>2}  {check.clause:20} {check.title}")
        print()
    return 0


def _why(options: argparse.Namespace) -> int:
    from flowsim.analysis.counterexamples import why

    print(why(options.check))
    return 0


def _steps(options: argparse.Namespace) -> int:
    from flowsim.model.steps import ACTOR_BY_ID, LATER_STEPS, STEPS

    for step in (*STEPS, *LATER_STEPS):
        way = f"{ACTOR_BY_ID[step.sender].name} → {ACTOR_BY_ID[step.receiver].name}"
        print(
            f"{step.name:>2}  {step.title}  ({way})\n    {step.text.replace('`', '')}\n    {', '.join(step.clauses)}\n"
        )
    return 0
