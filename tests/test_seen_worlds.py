"""The digests of worlds that were met, in memory or in a file: the same numbers as those of a dict."""

import os
import subprocess
import sys
from random import Random

import pytest

from flowsim.explorer.seen_worlds import SIZE, SeenWorlds


@pytest.mark.parametrize("in_memory", [1 << 20, 1 << 12], ids=["in memory", "in a file"])
def test_every_digest_has_the_number_that_it_got_first(in_memory: int) -> None:
    random, seen, numbers = Random(5), SeenWorlds(in_memory=in_memory), dict[bytes, int]()
    for _ in range(6000):
        digest = random.choice([random.randbytes(SIZE), *([*numbers][-1:])])
        assert seen.get(digest) == numbers.get(digest)
        assert seen.add(digest) == numbers.setdefault(digest, len(numbers))
    assert [*seen] == [*numbers]
    assert len(seen) == len(numbers)
    assert seen.on_disk is (in_memory < 1 << 20)
    assert seen.get(bytes(SIZE)) is None


def test_digests_that_begin_alike_are_told_apart() -> None:
    seen = SeenWorlds()
    alike = [bytes(8) + number.to_bytes(8, "big") for number in range(50)]
    assert [seen.add(one) for one in alike] == [*range(50)]
    assert [seen.get(one) for one in alike] == [*range(50)]


def test_it_is_made_again_of_its_digests() -> None:
    digests = [Random(3).randbytes(SIZE), bytes(SIZE)]
    assert [*SeenWorlds(b"".join(digests))] == digests


def test_a_world_takes_no_more_than_forty_eight_octets() -> None:
    seen = SeenWorlds()
    for number in range(5000):
        seen.add(Random(number).randbytes(SIZE))
    assert seen.octets <= 48 * 5000


def test_a_digest_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="16 octets, not 3"):
        SeenWorlds().add(b"abc")


def test_a_search_comes_out_the_same_for_every_hash_seed() -> None:
    """Neither a set nor a dict decides in which order anything is tried, or what is taken for the same."""
    code = (
        "import json, flowsim;"
        "found = flowsim.search(pkce='none', client='web', positions='A3', goals='data', depth=2, seed=7);"
        "print(json.dumps(found.to_json()), b''.join(found.tree.to_columns().values()).hex())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(said) == 1
