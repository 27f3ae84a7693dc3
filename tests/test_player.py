"""The Python half of the player: its traits, its errors, its text, and how the front end is joined."""

import re
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

from flowsim import Simulation
from flowsim.player import source
from flowsim.views.formats.player_payload import player_payload
from flowsim.widgets.player import Player


@pytest.fixture(scope="module")
def payload() -> dict[str, Any]:
    """A login of eleven events, and the theft of its code, ten events long."""
    return player_payload(Simulation(seed=7))


@pytest.fixture
def player(payload: dict[str, Any]) -> Player:
    return Player(payload)


def test_it_begins_where_the_payload_says(payload: dict[str, Any]) -> None:
    player = Player(payload | {"view": {"branch": "login", "position": 6}})
    assert (player.branch, player.position) == ("login", 6)


def test_it_begins_where_the_caller_says(payload: dict[str, Any]) -> None:
    player = Player(payload, branch=payload["inject"], position=9)
    assert (player.branch, player.position) == (payload["inject"], 9)


def test_next_and_back_stop_at_the_ends(player: Player) -> None:
    player.back()
    assert player.position == 0
    for _ in range(20):
        player.next()
    assert player.position == 11
    player.back()
    assert player.position == 10


def test_goto_sets_branch_and_position_at_once(player: Player) -> None:
    seen: list[tuple[str, int]] = []
    player.observe(lambda _: seen.append((player.branch, player.position)), ["branch", "position"])
    player.goto(7, branch=player.payload["inject"])
    assert set(seen) == {(player.payload["inject"], 7)}


def test_an_unknown_branch_is_refused_and_nothing_changes(player: Player) -> None:
    with pytest.raises(TraitError, match="there is no branch 'sideways'; expected one of: 'login'"):
        player.branch = "sideways"
    assert (player.branch, player.position) == ("login", 0)


@pytest.mark.parametrize("position", [-1, 12])
def test_a_position_outside_the_branch_is_refused_and_nothing_changes(player: Player, position: int) -> None:
    with pytest.raises(TraitError, match=f"'login' has 11 events, so a position in it is 0 to 11, not {position}"):
        player.goto(position)
    assert player.position == 0


def test_a_shorter_branch_is_shown_at_its_end(player: Player) -> None:
    player.goto(11)
    player.branch = player.payload["inject"]
    assert player.position == 10


def test_another_payload_without_the_branch_shows_its_first_one(player: Player) -> None:
    player.goto(10, branch=player.payload["inject"])
    player.payload = player_payload(Simulation(seed=7, user="denies", name="denied"))
    assert (player.branch, player.position) == ("denied", 7)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ([], "needs a payload, which is a dict, not list"),
        ({"lanes": [], "steps": [], "secrets": []}, "has no 'branches'"),
        ({"lanes": [], "steps": [], "secrets": [], "branches": []}, "has no branch to show"),
    ],
)
def test_what_is_no_payload_is_refused_in_words(wrong: Any, complaint: str) -> None:
    with pytest.raises(TraitError, match=complaint):
        Player(wrong)


def test_what_the_reader_does_arrives(player: Player) -> None:
    """The front end sends both values in one message, also when only together they fit."""
    player.goto(11)
    player.set_state({"branch": player.payload["inject"], "position": 10})
    assert (player.branch, player.position) == (player.payload["inject"], 10)
    player.set_state({"branch": "login", "position": 11})
    assert (player.branch, player.position) == ("login", 11)


def test_its_text_is_the_same_in_every_session(payload: dict[str, Any]) -> None:
    player = Player(payload, position=8)
    bundle = player._repr_mimebundle_()
    assert bundle is not None
    assert bundle[0]["text/plain"] == "Player(branch='login', step 8 of 11)"
    assert repr(Player(payload)) == "Player(branch='login', step 0 of 11)"


FRONT_END = Path(source.__file__).parent


def top_level(text: str) -> list[str]:
    return re.findall(r"^(?:export )?(?:const|let|function) (\w+)", text, re.MULTILINE)


def test_every_script_is_joined() -> None:
    page_only = {path for path in FRONT_END.glob("*.js") if path.stem not in source.MODULES}
    assert {path.name for path in page_only} == {"roving.js", "matrix_page.js"}
    assert {*source.MODULES} <= {path.stem for path in FRONT_END.glob("*.js")}
    joined = source.matrix_source()
    assert joined.startswith(source.module_source())
    assert all(path.read_text("utf-8") in joined for path in page_only)


def test_a_script_imports_only_what_an_earlier_one_exports() -> None:
    exported: dict[str, set[str]] = {}
    for name in source.MODULES:
        text = (FRONT_END / f"{name}.js").read_text("utf-8")
        imports = re.findall(r'^import \{ (.+) \} from "\./(\w+)\.js";$', text, re.MULTILINE)
        assert len(imports) == len(re.findall(r"^import", text, re.MULTILINE))
        for names, module in imports:
            assert set(names.split(", ")) <= exported[module], f"{name}.js imports {names} from {module}.js"
        exported[name] = set(re.findall(r"^export (?:const|function) (\w+)", text, re.MULTILINE))


def test_the_joined_module_has_no_name_twice_and_needs_no_other_file() -> None:
    text = source.matrix_source()
    names = top_level(text)
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)
    assert not re.search(r"^import\b|\bimport\(", text, re.MULTILINE)
    assert re.findall(r"^export .*", text, re.MULTILINE) == [
        "export function mount(el, payload, options = {}) {",
        "export default { render };",
    ]


def test_the_front_end_never_reads_text_as_html() -> None:
    text = source.matrix_source()
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in text


def test_the_style_sheet_fetches_nothing_and_keeps_to_its_prefix() -> None:
    text = re.sub(r"/\*.*?\*/", "", source.style_source() + source.read("matrix_page.css"), flags=re.DOTALL)
    assert "url(" not in text
    assert "@import" not in text
    selectors = re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", text))
    assert {name for name in selectors if not name.startswith(("fs-", "is-"))} <= {
        *("lane", "lifeline", "band", "msg", "label", "badge", "attack", "failed")
    }
