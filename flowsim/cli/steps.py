"""`flowsim steps`: the eleven steps and those that come later, each with its sentence and its clauses."""

import argparse

from flowsim.model.steps import ACTOR_BY_ID, LATER_STEPS, STEPS


def add_options(parser: argparse.ArgumentParser) -> None:
    """It has none."""


def execute(options: argparse.Namespace) -> int:
    for step in (*STEPS, *LATER_STEPS):
        way = f"{ACTOR_BY_ID[step.sender].name} → {ACTOR_BY_ID[step.receiver].name}"
        print(
            f"{step.name:>2}  {step.title}  ({way})\n    {step.text.replace('`', '')}\n    {', '.join(step.clauses)}\n"
        )
    return 0
