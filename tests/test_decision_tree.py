"""The tree of what a search has gone through: every world stands in it once, and each branch is what it says it is."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from flowsim import Simulation, search
from flowsim.explorer.canonical import canonical
from flowsim.explorer.decision_tree import Branch, DecisionTree, attack_of
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.searching import Searching
from flowsim.model.scenario import Scenario
from flowsim.model.world import evolve
from flowsim.views.pictures.explored import MOST, at_first, boxes, in_words, tree_dot, tree_of
from flowsim.views.text import words_of_search as words

SEARCHES: dict[str, dict[str, Any]] = {
    "found": {"pkce": "none", "positions": "A3", "goals": "access-token", "depth": 2},
    "none": {"pkce": "S256", "positions": "A3", "goals": "access-token", "depth": 1},
    "own goal": {"client": "web", "goals": lambda world: False, "depth": 2},
}


@cache
def tree(name: str) -> DecisionTree:
    return DecisionTree(search(seed=7, **SEARCHES[name]))


def walk(tree: DecisionTree, number: int = 0) -> Iterator[Branch]:
    """Every branch of this tree."""
    for branch in tree.branches(number):
        yield branch
        if branch.kind in ("way", "open") and branch.number is not None:
            yield from walk(tree, branch.number)


@pytest.mark.parametrize("name", SEARCHES)
def test_every_world_of_the_search_is_counted_once(name: str) -> None:
    found = tree(name)
    counted = sum(branch.worlds for branch in found.branches(0))
    alone = found.exploration.by_depth[0]
    assert counted + alone == found.exploration.worlds


@pytest.mark.parametrize("name", SEARCHES)
def test_a_branch_is_what_its_moves_make_of_its_world(name: str) -> None:
    known = tree(name).exploration.tree
    for branch in walk(tree(name)):
        assert branch.before.log == branch.after.log[: len(branch.before.log)]
        assert len(branch.moves) == len(branch.after.log) - len(branch.before.log)
        assert branch.number == known.number(canonical(branch.after))
        own = branch.number is not None and known.before(branch.number) == (branch.parent, branch.choice)
        assert (branch.kind == "met") == (branch.number is not None and not own)
        assert (branch.worlds > 0) == own
        assert (branch.kind == "untried") >= (branch.number is None)


def test_the_way_leads_to_the_attack_and_nowhere_else() -> None:
    found = tree("found")
    way = [branch for branch in walk(found) if branch.kind in ("way", "attack")]
    assert [branch.kind for branch in way] == [*["way"] * (len(way) - 1), "attack"]
    assert len(way) == found.exploration.decisions
    assert not any(branch.kind in ("way", "attack") for name in ("none", "own goal") for branch in walk(tree(name)))


def test_where_nothing_is_found_only_the_last_moves_are_not_gone_on_with() -> None:
    exploration = tree("own goal").exploration
    for branch in walk(tree("own goal")):
        if branch.kind == "untried":
            assert branch.number is not None
            assert exploration.tree.key(branch.number)[0] == exploration.depth
        if branch.kind == "dead end":
            assert branch.number is not None
            assert exploration.tree.key(branch.number)[0] < exploration.depth


@pytest.mark.parametrize("name", ["found", "none"])
def test_each_branch_plays_as_a_run_up_to_its_world(name: str) -> None:
    exploration = tree(name).exploration
    some = [*walk(tree(name))]
    for branch in some[:: max(1, len(some) // 12)]:
        attack = attack_of(exploration, branch)
        played = Simulation(evolve(exploration.scenario, attacker=attack.name), attackers=[attack])
        events = played.run().events[: len(branch.after.log)]
        assert [(one.run, one.act, one.outcome) for one in events] == [
            (one.run, one.act, one.outcome) for one in branch.after.log
        ]


def test_the_picture_has_the_way_open_and_shows_never_more_than_a_few_of_a_kind() -> None:
    found = tree("found")
    drawn = boxes(found, at_first(found))
    assert [box.look for box in drawn].count("attack") == 1
    assert len(drawn) < 40 < found.exploration.worlds
    everything = boxes(found, {*at_first(found), *(box.key for box in drawn)})
    behind: dict[str, int] = {}
    for box in everything:
        behind[box.under] = behind.get(box.under, 0) + 1
    folded = [box.key for box in everything if box.look == "folded"]
    assert all(behind.get(key, 0) <= MOST + 1 for key in folded)
    assert len({box.key for box in everything}) == len(everything)
    keys = [box.key for box in everything]
    assert all(not box.under or keys.index(box.under) < keys.index(box.key) for box in everything)


def test_the_rest_of_a_kind_is_shown_where_one_asks_for_it() -> None:
    found = tree("found")
    opened = set(at_first(found))
    for _ in range(4):
        drawn = boxes(found, opened)
        opened |= {box.key for box in drawn if box.look == "folded"}
    single = {(box.branch.parent, box.branch.choice) for box in boxes(found, opened) if box.branch}
    assert {(one.parent, one.choice) for one in found.branches(0)} <= single


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = tree_of(tree("found").exploration)
    drawn = boxes(tree("found"), at_first(tree("found")))
    assert picture.text == in_words(drawn)
    assert "the goal is reached" in picture.text
    assert picture.svg.count('class="node box') == len(drawn)


def test_what_an_attacker_wrote_is_no_markup_in_the_picture() -> None:
    for branch in walk(tree("found")):
        assert "\n" not in words.message(branch)
    assert "<script" not in tree_dot(boxes(tree("found"), at_first(tree("found"))))


def test_a_search_in_short_turns_comes_to_the_same_as_one_in_a_long_one() -> None:
    whole = search(seed=7, **SEARCHES["found"])
    turns = Searching(Scenario(pkce="none", seed=7), "A3", "access-token", 2)
    ticks = iter(range(1_000_000))
    count = 0
    while not turns.finished:
        before = turns.progress
        now = turns.go_on(3, clock=lambda: float(next(ticks)))
        assert (now.done, now.worlds) >= (before.done, before.worlds)
        count += 1
    assert count > 1
    assert turns.exploration.to_json() == whole.to_json()
    assert turns.progress.frontier == len(turns.exploration.tree) - turns.progress.done


def test_the_words_say_how_far_an_answer_goes() -> None:
    exploration = tree("none").exploration
    assert "no proof" in words.meaning(exploration)
    assert "at most 1 move" in words.question(exploration)
    ended = Exploration(**{**vars_of(exploration), "finished": False})
    assert "ended" in words.meaning(ended)
    assert words.by_depth(exploration)[0][0] == "0 moves"
    assert [name for name, _ in words.positions_in_words(("A3",))] == ["A1", "A3"]


def vars_of(exploration: Exploration) -> dict[str, Any]:
    return {name: getattr(exploration, name) for name in Exploration.__dataclass_fields__}
