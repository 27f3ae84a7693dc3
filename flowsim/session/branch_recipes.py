"""How the branches of an experiment are made: a recipe for each, and all of them played from their recipes.

A simulation is played under fixed settings. On a bench the settings change all the time: another client, one check off,
an attacker from here on. So a `BranchRecipe` says from which branch a branch was made and where, which of its settings
differ, and which attacker was injected. After a change all branches are played again from their recipes. What changes in
one branch changes in all that were made from it, unless they differ in just that.

A branch is known by its name, which is an id and never changes: what its maker typed, or `code-interception` for the
attacker that was injected. Its title is for people.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from flowsim.attacks import Attacker, known_attacker
from flowsim.attacks.referee import settings_needed
from flowsim.model.scenario import SETTINGS, Scenario, ScenarioError, unknown
from flowsim.model.shown import shown
from flowsim.simulation.simulation import CODE_IN_BROWSER, Simulation, Trace, numbered

FIRST = "login"
NAMES = {name: one.title for name, one in SETTINGS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRecipe:
    """How a branch is made: from which branch, after how many moves, with which settings changed.

    The first branch has no `parent`; its `changes` are those of a scenario that has nothing but defaults. An attacker
    among the `changes` is there from the start, one that is `injected` comes in after move `at`. A branch without a
    `title` of its own is called after its attacker.
    """

    parent: str | None = None
    at: int = 0
    changes: Mapping[str, Any] = field(default_factory=dict)
    injected: str | None = None
    title: str = ""


Recipes = Mapping[str, BranchRecipe]


class Draw(NamedTuple):
    """The seed and the start time that were asked for, and those that all branches are played with."""

    asked: tuple[int | str | None, int | None]
    settled: dict[str, Any]


class Built(NamedTuple):
    """All branches as played from their recipes, their titles, and why those are missing that cannot be made."""

    recipes: Recipes
    titles: dict[str, str]
    draw: Draw
    attackers: tuple[Attacker, ...]
    branches: dict[str, Simulation]
    traces: dict[str, Trace]
    left_out: dict[str, str]


def build(recipes: Recipes, needed: str, draw: Draw | None, attackers: tuple[Attacker, ...] = ()) -> Built:
    """All branches, played from their recipes; with the same random values as before unless others are asked for.

    Recipes name attackers; `attackers` are those that are not flowsim's.

    Raises ScenarioError if the branch that is needed cannot be made. Any other one is left out, and is there again as
    soon as it can be made.
    """
    first = asked_settings(recipes, FIRST)
    if draw is None or draw.asked != (first.seed, first.start):
        settled = first.settled()
        draw = Draw((first.seed, first.start), {"seed": settled.seed, "start": settled.start})
    built = Built(recipes, titles(recipes, attackers), draw, attackers, {}, {}, {})
    for name, recipe in recipes.items():
        try:
            branch = _played(built, name, recipe)
        except ScenarioError as error:
            if name == needed or recipe.parent is None:
                raise
            built.left_out[name] = str(error)
        else:
            built.branches[name], built.traces[name] = branch, branch.played()
    return built


def ready_attacks(built: Built, attacker: str) -> dict[str, Simulation]:
    """This attack on each login: the branch that is called after it, else one that may become a branch.

    Two logins of the same settings share one. There is none for a branch that has an attacker already, and for one where
    this attacker never gets a chance.
    """
    found: dict[str, Simulation] = {}
    for parent, branch in built.branches.items():
        there = next((name for name in built.branches if _is_ready(built.recipes[name], parent, attacker)), None)
        twin = next((one for one in found if built.branches[one].scenario == branch.scenario), None)
        if there or twin:
            found[parent] = built.branches[there] if there else found[twin or ""]
        elif not branch.scenario.attacker and len(built.traces[parent].events) >= CODE_IN_BROWSER:
            taken = {*built.recipes, *(one.name for one in found.values())}
            name, recipe = numbered(attacker, taken, "-"), attack_on(parent, attacker)
            more = {**built.recipes, **_recipes_of(found, built, attacker), name: recipe}
            with suppress(ScenarioError):
                ready = built._replace(recipes=more, titles=titles(more, built.attackers))
                found[parent] = _played(ready, name, recipe)
    return found


def _is_ready(recipe: BranchRecipe, parent: str, attacker: str) -> bool:
    return (recipe.parent, recipe.injected, recipe.title) == (parent, attacker, "")


def _recipes_of(found: Mapping[str, Simulation], built: Built, attacker: str) -> dict[str, BranchRecipe]:
    """The recipes of those that are no branches yet."""
    waiting = {parent: one.name for parent, one in found.items() if one.name not in built.recipes}
    return {name: attack_on(parent, attacker) for parent, name in waiting.items()}


def attack_on(parent: str, attacker: str) -> BranchRecipe:
    """The recipe of an attack that comes in when the code of this login is in the browser."""
    return BranchRecipe(parent=parent, at=CODE_IN_BROWSER, injected=attacker)


def _played(built: Built, name: str, recipe: BranchRecipe) -> Simulation:
    branch = _made(built, name, recipe)
    branch.title = built.titles[name]
    return branch


def _made(built: Built, name: str, recipe: BranchRecipe) -> Simulation:
    asked = replace(asked_settings(built.recipes, name), **built.draw.settled)
    if recipe.parent is None:
        return Simulation(asked, name=name, attackers=built.attackers)
    if recipe.parent not in built.branches:
        raise ScenarioError(f"it was made from {built.titles[recipe.parent]!r}, which is left out too")
    parent = built.branches[recipe.parent]
    if recipe.injected and parent.scenario.attacker is None:
        past = Simulation(replace(asked, attacker=None), name=recipe.parent)
        past.goto(min(recipe.at, len(past.played().events)))
        return past.inject(known_attacker(recipe.injected, built.attackers), name)
    parent.goto(min(recipe.at, len(parent.played().events)))
    differs = differences(with_needs(asked, built.attackers), parent.scenario)
    if differs.get("attacker"):
        differs["attacker"] = known_attacker(differs["attacker"], built.attackers)
    return parent.fork(name, **differs)


def asked_settings(recipes: Recipes, name: str) -> Scenario:
    """The settings of a branch as its recipe and those it was made from say; ScenarioError if they do not go together."""
    recipe = recipes[name]
    base = Scenario() if recipe.parent is None else asked_settings(recipes, recipe.parent)
    injected = {"attacker": recipe.injected} if recipe.injected else {}
    return replace(base, **{**recipe.changes, **injected})


def changed(recipes: Recipes, name: str, settings: Mapping[str, Any]) -> BranchRecipe:
    """The recipe of this branch with these settings, without those that are its parent's anyway."""
    recipe = recipes[name]
    asked = with_settings(asked_settings(recipes, name), settings)
    if recipe.injected:
        recipe = replace(recipe, injected=asked.attacker)
    base = Scenario() if recipe.parent is None else asked_settings(recipes, recipe.parent)
    changes = differences(asked, base)
    if recipe.injected:
        changes.pop("attacker", None)
    return replace(recipe, changes=changes)


def titles(recipes: Recipes, attackers: tuple[Attacker, ...] = ()) -> dict[str, str]:
    """What people read on the tab of each branch, by its name; no two are the same.

    A branch that is called after its attacker is so after another attacker has taken its place, too.
    """
    found = {name: recipe.title for name, recipe in recipes.items() if recipe.title}
    for name, recipe in recipes.items():
        if name not in found:
            attacker = recipe.injected
            title = known_attacker(attacker, attackers).title if attacker else f"{found[recipe.parent or FIRST]} again"
            found[name] = numbered(title, found.values())
    return found


def with_settings(scenario: Scenario, settings: Mapping[str, Any]) -> Scenario:
    """This scenario with these settings; ScenarioError names one that does not exist, or a value it cannot have."""
    for name in settings:
        if name not in NAMES:
            raise unknown("setting", name, list(NAMES))
    if not isinstance(scenario, Scenario):
        raise ScenarioError(f'expected a Scenario, or settings by name such as client="spa", not {shown(scenario)}')
    return replace(scenario, **settings)


def with_needs(scenario: Scenario, attackers: tuple[Attacker, ...] = ()) -> Scenario:
    """These settings with what their attack presupposes."""
    if not scenario.attacker:
        return scenario
    return replace(scenario, **settings_needed(known_attacker(scenario.attacker, attackers), scenario))


def differences(scenario: Scenario, base: Scenario) -> dict[str, Any]:
    """The settings of this scenario that the other one does not have."""
    return {name: getattr(scenario, name) for name in NAMES if getattr(scenario, name) != getattr(base, name)}
