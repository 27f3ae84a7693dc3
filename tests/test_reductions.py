"""What a search leaves out because it was tried before: with and without it the same worlds are met, at the same cost."""

from dataclasses import replace

import pytest

from flowsim.explorer import exploring, moves, reductions
from flowsim.explorer.exploring import explore
from flowsim.explorer.known import Key
from flowsim.explorer.moves import Choice, play
from flowsim.explorer.reductions import nothing_skipped
from flowsim.model.scenario import Scenario
from flowsim.model.states import Act
from flowsim.model.world import World
from tests.test_canonical import STORIES
from tests.test_explorer import SAMPLES

# Settings and positions, and up to how many decisions.
SEARCHED: dict[str, tuple[Scenario, tuple[str, ...], int]] = {
    **{name: (replace(scenario, attacker=None), positions, 2) for name, (scenario, positions) in SAMPLES.items()},
    "refresh and logout": (Scenario(**STORIES[0][1], seed=7), STORIES[0][0], 2),  # type: ignore[arg-type]
    "phone without PKCE": (Scenario(pkce="none", seed=7), ("A3",), 2),
    "three decisions": (Scenario(client="web", seed=7), (), 3),
    "three decisions, two servers": (Scenario(second_server=True, iss=False, pkce="none", seed=7), (), 3),
}


def never(world: World) -> bool:
    """A goal that no world reaches."""
    return False


def met(name: str) -> dict[bytes, Key]:
    """The worlds that a search meets, and how far each is from the start."""
    scenario, positions, depth = SEARCHED[name]
    tree = explore(scenario, positions, never, depth).tree
    return {digest: tree.key(number) for number, digest in enumerate(tree.digests())}


def leave_nothing_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(moves, "skipped", lambda world: nothing_skipped)
    patch.setattr(exploring, "tried_first", lambda world: nothing_skipped)


@pytest.mark.parametrize("name", SEARCHED)
def test_no_world_is_lost_by_what_is_left_out_and_none_comes_later(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reduced = met(name)
    leave_nothing_out(monkeypatch)
    assert reduced == met(name)


def test_less_is_played_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    played = list[Choice]()

    def counted(world: World, choice: Choice) -> object:
        played.append(choice)
        return play(world, choice)

    monkeypatch.setattr(exploring, "play", counted)
    met("phone")
    reduced = len(played)
    leave_nothing_out(monkeypatch)
    met("phone")
    assert reduced < 0.7 * (len(played) - reduced)


# Each is not true: what it says is left out loses something.
@pytest.mark.parametrize(
    ("table", "act", "instead"),
    [
        ("_TOUCHED_BY", Act.INSTALL_APP, ()),
        ("_TOUCHED_BY", Act.SEND_CODE, ()),
        (
            "_AFTER",
            Act.OPEN_REQUEST,
            frozenset({*reductions._AFTER[Act.OPEN_REQUEST], Act.STEP_1, Act.STEP_2}),
        ),
        ("_AFTER", Act.SEND_CODE, frozenset({Act.READ_RESPONSE})),
    ],
    ids=["touched-by-install", "touched-by-code", "after-request", "after-code"],
)
def test_a_reduction_that_does_not_hold_loses_worlds(
    table: str, act: Act, instead: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(getattr(reductions, table), act, instead)
    fewer = met("phone without PKCE")
    monkeypatch.undo()
    assert fewer != met("phone without PKCE")
