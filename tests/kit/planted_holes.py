"""A hole in each check: with all others on, what does the search find when one is taken away, and what stands behind it?

    python -m tests.kit.planted_holes [--write] [BASE …]

A base is an app and a server with all defences on, and a position. Where the search finds nothing there, each check that
stops the attacker within the bound is taken away, and the search looks again. What it finds is the attack that this check
alone held off. Where it finds nothing, a check that stops the attacker only *then* is taken away besides, and perhaps a
third one: these stand behind the first. A check that never decides within the bound holds nothing off there: without it
every answer is the same, so that need not be searched.
"""

import csv
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flowsim.explorer import moves
from flowsim.explorer.canonical import canonical
from flowsim.explorer.exploring import Exploration, expand, explore, start
from flowsim.explorer.goals import GOALS, Goal
from flowsim.model import own_code
from flowsim.model.scenario import Scenario
from flowsim.model.states import Role, State
from flowsim.model.steps import ATTACKER
from flowsim.model.world import VICTIM, World
from flowsim.simulation.without_attacker import without_attacker
from tests.kit.other_ways import PATIENCE, by_the_honest_app

TABLE = Path(__file__).parents[1] / "planted_holes.csv"
_GOALS = ("account", "password")
MOST_BEHIND = 2  # checks behind one another


def at_another_api(world: World) -> bool:
    """The attacker, who reads what comes to the app's API, has got data from another one.

    Whoever stands at an API reads its own data without any token (RFC 9700 section 4.9.2), so that is no gain.
    """
    home = world.runs[VICTIM].api
    called = (run for run in world.runs.values() if run.owner == ATTACKER and run.role is Role.CALL)
    return any(run.state is State.DONE and run.api != home for run in called)


def twice(world: World) -> bool:
    """The attacker has got data, and so has the app before it: with one proof, both."""
    return "data" in world.attacker.loot and world.runs[VICTIM].state is State.DONE


@dataclass(frozen=True, slots=True)
class Base:
    """An app and a server with all defences on, where an attacker stands, and how many decisions are searched."""

    name: str
    scenario: Scenario
    positions: tuple[str, ...]
    depth: int
    goals: tuple[Goal, ...]


def _base(name: str, positions: str, depth: int, **settings: Any) -> Base:
    """A base with these settings, and the rest as they are by default, which is careful.

    Against a login that the attacker has the victim begin nothing helps an app without a secret, where the answer leaks,
    but a user who looks twice (the row chosen-challenge). So the user does, where the attacker has more than the web.
    """
    careful: dict[str, Any] = {"pkce_required": True, "seed": 7}
    careful |= {} if positions == "A1" else {"user": "careful", "remembered": "login"}
    goals = tuple(by_the_honest_app(GOALS[one]) for one in _GOALS)
    if positions == "A5":
        goals = (twice if "dpop" in settings else at_another_api,)
    return Base(name, Scenario(**{**careful, **settings}), tuple(positions.split()), depth, goals)


_OFFLINE = "openid profile read:messages offline_access"
_BOTH_APIS = "openid profile read:photos read:messages"
BASES: dict[str, Base] = {
    one.name: one
    for one in (
        _base("page, the web", "A1", 3, client="spa"),
        _base("app, the web", "A1", 2, client="native-scheme"),
        _base("website, the web", "A1", 3, client="web"),
        _base("page", "A3 A4", 3, client="spa"),
        _base("page, request changed", "A3 rewrite", 2, client="spa"),
        _base("page, by itself", "script", 2, client="spa"),
        _base("page, proofs", "A5", 2, client="spa", dpop="tokens"),
        _base("page, two APIs", "A5", 2, client="spa", api="photos", scope=_BOTH_APIS),
        _base("page, proofs, storage", "storage", 2, client="spa", dpop="tokens", scope=_OFFLINE, later="refresh"),
        _base("app", "A3 A4", 2, client="native-scheme"),
        _base("website, pushed", "A3", 3, client="web", par="required"),
        _base("website, key", "A3", 2, client="web", client_auth="private_key_jwt"),
        _base("website, two servers", "A3", 2, client="web", second_server=True),
        _base("website, storage", "storage", 2, client="web", scope=_OFFLINE, later="refresh"),
    )
}


@dataclass(frozen=True, slots=True)
class Line:
    """What taking a check away comes to: the attack, or the check behind it and the attack without both, or neither."""

    base: str
    check: str
    found: int | None
    behind: str
    worlds: int
    told: str


def without(scenario: Scenario, *checks: str) -> Scenario:
    return replace(scenario, without=scenario.without | set(checks))


def searched(base: Base, *checks: str) -> Exploration:
    """What the search comes to in this base without these checks."""
    with patch.object(own_code, "SECONDS", PATIENCE):
        return explore(without(base.scenario, *checks), base.positions, base.goals, base.depth)


def deciding(base: Base, *checks: str, depth: int) -> tuple[str, ...]:
    """The checks that stop something within so many decisions in this base without these, and nothing in honest runs."""
    scenario = without(base.scenario, *checks)
    honest = {one.check.id for event in without_attacker(scenario).log for one in event.checks if one.decides}
    found: dict[str, None] = {}
    first = start(scenario)
    met, level = {canonical(first)}, [first]
    # The search passes over what is refused and leaves no trace; here that is what is asked for.
    with patch.object(moves, "_is_in_vain", return_value=False):
        for left in range(depth, -1, -1):
            later: list[World] = []
            while level:
                world = level.pop()
                for reached in expand(world, base.positions, left):
                    for event in reached.world.log[len(world.log) :]:
                        found |= {one.check.id: None for one in event.checks if one.decides}
                    key = canonical(reached.world)
                    if key not in met:
                        met.add(key)
                        (later if reached.cost else level).append(reached.world)
            level = later
    return tuple(name for name in found if name not in honest)


def holes(base: Base) -> Iterator[Line]:
    """A line for each check that stops the attacker in this base."""
    first = deciding(base, depth=base.depth)
    for check in first:
        alone = searched(base, check)
        if alone.decisions is not None:
            yield Line(base.name, check, alone.decisions, "", alone.worlds, "; ".join(alone.told))
        else:
            yield _with_what_is_behind(base, (check,), first) or Line(base.name, check, None, "", alone.worlds, "")


def _with_what_is_behind(base: Base, off: tuple[str, ...], before: tuple[str, ...]) -> Line | None:
    """A line for the first of these checks with those behind it, which stop something only where these are off."""
    now = deciding(base, *off, depth=base.depth)
    behind = [one for one in now if one not in before]
    for other in behind:
        found = searched(base, *off, other)
        if found.decisions is not None:
            others = " ".join((*off[1:], other))
            return Line(base.name, off[0], found.decisions, others, found.worlds, "; ".join(found.told))
    if len(off) < MOST_BEHIND:
        deeper = (_with_what_is_behind(base, (*off, other), now) for other in behind)
        return next((line for line in deeper if line is not None), None)
    return None


def table() -> dict[tuple[str, str], Line]:
    """What was kept, by base and check."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        lines = [
            Line(
                row["base"],
                row["check"],
                int(row["found"]) if row["found"] else None,
                row["behind"],
                int(row["worlds"]),
                row["told"],
            )
            for row in csv.DictReader(file)
        ]
    return {(one.base, one.check): one for one in lines}


def main(arguments: list[str]) -> None:
    named = [one for one in arguments if one in BASES] or [*BASES]
    for base in sorted((BASES[name] for name in named), key=lambda base: base.depth):
        print(f"{base.name}: {searched(base).sentence}", flush=True)
        for line in holes(base):
            print("  ", *map(str, astuple(line)[1:]), flush=True)
            if "--write" in arguments:
                _write({**table(), (line.base, line.check): line})


def _write(kept: dict[tuple[str, str], Line]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([one.name for one in fields(Line)])
        writer.writerows(astuple(one) for name in BASES for one in kept.values() if one.base == name)


if __name__ == "__main__":
    main(sys.argv[1:])
