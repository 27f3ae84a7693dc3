"""What one sees in a notebook. This is the only place that imports anywidget and ipywidgets.

A function makes each widget, and loads it then: the player needs neither the matrix nor a live world. The classes are
loaded when they are first asked for. No module may have the name of a function: once loaded, it would take its place.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Unpack

import anywidget  # noqa: F401 - without it there are no widgets, and whoever asks for one is told so at once

if TYPE_CHECKING:
    from flowsim.attacks import Attacker
    from flowsim.explorer.goals import Goal
    from flowsim.live.world import LiveWorld
    from flowsim.model.scenario import Scenario, Settings
    from flowsim.simulation.simulation import Simulation
    from flowsim.views.text.predictions import Asks
    from flowsim.widgets.attack_lab_widget import AttackLab
    from flowsim.widgets.bench_widget import Bench
    from flowsim.widgets.clinic_widget import Clinic
    from flowsim.widgets.exercise_widget import ExerciseWidget
    from flowsim.widgets.flow_chooser import FlowChooser
    from flowsim.widgets.player_widget import Player
    from flowsim.widgets.prediction import Predict
    from flowsim.widgets.quiz_widget import Quiz
    from flowsim.widgets.search_widget import SearchWidget
    from flowsim.widgets.watching import Watch

__all__ = [
    "AttackLab",
    "Bench",
    "Clinic",
    "ExerciseWidget",
    "FlowChooser",
    "Player",
    "Predict",
    "Quiz",
    "SearchWidget",
    "Watch",
    "attack_lab",
    "bench",
    "choose_a_flow",
    "clinic",
    "exercise",
    "player",
    "predict",
    "quiz",
    "searching",
    "watch",
]
_PLACE_OF = {
    "AttackLab": "attack_lab_widget",
    "Bench": "bench_widget",
    "Clinic": "clinic_widget",
    "ExerciseWidget": "exercise_widget",
    "FlowChooser": "flow_chooser",
    "Player": "player_widget",
    "Predict": "prediction",
    "Quiz": "quiz_widget",
    "SearchWidget": "search_widget",
    "Watch": "watching",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        """The class of this name, loaded now and kept (PEP 562)."""
        if name not in _PLACE_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_PLACE_OF[name]}"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def player(
    *simulations: "Simulation", attack: str = "code-interception", ask: "Asks | None" = None, keep: str = ""
) -> "Player":
    """A player for these simulations, each a branch, with this attack ready behind its button.

    It opens at the position of the first one. `ask` is what the reader predicts before the outcome is shown: the name of a
    question, such as "who-wins", "where-stopped", "which-check" or "what-it-holds"; a `Prediction` of your own; or
    branch → one of these. `keep` is the name under which the answer goes into the reader's progress file, such as
    `start.p1`; where several branches are asked about, the branch's place follows it, as in `start.p1-2`.
    Raises ScenarioError for an attack there is not, and for what cannot be asked.
    """
    from flowsim.views.formats.player_payload import player_payload
    from flowsim.widgets.player_widget import Player

    shown = Player(player_payload(*simulations, attack=attack, ask=ask))
    if keep:
        branches = [one["branch"] for one in shown.payload["asks"]]
        names = {one: keep if len(branches) == 1 else f"{keep}-{place}" for place, one in enumerate(branches, 1)}
        shown.on_answer(lambda one: _kept(names[one.branch], one.said, one.right))
    return shown


def predict(
    question: str, choices: Iterable[object], right: object, then: object = "", *, why: str = "", keep: str = ""
) -> "Predict":
    """A question about what a cell has computed, which is hidden until the reader has answered.

    `right` is the answer that was computed, one of the choices; `then` is what comes to be seen: a text, lines of text, a
    picture or a table; `why` is the reason, in words; `keep` is the name under which the answer goes into the reader's
    progress file. Raises ScenarioError where `right` is none of the choices.
    """
    from flowsim.views.text.question import question as question_of
    from flowsim.widgets.prediction import Predict

    shown = Predict(question_of(question, choices, right, then, why=why))
    if keep:
        shown.on_answer(lambda one: _kept(keep, one.answer, one.right))
    return shown


def _kept(name: str, said: str | None, right: bool) -> None:
    """Put a prediction into the progress file; to look without an answer is neither right nor wrong."""
    from flowsim.lessons.progress import record

    record(name, said, None if said is None else right)


def bench(
    scenario: "Scenario | None" = None,
    *,
    attack: "str | Attacker" = "code-interception",
    **settings: Unpack["Settings"],
) -> "Bench":
    """A player with controls that change its experiment; it begins with these settings and this attack ready.

    The attack is one of flowsim's by its name, or an `Attacker` of your own.
    Raises ScenarioError for settings that make no sense.
    """
    from flowsim.widgets.bench_widget import Bench

    return Bench(scenario, ready=attack, **settings)


def attack_lab(attack: "str | Attacker" = "code-interception", *defences: str) -> "AttackLab":
    """Attacks and defences to choose from, a prediction, the run, and the matrix whose cells open their runs.

    It begins with this attack, which may be an `Attacker` of your own, and these defences. Raises ScenarioError for a name
    there is not, and for defences that cannot be had together.
    """
    from flowsim.widgets.attack_lab_widget import AttackLab

    return AttackLab(attack, *defences)


def choose_a_flow() -> "FlowChooser":
    """Questions about an app, one after the other, and the flow that it should use."""
    from flowsim.widgets.flow_chooser import FlowChooser

    return FlowChooser()


def quiz(seed: int = 7) -> "Quiz":
    """Statements that are true or false, one after the other, and the runs that decide; the seed fixes their order."""
    from flowsim.widgets.quiz_widget import Quiz

    return Quiz(seed)


def clinic(name: str | None = None) -> "Clinic":
    """Logins that fail though nobody attacks, to be repaired one after the other; it begins at this case, or at the first.

    Raises ScenarioError for a case there is not.
    """
    from flowsim.widgets.clinic_widget import Clinic

    return Clinic(name)


def searching(
    scenario: "Scenario | None" = None,
    *,
    positions: str | Iterable[str] = (),
    goals: "str | Goal | Iterable[str | Goal]" = "data",
    depth: int = 3,
    defences: Iterable[str] | None = None,
    **settings: Unpack["Settings"],
) -> "SearchWidget":
    """A search that begins at the press of a button: how far it is, Cancel, then the attack in a player and what was tried.

    What is searched for is said as for `flowsim.search`. It goes on in this process, between whatever else the kernel does.
    Raises ScenarioError for what makes no sense.
    """
    from flowsim.explorer.search import checked_depth, scenario_of
    from flowsim.explorer.searching import Searching
    from flowsim.widgets.search_widget import SearchWidget

    made = scenario_of(scenario, defences, settings)
    return SearchWidget(Searching(made, positions, goals, checked_depth(depth)))


def exercise(id: str) -> "ExerciseWidget":
    """The exercise of this name, such as `exercise("start.1")`. Raises ScenarioError for one there is not."""
    from flowsim.exercises.catalogue import exercise_named
    from flowsim.widgets.exercise_widget import ExerciseWidget

    return ExerciseWidget(exercise_named(id))


def watch(world: "LiveWorld") -> "Watch":
    """A player that follows a live world: each login is a branch, which grows while one looks at it."""
    from flowsim.widgets.watching import Watch

    return Watch(world)
