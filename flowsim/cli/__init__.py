"""The command line, `python -m flowsim COMMAND`: `run`, `replay`, `checks`, `matrix`, `why`, `steps`, a file for each.

A command is imported, and its options are added, when it is the one that was typed: so `--help` is there at once.

Exit status 0 where a run ended as a run can end, whoever won; 2 with one clear line for a bad option, an unknown name or
a combination that makes no sense.
"""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

# Each is a module of this folder with two functions: `add_options(parser)`, and `execute(options)`, the exit status.
COMMANDS = {
    "run": "play one login, or one attack, and tell what happened",
    "replay": "play a trace written with --json again and report every difference",
    "checks": "list every check",
    "matrix": "play every attack against every defence, or one against one",
    "why": "play what goes wrong without a check",
    "steps": "list the eleven steps",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        print(f"flowsim: {message} (python -m {self.prog} --help shows all)", file=sys.stderr)
        raise SystemExit(2)


class Command(Parser):
    """The parser of one command, which knows its options once it has something to parse."""

    def __init__(self, command: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.command = command

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What argparse does, after the command's module has been asked for its options."""
        module = import_module(f"flowsim.cli.{self.command}")
        module.add_options(self)
        self.set_defaults(execute=module.execute)
        return super().parse_known_args(args, namespace)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line with these arguments and give the exit status."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # for a terminal that has no ✓
    parser = Parser(prog="flowsim", description="The Authorization Code Flow with PKCE, step by step.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Command)
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text, command=name)
    options = parser.parse_args(arguments)
    from flowsim.model.settings import ScenarioError  # not needed for a help text

    try:
        status: int = options.execute(options)
    except ScenarioError as error:
        print(f"flowsim: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return status
