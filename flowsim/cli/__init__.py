"""The command line, `python -m flowsim COMMAND`: `run`, `replay`, `checks`, `matrix`, `why`, `steps`, a file for each.

A command is imported, and its options are added, when it is the one that was typed: so `--help` is there at once.

Exit status 0 where a run ended as a run can end, whoever won; 2 with one clear line for a bad option, an unknown name, a
combination that makes no sense or an output that cannot be written to; 130 after Ctrl-C, as shells have it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

from flowsim.model.shown import one_line, safe, shorten

# Each is a module of this folder with two functions: `add_options(parser)`, and `execute(options)`, the exit status.
COMMANDS = {
    "run": "play one login, or one attack, and tell what happened",
    "replay": "play a trace written with --json again and report every difference",
    "checks": "list every check",
    "matrix": "play every attack against every defence, or one against one",
    "why": "play what goes wrong without a check",
    "steps": "list the eleven steps",
    "explain": "say what a word means, a check, a setting, an error code or a clause",
}
LONGEST_LINE = 1000  # characters of what is said to be wrong
WRONG, INTERRUPTED = 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise SystemExit(_complain(f"{shorten(safe(message), LONGEST_LINE)} (python -m {self.prog} --help shows all)"))

    def _print_message(self, message: str, file: Any = None) -> None:
        """What argparse does; but it says nothing where a help text cannot be written."""
        (file or sys.stderr).write(message)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """What argparse does; but the value of `--seed=--` is two dashes, which before Python 3.13 is no value at all."""
        if action.option_strings and arg_strings == ["--"]:
            return self._get_value(action, "--")
        return super()._get_values(action, arg_strings)


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
    _fit_any_terminal()
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        _drop_output()  # whoever read it has gone, and wants no more
        return 0
    except OSError as error:
        _drop_output()
        return _complain(f"cannot write to the standard output: {error.strerror or error}")
    except MemoryError:
        return _complain("there is not enough memory for this")
    except KeyboardInterrupt:
        _drop_output()
        return INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    parser = Parser(prog="flowsim", description="The Authorization Code Flow with PKCE, step by step.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Command)
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text, command=name)
    options = parser.parse_args(arguments)
    from flowsim.model.settings import ScenarioError  # not needed for a help text

    try:
        status: int = options.execute(options)
    except ScenarioError as error:
        return _complain(one_line(error, LONGEST_LINE))
    return status


def _fit_any_terminal() -> None:
    """Have what a terminal cannot show written as its code; a program that was started without an output gets one."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Send what is left to nowhere, so that Python does not try to write it once more when it ends."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(said: str) -> int:
    """Say on the error output what is wrong, where that can be written to, and give the exit status."""
    with suppress(OSError):
        print(f"flowsim: {said}", file=sys.stderr, flush=True)
    return WRONG
