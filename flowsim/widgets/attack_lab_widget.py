"""The attack lab in a notebook: choose an attack and defences, predict, run, and compare with the same attack unhindered.

What is shown is computed: the verdict is that of the run, and the defences that answer an attack are those of the
matrix's cells. Why a check is there is tried as well: the same run without this one check. A cell of the matrix is a
button that chooses its attack and its defence and plays the run.

Source: none of the protocol's; see matrix.py for the attacks and the defences.
"""

from collections.abc import Mapping
from dataclasses import replace
from html import escape
from typing import Any

import ipywidgets
import traitlets

from flowsim.analysis.defences import DEFENCES, ROWS, offered, possible
from flowsim.analysis.matrix import Cell, Matrix, cell, whole_matrix
from flowsim.attacks import ATTACKERS, Attacker, known_attacker
from flowsim.front_end.page import frame, stored
from flowsim.model.positions import POSITIONS
from flowsim.model.scenario import ScenarioError, unknown
from flowsim.model.steps import clause_url, step_name
from flowsim.model.world import ATTACKER_USER
from flowsim.simulation.simulation import Simulation, Trace
from flowsim.simulation.turning_point import stopped_at, turning_point
from flowsim.simulation.verdict import Verdict
from flowsim.views.formats.matrix_html import matrix_html, matrix_trees
from flowsim.views.formats.player_payload import player_payload
from flowsim.widgets.answers import of_defence
from flowsim.widgets.module import FrontEnd
from flowsim.widgets.player_widget import Player

WORKS, STOPPED, NO_LOGIN = "works", "stopped", "no login"
_CAME = {WORKS: "It works.", STOPPED: "It is stopped.", NO_LOGIN: "The login itself is refused."}


class Choices(FrontEnd):
    """Attack, defences, prediction, outcome and matrix, as one sees them. A message from the page asks for a run."""

    front_end = traitlets.Unicode("attack_lab").tag(sync=True)
    offered = traitlets.Dict().tag(sync=True)
    matrix = traitlets.List(traitlets.List()).tag(sync=True)
    attack = traitlets.Unicode().tag(sync=True)
    ticked = traitlets.List(traitlets.Unicode()).tag(sync=True)
    result = traitlets.Dict({"kind": ""}).tag(sync=True)
    score = traitlets.Unicode().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)


class AttackLab(ipywidgets.VBox):
    """An attack, the defences against it, a prediction, and what came of it.

    `AttackLab()` or `AttackLab("code-injection", "nonce")`. `attack`, `defences` and `verdict` say what was run last;
    `right` and `predicted` count the predictions, of which the first for the same attack and defences is one.
    Raises ScenarioError for an attack or a defence there is not, and for defences that cannot be had together.
    """

    def __init__(self, attack: str | Attacker = "code-interception", *defences: str) -> None:
        """Compute the matrix, and play the attack with these defences."""
        self._own = {} if isinstance(attack, str) else {known_attacker(attack).name: known_attacker(attack)}
        self._show(cell(attack, *defences), defences)
        self.right = self.predicted = 0
        self._seen: set[tuple[str, frozenset[str]]] = set()
        self.choices = Choices(
            offered={
                "attacks": [*_groups(whole_matrix()), *_of_ones_own(self._own)],
                "defences": {name: of_defence(name) for name in DEFENCES},
            },
            matrix=matrix_trees(whole_matrix(), buttons=True),
            attack=self.attack,
            ticked=list(defences),
        )
        self.choices.on_msg(lambda _widget, asked, _buffers: self._asked(asked))
        self.player = Player(self._payload())
        super().__init__((self.choices, self.player))
        self.add_class("fs-task")

    def __repr__(self) -> str:
        """Return what was run last and what came of it."""
        return f"AttackLab({self._name}: {self.verdict.sentence})"

    def _repr_mimebundle_(self, **settings: Any) -> dict[str, Any]:
        """Add the matrix and the player as a page, for a notebook that no kernel runs."""
        data: dict[str, Any] = super()._repr_mimebundle_(**settings) or {}
        came = f"<p>{escape(f'{self._name}: {self.verdict.sentence}')}</p>"
        shown = matrix_html(whole_matrix()) + came + frame(self._payload())
        page = stored(shown, needs_a_kernel="The choices of this lab")
        return {**data, "text/plain": repr(self), "text/html": page}

    def play(self, attack: str | Attacker, *defences: str, predicted: str = "") -> Verdict:
        """Play this attack against these defences, show it, and give its verdict.

        `predicted` is `"works"`, `"stopped"` or nothing. Raises ScenarioError as for a new lab; then nothing changes.
        """
        if not isinstance(predicted, str) or predicted not in ("", WORKS, STOPPED):
            raise unknown("prediction", predicted, [WORKS, STOPPED])
        if isinstance(attack, str):
            attack = self._own.get(attack, attack)
        self._show(cell(attack, *defences), defences)
        if attack == self._cell.attacker and self.attack not in self._own:
            self._own[self.attack] = self._cell.attacker
            offered = [*_groups(whole_matrix()), *_of_ones_own(self._own)]
            self.choices.offered = {**self.choices.offered, "attacks": offered}
        trace = self._cell.simulation().run()
        result = _result(self._cell, trace, predicted) | {"of": self._name, "compare": bool(defences)}
        self._count(predicted)
        choices, player = self.choices, self.player
        with player.hold_sync():
            player.payload = self._payload()
            player.goto(turning_point(trace), player.payload["branches"][-1]["name"])
        with choices.hold_sync():
            choices.attack, choices.ticked, choices.result = self.attack, list(defences), result
            choices.answered += 1
        return self.verdict

    def _asked(self, asked: Mapping[str, Any]) -> None:
        """Do what the page asks for; say so there if it cannot be done."""
        try:
            self.play(asked["attack"], *asked["defences"], predicted=asked["predicted"])
        except ScenarioError as error:
            with self.choices.hold_sync():
                self.choices.result = {"kind": "problem", "lead": "Not possible.", "text": f"{error}."}
                self.choices.answered += 1

    def _show(self, played: Cell, defences: tuple[str, ...]) -> None:
        self._cell, self.attack, self.defences, self.verdict = played, played.attack, defences, played.verdict

    @property
    def _name(self) -> str:
        return f"{self.attack} against {' + '.join(self.defences) or 'no defence'}"

    def _count(self, predicted: str) -> None:
        """Count a prediction, unless this has been played before: then one knows."""
        place = self.attack, frozenset(self.defences)
        if predicted and place not in self._seen and self._cell.login_refused is None:
            self.predicted += 1
            self.right += predicted == _came(self._cell)
            self.choices.score = f"{self.right} of {self.predicted} right"
        self._seen.add(place)

    def _payload(self) -> dict[str, Any]:
        """The attack with nothing in its way, and beside it the same attack against what was chosen."""
        runs = [cell(self._own.get(self.attack, self.attack)).simulation()]
        runs[0].title = "no defence"
        if self.defences:
            runs.append(self._cell.simulation())
            runs[-1].title = " + ".join(self.defences)
        return player_payload(*runs, attack=self.attack)


def _came(played: Cell) -> str:
    if played.works:
        return WORKS
    return STOPPED if played.stopped else NO_LOGIN


def _result(played: Cell, trace: Trace, predicted: str) -> dict[str, Any]:
    """What came of it, whether that was predicted, and the check with its clause and with what it is good for."""
    came = _came(played)
    if refused := played.login_refused:
        text = (
            f"Step {step_name(refused.step)} ends the user's own login, attack or no attack: “{refused.title}” does not "
            "hold. These defences do not go with this app, so nothing is defended here."
        )
        return {"kind": came, "lead": _CAME[came], "text": text}
    said = "" if not predicted else "You were right. " if predicted == came else "You expected otherwise. "
    told = {"kind": came, "lead": f"{said}{_CAME[came]}", "text": trace.verdict.sentence}
    stopped = stopped_at(trace)
    if stopped is None:
        return told
    check = stopped[1].check
    without = _without(trace, check.id)
    return {**told, "check": check.id, "without": without, "clause": check.clause, "url": clause_url(check.clause)}


def _without(trace: Trace, check: str) -> str:
    """Why the check is there: what comes of the same attack without it."""
    scenario = replace(trace.scenario, without=trace.scenario.without | {check})
    verdict = Simulation(scenario, attackers=[trace.attacker] if trace.attacker else []).run().verdict
    if verdict.attack_succeeded:
        return "Without this check the attack works."
    if verdict.stopped_by_title is None:
        return "Without this check the attack comes to nothing all the same."
    return f"Without this check another one stops it: “{verdict.stopped_by_title}”."


def _groups(whole: Matrix) -> list[tuple[str, list[dict[str, Any]]]]:
    """The attacks, by what the attacker gains where nothing is in its way."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for name in ROWS:
        groups.setdefault(_gain(name, whole.cells[name, "none"].verdict), []).append(_attack(name))
    return list(groups.items())


_OF_AN_AIM = {
    "denial": "The user cannot log in",
    "program": "A program of the attacker's runs on the user's machine",
    "inside": "A machine that the attacker cannot reach does what it wants",
}


def _gain(attack: str, verdict: Verdict) -> str:
    if "password" in verdict.attacker_holds:
        return "The attacker learns the password"
    if verdict.attacker_reads_data and ATTACKER_USER in verdict.accounts:
        return "The attacker is in the user's account"
    if verdict.attacker_reads_data:
        return f"The attacker reads the user's data, by way of the {ATTACKERS[attack].prize.replace('_', ' ')}"
    if named := _OF_AN_AIM.get(ATTACKERS[attack].aim):
        return named
    return "The user is in the attacker's account"


def _of_ones_own(own: Mapping[str, Attacker]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The group of attackers of one's own, where there are any."""
    return [("An attacker of your own", [_attack(one) for one in own.values()])] if own else []


def _attack(named: str | Attacker) -> dict[str, Any]:
    """What the page says about an attack, the defences of its row of the matrix, and the others that can be had."""
    attacker, own = known_attacker(named), offered(named)
    return {
        "name": attacker.name,
        "title": attacker.title,
        "about": attacker.about,
        "reach": [[position, POSITIONS[position]] for position in attacker.positions],
        "defences": list(own),
        "more": [one for one in possible(named) if one not in own],
    }
