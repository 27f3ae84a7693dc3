"""`flowsim steps`: the eleven steps and those that come before or after, each with its sentence and its clauses."""

import argparse

from flowsim.cli.terminal import say
from flowsim.model.steps import ACTOR_BY_ID, ALL_STEPS

EXAMPLES = (("flowsim steps", "every step, who sends what to whom, and the clause behind it"),)


def add_options(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def execute(options: argparse.Namespace) -> int:
    lines = []
    for step in ALL_STEPS:
        way = f"{ACTOR_BY_ID[step.sender].name} → {ACTOR_BY_ID[step.receiver].name}"
        lines += [f"{step.name:>2}  {step.title}  ({way})"]
        lines += [f"    {step.text.replace('`', '')}", f"    {', '.join(step.clauses)}", ""]
    say("\n".join(lines))
    return 0
