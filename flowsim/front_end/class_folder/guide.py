"""The trainer's guide as Markdown: its text is in trainer.md, and what the program knows is put into it here.

The notes of the steps are those of the player, the outcomes are those of runs, and a lesson is named by its place in the
course. docs/trainer.md is this guide.
"""

from collections.abc import Iterator
from pathlib import Path

from flowsim.lessons.class_test import forms
from flowsim.lessons.course import LESSONS
from flowsim.model.steps import STEPS
from flowsim.session.compared import compared
from flowsim.simulation.simulation import Simulation

ATTACK = "code-interception"


def class_runs() -> list[Simulation]:
    """What a class looks at: a login with PKCE and its theft, a login without and its theft; at their start."""
    usual = {"attacker": ATTACK, "seed": 7}
    return compared([usual, {**usual, "pkce": "none"}])


def guide() -> str:
    """The trainer's guide as Markdown."""
    protected, refused, unprotected, stolen = class_runs()
    text = Path(__file__).with_name("trainer.md").read_text("utf-8")
    known = {
        "protected": protected.title,
        "refused": refused.title,
        "stolen": stolen.title,
        "steps": "\n\n".join(_steps()),
        "outcomes": "\n".join(map(_outcome, (unprotected, stolen, protected, refused))),
        "subjects": ", ".join(question.subject for question in forms()[0].questions),
        **{lesson.slug: f"`{lesson.name}`" for lesson in LESSONS},
    }
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _outcome(one: Simulation) -> str:
    return f"- **{one.title}**: {one.run().verdict.sentence}"


def _steps() -> Iterator[str]:
    for step in STEPS:
        yield f"**{step.name}. {step.title}.** {step.notes} ({', '.join(step.clauses)})"
