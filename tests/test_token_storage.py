"""Five places where a single-page app may keep its tokens, and what a script gets that runs in its page."""

from typing import cast

import pytest

from flowsim.analysis.counterexamples.edits import OFFLINE, played, world_in
from flowsim.lessons import cross_site_script
from flowsim.lessons.cross_site_script import Loot
from flowsim.lessons.token_storage import STORAGES, Storage, open_page
from flowsim.model.scenario import ScenarioError
from flowsim.model.states import State
from flowsim.model.world import VICTIM, World


def logged_in(dpop: str = "off") -> World:
    return played(client="spa", scope=OFFLINE, dpop=dpop).worlds[-1]


def carried_home(world: World, loot: Loot) -> tuple[bool, bool]:
    """Whether the access token and the refresh token of the app were taken."""
    run = world.runs[VICTIM]
    held = world.clients[run.client].tokens[run.who]
    assert loot.access_token in (None, held.access_token)
    assert loot.refresh_token in (None, held.refresh_token)
    return loot.access_token is not None, loot.refresh_token is not None


# storage -> access token taken, refresh token taken, data while open, data after closing, refreshes after closing
BEARER: dict[Storage, tuple[bool, bool, bool, bool, bool]] = {
    "localStorage": (True, True, True, True, True),
    "sessionStorage": (True, True, True, True, True),
    "memory": (True, False, True, True, False),
    "worker": (False, False, True, False, False),
    "bff": (False, False, True, False, False),
}


@pytest.mark.parametrize("storage", STORAGES)
def test_no_place_keeps_a_script_from_the_data_and_three_keep_something_from_its_home(storage: Storage) -> None:
    world = logged_in()
    loot = cross_site_script.attack(world, storage)
    got = (*carried_home(world, loot), loot.data_while_open, loot.data_after_closing, loot.refreshes_after_closing)
    assert got == BEARER[storage]


@pytest.mark.parametrize("storage", STORAGES)
def test_tokens_bound_to_a_key_are_of_no_use_at_the_attackers_home(storage: Storage) -> None:
    world = logged_in("tokens")
    loot = cross_site_script.attack(world, storage)
    assert carried_home(world, loot) == BEARER[storage][:2]
    assert (loot.data_while_open, loot.data_after_closing, loot.refreshes_after_closing) == (True, False, False)


@pytest.mark.parametrize("storage", STORAGES)
def test_the_app_itself_reads_its_messages_from_every_place(storage: Storage) -> None:
    for dpop in ("off", "tokens"):
        page, _ = open_page(logged_in(dpop), storage)
        assert page.read_data().json()["messages"]


def test_a_script_changes_nothing_in_the_world_it_ran_in() -> None:
    world = logged_in()
    before = (world.servers, world.apis, world.clients, world.draws)
    cross_site_script.attack(world, "localStorage")
    assert (world.servers, world.apis, world.clients, world.draws) == before


def test_a_place_that_does_not_exist_and_an_app_without_tokens_are_explained() -> None:
    with pytest.raises(ScenarioError, match="did you mean localStorage"):
        open_page(logged_in(), cast(Storage, "localstorage"))
    with pytest.raises(ScenarioError, match="expected a login that went well"):
        open_page(world_in(State.CODE_SENT, client="spa"), "memory")
