"""An experiment: settings that one can change, the branches made from them, and the place one looks at.

It keeps a recipe of each branch (branch_recipes.py) and plays all branches again after every change. A change that makes
no sense leaves everything as it was, and `problem` says what was expected, what came, and what to do. A change that is
legal and yet cannot show anything is made, and `remark` says why it shows nothing (hints.py).
"""

from collections.abc import Callable
from typing import Any

from flowsim.attacks import known_attacker
from flowsim.model.scenario import Scenario, ScenarioError, unknown
from flowsim.model.world import Event
from flowsim.session.branch_recipes import (
    FIRST,
    NAMES,
    Built,
    Plan,
    Plans,
    asked_settings,
    build,
    changed,
    differences,
    name_after,
    renamed,
    unused,
    with_needs,
    with_settings,
)
from flowsim.session.hints import in_words, on_the_attack, on_the_checks, on_the_past
from flowsim.simulation.simulation import Trace
from flowsim.views.formats.trace_json import player_payload

LONGEST_NAME = 40  # characters
# Branches with different random values could not be compared, so all branches have the same.
_SHARED = ("seed", "start")


class Experiment:
    """Settings, the branches made from them, and the `branch` and `position` in view; a position counts moves.

    `Experiment(scenario)` or `Experiment(client="spa", pkce="none", seed=7)`. What one does to it gives True, or gives
    False, changes nothing, and leaves a `problem`. `ready` names the attacker that is injected where none is named.
    Raises ScenarioError for settings that make no sense from the beginning.
    """

    def __init__(self, scenario: Scenario | None = None, *, ready: str = "code-interception", **settings: Any) -> None:
        first = with_settings(scenario or Scenario(), settings)
        self.problem = ""
        self.ready = known_attacker(ready).name
        self.branch = FIRST
        self.position = 0
        self._built = build({FIRST: Plan(changes=differences(first, Scenario()))}, FIRST, None)
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
        return with_needs(asked_settings(self._built.plans, self.branch))

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
        plan, asked = plans[self.branch], asked_settings(plans, self.branch)
        past = on_the_past(self.trace, traces[plan.parent], plan.at) if plan.parent else []
        away = [f"The branch “{name}” is left out for now: {why}." for name, why in self._built.left_out.items()]
        here = (*on_the_attack(asked, self.trace), *on_the_checks(asked, self.trace))
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
        plans = {**plans, FIRST: changed(plans, FIRST, shared)}
        plans = {**plans, self.branch: changed(plans, self.branch, own)}
        asked = asked_settings(plans, self.branch)
        for name, needed in differences(with_needs(asked), asked).items():
            if name in settings:
                raise ScenarioError(
                    f"the attack {asked.attacker} works only with {NAMES[name]} {in_words(needed)}, "
                    f"not {in_words(settings[name])}; choose another attacker first"
                )
        name = name_after(plans, self.branch, self._built.plans[self.branch])
        self._look(self._rebuilt(renamed(plans, self.branch, name), name), name)

    def _add(self, name: str, usual: str, plan: Plan) -> None:
        name = _checked_name(name) or unused(usual, self._built.plans)
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

    def _rebuilt(self, plans: Plans, needed: str) -> Built:
        return self._built if plans == self._built.plans else build(plans, needed, self._built.draw)

    def _look(self, built: Built, branch: str, position: int | None = None) -> None:
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


def _moment(trace: Trace, position: int) -> str:
    """When it is that so many moves have happened, in words."""
    events: tuple[Event, ...] = trace.events[:position]
    return f"after step {events[-1].step}" if events else "at the start"


def _checked_name(name: str) -> str:
    """The name without blanks round it; ScenarioError for one that cannot stand on a tab."""
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ScenarioError(
            f"a branch name is up to {LONGEST_NAME} characters that can be seen, not {name[: LONGEST_NAME + 1]!r}"
        )
    return name


def _sentence(text: str) -> str:
    """This text with a full stop, and a capital where it begins with a word and not with the name of a thing."""
    first = text.partition(" ")[0]
    return f"{text[:1].upper() if first.isalpha() else text[:1]}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"
