"""`flowsim steps`: the eleven steps and those that come before or after, each with its sentence and its clauses."""

import argparse

from flowsim.model.steps import ACTOR_BY_ID, ALL_STEPS


def add_options(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def execute(options: argparse.Namespace) -> int:
    for step in ALL_STEPS:
        way = f"{ACTOR_BY_ID[step.sender].name} → {ACTOR_BY_ID[step.receiver].name}"
        print(
            f"{step.name:>2}  {step.title}  ({way})\n    {step.text.replace('`', '')}\n    {', '.join(step.clauses)}\n"
        )
    return 0
