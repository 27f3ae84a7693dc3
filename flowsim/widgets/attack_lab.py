"""The attack lab in a notebook: choose an attack and defences, predict, run, and compare with the same attack unhindered.

What is shown is computed: the verdict is that of the run, and the defences that answer an attack are those of the
matrix's cells. A cell of the matrix is a button that chooses its attack and its defence and plays the run.

Source: none of the protocol's; see matrix.py for the attacks and the defences.
"""

from html import escape
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
from flowsim.scenario import ScenarioError
from flowsim.steps import clause_url, step_name
from flowsim.verdict import Verdict
from flowsim.views.export import player_payload
from flowsim.widgets.controls import button, choice, dropdown, row, tick
from flowsim.widgets.player import Player

_HERE = Path(__file__).parent
WORKS, STOPPED, UNDECIDED = "it works", "it is stopped", "I do not know yet"


class MatrixTable(anywidget.AnyWidget):
    """The matrix as a table of buttons; `chosen` is the attack and the defence of the one that was pressed last."""

    _esm = (_HERE / "attack_lab.js").read_text(encoding="utf-8")
    _css = (_HERE / "attack_lab.css").read_text(encoding="utf-8")
    tables = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.List(traitlets.Unicode()).tag(sync=True)


class AttackLab(ipywidgets.VBox):
    """An attack, the defences against it, a prediction, and what came of it.

    `AttackLab()` or `AttackLab("code-injection", "nonce")`. `attack`, `defences` and `verdict` say what was run last.
    Raises ScenarioError for an attack or a defence there is not, and for defences that cannot be had together.
    """

    def __init__(self, attack: str = "code-interception", *defences: str) -> None:
        """Build the controls, and play the attack with these defences."""
        self.attack, self.defences = attack, defences
        self.verdict: Verdict = cell(attack, *defences).verdict
        self._whole: Matrix = matrix()
        self._told = ipywidgets.HTML()
        self._answer = ipywidgets.HTML()
        self.choose = dropdown("Attack", "Who attacks, and how", _named_attacks(), 320)
        self.choose.value = attack
        self.predict = choice("Your prediction", "What will come of it?", [UNDECIDED, WORKS, STOPPED], 260)
        self.run = button("Run the attack", "Play this attack against these defences", self._run)
        self.run.add_class("fs-lab-run")
        self.ticks: dict[str, Any] = {}
        self._defences = ipywidgets.HBox()
        self._defences.add_class("fs-lab-defences")
        self.player = Player(self._payload())
        self.table = MatrixTable(tables=_tables(self._whole))
        self.table.observe(lambda change: self._from_cell(change["new"]), "chosen")
        self.choose.observe(lambda change: self._other_attack(change["new"]), "value")
        controls = row(self.choose, self.predict, self.run)
        super().__init__((self.table, controls, self._told, self._defences, self._answer, self.player))
        self.add_class("fs-bench")
        self.add_class("fs-lab")
        self._show_attack()

    def __repr__(self) -> str:
        """Return what was run last and what came of it."""
        with_ = f" against {', '.join(self.defences)}" if self.defences else ""
        return f"AttackLab({self.attack}{with_}: {self.verdict.sentence})"

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add the matrix and the player as a page, for a notebook that no kernel runs."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        page = self._whole._repr_html_() + frame(self._payload())
        return {**data, "text/plain": repr(self), "text/html": page}

    def play(self, attack: str, *defences: str) -> Verdict:
        """Play this attack against these defences, show it, and give its verdict; ScenarioError as for a new lab."""
        self.verdict = cell(attack, *defences).verdict
        self.attack, self.defences = attack, defences
        self.choose.value = attack
        self._show_attack()
        self.player.payload = self._payload()
        self.player.branch = [branch["name"] for branch in self.player.payload["branches"]][-1]
        return self.verdict

    def _payload(self) -> dict[str, Any]:
        """The attack with nothing in its way, and beside it the same attack against what was chosen."""
        runs = [cell(self.attack).simulation()]
        runs[0].name = "no defence"
        if self.defences:
            guarded = cell(self.attack, *self.defences).simulation()
            guarded.name = " + ".join(self.defences)
            runs.append(guarded)
        return player_payload(*runs, attack=self.attack)

    def _other_attack(self, attack: str) -> None:
        if attack != self.attack:
            self.play(attack)
            self._answer.value = ""

    def _from_cell(self, chosen: list[str]) -> None:
        if len(chosen) == len(("attack", "defence")):
            attack, defence = chosen
            self.play(attack, *([] if defence == "none" else [defence]))
            self._answer.value = _outcome(self.verdict, UNDECIDED)

    def _run(self) -> None:
        chosen = [name for name, box in self.ticks.items() if box.value]
        try:
            self.play(self.attack, *chosen)
        except ScenarioError as error:
            self._answer.value = f'<p class="fs-lab-problem"><b>Not possible.</b> {escape(str(error))}.</p>'
            return
        self._answer.value = _outcome(self.verdict, self.predict.value)
        self.predict.value = UNDECIDED

    def _show_attack(self) -> None:
        """Say what the attack is, and offer the defences that have something to do with it."""
        attacker, left_out = ATTACKERS[self.attack], ROWS[self.attack].leaves_out
        reach = "; ".join(f"{name} {POSITIONS[name]}" for name in attacker.positions)
        self._told.value = f'<p class="fs-lab-told">{escape(attacker.about)} <small>It {escape(reach)}.</small></p>'
        names = [name for name in DEFENCES if name != "none" and name not in left_out]
        if list(self.ticks) != names:
            self.ticks = {name: tick(name, self._help(name)) for name in names}
            self._defences.children = tuple(self.ticks.values())
        for name, box in self.ticks.items():
            box.value = name in self.defences

    def _help(self, name: str) -> str:
        """What the defence is, and which attacks it answers when it stands alone."""
        found = [attack for (attack, defence), one in self._whole.cells.items() if defence == name and not one.works]
        return f"{DEFENCES[name].title} ({DEFENCES[name].clause})\nalone it answers: {', '.join(found) or 'no attack'}"


def _named_attacks() -> list[tuple[str, str]]:
    return [(f"{name}: {ATTACKERS[name].title}", name) for name in ROWS]


def _outcome(verdict: Verdict, predicted: str) -> str:
    """What came of it, whether that was predicted, and the check with its clause."""
    came = WORKS if verdict.attack_succeeded else STOPPED
    said = {came: "You were right. "}.get(predicted, "" if predicted == UNDECIDED else "You expected otherwise. ")
    check = CHECKS.get(verdict.stopped_by or "") if came == STOPPED else None
    why = ""
    if check is not None:
        link = f'<a href="{escape(clause_url(check.clause))}" target="_blank" rel="noopener">{escape(check.clause)}</a>'
        why = f"<br>Step {step_name(check.step)}, <code>{escape(check.id)}</code>, {link}"
    look = "fs-lab-bad" if came == WORKS else "fs-lab-good"
    told = f"<b>{said}{came.capitalize()}.</b> {escape(verdict.sentence)}{why}"
    return f'<p class="fs-lab-outcome {look}" role="status">{told}</p>'


def _tables(whole: Matrix) -> list[dict[str, Any]]:
    """The matrix for the page: headings, defences with their links, and a mark for each cell."""
    return [
        {
            "heading": heading,
            "defences": [_head(name) for name in defences],
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


def _head(name: str) -> dict[str, str]:
    return {"name": name, "title": DEFENCES[name].title, "url": clause_url(DEFENCES[name].clause)}


def _cell(whole: Matrix, attack: str, defence: str) -> dict[str, Any] | None:
    one = whole.cells.get((attack, defence))
    if one is None:
        return None
    told = f"{attack} against {defence}: {one.verdict.sentence}"
    return {"defence": defence, "mark": whole.mark(attack, defence), "works": one.works, "told": told}
