"""An experiment: settings one can change, and the branches made from them, seen at one branch and one position.

A simulation is played under fixed settings. On a bench the settings change all the time: another client, one check off,
an attacker from here on. An `Experiment` therefore keeps, for each branch, a *plan*: from which branch it comes and
where it leaves it, which settings differ, which attacker was injected. After any change all branches are played again
from their plans. A setting that changes in a branch changes in all branches made from it, unless they have their own.

A change that makes no sense leaves everything as it was; `problem` then says what was expected, what came, and what to
do. A change that is legal and yet cannot show anything is made, and `remark` says why it shows nothing. Every remark is
read off what was played; no outcome is written down here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from flowsim.attackers import known_attacker
from flowsim.scenario import Scenario, ScenarioError, unknown
from flowsim.simulation import Simulation, Trace
from flowsim.views.export import player_payload

FIRST = "login"
LONGEST_NAME = 40
# Branches with different random values could not be compared, so these are the same in all of them.
_OF_ALL = ("seed", "start")
_SETTINGS = {one.name: one.name.replace("_", " ") for one in fields(Scenario)} | {
    "pkce": "PKCE method",
    "pkce_required": "PKCE required",
    "without": "checks switched off",
    "user": "user's behaviour",
    "login": "login option",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a branch comes about: where it leaves its parent, the settings that differ, the attacker that comes in there.

    The first branch has no parent; its `changes` are those from a scenario with nothing but defaults. `at` counts
    moves. An attacker among the `changes` is there from the start.
    """

    parent: str | None = None
    at: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    injected: str | None = None


class Experiment:
    """The settings of an experiment, the branches made from them, and the branch and position in view.

    `Experiment(scenario)` or `Experiment(client="spa", pkce="none", seed=7)`. What a user does (`change`, `fork_here`,
    `inject_here`, `make_ready`, `remove_here`, `show`) gives True, or False and a `problem`. `ready` is the attacker
    that is injected where none is named. Only what is wrong from the beginning is raised as a ScenarioError.
    """

    def __init__(self, scenario: Scenario | None = None, *, ready: str = "code-interception", **settings: Any) -> None:
        first = _changed(scenario or Scenario(), settings)
        self.problem = ""
        self.ready = known_attacker(ready).name
        self.branch = FIRST
        self.position = 0
        self._draw = _drawn(first)
        self._plans: dict[str, Plan] = {}
        self._rebuild({FIRST: Plan(changes=_differences(first, Scenario()))})

    def __repr__(self) -> str:
        return f"Experiment({self.branch!r}, move {self.position}, branches: {', '.join(self.branches)})"

    @property
    def branches(self) -> dict[str, Simulation]:
        """The branches by name, the first one first."""
        return dict(self._branches)

    @property
    def settings(self) -> Scenario:
        """The settings of the branch in view, with what its attacker presupposes. A seed that was not given is None."""
        return _with_needs(self._asked(self._plans, self.branch))

    @property
    def trace(self) -> Trace:
        """The whole trace of the branch in view."""
        return self._branches[self.branch].played()

    def change(self, **settings: Any) -> bool:
        """Change settings of the branch in view; the seed and the start time are those of all branches."""
        return self._attempt(lambda: self._change(settings))

    def fork_here(self, name: str = "") -> bool:
        """Begin a new branch at the position in view, with the same settings, and look at it."""
        return self._attempt(
            lambda: self._add(name, f"fork {self._moment()}", Plan(parent=self.branch, at=self.position))
        )

    def inject_here(self, attacker: str | None = None, name: str = "") -> bool:
        """Begin a new branch at the position in view, with this attacker in it from here on, and look at it."""
        return self._attempt(lambda: self._inject(attacker or self.ready, name))

    def make_ready(self, attacker: str) -> bool:
        """Choose the attacker that waits behind the player's button."""
        return self._attempt(lambda: self._make_ready(attacker))

    def remove_here(self) -> bool:
        """Remove the branch in view and all that were made from it, and look at the one it was made from."""
        return self._attempt(self._remove)

    def show(self, branch: str | None = None, position: int | None = None) -> bool:
        """Look at this branch, at this position. The attack that waits behind the player's button becomes a branch."""
        return self._attempt(lambda: self._show(branch or self.branch, position))

    def payload(self) -> dict[str, Any]:
        """What the player shows: all branches, and the attack that is ready, seen at the branch and position in view."""
        if self._payload is None:
            self._payload = self._made_payload()
        return self._payload | {"view": {"branch": self.branch, "position": self.position}}

    @property
    def about(self) -> str:
        """One sentence on the branch in view: where it comes from, and what is different in it."""
        plan = self._plans[self.branch]
        if plan.parent is None:
            return f"These are the settings of “{self.branch}”. Branches made from it follow."
        moment = _moment(self._branches[plan.parent].played().events, plan.at)
        differ = [_SETTINGS[name] for name in plan.changes]
        if plan.injected:
            what = f"is “{plan.parent}” with the attack {plan.injected} from there on"
            what += f", and with another {' and '.join(differ)}" if differ else ""
        else:
            what = f"differs in: {', '.join(differ)}" if differ else "is still the same: change a setting in it"
        return f"“{self.branch}” was made from “{plan.parent}” {moment} and {what}."

    @property
    def remark(self) -> str:
        """What is legal here and yet shows nothing, and why; empty where there is nothing to say."""
        return " ".join(
            (*self._on_the_past(), *_on_the_attack(self), *_on_the_checks(self), *self._on_those_left_out())
        )

    def _change(self, settings: dict[str, Any]) -> None:
        for name in settings:
            if name not in _SETTINGS:
                raise unknown("setting", name, list(_SETTINGS))
        here = {name: value for name, value in settings.items() if name not in _OF_ALL}
        for_all = {name: value for name, value in settings.items() if name in _OF_ALL}
        plans = self._plans
        if for_all:
            plans = plans | {FIRST: self._changed_plan(plans, FIRST, for_all)}
        plans = plans | {self.branch: self._changed_plan(plans, self.branch, here)}
        asked = self._asked(plans, self.branch)
        for name, value in _differences(_with_needs(asked), asked).items():
            if name in settings:
                raise ScenarioError(
                    f"the attack {asked.attacker} works only with {_SETTINGS[name]} {value!r}, "
                    f"and {settings[name]!r} was asked for; choose another attacker first"
                )
        if plans != self._plans:
            self._rebuild(plans)

    def _changed_plan(self, plans: dict[str, Plan], branch: str, settings: dict[str, Any]) -> Plan:
        """The plan with these settings, without those in which it would not differ from its parent."""
        plan = plans[branch]
        if plan.injected and "attacker" in settings:
            plan = replace(plan, injected=settings.pop("attacker"))
        base = Scenario() if plan.parent is None else self._asked(plans, plan.parent)
        asked = replace(base, **plan.changes)
        return replace(plan, changes=_differences(replace(asked, **settings), base))

    def _add(self, name: str, usual: str, plan: Plan) -> None:
        name = _checked_name(name) or _unused(usual, self._plans)
        if name in self._branches:
            raise ScenarioError(f"there is a branch {name!r} already; choose another name")
        self._rebuild(self._plans | {name: plan}, name)

    def _inject(self, attacker: str, name: str) -> None:
        title = known_attacker(attacker).title
        present = self._asked(self._plans, self.branch).attacker
        if present is not None:
            raise ScenarioError(
                f"branch {self.branch!r} has an attacker already: {present}; go to a branch that has none, "
                "or set its attacker to none first"
            )
        self._add(name, title, Plan(parent=self.branch, at=self.position, injected=attacker))

    def _make_ready(self, attacker: str) -> None:
        self.ready = known_attacker(attacker).name
        self._payload = None

    def _remove(self) -> None:
        parent = self._plans[self.branch].parent
        if parent is None:
            raise ScenarioError(
                f"the branch {self.branch!r} is the one all others were made from, so it stays; "
                "change its settings, or go to the branch you want to remove"
            )
        gone = {self.branch}
        for name, plan in self._plans.items():
            if plan.parent in gone:
                gone.add(name)
        self._rebuild({name: plan for name, plan in self._plans.items() if name not in gone}, parent)

    def _show(self, branch: str, position: int | None) -> None:
        if branch not in self._branches:
            waiting = next((one for one in self.payload()["branches"] if one["hidden"]), None)
            if waiting is None or waiting["name"] != branch:
                raise unknown("branch", branch, list(self._branches))
            plan = Plan(parent=FIRST, at=waiting["shared"], injected=self.ready)
            self._rebuild(self._plans | {branch: plan}, branch)
        count = len(self._branches[branch].played().events)
        if position is not None and not 0 <= position <= count:
            raise ScenarioError(
                f"branch {branch!r} ends after {count} moves, so a position in it is 0 to {count}, not {position}"
            )
        self.branch, self.position = branch, min(self.position if position is None else position, count)

    def _attempt(self, act: Callable[[], None]) -> bool:
        """Do it, or change nothing and say why in `problem`."""
        try:
            act()
        except ScenarioError as error:
            self.problem = _sentence(str(error))
            return False
        self.problem = ""
        return True

    def _rebuild(self, plans: dict[str, Plan], branch: str | None = None) -> None:
        """Play all branches again from these plans, and look at this one.

        Raises ScenarioError, and changes nothing, if that one cannot be. Others that cannot be are left out, and come
        back when they can.
        """
        branch = branch or self.branch
        first = self._asked(plans, FIRST)
        draw = self._draw if (first.seed, first.start) == self._draw[:2] else _drawn(first)
        branches: dict[str, Simulation] = {}
        left_out: dict[str, str] = {}
        for name, plan in plans.items():
            try:
                branches[name] = self._played(plans, name, draw, branches)
            except ScenarioError as error:
                if name == branch or plan.parent is None:
                    raise
                left_out[name] = str(error)
        if branch in left_out:
            raise ScenarioError(left_out[branch])
        self._plans, self._draw, self._branches, self._left_out = plans, draw, branches, left_out
        self._payload: dict[str, Any] | None = None
        self.branch = branch
        self.position = min(self.position, len(self.trace.events))

    def _played(
        self, plans: dict[str, Plan], name: str, draw: tuple[Any, ...], branches: dict[str, Simulation]
    ) -> Simulation:
        """This branch, played from its plan; its parent is among the branches, or it cannot be."""
        plan = plans[name]
        wanted = replace(_with_needs(self._asked(plans, name)), seed=draw[2], start=draw[3])
        if plan.parent is None:
            return Simulation(wanted, name=name)
        if plan.parent not in branches:
            raise ScenarioError(f"it was made from {plan.parent!r}, which is left out too")
        parent = branches[plan.parent]
        at = min(plan.at, len(parent.played().events))
        if plan.injected and parent.scenario.attacker is None:
            alone = replace(self._asked(plans, name), attacker=None, seed=draw[2], start=draw[3])
            past = Simulation(alone, name=plan.parent)
            past.goto(min(at, len(past.played().events)))
            return past.inject(plan.injected, name)
        parent.goto(at)
        return parent.fork(name, **_differences(wanted, parent.scenario))

    def _asked(self, plans: dict[str, Plan], branch: str) -> Scenario:
        """The settings of a branch as its plan and those before it say. ScenarioError if they do not go together."""
        plan = plans[branch]
        base = Scenario() if plan.parent is None else self._asked(plans, plan.parent)
        changes = dict(plan.changes) | ({"attacker": plan.injected} if plan.injected else {})
        return replace(base, **changes)

    def _made_payload(self) -> dict[str, Any]:
        """The payload; an attack that is a branch already does not wait behind the button a second time."""
        payload = player_payload(*self._branches.values(), attack=self.ready)
        name = payload["inject"]
        if name not in self._branches:
            return payload
        plan = self._plans[name]
        same = (plan.parent, plan.injected) == (FIRST, self.ready)
        branches = [branch for branch in payload["branches"] if not branch["hidden"]]
        return payload | {"branches": branches, "inject": name if same else None}

    def _moment(self) -> str:
        return _moment(self.trace.events, self.position)

    def _on_the_past(self) -> list[str]:
        """A fork that differs before the place where it begins."""
        plan = self._plans[self.branch]
        if plan.parent is None:
            return []
        pairs = zip(self.trace.events[: plan.at], self._branches[plan.parent].played().events, strict=False)
        earliest = next((ours.step for ours, theirs in pairs if ours != theirs), None)
        if earliest is None:
            return []
        return [f"What differs here begins at step {earliest}, so the steps before the fork were played again."]

    def _on_those_left_out(self) -> list[str]:
        return [f"The branch “{name}” is left out for now: {why}." for name, why in self._left_out.items()]


def _on_the_attack(experiment: Experiment) -> list[str]:
    """A login that does not get through though the user agrees, and an attacker who cannot do anything."""
    settings, trace = experiment.settings, experiment.trace
    said, alone = [], trace.verdict
    if settings.attacker is not None:
        said += _on_needs(experiment)
        if "code" in alone.attacker_holds:
            return said + _on_the_secret(settings, alone)
        alone = Simulation(replace(trace.scenario, attacker=None)).played().verdict
        said.append("The attacker never gets the code, because there is none to get.")
    if settings.attacker is not None or (settings.user == "accepts" and alone.stopped_by is not None):
        said += [_ADVICE.get(alone.stopped_by or "", ""), alone.sentence]
    return [sentence for sentence in said if sentence]
