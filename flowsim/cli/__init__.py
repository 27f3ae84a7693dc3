"""The command line, `flowsim COMMAND` or `python -m flowsim COMMAND`: a file for each command.

A command is imported, and its options are added, when it is the one that was typed: so `--help` is there at once.

Exit status 0 where a run ended as a run can end, whoever won; 2 with one clear line for a bad option, an unknown name, a
combination that makes no sense or an output that cannot be written to; 130 after Ctrl-C, as shells have it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from textwrap import wrap
from typing import Any, NoReturn

from flowsim.model.shown import one_line, safe, shorten

# Each is a module of this folder with `add_options(parser)`, `execute(options)`, which gives the exit status, and
# `EXAMPLES`: pairs of what one types and what comes of it.
GROUPS = {
    "play": {
        "run": "play one login, or one attack, and tell what happened",
        "matrix": "play every attack against every defence, or one against one",
        "search": "look for an attack: every sequence of moves, the shortest first",
        "why": "play what goes wrong without a check, or say why a login failed",
        "clinic": "list logins that fail though nobody attacks, and play, diagnose and repair one",
        "replay": "play a trace written with --json again and report every difference",
    },
    "your own app": {
        "serve": "put the authorization server and an API on a port of this machine, for any app to log in",
    },
    "look up": {
        "steps": "list the eleven steps",
        "checks": "list every check",
        "mistakes": "list the mistakes that honest parties can make, or tell one of them",
        "explain": "say what a word means, a check, a setting, an error code or a clause",
    },
    "teach": {
        "lesson": "write everything for one class into one folder, which needs no network",
        "assignment": "write the course's notebooks as an assignment for nbgrader",
        "results": "say who of a class finished what, and what most have mixed up",
    },
}
COMMANDS = {name: text for group in GROUPS.values() for name, text in group.items()}
EXAMPLES = (
    ("flowsim run", "one login, told message by message"),
    ("flowsim run --short --attack code-interception", "one line a step, and who wins"),
    ("flowsim run --html login.html", "the player, in one file"),
)
LONGEST_LINE = 1000  # characters of what is said to be wrong
_WIDEST_HELP = 100  # columns; longer lines are hard to read
WRONG, INTERRUPTED = 2, 130


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        raise SystemExit(_complain(f"{shorten(safe(message), LONGEST_LINE)} ({self.prog} --help shows all)"))

    def _print_message(self, message: str, file: Any = None) -> None:
        """What argparse does, no wider than the terminal; but it says nothing where a help text cannot be written."""
        from flowsim.cli.terminal import say_help

        say_help(message, file or sys.stderr)

    def _get_formatter(self) -> argparse.HelpFormatter:
        """What argparse does, in the width that everything else has, and without the colours of Python 3.14."""
        from flowsim.cli.terminal import width

        self.color = False
        self.formatter_class = partial(HelpLines, width=min(width(), _WIDEST_HELP) - 2)
        return super()._get_formatter()

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
        self.epilog = examples(module.EXAMPLES)
        module.add_options(self)
        self.set_defaults(execute=module.execute)
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:  # said here, so that it says whose help to ask for
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


class HelpLines(argparse.HelpFormatter):
    """Keeps the lines of a help text, one for each value that an option takes, and those of the examples."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        parts = []
        for line in text.splitlines():
            hanging = "    " if line.startswith("  ") else ""
            parts += wrap(line, width, subsequent_indent=hanging, break_on_hyphens=False)
        return parts

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(
            part
            for line in text.splitlines()
            for part in ([line] if line.startswith("  ") else wrap(line, width) or [""])
        )


def examples(some: Sequence[tuple[str, str]]) -> str:
    """Examples as a help text has them."""
    lines = [line for typed, comment in some for line in (f"  {typed}", f"      # {comment}")]
    return "\n".join(["examples:", *lines]).replace("%", "%%")


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
    parser = Parser(
        prog=_typed(),
        usage="%(prog)s COMMAND [OPTION ...]",
        description="The Authorization Code Flow with PKCE, step by step. `%(prog)s COMMAND --help` says more of each.",
        epilog=f"{_listed()}\n\n{examples(EXAMPLES)}",
    )
    version = f"flowsim {import_module('flowsim').__version__}"
    parser.add_argument("--version", action="version", version=version, help="show the version and exit")
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", parser_class=Command, help=argparse.SUPPRESS, prog=parser.prog
    )
    for name, text in COMMANDS.items():
        commands.add_parser(name, command=name, description=f"{text[0].upper()}{text[1:]}.")
    options = parser.parse_args(arguments)
    from flowsim.model.settings import ScenarioError  # not needed for a help text
    from flowsim.protocol import keys

    try:
        keys.asked_for_plain()
        status: int = options.execute(options)
    except (ScenarioError, keys.UnknownImplementation) as error:
        return _complain(one_line(error, LONGEST_LINE))
    return status


def _typed() -> str:
    """What one types to come here."""
    return "python -m flowsim" if Path(sys.argv[0]).name == "__main__.py" else "flowsim"


def _listed() -> str:
    """Every command with what it does, by groups."""
    parts = []
    for group, commands in GROUPS.items():
        lines = [f"  {name:9} {text}" for name, text in commands.items()]
        parts.append("\n".join([f"{group}:", *lines]))
    return "\n\n".join(parts)


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
