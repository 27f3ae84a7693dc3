"""`flowsim checks`: every check, by who looks and when, each with its step and its clause; and the server's choices."""

import argparse

from flowsim.checks import TABLES
from flowsim.model.choices import CHOICES
from flowsim.model.steps import step_name


def add_options(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def execute(options: argparse.Namespace) -> int:
    for place, table in TABLES.items():
        print(place)
        for check in table:
            print(f"  {check.id:34} step {step_name(check.step):>2}  {check.clause:20} {check.title}")
        print()
    print("what the server does by choice, where a specification says SHOULD or MAY")
    for choice in CHOICES:
        print(f"  {choice.id:24} {choice.clause:20} {choice.stance}: {choice.does}")
    return 0
