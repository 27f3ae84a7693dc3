"""The Python half of the player: its traits, its errors, its text, and how the front end is joined."""

import json
import re
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from traitlets import TraitError

import flowsim
from flowsim import ScenarioError, Simulation, widgets
from flowsim.front_end.bundle import PLAYER_STYLES, STATIC, BundleError, bare, bundle, style
from flowsim.front_end.packed import NO_SCRIPT, OLD
from flowsim.front_end.page import page, player_page
from flowsim.model.steps import STEPS
from flowsim.simulation.ledger import KINDS
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text import narration
from flowsim.views.text.fields import ENDPOINTS, LETTER_CASE_IS_FREE
from flowsim.widgets import module
from flowsim.widgets.player_widget import Player
from tests.kit import payload_types
from tests.kit.pages import payload_in, unpack


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
    player = Player(payload, branch=payload["branches"][0]["inject"], position=9)
    assert (player.branch, player.position) == (payload["branches"][0]["inject"], 9)


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
    player.goto(7, branch=player.payload["branches"][0]["inject"])
    assert set(seen) == {(player.payload["branches"][0]["inject"], 7)}


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
    player.branch = player.payload["branches"][0]["inject"]
    assert player.position == 10


def test_another_payload_without_the_branch_shows_its_first_one(player: Player) -> None:
    player.goto(10, branch=player.payload["branches"][0]["inject"])
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
    player.set_state({"branch": player.payload["branches"][0]["inject"], "position": 10})
    assert (player.branch, player.position) == (player.payload["branches"][0]["inject"], 10)
    player.set_state({"branch": "login", "position": 11})
    assert (player.branch, player.position) == ("login", 11)


def test_its_text_is_the_same_in_every_session(payload: dict[str, Any]) -> None:
    player = Player(payload, position=8)
    bundle = player._repr_mimebundle_()
    assert bundle is not None
    assert bundle[0]["text/plain"] == "Player(branch='login', step 8 of 11)"
    assert repr(Player(payload)) == "Player(branch='login', step 0 of 11)"


FLOWSIM = Path(flowsim.__file__).parent
ANY_PAGE = STATIC / "any_page.js"  # what it exports and fetches has tests of its own
ENTRIES = [
    STATIC / "page.js",
    STATIC / "matrix_page.js",
    STATIC / "glossary.js",
    STATIC / "question_page.js",
    STATIC / "quiz_page.js",
    STATIC / "live_page.js",
    STATIC / "site.js",
    module.ENTRY,
]


def of(path: Path) -> str:
    return path.stem if path.parent == STATIC else f"widgets/{path.stem}"


def test_every_script_of_the_package_is_an_entry_or_in_one(payload: dict[str, Any]) -> None:
    joined = "\n".join([*map(bundle, [*ENTRIES, ANY_PAGE]), Player(payload)._esm])
    for path in FLOWSIM.rglob("*.js"):
        # The longest line that is neither an import nor an export stands in no other file.
        lines = [
            line for line in bare(path.read_text("utf-8")).splitlines() if not line.startswith(("import", "export"))
        ]
        assert max(lines, key=len) in joined, path


@pytest.mark.parametrize("entry", ENTRIES, ids=of)
def test_a_bundle_needs_no_other_file_and_exports_what_its_entry_does(entry: Path) -> None:
    text = bundle(entry)
    assert not re.search(r"^import\b|\bimport\(", text, re.MULTILINE)
    widget = entry.parent != STATIC
    assert re.findall(r"^export .*", text, re.MULTILINE) == (["export default {"] if widget else [])


def test_the_module_has_a_front_end_for_each_widget_that_names_one() -> None:
    listed = re.search(r"export default \{(.*)\}", module.ENTRY.read_text("utf-8"), re.DOTALL)
    assert listed
    for path in module.ENTRY.parent.glob("*.py"):
        import_module(f"flowsim.widgets.{path.stem}")
    named = [one.class_traits()["front_end"].default_value for one in module.FrontEnd.__subclasses__()]
    assert sorted(named) == sorted(re.findall(r"(\w+):", listed[1]))


def test_the_module_and_the_styles_travel_once_and_not_with_each_widget(payload: dict[str, Any]) -> None:
    first, second = Player(payload), Player(payload)
    shared = first.module.get_state()
    assert (shared["code"], len(shared["_css"]) > 50_000) == (bundle(module.ENTRY), True)
    state = second.get_state()
    assert state["module"] == first.get_state()["module"] == f"IPY_MODEL_{first.module.model_id}"
    assert "_css" not in state
    assert len(state["_esm"]) < 2000
    assert not {name for name, value in state.items() if value in shared.values() and len(str(value)) > 2000}


def test_a_widget_made_after_all_were_closed_brings_the_module_again(payload: dict[str, Any]) -> None:
    before = Player(payload).module
    before.close()
    after = Player(payload).module
    assert after is not before
    assert (after.comm is not None, after.code) == (True, bundle(module.ENTRY))


def test_what_each_widget_loads_imports_nothing_but_the_module_it_was_given(payload: dict[str, Any]) -> None:
    entry = Player(payload)._esm
    assert re.findall(r"^.*\bimport\b *\(.*$", entry, re.MULTILINE) == [
        "    return (await import(/* webpackIgnore: true */ address)).default;"
    ]
    assert not re.search(r"^import\b|HTML\s*(\+?=|\()|fetch\(|eval\(", entry, re.MULTILINE)


def test_the_player_can_be_had_alone() -> None:
    text = bundle(STATIC / "player.js")
    assert re.findall(r"^export .*", text, re.MULTILINE) == ["export function mount(el, payload, options = {}) {"]


@pytest.mark.parametrize("entry", ENTRIES, ids=of)
def test_no_front_end_reads_text_as_html_or_fetches(entry: Path) -> None:
    text = bundle(entry)
    # What an element looks like as HTML may be read; nothing is written so.
    assert not re.search(r"HTML(Unsafe)?\s*(\+?=[^=]|\()", text.replace("XMLHttp", ""))
    for way in ("innerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert way not in text
    # The page of a live world asks its own server, at addresses beside its own.
    asked = re.findall(r"fetch\(.(\w+)", text)
    assert asked == (["payload", "attack"] if entry.name == "live_page.js" else [])
    assert len(asked) == text.count("fetch(")


FILES = {
    "a.js": 'import { one } from "./b.js";\nimport { two } from "./c.js";\nexport const sum = one + two;\n',
    "b.js": "export const one = 1;\n",
    "c.js": 'import { one } from "./b.js";\nexport const two = one + one;\n',
}


def joined(folder: Path, **changes: str) -> str:
    for name, text in (FILES | {f"{stem}.js": text for stem, text in changes.items()}).items():
        (folder / name).write_text(text, "utf-8")
    return bundle(folder / "a.js")


def test_a_bundle_has_each_file_once_after_those_that_it_imports(tmp_path: Path) -> None:
    assert joined(tmp_path) == "const one = 1;\nconst two = one + one;\nexport const sum = one + two;\n"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"c": "const one = 2;\nexport const two = 2;\n"}, r"b\.js and c\.js both have 'one' at their top level"),
        ({"c": "const [one, other] = [1, 2];\nexport const two = 2;\n"}, r"both have 'one' at their top level"),
        ({"c": "const { x: one } = { x: 1 };\nexport const two = 2;\n"}, r"both have 'one' at their top level"),
        ({"b": "const one = 1;\n"}, r"c?a?\.js imports 'one', which b\.js does not export"),
        ({"b": 'import { two } from "./c.js";\nexport const one = two;\n'}, r"c\.js imports b\.js, .* in turn"),
        ({"b": "export let one = 1, more = 2;\nexport { more };\n"}, r"b\.js: this form is not understood: export"),
        ({"c": "export const two = 2;\nexport default two;\n"}, r"c\.js: this form is not understood: export default"),
        (
            {"c": 'import all from "./b.js";\nexport const two = 2;\n'},
            r"c\.js: this form is not understood: import all",
        ),
        ({"c": 'export const two = () => import("./b.js");\n'}, r"c\.js: this form is not understood: import\("),
    ],
)
def test_what_cannot_be_joined_is_refused_in_words(tmp_path: Path, changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        joined(tmp_path, **changes)


STYLE = re.sub(r"/\*.*?\*/", "", style(*PLAYER_STYLES, STATIC / "matrix_page.css"), flags=re.DOTALL)


def test_the_style_sheet_fetches_nothing_and_keeps_to_its_prefix() -> None:
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    selectors = re.findall(r"\.([a-z][\w-]*)", re.sub(r"\{[^{}]*\}", "{}", STYLE))
    assert {name for name in selectors if not name.startswith(("fs-", "is-"))} <= {
        *("lane", "lifeline", "band", "msg", "label", "badge", "attack", "failed", "tag", "track"),
        *(f"login-{number}" for number in range(6)),
    }


def test_each_kind_of_secret_has_a_chip_whose_border_and_shape_no_other_has() -> None:
    rules = re.findall(r"\.fs-c-(\w+) \{ --fs-c: [^;]+; --fs-b: (\w+); --fs-r: ([^;]+); \}", STYLE)
    assert sorted(kind for kind, _, _ in rules) == sorted(KINDS)
    looks = [(border, shape) for _, border, shape in rules]
    assert len(set(looks)) == len(KINDS)


def test_the_player_takes_from_the_payload_what_python_knows(payload: dict[str, Any]) -> None:
    assert [one["kind"] for one in payload["secrets"]] == list(KINDS)
    assert payload["last_step_of_login"] == len(STEPS)
    assert payload["places"] == {"endpoints": ENDPOINTS, "any_case": list(LETTER_CASE_IS_FREE)}
    script = bundle(STATIC / "page.js")
    # `code` is an element, a message has `data`, and the card of decoded credentials has a `client_secret`.
    assert {name for name in (*KINDS, *ENDPOINTS) if f'"{name}"' in script} == {"client_secret", "code", "data"}


def test_the_types_of_the_javascript_are_those_of_the_payload() -> None:
    assert payload_types.TARGET.read_text("utf-8") == payload_types.declarations(), "make payload-types writes it anew"


@pytest.mark.parametrize("nothing", [(), (5,), (None,), ("login",), (Simulation,)])
def test_a_player_shows_simulations_and_nothing_else(nothing: tuple[Any, ...]) -> None:
    for show in (widgets.player, player_page):
        with pytest.raises(
            ScenarioError, match=r"^a player shows simulations, such as player\(Simulation\(seed=7\)\), not "
        ):
            show(*nothing)


def test_half_a_character_stands_in_a_page_as_its_escape() -> None:
    payload = player_payload(Simulation(seed=7))
    payload["branches"][0]["title"] = "\ud800 \udfff \U0001f600"
    text = page(payload)
    assert text.encode()
    assert payload_in(text) == payload
    assert r'"\ud800 \udfff \ud83d\ude00"' in unpack(text, "packed-data")


def test_a_page_is_small_and_says_what_it_is_without_its_script() -> None:
    login = Simulation(seed=7)
    text = player_page(login)
    assert len(text.encode()) <= 120_000
    assert payload_in(text) == json.loads(json.dumps(player_payload(login)))
    before, _, after = text.partition('id="packed-code"')
    assert '<html lang="en">' in before and "color-scheme: light dark" in before
    trace = login.run()
    assert all(escape(narration.title(told)) in before for told in narration.told(trace))
    assert escape(trace.verdict.sentence) in before
    assert NO_SCRIPT in before and OLD in before and "fetch(" not in before + after


def test_what_a_question_hides_stands_in_no_text_of_its_page() -> None:
    stolen = Simulation(seed=7, attacker="code-interception")
    stolen.goto(6)
    text = player_page(stolen, ask="which-check")
    assert escape(stolen.run().verdict.sentence) not in text
