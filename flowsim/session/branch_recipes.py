"""How the branches of an experiment are made: a plan for each, and all of them played from their plans.

A simulation is played under fixed settings. On a bench the settings change all the time: another client, one check off,
an attacker from here on. So a `Plan` says from which branch a branch was made and where, which of its settings differ,
and which attacker was injected. After a change all branches are played again from their plans. What changes in one
branch changes in all that were made from it, unless they differ in just that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from flowsim.attacks import known_attacker
from flowsim.model.scenario import Scenario, ScenarioError, unknown
from flowsim.simulation.simulation import Simulation, Trace

FIRST = "login"
NAMES = {one.name: one.name.replace("_", " ") for one in fields(Scenario)} | {
    "pkce": "PKCE method",
    "pkce_required": "PKCE required",
    "without": "checks switched off",
    "user": "user's behaviour",
    "login": "login option",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a branch is made: from which branch, after how many moves, with which settings changed.

    The first branch has no `parent`; its `changes` are those of a scenario that has nothing but defaults. An attacker
    among the `changes` is there from the start, one that is `injected` comes in after move `at`.
    """

    parent: str | None = None
    at: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    injected: str | None = None


Plans = Mapping[str, Plan]


class Draw(NamedTuple):
    """The seed and the start time that were asked for, and those that all branches are played with."""

    asked: tuple[int | str | None, int | None]
    settled: dict[str, Any]


class Built(NamedTuple):
    """All branches as played from their plans, and why those are missing that cannot be made."""

    plans: Plans
    draw: Draw
    branches: dict[str, Simulation]
    traces: dict[str, Trace]
    left_out: dict[str, str]


def build(plans: Plans, needed: str, draw: Draw | None) -> Built:
    """All branches, played from their plans; with the same random values as before unless others are asked for.

    Raises ScenarioError if the branch that is needed cannot be made. Any other one is left out, and is there again as
    soon as it can be made.
    """
    first = asked_settings(plans, FIRST)
    if draw is None or draw.asked != (first.seed, first.start):
        settled = first.settled()
        draw = Draw((first.seed, first.start), {"seed": settled.seed, "start": settled.start})
    built = Built(plans, draw, {}, {}, {})
    for name, plan in plans.items():
        try:
            branch = _played(built, name, plan)
        except ScenarioError as error:
            if name == needed or plan.parent is None:
                raise
            built.left_out[name] = str(error)
        else:
            built.branches[name], built.traces[name] = branch, branch.played()
    return built


def _played(built: Built, name: str, plan: Plan) -> Simulation:
    asked = replace(asked_settings(built.plans, name), **built.draw.settled)
    if plan.parent is None:
        return Simulation(asked, name=name)
    if plan.parent not in built.branches:
        raise ScenarioError(f"it was made from {plan.parent!r}, which is left out too")
    parent = built.branches[plan.parent]
    if plan.injected and parent.scenario.attacker is None:
        past = Simulation(replace(asked, attacker=None), name=plan.parent)
        past.goto(min(plan.at, len(past.played().events)))
        return past.inject(plan.injected, name)
    parent.goto(min(plan.at, len(parent.played().events)))
    return parent.fork(name, **differences(with_needs(asked), parent.scenario))


def asked_settings(plans: Plans, name: str) -> Scenario:
    """The settings of a branch as its plan and those it was made from say; ScenarioError if they do not go together."""
    plan = plans[name]
    base = Scenario() if plan.parent is None else asked_settings(plans, plan.parent)
    injected = {"attacker": plan.injected} if plan.injected else {}
    return replace(base, **{**plan.changes, **injected})


def changed(plans: Plans, name: str, settings: dict[str, Any]) -> Plan:
    """The plan of this branch with these settings, without those that are its parent's anyway."""
    plan = plans[name]
    asked = with_settings(asked_settings(plans, name), settings)
    if plan.injected:
        plan = replace(plan, injected=asked.attacker)
    base = Scenario() if plan.parent is None else asked_settings(plans, plan.parent)
    changes = differences(asked, base)
    if plan.injected:
        changes.pop("attacker", None)
    return replace(plan, changes=changes)


def name_after(plans: Plans, name: str, before: Plan) -> str:
    """The name of a branch after a change: one that was named after its attacker is named after the new one."""
    attacker = plans[name].injected
    if before.injected in (None, attacker) or name != known_attacker(before.injected or "").title:
        return name
    return unused(known_attacker(attacker).title if attacker else f"{plans[name].parent} again", plans)


def renamed(plans: Plans, name: str, new: str) -> Plans:
    """The same plans with another name for this branch."""

    def after(one: str | None) -> str | None:
        return new if one == name else one

    return {new if one == name else one: replace(plan, parent=after(plan.parent)) for one, plan in plans.items()}


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """This scenario with these settings; ScenarioError names one that does not exist, or a value it cannot have."""
    for name in settings:
        if name not in NAMES:
            raise unknown("setting", name, list(NAMES))
    return replace(scenario, **settings)


def with_needs(scenario: Scenario) -> Scenario:
    """These settings with what their attack presupposes."""
    return replace(scenario, **known_attacker(scenario.attacker).needs(scenario)) if scenario.attacker else scenario


def differences(scenario: Scenario, base: Scenario) -> dict[str, Any]:
    """The settings of this scenario that the other one does not have."""
    return {name: getattr(scenario, name) for name in NAMES if getattr(scenario, name) != getattr(base, name)}


def unused(name: str, taken: Plans) -> str:
    """This name, with a number behind it where it is taken."""
    number = 1
    while (numbered := f"{name} {number}" if number > 1 else name) in taken:
        number += 1
    return numbered
