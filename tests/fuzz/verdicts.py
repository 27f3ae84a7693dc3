"""The verdict against the oracle of the world, on stories at random and on attackers at random."""

import time
from collections import Counter
from itertools import count
from random import Random

from tests.kit.agreement import differences, differences_in
from tests.kit.random_stories import attackers_at_random, story
from tests.kit.world_oracle import look


def one(seed: int) -> tuple[str, list[str]]:
    """What the story of this seed was, and where verdict and oracle differ in it. One in three has an own attacker."""
    random = Random(seed)
    if seed % 3:
        trace = story(random)
        works = "works" if trace.verdict.attack_succeeded else "stopped"
        return f"{trace.scenario.attacker} {works}", differences(trace)
    world = attackers_at_random(random)
    return f"an attacker at random {'works' if look(world).succeeded else 'stopped'}", differences_in(world)


def main(runs: int | None = None, seconds: float | None = None, first: int = 0) -> int:
    """Play so many stories, or for so long; print what they came to and where something differs. The number of differences.

    The first one has the seed `first`, and each other the next number.
    """
    counts: Counter[str] = Counter()
    wrong, start = 0, time.perf_counter()
    for seed in count(first):
        if seed - first >= (runs or (1000 if seconds is None else seed + 1)):
            break
        if seconds is not None and time.perf_counter() - start > seconds:
            break
        try:
            name, found = one(seed)
        except Exception as error:
            name, found = "an error", [f"{type(error).__name__}: {error}"]
        counts[name] += 1
        wrong += len(found)
        for text in found:
            print(f"seed {seed}, {name}: {text}", flush=True)
    print(f"{counts.total()} stories in {time.perf_counter() - start:.0f} s, {wrong} differences")
    for name, times in sorted(counts.items()):
        print(f"{times:6} {name}")
    return wrong
