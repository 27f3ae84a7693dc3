"""What a switch is good for: the attacks of the matrix that a defence stops, or that end at a check.

A defence asks for the cells of its own column, a check for all of them. Each is played once in a session.

Source: none of the protocol's. An attack stands here because a cell of the matrix was played and came to nothing.
"""

from typing import Any

from flowsim.analysis.counterexamples import attacks_that_end_at
from flowsim.analysis.defences import DEFENCES
from flowsim.analysis.matrix import whole_matrix
from flowsim.checks import CHECKS
from flowsim.model.steps import clause_url


def of_defence(name: str) -> dict[str, Any]:
    """What the defence is, its clause, and which attacks it stops when it stands alone."""
    cells = whole_matrix().cells
    stopped = [attack for attack, defence in cells if defence == name and not cells[attack, defence].works]
    return _answer(name, DEFENCES[name].title, DEFENCES[name].clause, stopped)


def of_switch(switch: str) -> list[dict[str, Any]]:
    """The same for a check, by its id, or for every defence that is this setting and no more; often there is none."""
    if switch in CHECKS:
        check = CHECKS[switch]
        return [_answer(switch, check.title, check.clause, attacks_that_end_at(switch)) | {"check": True}]
    alone = (name for name, one in DEFENCES.items() if set(one.settings) == {switch} and not one.checks)
    return [of_defence(name) for name in alone]


def _answer(name: str, title: str, clause: str, attacks: list[str]) -> dict[str, Any]:
    return {"name": name, "title": title, "clause": clause, "url": clause_url(clause), "answers": attacks}
