"""`flowsim lesson OUT`: everything for one class in one folder, which needs no network."""

import argparse
from pathlib import Path

from flowsim.cli.terminal import say, task
from flowsim.model.shown import one_line

EXAMPLES = (
    ("flowsim lesson class/", "then open class/index.html"),
    ("flowsim lesson class/ --scorm", "and a package for a learning platform"),
)
_LONGEST_NAME = 300  # characters of a folder's name in a message


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder",
        metavar="OUT",
        help="the folder to write into; it is made where there is none, and files of others in it stay as they are",
    )
    parser.add_argument("--scorm", action="store_true", help="write the quiz as a SCORM 1.2 package, too")


def execute(options: argparse.Namespace) -> int:
    from flowsim.front_end.class_folder.folder import makers, write_folder

    with task("writing the pages of the class") as tick:
        names = write_folder(Path(options.folder), makers(scorm=options.scorm), tick)
    where = one_line(options.folder, _LONGEST_NAME).rstrip("/")
    say(f"wrote {len(names)} files into {where}: {', '.join(names)}")
    say(f"open {where}/index.html; nothing in it needs a network")
    return 0
