"""A search in a notebook, without a browser: what the page sends is sent, and what it then shows is looked at."""

import asyncio
from html import escape
from typing import Any

import pytest

from flowsim import ScenarioError, search
from flowsim.explorer.decision_tree import DecisionTree
from flowsim.explorer.exploring import Exploration
from flowsim.explorer.moves import LEFT_OUT
from flowsim.model.world import World
from flowsim.widgets import SearchWidget, searching

ASKED: dict[str, Any] = {"pkce": "none", "positions": "A3", "goals": "access-token", "depth": 2, "seed": 7}


@pytest.fixture(scope="module")
def known() -> Exploration:
    return search(**ASKED)


def press(made: SearchWidget, **asked: Any) -> dict[str, Any]:
    """Send what the page sends, and give what it then shows."""
    before = made.face.answered
    made.face._handle_custom_msg(asked, [])
    assert made.face.answered > before
    return dict(made.face.view)


def keys(made: SearchWidget, look: str) -> list[str]:
    return [box.key for box in made.boxes if box.look == look]


def test_it_begins_at_the_press_of_a_button_and_comes_to_what_a_search_comes_to(known: Exploration) -> None:
    made = searching(**ASKED)
    assert (made.face.view["kind"], made.exploration, made.player) == ("asked", None, None)
    view = press(made, go="begin")
    assert view["kind"] == "over"
    assert made.exploration is not None
    assert made.exploration.to_json() == known.to_json()
    assert view["answer"]["text"].casefold() == f"{known.sentence}.".casefold()
    assert view["answer"]["left_out"] == [*LEFT_OUT]
    assert made.player in made.children
    assert made.player is not None
    assert made.player.payload["branches"][0]["trace"]["events"]


def test_it_says_how_far_it_is_and_can_be_ended() -> None:
    seen: list[dict[str, Any]] = []

    async def watched() -> SearchWidget:
        made = searching(positions=["A3", "A4"], goals="code-twice", depth=60, seed=7)
        made.face.observe(lambda change: seen.append(change.new), "view")
        press(made, go="begin")
        while len(seen) < 4:
            await asyncio.sleep(0.01)
        press(made, go="cancel")
        while made.face.view["kind"] == "under way":
            await asyncio.sleep(0.01)
        return made

    made = asyncio.run(watched())
    told = [view["progress"] for view in seen if view["kind"] == "under way"]
    assert all(0 <= one["part"] <= 1 for one in told)
    assert len({one["worlds"] for one in told}) > 1
    assert made.face.view["answer"]["kind"] == "ended"
    assert made.exploration is not None
    assert not made.exploration.finished
    assert f"{made.exploration.done:,}" in made.face.view["answer"]["text"]


def test_a_box_opens_in_the_player_at_the_moment_after_its_decision(known: Exploration) -> None:
    made = SearchWidget(known)
    tree = DecisionTree(known)
    assert made.player is not None
    [way], [attack] = keys(made, "way"), keys(made, "attack")
    for key in (way, attack):
        view = press(made, open=key)
        assert view["tree"]["opened"] == key
        branch = next(box.branch for box in made.boxes if box.key == key)
        assert branch is not None
        events = made.player.payload["branches"][0]["trace"]["events"]
        assert made.player.position == len(branch.after.log)
        assert [event["act"] for event in events[: made.player.position]] == [one.act.value for one in branch.after.log]
    assert known.goal_at in tree.way


def test_what_is_folded_is_shown_and_folded_again(known: Exploration) -> None:
    made = SearchWidget(known)
    closed = made.boxes
    folded = keys(made, "folded")[0]
    opened = press(made, fold=folded)["tree"]
    assert len(opened["boxes"]) > len(closed)
    assert next(box["unfolded"] for box in opened["boxes"] if box["key"] == folded)
    press(made, fold=folded)
    assert made.boxes == closed


@pytest.mark.parametrize(
    "asked", [{"open": "no such"}, {"fold": "no such"}, {"open": "w0"}, {"open": 3}, {"go": "again"}, {}]
)
def test_what_makes_no_sense_changes_nothing(known: Exploration, asked: dict[str, Any]) -> None:
    made = SearchWidget(known)
    before = made.face.view
    assert press(made, **asked) == before


def test_a_goal_that_fails_is_said_and_nothing_else_happens() -> None:
    def fails(world: World) -> bool:
        raise RuntimeError("<b>no</b>")

    made = searching(pkce="none", goals=fails, depth=1)
    view = press(made, go="begin")
    assert view["kind"] == "problem"
    assert "fails" in view["problem"]
    assert "no" in view["problem"]
    with pytest.raises(ScenarioError, match="position"):
        searching(positions="A9")


def test_a_page_without_a_kernel_has_the_answer_the_numbers_and_what_was_left_out(known: Exploration) -> None:
    shown = known._repr_mimebundle_()
    assert shown["text/plain"] == known.sentence
    page = shown["text/html"]
    assert escape(f"{known.sentence[0].upper()}{known.sentence[1:]}.") in page
    assert all(escape(one) in page for one in known.left_out)
    assert "<svg" in page
    assert "flowsim-player" in page
    asked = searching(**ASKED)._repr_mimebundle_()["text/html"]
    assert "needs a running kernel" in asked
    assert escape(known.sentence) not in asked
