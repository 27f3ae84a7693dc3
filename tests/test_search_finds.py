"""It finds what people have found: each attack of the catalogue, from the same positions, in no more decisions.

All of it takes some minutes: FLOWSIM_WHOLE_SEARCH=1 searches every line of tests/found.csv. Without that, the lines that
need few worlds are searched. `python -m tests.kit.catalogue_and_search --write` makes the table anew.
"""

import ast
import os
from pathlib import Path

import pytest

import flowsim.explorer
from flowsim.attacks import ATTACKERS
from flowsim.explorer.goals import GOALS
from tests.kit.catalogue_and_search import ATTACKS, SETTINGS, one_by_hand, searched, table

ALL = os.environ.get("FLOWSIM_WHOLE_SEARCH") == "1"
FEW = 800  # worlds
EXPLORER = Path(flowsim.explorer.__file__).parent
# What all attackers are made of and held to; each other module of attacks/ is an attack.
NO_ATTACK = {"base", "brute_force", "referee", "secrets", "toolkit", "view"}
KEPT = table()


def test_the_table_has_every_attack_in_both_settings_and_each_was_found() -> None:
    assert set(KEPT) == {(attack, settings) for attack in ATTACKS for settings in SETTINGS}
    assert [place for place, one in KEPT.items() if one.found is None or one.found > one.by_hand] == []
    # Guessing is left out of the search.
    assert set(ATTACKERS) - set(ATTACKS) == {"code-guessing"}


@pytest.mark.parametrize(
    ("attack", "settings"), [place for place, one in KEPT.items() if ALL or one.worlds <= FEW], ids=str
)
def test_the_search_finds_what_people_have_found_in_no_more_decisions(attack: str, settings: str) -> None:
    hand = one_by_hand(attack, settings)
    found = searched(hand)
    assert found.decisions is not None, found.sentence
    assert found.decisions <= hand.decisions
    kept = KEPT[attack, settings].found
    assert kept is not None
    assert found.decisions <= kept, "it has found a shorter one before"
    # The player plays it, to the same end.
    simulation = found.simulation()
    assert simulation is not None
    trace = simulation.run()
    assert any(GOALS[goal](world) for world in trace.worlds for goal in hand.goals)
    assert trace.verdict.attack_succeeded


def test_the_search_knows_no_attack() -> None:
    """Nothing of explorer/ imports one, or the list of them, or names one."""
    for path in EXPLORER.glob("*.py"):
        text = path.read_text("utf-8")
        tree = ast.parse(text)
        modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        ours = {module for module in modules if module.startswith("flowsim.attacks")}
        assert {module.removeprefix("flowsim.attacks.") for module in ours} <= NO_ATTACK, path.name
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not set(texts) & set(ATTACKERS), path.name
