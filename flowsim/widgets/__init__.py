"""What one sees in a notebook. This is the only place that imports anywidget and ipywidgets."""

from collections.abc import Iterable
from typing import Unpack

from flowsim.attacks import Attacker
from flowsim.lessons.progress import record
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario, Settings
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text.predictions import Asks
from flowsim.views.text.question import question as question_of
from flowsim.widgets.attack_lab import AttackLab
from flowsim.widgets.bench import Bench
from flowsim.widgets.exercise import ExerciseWidget, exercise
from flowsim.widgets.flow_chooser import FlowChooser
from flowsim.widgets.player import Player
from flowsim.widgets.prediction import Predict
from flowsim.widgets.quiz import Quiz
from flowsim.widgets.watching import Watch

__all__ = [
    "AttackLab",
    "Bench",
    "ExerciseWidget",
    "FlowChooser",
    "Player",
    "Predict",
    "Quiz",
    "Watch",
    "attack_lab",
    "bench",
    "choose_a_flow",
    "exercise",
    "player",
    "predict",
    "quiz",
    "watch",
]


def player(
    *simulations: Simulation, attack: str = "code-interception", ask: Asks | None = None, keep: str = ""
) -> Player:
    """A player for these simulations, each a branch, with this attack ready behind its button.

    It opens at the position of the first one. `ask` is what the reader predicts before the outcome is shown: the name of a
    question, such as "who-wins", "where-stopped", "which-check" or "what-it-holds"; a `Prediction` of your own; or
    branch → one of these. `keep` is the name under which the answer goes into the reader's progress file, such as
    `start.p1`; where several branches are asked about, the branch's place follows it, as in `start.p1-2`.
    Raises ScenarioError for an attack there is not, and for what cannot be asked.
    """
    shown = Player(player_payload(*simulations, attack=attack, ask=ask))
    if keep:
        branches = [one["branch"] for one in shown.payload["asks"]]
        names = {one: keep if len(branches) == 1 else f"{keep}-{place}" for place, one in enumerate(branches, 1)}
        shown.on_answer(lambda one: _kept(names[one.branch], one.said, one.right))
    return shown


def predict(
    question: str, choices: Iterable[object], right: object, then: object = "", *, why: str = "", keep: str = ""
) -> Predict:
    """A question about what a cell has computed, which is hidden until the reader has answered.

    `right` is the answer that was computed, one of the choices; `then` is what comes to be seen: a text, lines of text, a
    picture or a table; `why` is the reason, in words; `keep` is the name under which the answer goes into the reader's
    progress file. Raises ScenarioError where `right` is none of the choices.
    """
    shown = Predict(question_of(question, choices, right, then, why=why))
    if keep:
        shown.on_answer(lambda one: _kept(keep, one.answer, one.right))
    return shown


def _kept(name: str, said: str | None, right: bool) -> None:
    """Put a prediction into the progress file; to look without an answer is neither right nor wrong."""
    record(name, said, None if said is None else right)


def bench(
    scenario: Scenario | None = None, *, attack: str | Attacker = "code-interception", **settings: Unpack[Settings]
) -> Bench:
    """A player with controls that change its experiment; it begins with these settings and this attack ready.

    The attack is one of flowsim's by its name, or an `Attacker` of your own.
    Raises ScenarioError for settings that make no sense.
    """
    return Bench(scenario, ready=attack, **settings)


def attack_lab(attack: str | Attacker = "code-interception", *defences: str) -> AttackLab:
    """Attacks and defences to choose from, a prediction, the run, and the matrix whose cells open their runs.

    It begins with this attack, which may be an `Attacker` of your own, and these defences. Raises ScenarioError for a name
    there is not, and for defences that cannot be had together.
    """
    return AttackLab(attack, *defences)


def choose_a_flow() -> FlowChooser:
    """Questions about an app, one after the other, and the flow that it should use."""
    return FlowChooser()


def quiz(seed: int = 7) -> Quiz:
    """Statements that are true or false, one after the other, and the runs that decide; the seed fixes their order."""
    return Quiz(seed)


def watch(world: LiveWorld) -> Watch:
    """A player that follows a live world: each login is a branch, which grows while one looks at it."""
    return Watch(world)
