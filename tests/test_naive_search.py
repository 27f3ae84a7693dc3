"""A second, naive search comes to what the first one does: it merges no worlds and leaves nothing out."""

import pytest

from flowsim.explorer.exploring import explore
from flowsim.model.scenario import Scenario
from flowsim.model.world import World
from tests.kit.naive_search import (
    Bound,
    TooManyError,
    bound_codes,
    bound_in,
    by_acts,
    by_decisions,
    pushed_requests_wait_and_changed_ones_change_again,
)

MOST = 60_000  # moves
# Settings, positions, a goal, and up to how many decisions: with an attack and without one.
SEARCHED: tuple[tuple[dict[str, object], tuple[str, ...], str, int], ...] = (
    ({"pkce": "none", "scope": "openid read:messages"}, ("A3",), "access-token", 2),
    ({"pkce": "plain"}, ("A3", "A4"), "access-token", 1),
    ({"client": "web", "state": False, "pkce": "none", "nonce": False}, (), "victim-in-attackers-account", 1),
    ({"client": "web"}, (), "victim-in-attackers-account", 2),
    ({"client": "spa"}, ("A5",), "data", 2),
    ({"client": "spa", "dpop": "tokens"}, ("A5",), "data", 1),
    ({}, ("web_view",), "password", 2),
    ({"web_view": True}, ("web_view",), "password", 2),
    ({}, ("A3",), "denial", 1),
    ({"scope": "openid read:messages offline_access"}, ("storage",), "refresh-token", 2),
    ({"second_server": True, "iss": False, "pkce": "none"}, (), "access-token", 2),
    ({"code_lifetime": 30}, ("A3",), "code-twice", 1),
    ({"allows_framing": True, "remembered": "login"}, (), "account", 1),
)
_CASES = pytest.mark.parametrize(("settings", "positions", "goal", "bound"), SEARCHED, ids=str)


@_CASES
def test_both_find_an_attack_or_none_of_the_same_length(
    settings: dict[str, object], positions: tuple[str, ...], goal: str, bound: int
) -> None:
    scenario = Scenario(**settings, seed=7)  # type: ignore[arg-type]
    found = explore(scenario, positions, goal, bound)
    assert found.finished
    assert found.decisions == by_decisions(scenario, positions, goal, bound, MOST)


@_CASES
def test_single_acts_in_any_order_bring_no_more_than_decisions_with_what_follows(
    settings: dict[str, object], positions: tuple[str, ...], goal: str, bound: int
) -> None:
    scenario = Scenario(**settings, seed=7)  # type: ignore[arg-type]
    found = explore(scenario, positions, goal, 1)
    assert found.decisions == by_acts(scenario, positions, goal, 1, MOST)


# Settings and positions in which requests are pushed, or can be changed on their way.
@pytest.mark.parametrize(
    ("settings", "positions"),
    [
        ({"par": "required", "pkce": "none", "nonce": False}, ("A3",)),
        ({"par": "required"}, ("rewrite",)),
        ({"pkce": "none"}, ("rewrite",)),
        ({"pkce": "S256"}, ("rewrite",)),
        ({"client": "web", "pkce": "S256", "state": False}, ("rewrite",)),
        ({"pkce": "S256"}, ("rewrite", "A4")),
        ({"pkce": "none", "nonce": False}, ("rewrite", "A4")),
    ],
    ids=str,
)
def test_a_pushed_request_that_waits_and_a_changed_one_that_is_changed_again_bring_nothing_more(
    settings: dict[str, object], positions: tuple[str, ...]
) -> None:
    scenario = Scenario(**settings, seed=7)  # type: ignore[arg-type]
    bound = set[Bound]()

    def noted(world: World) -> bool:
        bound.update(bound_in(world))
        return False

    assert explore(scenario, positions, noted, 2).finished
    with pushed_requests_wait_and_changed_ones_change_again():
        assert bound == bound_codes(scenario, positions, 2, MOST)


def test_it_says_where_it_does_not_finish() -> None:
    with pytest.raises(TooManyError):
        by_decisions(Scenario(seed=7), ("A3",), "data", 2, 20)
