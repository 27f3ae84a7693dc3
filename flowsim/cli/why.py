"""`flowsim why CHECK`: what goes wrong as soon as this check is off, played."""

import argparse

from flowsim.analysis.counterexamples import why


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("check", metavar="CHECK", help="its name, as `flowsim checks` lists it")


def execute(options: argparse.Namespace) -> int:
    print(why(options.check))
    return 0
