"""`flowsim assignment OUT`: the notebooks of the course as an assignment for nbgrader."""

import argparse

from flowsim.cli.terminal import task
from flowsim.exercises.assignment import NAME, write_assignment

EXAMPLES = (
    ("flowsim assignment class", "every lesson with exercises, as nbgrader's folder class"),
    ("flowsim assignment class --lesson start", "one lesson; --lesson may be repeated"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="OUT", help="the folder of nbgrader's that is to be written")
    parser.add_argument(
        "--lesson",
        metavar="NAME",
        action="append",
        default=[],
        help="a lesson, such as start; may be repeated; default: all",
    )
    parser.add_argument(
        "--notebooks",
        metavar="FOLDER",
        default="notebooks",
        help="where the course's notebooks are; default: notebooks",
    )


def execute(options: argparse.Namespace) -> int:
    with task("making the assignment"):
        made = write_assignment(options.out, options.notebooks, tuple(options.lesson))
    print(f"wrote {len(made)} notebooks into {options.out}; next, in that folder: nbgrader generate_assignment {NAME}")
    return 0
