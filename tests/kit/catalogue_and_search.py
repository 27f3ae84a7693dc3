"""The attacks that people wrote beside what the search finds from the same positions, in the same unit: decisions.

    python -m tests.kit.catalogue_and_search [--write] [--new] [ATTACK …]

plays each attack and searches as deep as it goes, in two settings. `bare`: the row of the matrix with no defence. `left
alone`: with every defence that this attack gets past, all together; most other ways are closed there, so the search has to
find what the attack has found. The app stays the one that it is, and PAR and DPoP stay out, for they multiply the worlds.
`--write` keeps the table, tests/found.csv, and `--new` leaves out what is in it. The search is given settings, positions
and a goal, and the name of no attack.
"""

import csv
import sys
from contextlib import suppress
from dataclasses import astuple, dataclass, fields, replace
from functools import cache
from pathlib import Path

from flowsim.analysis.defences import ROWS, possible, scenario_of
from flowsim.attacks import Attacker, known_attacker
from flowsim.explorer.decisions import decisions
from flowsim.explorer.exploring import Exploration, explore
from flowsim.explorer.goals import GOALS
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.simulation.simulation import Simulation

TABLE = Path(__file__).parents[1] / "found.csv"
SETTINGS = ("bare", "left alone")
# Every attack that comes to something where nothing is in its way; guessing codes does not. One of them has no row.
ATTACKS = (*ROWS, "refresh-theft-older")
_STAY_OUT = ("secret", "claimed-https", "par", "par-with-secret", "dpop", "dpop-bound-code")
_OF_AN_ACCOUNT = ("data", "attacker-in-victims-account", "victim-in-attackers-account")


@dataclass(frozen=True, slots=True)
class ByHand:
    """An attack that somebody wrote, in these settings: which goals it reaches, and after how many decisions."""

    attack: str
    scenario: Scenario
    positions: tuple[str, ...]
    goals: tuple[str, ...]
    decisions: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table. `found` is the number of decisions that the search needs; `told` is what they are."""

    attack: str
    settings: str
    goals: str
    by_hand: int
    found: int | None
    worlds: int
    told: str


def by_hand(attack: str, *defences: str) -> ByHand:
    """This attack against these defences: played, and counted up to where the first of its goals is reached.

    What it is after is what it has at its end: the goals that hold there. Raises ValueError where it does not work.
    """
    attacker = known_attacker(attack)
    simulation = Simulation(scenario_of(_row(attack), *defences), attackers=[attacker])
    worlds = simulation.run().worlds
    candidates = _OF_AN_ACCOUNT if attacker.aim == "account" else (attacker.aim,)
    goals = tuple(name for name in candidates if GOALS[name](worlds[-1]))
    if not goals:
        raise ValueError(f"{attack} does not work here")
    at = next(world for world in worlds if any(GOALS[name](world) for name in goals))
    scenario = replace(simulation.scenario, attacker=None)
    return ByHand(attack, scenario, attacker.positions, goals, len(decisions(at.log)))


def _row(attack: str) -> str | Attacker:
    """What the settings of this attack go by."""
    return attack if attack in ROWS else known_attacker(attack)


@cache
def got_past(attack: str) -> tuple[str, ...]:
    """Defences that this attack gets past, all of them together; in their order, each where it still does."""
    kept: tuple[str, ...] = ()
    for name in (one for one in possible(_row(attack)) if one not in _STAY_OUT):
        with suppress(ScenarioError):
            scenario = scenario_of(_row(attack), *kept, name)
            if (
                name != "none"
                and Simulation(scenario, attackers=[known_attacker(attack)]).run().verdict.attack_succeeded
            ):
                kept = (*kept, name)
    return kept


def one_by_hand(attack: str, settings: str) -> ByHand:
    """This attack in the settings of this name."""
    return by_hand(attack, *(got_past(attack) if settings == "left alone" else ()))


def searched(hand: ByHand) -> Exploration:
    """What the search comes to from the same positions, as deep as the attack goes."""
    return explore(hand.scenario, hand.positions, hand.goals, hand.decisions)


def line(hand: ByHand, settings: str, found: Exploration) -> Line:
    return Line(
        hand.attack,
        settings,
        " ".join(hand.goals),
        hand.decisions,
        found.decisions,
        found.worlds,
        "; ".join(found.told),
    )


def table() -> dict[tuple[str, str], Line]:
    """What was kept, by attack and settings."""
    if not TABLE.exists():
        return {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]
    return {
        (row["attack"], row["settings"]): Line(
            row["attack"],
            row["settings"],
            row["goals"],
            int(row["by_hand"]),
            int(row["found"]) if row["found"] else None,
            int(row["worlds"]),
            row["told"],
        )
        for row in rows
    }


def main(arguments: list[str]) -> None:
    named = [one for one in arguments if one in ATTACKS] or [*ATTACKS]
    kept = {place: one for place, one in table().items() if place[0] in ATTACKS}
    wanted = [(attack, settings) for settings in SETTINGS for attack in named]
    hands = {place: one_by_hand(*place) for place in wanted if "--new" not in arguments or place not in kept}
    for place, hand in sorted(hands.items(), key=lambda one: one[1].decisions):
        kept[place] = done = line(hand, place[1], searched(hand))
        print("ok  " if done.found is not None else "MISS", *map(str, astuple(done)), flush=True)
        if "--write" in arguments:
            _write(kept)


def _write(kept: dict[tuple[str, str], Line]) -> None:
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([one.name for one in fields(Line)])
        writer.writerows(
            astuple(kept[attack, settings]) for attack in ATTACKS for settings in SETTINGS if (attack, settings) in kept
        )


if __name__ == "__main__":
    main(sys.argv[1:])
