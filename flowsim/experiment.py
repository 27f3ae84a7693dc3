"""An experiment: settings that one can change, the branches made from them, and the place one looks at.

A simulation is played under fixed settings. On a bench the settings change all the time: another client, one check off,
an attacker from here on. So an `Experiment` keeps a *plan* of each branch: which branch it was made from and where, which
settings differ, which attacker was injected. After a change all branches are played again from their plans. What
changes in one branch changes in all that were made from it, unless they differ in just that.

A change that makes no sense leaves everything as it was, and `problem` says what was expected, what came, and what to
do. A change that is legal and yet cannot show anything is made, and `remark` says why it shows nothing. Every remark
is read off what was played: no outcome is written down here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, NamedTuple

from flowsim.attackers import known_attacker
from flowsim.machine import State
from flowsim.scenario import Scenario, ScenarioError, unknown
from flowsim.simulation import Simulation, Trace
from flowsim.views.export import player_payload
from flowsim.world import Event

FIRST = "login"
LONGEST_NAME = 40  # characters
NAMES = {one.name: one.name.replace("_", " ") for one in fields(Scenario)} | {
    "pkce": "PKCE method",
    "pkce_required": "PKCE required",
    "without": "checks switched off",
    "user": "user's behaviour",
    "login": "login option",
}
# Branches with different random values could not be compared, so all branches have the same.
_SHARED = ("seed", "start")


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


class _Draw(NamedTuple):
    """The seed and the start time that were asked for, and those that all branches are played with."""

    asked: tuple[int | str | None, int | None]
    settled: dict[str, Any]


class _Built(NamedTuple):
    """All branches as played from their plans, and why those are missing that cannot be made."""

    plans: Plans
    draw: _Draw
    branches: dict[str, Simulation]
    traces: dict[str, Trace]
    left_out: dict[str, str]


class Experiment:
    """Settings, the branches made from them, and the `branch` and `position` in view; a position counts moves.

    `Experiment(scenario)` or `Experiment(client="spa", pkce="none", seed=7)`. What one does to it gives True, or gives
    False, changes nothing, and leaves a `problem`. `ready` names the attacker that is injected where none is named.
    Raises ScenarioError for settings that make no sense from the beginning.
    """

    def __init__(self, scenario: Scenario | None = None, *, ready: str = "code-interception", **settings: Any) -> None:
        first = _with(scenario or Scenario(), settings)
        self.problem = ""
        self.ready = known_attacker(ready).name
        self.branch = FIRST
        self.position = 0
        self._built = _build({FIRST: Plan(changes=_differences(first, Scenario()))}, FIRST, None)
        self._payload: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Experiment({self.branch!r}, move {self.position} of {len(self.trace.events)})"

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of the branches, the first one first."""
        return tuple(self._built.branches)

    @property
    def trace(self) -> Trace:
        """The branch in view from its start to its end."""
        return self._built.traces[self.branch]

    @property
    def settings(self) -> Scenario:
        """The settings of the branch in view, with what its attack presupposes; the seed is None if none was given."""
        return _with_needs(_asked(self._built.plans, self.branch))

    def change(self, **settings: Any) -> bool:
        """Change settings of the branch in view. The seed and the start time are those of all branches."""
        return self._attempt(lambda: self._change(settings))

    def fork_here(self, name: str = "") -> bool:
        """Make a branch that leaves the one in view at this position, and look at it."""
        usual = f"fork {_moment(self.trace, self.position)}"
        return self._attempt(lambda: self._add(name, usual, Plan(parent=self.branch, at=self.position)))

    def inject_here(self, attacker: str | None = None, name: str = "") -> bool:
        """Make a branch that leaves the one in view at this position with this attacker in it, and look at it."""
        return self._attempt(lambda: self._inject(attacker or self.ready, name))

    def remove_here(self) -> bool:
        """Remove the branch in view and all that were made from it, and look at the one it was made from."""
        return self._attempt(self._remove)

    def make_ready(self, attacker: str) -> bool:
        """Choose the attacker that waits behind the player's button."""
        return self._attempt(lambda: self._make_ready(attacker))

    def show(self, branch: str | None = None, position: int | None = None) -> bool:
        """Look at this branch and position. The attack behind the player's button becomes a branch when it is shown."""
        return self._attempt(lambda: self._show(branch or self.branch, position))

    def payload(self) -> dict[str, Any]:
        """What the player shows: every branch, the attack that is ready, and the branch and position in view."""
        if self._payload is None:
            self._payload = self._made_payload()
        return self._payload | {"view": {"branch": self.branch, "position": self.position}}

    @property
    def about(self) -> str:
        """Where the branch in view comes from and what is different in it, in one sentence."""
        plan = self._built.plans[self.branch]
        if plan.parent is None:
            return f"These are the settings of “{self.branch}”. The branches made from it follow."
        moment = _moment(self._built.traces[plan.parent], plan.at)
        differs = f"differs in: {', '.join(NAMES[name] for name in plan.changes)}" if plan.changes else ""
        if plan.injected:
            made = f"“{self.branch}” is “{plan.parent}” with an attacker who comes in {moment}"
            return f"{made}; it also {differs}." if differs else f"{made}."
        same = "is the same so far: change a setting"
        return f"“{self.branch}” leaves “{plan.parent}” {moment} and {differs or same}."

    @property
    def remark(self) -> str:
        """What is legal here and yet shows nothing, and why; empty if there is nothing of the kind."""
        plans, traces = self._built.plans, self._built.traces
        plan, asked = plans[self.branch], _asked(plans, self.branch)
        past = _on_the_past(self.trace, traces[plan.parent], plan.at) if plan.parent else []
        away = [f"The branch “{name}” is left out for now: {why}." for name, why in self._built.left_out.items()]
        here = (*_on_the_attack(asked, self.trace), *_on_the_checks(asked, self.trace))
        return " ".join(text for text in (*past, *here, *away) if text)

    def _attempt(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except ScenarioError as error:
            self.problem = _sentence(str(error))
            return False
        self.problem = ""
        return True

    def _change(self, settings: dict[str, Any]) -> None:
        plans = self._built.plans
        shared = {name: value for name, value in settings.items() if name in _SHARED}
        own = {name: value for name, value in settings.items() if name not in _SHARED}
        plans = {**plans, FIRST: _changed(plans, FIRST, shared)}
        plans = {**plans, self.branch: _changed(plans, self.branch, own)}
        asked = _asked(plans, self.branch)
        for name, needed in _differences(_with_needs(asked), asked).items():
            if name in settings:
                raise ScenarioError(
                    f"the attack {asked.attacker} works only with {NAMES[name]} {_said(needed)}, "
                    f"not {_said(settings[name])}; choose another attacker first"
                )
        name = _name_after(plans, self.branch, self._built.plans[self.branch])
        self._look(self._rebuilt(_renamed(plans, self.branch, name), name), name)

    def _add(self, name: str, usual: str, plan: Plan) -> None:
        name = _checked_name(name) or _unused(usual, self._built.plans)
        if name in self._built.plans:
            raise ScenarioError(f"there is a branch {name!r} already; choose another name")
        self._look(self._rebuilt({**self._built.plans, name: plan}, name), name)

    def _inject(self, attacker: str, name: str) -> None:
        title = known_attacker(attacker).title
        present = self.settings.attacker
        if present is not None:
            raise ScenarioError(
                f"branch {self.branch!r} has an attacker already: {present}; go to a branch that has none, "
                "or choose no attacker for this one first"
            )
        self._add(name, title, Plan(parent=self.branch, at=self.position, injected=attacker))

    def _remove(self) -> None:
        plans, parent = self._built.plans, self._built.plans[self.branch].parent
        if parent is None:
            raise ScenarioError(f"all other branches were made from {self.branch!r}, so it stays; remove one of those")
        gone = {self.branch}
        for name, plan in plans.items():
            gone |= {name} if plan.parent in gone else set()
        self._look(self._rebuilt({name: plan for name, plan in plans.items() if name not in gone}, parent), parent)

    def _make_ready(self, attacker: str) -> None:
        self.ready = known_attacker(attacker).name
        self._payload = None

    def _show(self, branch: str, position: int | None) -> None:
        built = self._built
        if branch not in built.branches:
            hidden = {one["name"]: one["shared"] for one in self.payload()["branches"] if one["hidden"]}
            if branch not in hidden:
                raise unknown("branch", branch, list(built.branches))
            plan = Plan(parent=FIRST, at=hidden[branch], injected=self.ready)
            built = self._rebuilt({**built.plans, branch: plan}, branch)
        count = len(built.traces[branch].events)
        if position is not None and not 0 <= position <= count:
            raise ScenarioError(f"a position in branch {branch!r} is 0 to {count}, its number of moves, not {position}")
        self._look(built, branch, position)

    def _rebuilt(self, plans: Plans, needed: str) -> _Built:
        return self._built if plans == self._built.plans else _build(plans, needed, self._built.draw)

    def _look(self, built: _Built, branch: str, position: int | None = None) -> None:
        """The one place where anything changes, after everything that can fail."""
        if built is not self._built:
            self._built, self._payload = built, None
        self.branch = branch
        self.position = min(self.position if position is None else position, len(self.trace.events))

    def _made_payload(self) -> dict[str, Any]:
        """The payload. An attack that is a branch already does not wait behind the button a second time."""
        payload = player_payload(*self._built.branches.values(), attack=self.ready)
        waiting = payload["inject"]
        if waiting not in self._built.branches:
            return payload
        plan = self._built.plans[waiting]
        same = (plan.parent, plan.injected) == (FIRST, self.ready)
        branches = [branch for branch in payload["branches"] if not branch["hidden"]]
        return payload | {"branches": branches, "inject": waiting if same else None}


def _build(plans: Plans, needed: str, draw: _Draw | None) -> _Built:
    """All branches, played from their plans; with the same random values as before unless others are asked for.

    Raises ScenarioError if the branch that is needed cannot be made. Any other one is left out, and is there again as
    soon as it can be made.
    """
    first = _asked(plans, FIRST)
    if draw is None or draw.asked != (first.seed, first.start):
        settled = first.settled()
        draw = _Draw((first.seed, first.start), {"seed": settled.seed, "start": settled.start})
    built = _Built(plans, draw, {}, {}, {})
    for name, plan in plans.items():
        try:
            branch = _played(built, name, plan)
        except ScenarioError as error:
            if name == needed or plan.parent is None:
                raise
            built.left_out[name] = str(error)
        else:
            built.branches[name], built.traces[name] = branch, branch.played()
    if needed in built.left_out:
        raise ScenarioError(built.left_out[needed])
    return built


def _played(built: _Built, name: str, plan: Plan) -> Simulation:
    asked = replace(_asked(built.plans, name), **built.draw.settled)
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
    return parent.fork(name, **_differences(_with_needs(asked), parent.scenario))


def _asked(plans: Plans, name: str) -> Scenario:
    """The settings of a branch as its plan and those it was made from say; ScenarioError if they do not go together."""
    plan = plans[name]
    base = Scenario() if plan.parent is None else _asked(plans, plan.parent)
    injected = {"attacker": plan.injected} if plan.injected else {}
    return replace(base, **{**plan.changes, **injected})


def _changed(plans: Plans, name: str, settings: dict[str, Any]) -> Plan:
    """The plan of this branch with these settings, without those that are its parent's anyway."""
    plan = plans[name]
    asked = _with(_asked(plans, name), settings)
    if plan.injected:
        plan = replace(plan, injected=asked.attacker)
    base = Scenario() if plan.parent is None else _asked(plans, plan.parent)
    changes = _differences(asked, base)
    if plan.injected:
        changes.pop("attacker", None)
    return replace(plan, changes=changes)


def _name_after(plans: Plans, name: str, before: Plan) -> str:
    """The name of a branch after a change: one that was named after its attacker is named after the new one."""
    attacker = plans[name].injected
    if before.injected in (None, attacker) or name != known_attacker(before.injected or "").title:
        return name
    return _unused(known_attacker(attacker).title if attacker else f"{plans[name].parent} again", plans)


def _renamed(plans: Plans, name: str, new: str) -> Plans:
    def renamed(one: str) -> str:
        return new if one == name else one

    return {
        renamed(one): replace(plan, parent=renamed(plan.parent)) if plan.parent else plan for one, plan in plans.items()
    }


def _with(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    for name in settings:
        if name not in NAMES:
            raise unknown("setting", name, list(NAMES))
    return replace(scenario, **settings)


def _with_needs(scenario: Scenario) -> Scenario:
    """These settings with what their attack presupposes."""
    return replace(scenario, **known_attacker(scenario.attacker).needs(scenario)) if scenario.attacker else scenario


def _differences(scenario: Scenario, base: Scenario) -> dict[str, Any]:
    """The settings of this scenario that the other one does not have."""
    return {name: getattr(scenario, name) for name in NAMES if getattr(scenario, name) != getattr(base, name)}


def _on_the_past(trace: Trace, parent: Trace, at: int) -> list[str]:
    """On a branch that differs before the place where it begins."""
    pairs = zip(trace.events[:at], parent.events, strict=False)
    earliest = next((ours.step for ours, theirs in pairs if _seen(ours) != _seen(theirs)), None)
    return [f"What differs begins at step {earliest}, so the steps up to here were played again."] if earliest else []


def _seen(event: Event) -> tuple[Any, ...]:
    """What of an event can be seen in the player."""
    return event.act, event.outcome, event.messages, event.checks, event.made


def _on_the_attack(asked: Scenario, trace: Trace) -> list[str]:
    """On a login that does not get through although the user agrees, and on an attacker who can do nothing."""
    verdict = trace.verdict
    if asked.attacker is None:
        ended_badly = asked.user == "accepts" and verdict.ended != State.DONE
        return [_ADVICE.get(verdict.stopped_by or "", ""), verdict.sentence] if ended_badly else []
    said = [
        f"The attack {asked.attacker} needs {NAMES[name]} {_said(needed)}, so that is how it is here."
        for name, needed in _differences(_with_needs(asked), asked).items()
    ]
    if "code" not in verdict.attacker_holds:
        alone = Simulation(replace(trace.scenario, attacker=None)).played().verdict
        said += [
            "The attacker waits for a code that never comes.",
            _ADVICE.get(alone.stopped_by or "", ""),
            alone.sentence,
        ]
    elif verdict.stopped_by == "token.client_authenticated":
        where = "is kept on its own server" if asked.profile.confidential else "is in the app, where it did not look"
        said.append(
            f"The attacker lacks the secret of the client {asked.client}, which {where}: "
            f"refused at step {verdict.stopped_at_step} with {verdict.error}."
        )
    return said


def _on_the_checks(asked: Scenario, trace: Trace) -> list[str]:
    """On checks that are switched off and would have stopped nothing anyway."""
    results = [result for event in trace.events for result in event.checks if not result.on]
    reached = {result.check.id for result in results}
    missing = sorted(asked.without - reached)
    if missing:
        return [f"Switched off, but never reached in this run: {_listed(missing)}."]
    if asked.without and not any(result.passed is False for result in results):
        return [f"Switched off, but nothing fails it in this run: {_listed(sorted(asked.without))}."]
    return []


# What to do about a login that cannot get through, by the check that stops it.
_ADVICE = {
    "authorize.challenge_present": "The server requires PKCE and this app uses none: choose S256, or do not require it.",
    "prepare.method_supported": "The server does not take the method plain: choose S256, or let it take plain.",
    "authorize.scope_allowed": "The scope holds a word that the server does not know or does not allow this app.",
    "api.scope": "The API wants a scope that was not asked for.",
}


def _moment(trace: Trace, position: int) -> str:
    """When it is that so many moves have happened, in words."""
    events: tuple[Event, ...] = trace.events[:position]
    return f"after step {events[-1].step}" if events else "at the start"


def _said(value: Any) -> str:
    return {True: "on", False: "off"}.get(value, repr(value)) if isinstance(value, bool) else repr(value)


def _listed(names: list[str], most: int = 3) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join(names[:most] + more)


def _checked_name(name: str) -> str:
    """The name without blanks round it; ScenarioError for one that cannot stand on a tab."""
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ScenarioError(
            f"a branch name is up to {LONGEST_NAME} characters that can be seen, not {name[: LONGEST_NAME + 1]!r}"
        )
    return name


def _unused(name: str, taken: Plans) -> str:
    """This name, with a number behind it where it is taken."""
    number = 1
    while (numbered := f"{name} {number}" if number > 1 else name) in taken:
        number += 1
    return numbered


def _sentence(text: str) -> str:
    """This text with a full stop, and a capital where it begins with a word and not with the name of a thing."""
    first = text.partition(" ")[0]
    return f"{text[:1].upper() if first.isalpha() else text[:1]}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"
