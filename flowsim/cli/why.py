"""`flowsim why CHECK`: what goes wrong as soon as this check is off, played."""

import argparse

from flowsim.analysis.counterexamples import why
from flowsim.cli.terminal import say, task
from flowsim.views.text.words_of_console import of_check

EXAMPLES = (
    ("flowsim why token.verifier_fits", "what the server lets pass without it, and the attacks that it stops"),
    ("flowsim why refresh.not_used", "the same for a refresh token that comes twice"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("check", metavar="CHECK", help="its name, as `flowsim checks` lists it")


def execute(options: argparse.Namespace) -> int:
    with task("playing the matrix"):
        answer = why(options.check)
    say(repr(answer))
    if line := of_check(answer.result):
        say(f"  in the browser's console: {line}")
    return 0
