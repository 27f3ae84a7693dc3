"""The attack lab in JupyterLab: choose, predict and run, with the mouse and with the keys; the matrix; two labs; no kernel.

What a run must come to is asked of the matrix, in this process; the kernel of the notebook computes it again.
"""

from collections.abc import Collection

import pytest
from playwright.sync_api import Locator, expect

from flowsim.analysis.defences import DEFENCES, offered, possible
from flowsim.analysis.matrix import cell, whole_matrix
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell
from tests.browser.waiting import fits

NOTEBOOK = "19-attack-lab.ipynb"
CALL = "attack_lab("
CELLS = "window.jupyterapp.shell.currentWidget.content.widgets.length"


class AttackLab:
    """One lab in the notebook, by what one reads on it."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.attack = root.get_by_role("combobox", name="Attack")
        self.run = root.locator("button[type=submit]")
        self.outcome = root.get_by_test_id("outcome")
        self.score = root.get_by_test_id("score")
        self.player = root.get_by_test_id("player")
        self.defences = root.locator(".fs-lab-defences > label input")
        self.more = root.locator(".fs-lab-more")
        self.matrix = root.get_by_test_id("lab-matrix")
        self.tables = self.matrix.get_by_role("grid")

    def defence(self, name: str) -> Locator:
        return self.root.locator(f"input[type=checkbox][value='{name}']")

    def predict(self, words: str) -> None:
        self.root.get_by_role("radio", name=words, exact=True).check()

    def shows(self, attack: str, *defences: str) -> None:
        """The choices, the outcome and the player are those of this cell, and nothing is under way."""
        played = cell(attack, *defences)
        expect(self.run).to_have_text("Run the attack")
        expect(self.attack).to_have_value(attack)
        expect(self.outcome).to_contain_text(played.verdict.sentence)
        expect(self.root.locator("input[type=checkbox]:checked")).to_have_count(len(defences))
        expect(self.player).to_have_attribute("data-branch", played.simulation().name)
        tab = self.player.locator("[data-testid=branch][aria-selected=true]")
        expect(tab).to_have_text(" + ".join(defences) or "no defence")


@pytest.fixture
def opened(lab: Lab) -> Lab:
    """The notebook, run to its end, with its lab at the start."""
    lab.size(1280, 1900)
    lab.ready(NOTEBOOK, number_of_cell(NOTEBOOK, CALL))
    lab.hide_sidebar()
    return lab


def the_lab(lab: Lab) -> AttackLab:
    found = AttackLab(cell_that_says(lab, NOTEBOOK, CALL).locator(".fs-task"))
    expect(found.player).to_be_visible()
    return found


def are_offered(boxes: Locator, names: Collection[str]) -> None:
    """There is a box for each of these defences, in this order, and no other."""
    expect(boxes).to_have_count(len(names))
    for box, name in zip(boxes.all(), names, strict=True):
        expect(box).to_have_attribute("value", name)


def tab_stops(opened: Lab, inside: Locator) -> int:
    """How often Tab must be pressed to come out of this part at its end; the focus stands in front of it."""
    for count in range(200):
        opened.page.keyboard.press("Tab")
        if not inside.evaluate("element => element.contains(document.activeElement)"):
            return count
    raise AssertionError("no way out with Tab")


def focused_cell(shown: AttackLab) -> str:
    told: str = shown.root.evaluate("() => document.activeElement.dataset.cell ?? document.activeElement.textContent")
    return told


def in_view(shown: AttackLab) -> bool:
    """Whether the element with the focus lies in its table's window, clear of the heads that stay."""
    seen: bool = shown.root.evaluate(
        """() => {
            const box = document.activeElement.getBoundingClientRect();
            const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
            return document.activeElement.contains(at);
        }"""
    )
    return seen


def test_a_reader_chooses_predicts_and_runs_with_the_mouse(opened: Lab) -> None:
    shown = the_lab(opened)
    expect(shown.attack).to_have_value("code-injection")
    expect(shown.outcome).to_be_hidden()
    for name, prediction, said, score in (
        ("state", "it is stopped", "You expected otherwise. It works.", "0 of 1 right"),
        ("nonce", "it is stopped", "You were right. It is stopped.", "1 of 2 right"),
        ("nonce", "it is stopped", "You were right. It is stopped.", "1 of 2 right"),
    ):
        for box in shown.defences.all():
            box.set_checked(box.get_attribute("value") == name)
        shown.predict(prediction)
        shown.run.click()
        shown.shows("code-injection", name)
        expect(shown.outcome).to_contain_text(said)
        expect(shown.score).to_have_text(score)
    expect(shown.outcome).to_contain_text("Without this check the attack works. id_token.nonce, OIDC Core §3.1.3.7")
    assert barriers(opened.page, ".fs-task-choices") == []

    # What cannot be had together is explained; the player stays, and so do the choices, to be put right.
    for name in ("plain", "S256"):
        shown.defence(name).check()
    shown.run.click()
    expect(shown.outcome).to_contain_text("Not possible. plain and S256 cannot be had together")
    expect(shown.player).to_have_attribute("data-branch", "code-injection-against-nonce")
    expect(shown.defence("plain")).to_be_checked()
    shown.defence("plain").uncheck()
    shown.run.click()
    shown.shows("code-injection", "S256", "nonce")

    # Another attack has other defences.
    shown.attack.select_option("refresh-theft-late")
    are_offered(shown.defences, offered("refresh-theft-late"))
    shown.run.click()
    shown.shows("refresh-theft-late")

    # Any other defence there is stands in a fold, which opens where one of them is chosen.
    shown.attack.select_option("login-csrf")
    expect(shown.more).not_to_have_attribute("open", "")
    others = [name for name in possible("login-csrf") if name not in offered("login-csrf")]
    are_offered(shown.more.locator("input"), others)
    shown.more.locator("summary").click()
    for name in ("S256", "pkce-required"):
        shown.defence(name).check()
    shown.run.click()
    shown.shows("login-csrf", "S256", "pkce-required")
    expect(shown.more).to_have_attribute("open", "")

    # A cell of the matrix plays its run; what a defence stops leads there as well.
    shown.root.get_by_text("Or choose in the matrix").click()
    shown.root.locator("[data-cell='login-csrf|state']").click()
    shown.shows("login-csrf", "state")
    expect(shown.root.locator("[data-cell='login-csrf|state']")).to_have_attribute("aria-pressed", "true")
    expect(shown.outcome).to_be_focused()
    expect(shown.outcome).to_be_in_viewport()
    shown.defence("S256").focus()
    shown.root.get_by_role("note").get_by_role("button", name="code-replay").click()
    shown.shows("code-replay", "S256")
    assert barriers(opened.page, ".fs-task-choices") == []
    for theme, width in (("dark", 1280), ("dark", 900), ("light", 900), ("light", 1280)):
        opened.theme("dark" if theme == "dark" else "light")
        opened.size(width, 3600)
        cell_that_says(opened, NOTEBOOK, CALL)
        opened.shot(f"attack-lab-{theme}-{width}", shown.root)
        fits(shown.root, f"{width} pixels")
        shown.root.get_by_text("Or choose in the matrix").click()


def test_a_reader_does_the_same_with_the_keys_alone(opened: Lab) -> None:
    shown = the_lab(opened)
    press = opened.page.keyboard.press
    count = opened.page.evaluate(CELLS)
    shown.attack.focus()
    press("ArrowDown")
    expect(shown.attack).not_to_have_value("code-injection")  # the next of the list
    chosen = shown.attack.input_value()
    press("Tab")
    expect(shown.defences.first).to_be_focused()
    first = offered(chosen)[0]
    own, others = len(offered(chosen)), len(possible(chosen)) - len(offered(chosen))
    assert own > 5
    assert others > 5
    press("Space")
    expect(shown.defence(first)).to_be_checked()
    expect(shown.root.get_by_role("note")).to_contain_text(f"{first}: {DEFENCES[first].title}")
    for _ in range(own - 1):
        press("Tab")
    expect(shown.defences.last).to_be_focused()
    # The fold, the clause, and one stop for all the attacks that the defence stops as well.
    stops = 0
    while not shown.root.get_by_role("radio").first.evaluate("element => element === document.activeElement"):
        press("Tab")
        stops += 1
    assert stops <= 4
    press("ArrowDown")
    press("ArrowDown")
    expect(shown.root.get_by_role("radio", name="it is stopped")).to_be_checked()
    press("Tab")
    expect(shown.run).to_be_focused()
    outline = shown.run.evaluate("element => getComputedStyle(element).outlineWidth")
    assert outline == "3px"
    press("Enter")
    shown.shows(chosen, first)
    expect(shown.run).to_be_focused()
    expect(shown.outcome).to_have_attribute("role", "status")
    assert opened.page.evaluate(CELLS) == count


def test_each_table_of_the_matrix_is_one_tab_stop_and_the_arrow_keys_go_through_it(opened: Lab) -> None:
    shown = the_lab(opened)
    press = opened.page.keyboard.press
    opened.size(1280, 900)
    names = [(defences, attacks) for _, defences, attacks in whole_matrix().tables()]
    first, last = names[0][1][0], names[0][1][-1]
    summary = shown.matrix.locator("summary")
    summary.focus()
    press("Enter")
    assert tab_stops(opened, shown.matrix) == len(names)
    summary.focus()
    press("Tab")
    for keys, place in (
        ("", f"{first}|none"),
        ("ArrowUp ArrowUp", "none"),  # the head, which leads to the clause
        ("ArrowDown ArrowRight ArrowRight", f"{first}|S256"),
        ("End", f"{first}|{names[0][0][-1]}"),
        ("Home ArrowLeft", f"{first}|none"),
        ("Control+End", f"{last}|{names[0][0][-1]}"),
        ("Control+Home", "none"),
        ("ArrowDown " * (1 + names[0][1].index("pkce-downgrade")) + "ArrowRight", "·"),
        ("ArrowDown ArrowRight ArrowRight", "request-stripping|secret"),
    ):
        for key in keys.split():
            press(key)
        assert focused_cell(shown) == place, keys
        assert in_view(shown), keys
    reading = shown.matrix.locator(".fs-matrix-reading").first
    expect(reading).to_contain_text(cell("request-stripping", "secret").verdict.sentence)

    # Enter runs a cell and leads to what came of it; Escape goes back to the cell, and once more out of the table.
    press("Enter")
    shown.shows("request-stripping", "secret")
    expect(shown.outcome).to_be_focused()
    expect(shown.outcome).to_be_in_viewport()
    expect(shown.outcome).to_contain_text("Esc goes back to the matrix.")
    press("Escape")
    assert focused_cell(shown) == "request-stripping|secret"
    press("Escape")
    expect(summary).to_be_focused()
    press("Tab")
    assert focused_cell(shown) == "request-stripping|secret"
    press("Tab")
    press("Control+End")
    assert focused_cell(shown) in ("·", f"{names[-1][1][-1]}|{names[-1][0][-1]}")
    assert in_view(shown)
    expect(shown.outcome).to_contain_text("request-stripping against secret")


@pytest.mark.parametrize("width", [1280, 900])
def test_the_matrix_fits_its_place_and_its_names_stay_in_view(opened: Lab, width: int) -> None:
    shown = the_lab(opened)
    opened.size(width, 900)
    shown.matrix.locator("summary").click()
    for scroller in shown.matrix.locator(".fs-matrix-scroll").all():
        assert scroller.evaluate("element => element.scrollWidth - element.clientWidth") <= 0
        # Where it does not fit, as in a window half as wide, row names and heads stay while the rest scrolls.
        scroller.evaluate("element => { element.style.width = '400px'; element.style.maxHeight = '200px'; }")
        # A table of few rows has not so far to go.
        down = scroller.evaluate("element => Math.min(90, element.scrollHeight - element.clientHeight)")
        assert down > 0
        before = [scroller.locator(part).first.bounding_box() for part in ("tbody th", "thead th")]
        scroller.evaluate("(element, down) => element.scrollTo(120, down)", down)
        after = [scroller.locator(part).first.bounding_box() for part in ("tbody th", "thead th")]
        assert before[0] and before[1] and after[0] and after[1]
        assert after[0]["x"] == before[0]["x"]
        assert after[0]["y"] == before[0]["y"] - down
        assert after[1]["y"] == before[1]["y"]


def test_two_labs_do_not_disturb_each_other_and_a_lost_kernel_is_said_to_be_lost(opened: Lab) -> None:
    first = the_lab(opened)
    opened.page.evaluate(
        """source => {
            const { content } = window.jupyterapp.shell.currentWidget;
            const holds = cell => cell.model.sharedModel.getSource().includes(source);
            content.activeCellIndex = content.widgets.findIndex(holds);
        }""",
        CALL,
    )
    opened.command("notebook:insert-cell-below")
    opened.page.evaluate(
        """window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel
            .setSource('attack_lab("login-csrf", "state")')"""
    )
    opened.command("notebook:run-cell")
    second = AttackLab(opened.page.locator(".fs-task").nth(1))
    expect(second.player).to_be_visible()
    first.predict("it works")
    second.predict("it is stopped")
    expect(first.root.get_by_role("radio", name="it works")).to_be_checked()
    first.run.click()
    first.shows("code-injection")
    expect(second.attack).to_have_value("login-csrf")
    expect(second.outcome).to_be_hidden()
    expect(second.root.get_by_role("radio", name="it is stopped")).to_be_checked()

    opened.command("kernelmenu:shutdown")
    second.run.click()
    expect(second.outcome).to_contain_text("The kernel has not answered")
    expect(second.run).to_have_text("Run the attack")
