"""`flowsim results FOLDER`: who of a class finished what, and what most have mixed up."""

import argparse

from flowsim.cli.files import write
from flowsim.exercises.handed_in import read_folder
from flowsim.exercises.results import Results

EXAMPLES = (
    ("flowsim results handed-in", "a line a person, and the wrong answers of most people first"),
    ("flowsim results handed-in --csv class.csv --html class.html", "the same as a table and as a page"),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", metavar="FOLDER", help="where the files of hand_in, the files of progress or the notebooks lie"
    )
    parser.add_argument(
        "--csv", metavar="FILE", help="write a row a person and a column an exercise, for a spreadsheet"
    )
    parser.add_argument("--html", metavar="FILE", help="write the same, and what each wrong answer means, as a page")


def execute(options: argparse.Namespace) -> int:
    results = Results(read_folder(options.folder))
    print(results.text())
    if options.csv is not None:
        write(options.csv, lambda: results.csv().encode("utf-8-sig"), "open it in a spreadsheet")
    if options.html is not None:
        write(options.html, lambda: results.html().encode(), "open it in a browser")
    return 0
