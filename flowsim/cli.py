"""The command line: `python -m flowsim run`, `replay`, `checks`, `matrix`, `why`, `steps`.

Each command imports what it needs, and is given its options, when it is asked for: so `--help` is there at once.

Exit status 0 where a run ended as a run can end, whoever won; 2 with one clear line for a bad option, an unknown name or
a combination that makes no sense.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn, get_args


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
        commands.add_parser(name, help=text, fill=fill).set_defaults(command=does)

    command("run", _run, "play one login, or one theft, and tell what happened", _run_options)
    command("replay", _replay, "play a trace written with --json again and report every difference", _replay_options)
    command("checks", _checks, "list every check", _no_options)
    command("matrix", _matrix, "play every attack against every defence, or one against one", _matrix_options)
    command("why", _why, "play what goes wrong without a check", _why_options)
    command("steps", _steps, "list the eleven steps", _no_options)
    return parser


def _no_options(parser: argparse.ArgumentParser) -> None:
    """For a command that takes none."""


def _run_options(run: argparse.ArgumentParser) -> None:
    from flowsim.attacks import ATTACKERS
    from flowsim.model.hooks import ACTIONS
    from flowsim.model.scenario import (
        APIS,
        DEFAULT_SCOPE,
        PROFILES,
        DpopUse,
        LoginOption,
        PkceMethod,
        UserBehaviour,
    )

    run.add_argument("--client", metavar="PROFILE", default="native-scheme", help=_names(PROFILES))
    run.add_argument("--pkce", metavar="METHOD", default="S256", help=_names(get_args(PkceMethod)))
    run.add_argument(
        "--pkce-required", action=argparse.BooleanOptionalAction, help="the server insists on PKCE, or not"
    )
    run.add_argument("--attack", metavar="NAME", help=_names(ATTACKERS))
    run.add_argument(
        "--without", metavar="CHECK", action="append", default=[], help="switch a check off; may be repeated"
    )
    run.add_argument("--user", metavar="BEHAVIOUR", default="accepts", help=_names(get_args(UserBehaviour)))
    run.add_argument("--login", metavar="OPTION", default="password", help=_names(get_args(LoginOption)))
    run.add_argument("--scope", help=f"what the app asks for; default: {DEFAULT_SCOPE}, with offline_access to refresh")
    run.add_argument(
        "--later", metavar="PLAN", action="append", help="what happens after the login, such as '1h call refresh call'"
    )
    run.add_argument(
        "--advance",
        metavar="TIME",
        dest="later",
        action="append",
        type=_time,
        help="let time pass after the login: 90s, 10m, 30d",
    )
    run.add_argument(
        "--refresh",
        dest="later",
        action="append_const",
        const="refresh call",
        help="refresh the tokens, and call the API",
    )
    run.add_argument(
        "--rotation",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="each refresh token is good for one exchange, or for many",
    )
    run.add_argument(
        "--overlap", metavar="TIME", type=_time, help="how long a rotated token is good for another exchange"
    )
    run.add_argument(
        "--action", metavar="NAME", action="append", default=[], help=f"may be repeated; {_names(ACTIONS)}"
    )
    run.add_argument("--api", metavar="NAME", default="messages", help=f"the API the app calls; {_names(APIS)}")
    run.add_argument("--dpop", metavar="USE", default="off", help=_names(get_args(DpopUse)))
    for name, kind in _choices().items():
        run.add_argument(f"--{name.replace('_', '-')}", metavar="HOW", help=_names(get_args(kind)))
    for name, help_text in _SWITCHES.items():
        run.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=help_text)
    run.add_argument(
        "--consent",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="the server asks for consent after the login, or not",
    )
    run.add_argument("--redirect-status", metavar="N", type=int, default=303, help="one of: 302, 303, 307")
    run.add_argument("--seed", metavar="N", help="a seed makes every byte repeat; without one every run is different")
    output = run.add_mutually_exclusive_group()
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


# Settings that an attack needs, or that answer one.
def _choices() -> dict[str, Any]:
    from flowsim.model.scenario import Par, RedirectMatch, Remembers, VerifierSource

    return {"redirect_match": RedirectMatch, "remembers": Remembers, "verifier": VerifierSource, "par": Par}


_SWITCHES = {
    "burns_codes": "a refused token request ends the code",
    "revokes_any_replay": "a used code that comes again revokes tokens, whatever else is wrong with the request",
    "second_server": "the user chooses another authorization server, which is the attacker's",
    "own_redirects": "the app is called back from each server at an address of its own",
    "web_view": "the app shows the login page in a window of its own",
    "framing": "the server lets others show its pages in a frame",
    "shared_state": "the app looks a login up by its state, whichever browser brings it",
}


def _names(names: Iterable[str]) -> str:
    return f"one of: {', '.join(names)}"


def _run(options: argparse.Namespace) -> int:
    from flowsim.model import timeline
    from flowsim.model.scenario import Scenario
    from flowsim.simulation.simulation import Simulation

    scenario = Scenario(
        client=options.client,
        pkce=options.pkce,
        pkce_required=options.pkce_required,
        attacker=options.attack,
        without=frozenset(options.without),
        user=options.user,
        login=options.login,
        scope=_scope(options),
        seed=options.seed,
        later=" ".join(options.later or ()),
        rotation=options.rotation,
        api=options.api,
        dpop=options.dpop,
        actions=tuple(options.action),
        asks_consent=options.consent,
        redirect_status=options.redirect_status,
        overlap=timeline.duration(options.overlap) if options.overlap else 0,
        **{name: value for name in (*_choices(), *_SWITCHES) if (value := getattr(options, name))},
    )
    simulation = Simulation(scenario)
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


def _scope(options: argparse.Namespace) -> str:
    """The scope that was asked for. Where none was, a plan that takes a refresh token gets the scope it needs."""
    from flowsim.model.scenario import DEFAULT_SCOPE, DEFAULT_SCOPES

    if options.scope is not None:
        return str(options.scope)
    words = " ".join(options.later or ()).split()
    usual = DEFAULT_SCOPES.get(options.api, DEFAULT_SCOPE)
    return f"{usual} offline_access" if any(word.startswith(("refresh", "logout")) for word in words) else usual


def _time(text: str) -> str:
    """A time as an option gives it, still as text; argparse shows the message of the error."""
    from flowsim.model import timeline

    try:
        timeline.duration(text)
    except timeline.PlanError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
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
