"""A search over guesses finds what is among them and nothing else; the sums are those of the powers of two."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsim.attacks.brute_force import Search, bits, brute_force, duration, mean_seconds
from flowsim.protocol import pkce

PINS = [f"{number:043}" for number in range(300)]


@given(st.sampled_from(PINS))
def test_a_verifier_among_the_candidates_is_found_at_its_place(verifier: str) -> None:
    found = brute_force(pkce.challenge_for(verifier, "S256"), PINS)
    assert found == Search(verifier, PINS.index(verifier) + 1)


@given(octets=st.binary(min_size=32, max_size=32))
def test_a_random_verifier_is_not_among_them(octets: bytes) -> None:
    challenge = pkce.challenge_for(pkce.verifier_from(octets), "S256")
    assert brute_force(challenge, PINS) == Search(None, len(PINS))


def test_no_candidates_are_no_guesses() -> None:
    assert brute_force("anything", []) == Search(None, 0)


def test_a_search_stops_at_the_first_that_fits() -> None:
    left = iter(PINS)
    brute_force(pkce.challenge_for(PINS[9], "S256"), left)
    assert next(left) == PINS[10]


def test_what_is_found_is_what_the_server_takes() -> None:
    challenge = pkce.challenge_for(PINS[42], "S256")
    found = brute_force(challenge, PINS).verifier
    assert found is not None
    assert pkce.verify(found, challenge, "S256")


@pytest.mark.parametrize(("possibilities", "expected"), [(1, 0), (2, 1), (256, 8), (2**256, 256), (2**768, 768)])
def test_bits_count_doublings(possibilities: int, expected: float) -> None:
    assert bits(possibilities) == expected


def test_two_independent_draws_add_their_bits() -> None:
    assert math.isclose(bits(10_000 * 7776), bits(10_000) + bits(7776))


def test_nothing_to_draw_from_has_no_bits() -> None:
    with pytest.raises(ValueError, match="from 0 possibilities"):
        bits(0)


@given(size=st.integers(0, 700), rate=st.floats(1, 1e30))
def test_one_more_bit_takes_twice_as_long(size: int, rate: float) -> None:
    assert math.isclose(mean_seconds(2 ** (size + 1), rate), 2 * mean_seconds(2**size, rate))


def test_a_search_measures_itself_and_says_so_only_when_asked() -> None:
    search = brute_force("anything", PINS)
    assert search.seconds > 0
    assert math.isclose(search.per_second * search.seconds, len(PINS))
    assert repr(search) == f"Search(verifier=None, guesses={len(PINS)})"


def test_a_search_too_short_to_measure_has_a_rate_all_the_same() -> None:
    assert Search(None, 0).per_second == 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "less than a second"),
        (0.99, "less than a second"),
        (1, "about 1 second"),
        (59.4, "about 59 seconds"),
        (59.6, "about 1 minute"),
        (60, "about 1 minute"),
        (8 * 60, "about 8 minutes"),
        (3600, "about 1 hour"),
        (86_400, "about 1 day"),
        (365.25 * 86_400, "about 1 year"),
        (3652.5 * 86_400, "about 10 years"),
        (365.25 * 86_400 * 1e52, "about 10^52 years"),
        (mean_seconds(2**256, 1e21), "about 10^48 years"),
    ],
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


@given(st.floats(0, 1e200))
def test_every_time_has_words(seconds: float) -> None:
    assert duration(seconds).split()[0] in ("less", "about")
