"""What a case of the clinic is: a login that fails, how one hears of it, and the repair with which it works.

That it fails and that the repair helps is computed: both are played. What stands here is what a run cannot say: whose
mistake it was, and the words of the user who reports it.

Source: the clause of each case.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flowsim.model.order import kind_of
from flowsim.model.states import Role, State
from flowsim.model.steps import ACTORS, ATTACKER
from flowsim.model.timeline import AHEAD
from flowsim.model.world import VICTIM
from flowsim.simulation.simulation import Simulation, Trace

SEED = 7
# Whose mistake it can be: id → name. Between them stands the network, with its proxies.
PARTIES: Mapping[str, str] = {one.id: one.name for one in ACTORS if one.id != ATTACKER} | {"network": "Network"}

# Where what an app does for its user ends, if it ends well.
_ENDS_WELL = {
    Role.LOGIN: (State.DONE,),
    Role.REFRESH: (State.TOKENS_HELD, State.REFRESH_JOINED),
    Role.CALL: (State.DONE,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A failing login. `settings` are those of the scenario, `repair` those that change, and `remedy` says so in words.

    `symptom` is the bug report: what the user sees and what the log says, and never why. `party` is the id of whose mistake
    it is, `step` the number of the step at which it is made, `cause` its name among the causes that
    diagnosis.py knows. Each of the `hints` says a little more than the one before. `seen` is a public report of such a
    failure, as `owner/repository#number`; empty where it is told from experience.
    """

    name: str
    title: str
    symptom: str
    settings: Mapping[str, Any]
    repair: Mapping[str, Any]
    remedy: str
    party: str
    step: int
    cause: str
    hints: tuple[str, ...]
    clause: str
    seen: str = ""

    def __hash__(self) -> int:
        return hash(self.name)

    def login(self, **changed: Any) -> Simulation:
        """The login of this case before its first step, with these settings changed."""
        return Simulation(name=self.name, **{"seed": SEED, **self.settings, **changed})


@cache
def played(case: Case) -> Trace:
    """The failing login, to its end."""
    return case.login().run()


@cache
def repaired(case: Case) -> Trace:
    """The same login with the repair, to its end."""
    return case.login(**case.repair).run()


def works(trace: Trace) -> bool:
    """Whether the user got what they wanted in every tab: the data of each login, and nothing refused after it."""
    verdict = trace.verdict
    if not trace.over or verdict.ended is not State.DONE or (verdict.stopped_by and not _refused_ahead(trace)):
        return False
    others = [
        (name, run) for name, run in trace.worlds[-1].runs.items() if name != VICTIM and kind_of(name) not in AHEAD
    ]
    return all(run.state in _ENDS_WELL[run.role] for _, run in others if run.role in _ENDS_WELL)


def _refused_ahead(trace: Trace) -> bool:
    """True where nobody was refused but a browser or a scanner that had come ahead of its user."""
    refused = {event.run for event in trace.events if any(one.decides for one in event.checks)}
    return all(kind_of(run) in AHEAD for run in refused)
