"""flowsim: the OAuth 2.0 Authorization Code Flow with PKCE, step by step, with an attacker on the wire.

```python
from flowsim import Simulation

login = Simulation(client="native-scheme", pkce="S256", seed=7)
login.until("code_in_browser")
stolen = login.inject("code-interception")
print(stolen.run().verdict.sentence)
```

The names listed here are the public ones. Each is loaded when it is first asked for, so `import flowsim` loads next to
nothing. Two of them are modules: `pkce` is `flowsim.protocol.pkce`, and `zoo` is `flowsim.mutants`. What single lessons
need beside them is in the folders, each with a docstring of its own.
"""

from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from flowsim.model.display import DRAWINGS, Bundle
from flowsim.model.long_tasks import IN_A_BROWSER, Tick, told_by

if TYPE_CHECKING:
    from flowsim import mutants as zoo
    from flowsim.analysis.counterexamples import why
    from flowsim.analysis.matrix import cell, matrix
    from flowsim.attacks.base import Attacker
    from flowsim.attacks.toolkit import redeem_the_code, steal_the_redirect
    from flowsim.diagnosis.diagnosis import diagnose
    from flowsim.engine.apply import apply
    from flowsim.explorer.minimal import minimal_defences
    from flowsim.explorer.search import search
    from flowsim.judge.judgement import judge_client
    from flowsim.model.scenario import Scenario, ScenarioError
    from flowsim.model.states import Act
    from flowsim.model.transitions import IllegalMove, Move
    from flowsim.protocol import pkce
    from flowsim.simulation.simulation import Simulation, Trace
    from flowsim.views.pictures.lifetimes import lifetimes
    from flowsim.views.pictures.picture import sequence, state_machine
    from flowsim.views.pictures.refresh_families import family_tree
    from flowsim.views.text.transcript import summary, tell, transcript, who_knows_what
    from flowsim.widgets import attack_lab, bench, player, predict, quiz

__version__ = "0.1.0"
__all__ = [  # noqa: RUF022 - in the order of a first acquaintance
    # Play: one login, its settings, what was recorded.
    "Simulation",
    "Scenario",
    "ScenarioError",
    "Trace",
    # Look at it, in pictures and in words.
    "sequence",
    "state_machine",
    "family_tree",
    "lifetimes",
    "tell",
    "summary",
    "transcript",
    "who_knows_what",
    # Why it failed.
    "diagnose",
    # In a notebook (these need `flowsim[notebook]`).
    "player",
    "predict",
    "bench",
    "attack_lab",
    "quiz",
    # Many runs: attacks against defences, what goes wrong without a check, defects to be found.
    "cell",
    "matrix",
    "why",
    "zoo",
    # The machine as attacker.
    "search",
    "minimal_defences",
    # An attacker of your own.
    "Attacker",
    "steal_the_redirect",
    "redeem_the_code",
    # A client of your own.
    "judge_client",
    # The machine underneath.
    "Act",
    "Move",
    "IllegalMove",
    "apply",
    "pkce",
    "__version__",
]
_MODULES = {"pkce": "flowsim.protocol.pkce", "zoo": "flowsim.mutants"}
_PLACES = {
    "flowsim.analysis.counterexamples": ("why",),
    "flowsim.analysis.matrix": ("cell", "matrix"),
    "flowsim.attacks.base": ("Attacker",),
    "flowsim.attacks.toolkit": ("redeem_the_code", "steal_the_redirect"),
    "flowsim.diagnosis.diagnosis": ("diagnose",),
    "flowsim.engine.apply": ("apply",),
    "flowsim.explorer.minimal": ("minimal_defences",),
    "flowsim.explorer.search": ("search",),
    "flowsim.judge.judgement": ("judge_client",),
    "flowsim.model.scenario": ("Scenario", "ScenarioError"),
    "flowsim.model.states": ("Act",),
    "flowsim.model.transitions": ("IllegalMove", "Move"),
    "flowsim.simulation.simulation": ("Simulation", "Trace"),
    "flowsim.views.pictures.lifetimes": ("lifetimes",),
    "flowsim.views.pictures.picture": ("sequence", "state_machine"),
    "flowsim.views.pictures.refresh_families": ("family_tree",),
    "flowsim.views.text.transcript": ("summary", "tell", "transcript", "who_knows_what"),
    "flowsim.widgets": ("attack_lab", "bench", "player", "predict", "quiz"),
}
_PLACE_OF = {name: place for place, names in _PLACES.items() for name in names}

if not TYPE_CHECKING:  # what type checkers and editors need to know stands in the imports above

    def __getattr__(name: str) -> Any:
        """The public name, loaded now and kept (PEP 562)."""
        if name not in _MODULES and name not in _PLACE_OF:
            raise AttributeError(f"module 'flowsim' has no attribute {name!r}")
        try:
            found = import_module(_MODULES[name]) if name in _MODULES else getattr(import_module(_PLACE_OF[name]), name)
        except ModuleNotFoundError as error:
            if _PLACE_OF.get(name) != "flowsim.widgets":
                raise
            hint = f"{name} is for notebooks and needs {error.name}: pip install 'flowsim[notebook]'"
            raise ModuleNotFoundError(hint, name=error.name) from None
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _diagram(shown: "Simulation | Trace") -> Bundle:
    """The sequence diagram and its text; with a simulation, the position in it is lit."""
    from flowsim.simulation.simulation import Simulation
    from flowsim.views.pictures.picture import sequence

    if isinstance(shown, Simulation):
        return sequence(shown.trace, shown.position)._repr_mimebundle_()
    return sequence(shown)._repr_mimebundle_()


def _tables(shown: Any) -> Bundle:
    """The matrix as tables, and as text."""
    from flowsim.views.formats.matrix_html import matrix_html

    return {"text/html": matrix_html(shown), "text/plain": repr(shown)}


def _searched(shown: Any) -> Bundle:
    """What has come of a search: the answer, the attack in a player, the tree; its sentence where there are no widgets."""
    try:
        from flowsim.widgets.search_widget import SearchWidget
    except ModuleNotFoundError:
        return {"text/plain": repr(shown)}
    return SearchWidget(shown)._repr_mimebundle_()


def _replay(shown: Any) -> Bundle:
    """The player of these logins; its text where there are no widgets."""
    try:
        from flowsim.widgets.player_widget import Player
    except ModuleNotFoundError:
        return {"text/plain": repr(shown)}
    drawn: Any = Player(shown.payload)._repr_mimebundle_()  # what is shown, and metadata of which there is none
    return cast(Bundle, drawn[0])


def _line(what: str) -> AbstractContextManager[Tick]:
    """A line below the cell of a notebook; nothing where there are no widgets."""
    try:
        from flowsim.widgets.waiting import line
    except ModuleNotFoundError:
        return nullcontext(lambda done, total: None)
    return line(what)


DRAWINGS.update(Played=_replay, Exploration=_searched, Simulation=_diagram, Trace=_diagram, Matrix=_tables)
if IN_A_BROWSER:
    told_by(_line)
