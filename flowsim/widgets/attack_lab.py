"""The attack lab in a notebook: choose an attack and defences, predict, run, and compare with the same attack unhindered.

What is shown is computed: the verdict is that of the run, and the defences that answer an attack are those of the
matrix's cells. A cell of the matrix is a button that chooses its attack and its defence and plays the run.

Source: none of the protocol's; see matrix.py for the attacks and the defences.
"""

from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from flowsim.attackers import ATTACKERS
from flowsim.attackers.positions import POSITIONS
from flowsim.checks import CHECKS
from flowsim.matrix import DEFENCES, ROWS, Matrix, cell, matrix
from flowsim.player.page import frame
from flowsim.scenario import ScenarioError, unknown
from flowsim.steps import clause_url, step_name
from flowsim.verdict import Verdict
from flowsim.views.export import player_payload
from flowsim.widgets.player import Player

_HERE = Path(__file__).parent
WORKS, STOPPED = "works", "stopped"
_CAME = {WORKS: "It works.", STOPPED: "It is stopped."}


class Choices(anywidget.AnyWidget):
    """Attack, defences, prediction, outcome and matrix, as one sees them. A message from the page asks for a run."""

    _esm = (_HERE / "attack_lab.js").read_text(encoding="utf-8")
    _css = (_HERE / "attack_lab.css").read_text(encoding="utf-8")
    attacks = traitlets.List(traitlets.Dict()).tag(sync=True)
    defences = traitlets.Dict().tag(sync=True)
    tables = traitlets.List(traitlets.Dict()).tag(sync=True)
    attack = traitlets.Unicode().tag(sync=True)
    ticked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    # Counts what was shown, so that the page paints once for an attack and its defences.
    shown = traitlets.Int().tag(sync=True)
    result = traitlets.Dict({"kind": ""}).tag(sync=True)


class AttackLab(ipywidgets.VBox):
    """An attack, the defences against it, a prediction, and what came of it.

    `AttackLab()` or `AttackLab("code-injection", "nonce")`. `attack`, `defences` and `verdict` say what was run last.
    Raises ScenarioError for an attack or a defence there is not, and for defences that cannot be had together.
    """

    def __init__(self, attack: str = "code-interception", *defences: str) -> None:
        """Compute the matrix, and play the attack with these defences."""
        self.verdict: Verdict = cell(attack, *defences).verdict
        self.attack, self.defences = attack, defences
        self._whole: Matrix = matrix()
        self.choices = Choices(
            attacks=[_attack(name) for name in ROWS],
            defences={name: _defence(self._whole, name) for name in DEFENCES},
            tables=_tables(self._whole),
            attack=attack,
            ticked=list(defences),
        )
        self.choices.on_msg(lambda _widget, asked, _buffers: self._asked(asked))
        self.player = Player(self._payload())
        super().__init__((self.choices, self.player))
        self.add_class("fs-lab")

    def __repr__(self) -> str:
        """Return what was run last and what came of it."""
        with_ = f" against {', '.join(self.defences)}" if self.defences else ""
        return f"AttackLab({self.attack}{with_}: {self.verdict.sentence})"

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add the matrix and the player as a page, for a notebook that no kernel runs."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        page = self._whole._repr_html_() + frame(self._payload())
        return {**data, "text/plain": repr(self), "text/html": page}

    def play(self, attack: str, *defences: str, predicted: str = "") -> Verdict:
        """Play this attack against these defences, show it, and give its verdict.

        `predicted` is `"works"`, `"stopped"` or nothing. Raises ScenarioError as for a new lab; then nothing changes.
        """
        if predicted not in ("", WORKS, STOPPED):
            raise unknown("prediction", predicted, [WORKS, STOPPED])
        self.verdict = cell(attack, *defences).verdict
        self.attack, self.defences = attack, defences
        choices = self.choices
        with choices.hold_sync():
            choices.attack, choices.ticked = attack, list(defences)
            choices.result = _result(self.verdict, predicted)
            choices.shown += 1
        self.player.payload = self._payload()
        self.player.branch = [branch["name"] for branch in self.player.payload["branches"]][-1]
        return self.verdict

    def _asked(self, asked: dict[str, Any]) -> None:
        """Do what the page asks for; say so there if it cannot be done."""
        try:
            self.play(asked["attack"], *asked["defences"], predicted=asked["predicted"])
        except ScenarioError as error:
            self.choices.result = {"kind": "problem", "lead": "Not possible.", "text": f"{error}."}

    def _payload(self) -> dict[str, Any]:
        """The attack with nothing in its way, and beside it the same attack against what was chosen."""
        runs = [cell(self.attack).simulation()]
        runs[0].name = "no defence"
        if self.defences:
            guarded = cell(self.attack, *self.defences).simulation()
            guarded.name = " + ".join(self.defences)
            runs.append(guarded)
        return player_payload(*runs, attack=self.attack)


def _attack(name: str) -> dict[str, Any]:
    """What the page says about an attack, and the defences that have something to do with it."""
    attacker, left_out = ATTACKERS[name], ROWS[name].leaves_out
    return {
        "name": name,
        "title": attacker.title,
        "about": attacker.about,
        "reach": [[position, POSITIONS[position]] for position in attacker.positions],
        "defences": [one for one in DEFENCES if one != "none" and one not in left_out],
    }


def _defence(whole: Matrix, name: str) -> dict[str, Any]:
    """What the defence is, and which attacks it answers when it stands alone."""
    found = [attack for (attack, defence), one in whole.cells.items() if defence == name and not one.works]
    clause = DEFENCES[name].clause
    return {"title": DEFENCES[name].title, "clause": clause, "url": clause_url(clause), "answers": found}


def _result(verdict: Verdict, predicted: str) -> dict[str, str]:
    """What came of it, whether that was predicted, and the check with its clause."""
    came = WORKS if verdict.attack_succeeded else STOPPED
    said = "" if not predicted else "You were right. " if predicted == came else "You expected otherwise. "
    told = {"kind": came, "lead": f"{said}{_CAME[came]}", "text": verdict.sentence}
    check = CHECKS.get(verdict.stopped_by or "") if came == STOPPED else None
    if check is None:
        return told
    where = f"Step {step_name(check.step)}, {check.id},"
    return {**told, "where": where, "clause": check.clause, "url": clause_url(check.clause)}


def _tables(whole: Matrix) -> list[dict[str, Any]]:
    """The matrix for the page: headings, the names of the defences, and a mark for each cell."""
    return [
        {
            "heading": heading,
            "defences": list(defences),
            "rows": [
                {
                    "attack": attack,
                    "title": ATTACKERS[attack].title,
                    "cells": [_cell(whole, attack, name) for name in defences],
                }
                for attack in attacks
            ],
        }
        for heading, defences, attacks in whole.tables()
    ]


def _cell(whole: Matrix, attack: str, defence: str) -> dict[str, Any] | None:
    one = whole.cells.get((attack, defence))
    if one is None:
        return None
    told = f"{attack} against {defence}: {one.verdict.sentence}"
    return {"defence": defence, "mark": whole.mark(attack, defence), "works": one.works, "told": told}
