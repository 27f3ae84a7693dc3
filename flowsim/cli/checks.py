"""`flowsim checks`: every check, by who looks and when, each with its step and its clause; and the server's choices."""

import argparse

from flowsim.checks import TABLES
from flowsim.cli.terminal import say, width
from flowsim.model.choices import CHOICES
from flowsim.model.steps import step_name

EXAMPLES = (
    ("flowsim checks", "all of them"),
    ("flowsim checks | grep token.", "those of the token endpoint"),
)
_WIDE = 105  # columns from which what a check asks for stands beside its name


def add_options(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def execute(options: argparse.Namespace) -> int:
    lines = []
    for place, table in TABLES.items():
        lines += [place]
        for check in table:
            lines += _entry(f"  {check.id:34} step {step_name(check.step):>2}  {check.clause:20}", check.title)
        lines += [""]
    lines += ["what the server does by choice, where a specification says SHOULD or MAY"]
    for choice in CHOICES:
        lines += _entry(f"  {choice.id:24} {choice.clause:20}", f"{choice.stance}: {choice.does}")
    say("\n".join(lines))
    return 0


def _entry(name: str, text: str) -> list[str]:
    return [f"{name} {text}"] if width() >= _WIDE else [name.rstrip(), f"      {text}"]
