"""Where an app on a phone keeps its refresh token, and what a reader gets out of that place."""

from itertools import pairwise

import pytest

from flowsim.lessons.phone_storage import PLACES, READERS, Place, app_refreshes, phone_storages, theft, worth

BEARER = [place for place in PLACES if not place.key_in_hardware]
(BOUND,) = (place for place in PLACES if place.key_in_hardware)


def test_no_place_is_read_by_anybody_who_is_not_named() -> None:
    assert all(place.readers <= set(READERS) for place in PLACES)


@pytest.mark.parametrize("place", BEARER, ids=lambda place: place.name)
def test_a_bearer_token_is_good_anywhere_for_whoever_reads_it(place: Place) -> None:
    for reader in READERS:
        reads = reader in place.readers
        assert worth(place, reader) == ("✗ a token, good anywhere" if reads else "nothing")


def test_a_token_that_is_bound_to_a_key_of_the_phone_is_refused_elsewhere_and_the_app_can_still_use_it() -> None:
    assert not theft(BOUND).verdict.attack_succeeded
    assert theft(BOUND).verdict.stopped_by == "refresh_proof.present"
    assert app_refreshes()
    assert worth(BOUND, "malware") == "✗ a token, good on this phone"
    assert worth(BOUND, "a copied backup") == "nothing"


def test_each_place_further_down_is_read_by_no_more_readers_than_the_one_before() -> None:
    assert all(later.readers <= earlier.readers for earlier, later in pairwise(PLACES))


def test_the_table_has_a_row_for_each_place_and_a_column_for_each_reader() -> None:
    table = phone_storages()
    assert [row[0] for row in table.rows] == [place.name for place in PLACES]
    assert table.head[1:] == tuple(READERS)
