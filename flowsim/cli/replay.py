"""`flowsim replay FILE`: a trace written with --json is played again, and every difference reported."""

import argparse

from flowsim.cli.files import read
from flowsim.views.formats.replay import MAX_CHARACTERS, differences


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")


def execute(options: argparse.Namespace) -> int:
    """Exit status 0 where the file says what was computed again, 1 where it differs."""
    found = differences(read(options.file, MAX_CHARACTERS))
    print("\n".join(found) or "no difference: every value in the file was computed again")
    return 1 if found else 0
