"""The verdict against the oracle of the world, on stories at random and on attackers at random."""

import time
from collections import Counter
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


def main(runs: int, first: int = 0) -> int:
    """Play so many stories, print what they came to and where something differs; the number of differences."""
    counts: Counter[str] = Counter()
    wrong, start = 0, time.perf_counter()
    for seed in range(first, first + runs):
        try:
            name, found = one(seed)
        except Exception as error:
            name, found = "an error", [f"{type(error).__name__}: {error}"]
        counts[name] += 1
        for text in found:
            wrong += 1
            print(f"seed {seed}, {name}: {text}", flush=True)
    print(f"{runs} stories in {time.perf_counter() - start:.0f} s, {wrong} differences")
    for name, count in sorted(counts.items()):
        print(f"{count:6} {name}")
    return wrong
