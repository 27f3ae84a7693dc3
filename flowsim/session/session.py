"""An experiment: settings that one can change, the branches made from them, and the place one looks at.

It keeps a recipe of each branch (branch_recipes.py) and plays all branches again after every change. A change that makes
no sense leaves everything as it was, and `problem` says what was expected, what came, and what to do. A change that is
legal and yet cannot show anything is made, and `hint` says why it shows nothing (hints.py).
"""

from collections.abc import Callable, Mapping
from typing import Any, Unpack

from flowsim.attacks import Attacker, known_attacker
from flowsim.engine.honest_moves import may_move
from flowsim.model import order
from flowsim.model.scenario import DEFAULT_SCOPE, DEFAULT_SCOPES, Scenario, ScenarioError, Settings, unknown
from flowsim.model.shown import shown
from flowsim.model.world import Event
from flowsim.session.branch_recipes import (
    FIRST,
    NAMES,
    BranchRecipe,
    Built,
    Recipes,
    asked_settings,
    attack_on,
    build,
    changed,
    differences,
    ready_attacks,
    with_needs,
    with_settings,
)
from flowsim.session.hints import in_words, on_the_attack, on_the_checks, on_the_past
from flowsim.simulation.simulation import Trace, numbered
from flowsim.simulation.turns import cannot_move, has_turns, is_turn, turn_named, with_turn
from flowsim.views.formats.player_payload import payload_of

LONGEST_NAME = 40  # characters
# Branches with different random values could not be compared, so all branches have the same.
_SHARED = ("seed", "start")


class BenchSession:
    """Settings, the branches made from them, and the `branch` and `position` in view; a position counts moves.

    `BenchSession(scenario)` or `BenchSession(client="spa", pkce="none", seed=7)`; an attacker is one of flowsim's by its
    name, or an `Attacker` of your own. What one does to it gives True, or gives
    False, changes nothing, and leaves a `problem`. `ready` names the attacker that is injected where none is named.
    Raises ScenarioError for settings that make no sense from the beginning.
    """

    def __init__(
        self,
        scenario: Scenario | None = None,
        *,
        ready: str | Attacker = "code-interception",
        **settings: Unpack[Settings],
    ) -> None:
        first = with_settings(scenario or Scenario(), settings)
        self.problem = ""
        attacker = known_attacker(ready)
        own = () if isinstance(ready, str) else (attacker,)
        self.ready = attacker.name
        self.branch = FIRST
        self.position = 0
        self._built = build(
            {FIRST: BranchRecipe(title=FIRST, changes=differences(first, Scenario()))}, FIRST, None, own
        )
        self._payload: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"BenchSession({self.branch!r}, move {self.position} of {len(self.trace.events)})"

    @property
    def branches(self) -> tuple[str, ...]:
        """The names of the branches, which are ids, the first one first."""
        return tuple(self._built.branches)

    @property
    def title(self) -> str:
        """What people read on the tab of the branch in view."""
        return self._built.titles[self.branch]

    @property
    def trace(self) -> Trace:
        """The branch in view from its start to its end."""
        return self._built.traces[self.branch]

    @property
    def settings(self) -> Scenario:
        """The settings of the branch in view, with what its attack presupposes; the seed is None if none was given."""
        return with_needs(asked_settings(self._built.recipes, self.branch), self._built.attackers)

    def change(self, **settings: Unpack[Settings]) -> bool:
        """Change settings of the branch in view. The seed and the start time are those of all branches."""
        return self._attempt(lambda: self._change(settings))

    def fork_here(self, name: str = "") -> bool:
        """Make a branch that leaves the one in view at this position, and look at it."""
        return self._attempt(lambda: self._fork(name))

    def inject_here(self, attacker: str | Attacker | None = None, name: str = "") -> bool:
        """Make a branch that leaves the one in view at this position with this attacker in it, and look at it."""
        return self._attempt(lambda: self._inject(attacker or self.ready, name))

    def play_next(self, run: str) -> bool:
        """Have this run, such as `tab 2`, make the next move after the position in view, and look at that move.

        It becomes part of the order of the branch. A login that is not there yet begins.
        """
        return self._attempt(lambda: self._play_next(run))

    @property
    def may_move(self) -> dict[str, str]:
        """What people call each run whose move could come next, and its name; none where the user has but one login."""
        world = self.trace.worlds[self.position]
        names = order.names(world.scenario.order)
        return {names.get(run, run): run for run in may_move(world)} if names else {}

    @property
    def may_begin(self) -> dict[str, str]:
        """Another tab, window and device, and the name that a login there would have."""
        taken = {*self.trace.worlds[self.position].runs, *self.may_move.values()}
        numbers = range(2, order.MOST_LOGINS + 1)
        free = {
            kind: [f"{kind} {number}" for number in numbers if f"{kind} {number}" not in taken] for kind in order.LOGINS
        }
        return {kind: names[0] for kind, names in free.items() if names}

    def remove_here(self) -> bool:
        """Remove the branch in view and all that were made from it, and look at the one it was made from."""
        return self._attempt(self._remove)

    def make_ready(self, attacker: str | Attacker) -> bool:
        """Choose the attacker that waits behind the player's button."""
        return self._attempt(lambda: self._make_ready(attacker))

    def show(self, branch: str | None = None, position: int | None = None) -> bool:
        """Look at this branch and position. The attack behind the player's button becomes a branch when it is shown."""
        return self._attempt(lambda: self._show(branch or self.branch, position))

    def payload(self) -> dict[str, Any]:
        """What the player shows: every branch, the attack that is ready, and the branch and position in view."""
        if self._payload is None:
            self._payload = payload_of(tuple(self._built.branches.values()), ready_attacks(self._built, self.ready))
        return self._payload | {"view": {"branch": self.branch, "position": self.position}}

    @property
    def about(self) -> str:
        """Where the branch in view comes from and what is different in it, in one sentence."""
        recipe = self._built.recipes[self.branch]
        if recipe.parent is None:
            return f"These are the settings of “{self.title}”. The branches made from it follow."
        moment, parent = _moment(self._built.traces[recipe.parent], recipe.at), self._built.titles[recipe.parent]
        differs = f"differs in: {', '.join(NAMES[name] for name in recipe.changes)}" if recipe.changes else ""
        if recipe.injected:
            made = f"“{self.title}” is “{parent}” with an attacker who comes in {moment}"
            return f"{made}; it also {differs}." if differs else f"{made}."
        same = "is the same so far: change a setting"
        return f"“{self.title}” leaves “{parent}” {moment} and {differs or same}."

    @property
    def hint(self) -> str:
        """What is legal here and yet shows nothing, and why; empty if there is nothing of the kind."""
        recipes, titles, traces = self._built.recipes, self._built.titles, self._built.traces
        recipe, asked = recipes[self.branch], asked_settings(recipes, self.branch)
        past = on_the_past(self.trace, traces[recipe.parent], recipe.at) if recipe.parent else []
        away = [
            f"The branch “{titles[name]}” is left out for now: {why}." for name, why in self._built.left_out.items()
        ]
        here = (*on_the_attack(asked, self.trace, self._built.attackers), *on_the_checks(asked, self.trace))
        return " ".join(text for text in (*past, *here, *away) if text)

    def _attempt(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except ScenarioError as error:
            self.problem = _sentence(str(error))
            return False
        self.problem = ""
        return True

    def _change(self, settings: Mapping[str, Any]) -> None:
        recipes = self._built.recipes
        shared = {name: value for name, value in settings.items() if name in _SHARED}
        own = {name: value for name, value in settings.items() if name not in _SHARED}
        if "api" in own and self.settings.scope == DEFAULT_SCOPES[self.settings.api]:
            own = {"scope": DEFAULT_SCOPE} | own  # nobody chose it: it goes with the API
        recipes = {**recipes, FIRST: changed(recipes, FIRST, shared)}
        recipes = {**recipes, self.branch: changed(recipes, self.branch, own)}
        asked = asked_settings(recipes, self.branch)
        for name, needed in differences(with_needs(asked, self._built.attackers), asked).items():
            if name in settings:
                raise ScenarioError(
                    f"the attack {asked.attacker} works only with {NAMES[name]} {in_words(needed)}, "
                    f"not {in_words(settings[name])}; choose another attacker first"
                )
        self._look(self._rebuilt(recipes, self.branch), self.branch)

    def _fork(self, name: str) -> None:
        usual, titles = f"fork {_moment(self.trace, self.position)}", self._built.titles.values()
        name = self._checked_name(name)
        title = name or numbered(usual, titles)
        self._add(name or usual.replace(" ", "-"), BranchRecipe(parent=self.branch, at=self.position, title=title))

    def _inject(self, attacker: str | Attacker, name: str) -> None:
        attacker, name = self._known(attacker), self._checked_name(name)
        present = self.settings.attacker
        if present is not None:
            raise ScenarioError(
                f"branch {self.title!r} has an attacker already: {present}; go to a branch that has none, "
                "or choose no attacker for this one first"
            )
        recipe = BranchRecipe(parent=self.branch, at=self.position, injected=attacker, title=name)
        self._add(name or attacker, recipe)

    def _add(self, name: str, recipe: BranchRecipe) -> None:
        name = numbered(name, self._built.recipes, "-")
        self._look(self._rebuilt({**self._built.recipes, name: recipe}, name), name)

    def _checked_name(self, name: str) -> str:
        """The name without blanks round it; ScenarioError for one that is taken, or that cannot stand on a tab."""
        if not isinstance(name, str):
            raise ScenarioError(f"a branch name is a text, not {shown(name)}")
        name = " ".join(name.split())
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise ScenarioError(f"a branch name is up to {LONGEST_NAME} characters that can be seen, not {shown(name)}")
        if name in self._built.titles or name in self._built.titles.values():
            raise ScenarioError(f"there is a branch {name!r} already; choose another name")
        return name

    def _play_next(self, run: str) -> None:
        world, events = self.trace.worlds[self.position], self.trace.events
        turn, built = turn_named(run, world.scenario), self._built
        if self.position == len(events) or not is_turn(turn, events[self.position]):
            changes = {"order": with_turn(world, turn).order}
            recipes = {**built.recipes, self.branch: changed(built.recipes, self.branch, changes)}
            built = self._rebuilt(recipes, self.branch)
        # What has to come first, such as a move of an attacker's, comes before it; the turn of another run does not.
        for event in built.traces[self.branch].events[self.position :]:
            if is_turn(turn, event):
                self._look(built, self.branch, event.index)
                return
            if event.run != turn.run and has_turns(world, event):
                break
        raise cannot_move(world, turn)

    def _remove(self) -> None:
        recipes, parent = self._built.recipes, self._built.recipes[self.branch].parent
        if parent is None:
            raise ScenarioError(f"all other branches were made from {self.title!r}, so it stays; remove one of those")
        gone = {self.branch}
        for name, recipe in recipes.items():
            gone |= {name} if recipe.parent in gone else set()
        self._look(
            self._rebuilt({name: recipe for name, recipe in recipes.items() if name not in gone}, parent), parent
        )

    def _make_ready(self, attacker: str | Attacker) -> None:
        self.ready = self._known(attacker)
        self._payload = None

    def _known(self, attacker: str | Attacker) -> str:
        """The name of this attacker; one of your own is known from now on."""
        known = known_attacker(attacker, self._built.attackers)
        if not isinstance(attacker, str):
            others = (one for one in self._built.attackers if one.name != known.name)
            self._built = self._built._replace(attackers=(*others, known))
        return known.name

    def _show(self, branch: str, position: int | None) -> None:
        built = self._built
        if not isinstance(branch, str):
            raise unknown("branch", branch, list(built.branches))
        if branch not in built.branches:
            ready = {one.name: parent for parent, one in ready_attacks(built, self.ready).items()}
            if branch not in ready:
                raise unknown("branch", branch, list(built.branches))
            built = self._rebuilt({**built.recipes, branch: attack_on(ready[branch], self.ready)}, branch)
        count = len(built.traces[branch].events)
        if position is not None and (type(position) is not int or not 0 <= position <= count):
            raise ScenarioError(
                f"a position in branch {branch!r} is 0 to {count}, its number of moves, not {shown(position)}"
            )
        self._look(built, branch, position)

    def _rebuilt(self, recipes: Recipes, needed: str) -> Built:
        return (
            self._built
            if recipes == self._built.recipes
            else build(recipes, needed, self._built.draw, self._built.attackers)
        )

    def _look(self, built: Built, branch: str, position: int | None = None) -> None:
        """The one place where anything changes, after everything that can fail."""
        if built is not self._built:
            self._built, self._payload = built, None
        self.branch = branch
        self.position = min(self.position if position is None else position, len(self.trace.events))


def _moment(trace: Trace, position: int) -> str:
    """When it is that so many moves have happened, in words."""
    events: tuple[Event, ...] = trace.events[:position]
    return f"after step {events[-1].step}" if events else "at the start"


def _sentence(text: str) -> str:
    """This text with a full stop, and a capital where it begins with a word and not with the name of a thing."""
    first = text.partition(" ")[0]
    return f"{text[:1].upper() if first.isalpha() else text[:1]}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"
