"""Guessing finds a verifier that is not random, and the sum says why it never finds a good one."""

import pytest

from flowsim import pkce
from flowsim.guessing import AGE_OF_THE_UNIVERSE, bits, guess, padded_numbers, years


def test_a_padded_number_is_found_and_after_as_many_tries_as_it_takes() -> None:
    weak = "271".rjust(43, "x")
    assert pkce.well_formed(weak)
    found = guess(pkce.challenge_for(weak, "S256"), padded_numbers(3))
    assert (found.verifier, found.tries) == (weak, 272)
    assert found.rate > 0


def test_a_random_verifier_is_not_among_the_numbers() -> None:
    good = pkce.verifier_from(bytes(range(32)))
    found = guess(pkce.challenge_for(good, "S256"), padded_numbers(3))
    assert (found.verifier, found.tries) == (None, 1000)


def test_there_are_as_many_padded_numbers_as_there_are_and_no_two_the_same() -> None:
    numbers = [*padded_numbers(2)]
    assert len(numbers) == len(set(numbers)) == 100
    assert all(pkce.well_formed(number) for number in numbers)


def test_the_sums() -> None:
    assert bits(2**256) == 256
    assert bits(10**6) == pytest.approx(19.93, abs=0.01)
    assert years(2 * 31_557_600, 1) == 1
    assert years(2**256, 10**12) > 10**40 * AGE_OF_THE_UNIVERSE


@pytest.mark.parametrize(("sum_", "message"), [(lambda: bits(0), "not 0"), (lambda: years(1, 0), "must be positive")])
def test_a_sum_without_sense_is_explained(sum_: object, message: str) -> None:
    assert callable(sum_)
    with pytest.raises(ValueError, match=message):
        sum_()
