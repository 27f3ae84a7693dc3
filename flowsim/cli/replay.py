"""`flowsim replay FILE`: a trace written with --json is played again, and every difference reported."""

import argparse

from flowsim.cli.files import read
from flowsim.cli.terminal import task
from flowsim.views.formats.replay import MAX_CHARACTERS, differences

EXAMPLES = (("flowsim replay login.json", "after `flowsim run --json > login.json`"),)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a trace, as `flowsim run --json` prints it")


def execute(options: argparse.Namespace) -> int:
    """Exit status 0 where the file says what was computed again, 1 where it differs."""
    text = read(options.file, MAX_CHARACTERS)
    with task("playing the trace again"):
        found = differences(text)
    print("\n".join(found) or "no difference: every value in the file was computed again")
    return 1 if found else 0
