"""`flowsim why CHECK`: what goes wrong as soon as this check is off; `flowsim why FILE`: what went wrong in this run."""

import argparse

from flowsim.cli.files import read
from flowsim.cli.terminal import say, task

EXAMPLES = (
    ("flowsim why token.verifier_fits", "what the server lets pass without it, and the attacks that it stops"),
    ("flowsim why refresh.not_used", "the same for a refresh token that comes twice"),
    ("flowsim why login.har", "the same of an MCP login that a browser or a proxy has written down"),
    ("flowsim why login.json", "after `flowsim run --json > login.json`: why that login failed, and what to change"),
)
_ENDING, _CAPTURED = ".json", ".har"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "check",
        metavar="CHECK|FILE",
        help=f"the name of a check, as `flowsim checks` lists it; a trace, whose name ends in {_ENDING}; or the HAR "
        f"file of an MCP login, whose name ends in {_CAPTURED}",
    )


def execute(options: argparse.Namespace) -> int:
    if options.check.lower().endswith(_CAPTURED):
        return _why_the_captured_failed(options.check)
    if options.check.lower().endswith(_ENDING):
        return _why_it_failed(options.check)
    from flowsim.analysis.counterexamples import why

    with task("playing the matrix"):
        answer = why(options.check)
    say(repr(answer))
    return 0


def _why_it_failed(name: str) -> int:
    """The diagnosis of the trace in this file. Exit status 1 where something went wrong in it."""
    from flowsim.diagnosis.diagnosis import diagnose
    from flowsim.views.formats.replay import MAX_CHARACTERS
    from flowsim.views.formats.replay import read as trace_of

    text = read(name, MAX_CHARACTERS)
    with task("playing the trace again"):
        found = diagnose(trace_of(text))
    say(found.sentence)
    return 1 if found.failed else 0


def _why_the_captured_failed(name: str) -> int:
    """The same for the login in this HAR file."""
    from flowsim.diagnosis.captured import diagnose_har
    from flowsim.diagnosis.har_file import MAX_CHARACTERS

    found = diagnose_har(read(name, MAX_CHARACTERS, "a HAR file"))
    say(found.sentence)
    return 1 if found.failed else 0
