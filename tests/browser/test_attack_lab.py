"""The attack lab in JupyterLab: choose, predict and run, with the mouse and with the keys; the matrix; two labs; no kernel.

What a run must come to is asked of the matrix, in this process; the kernel of the notebook computes it again.
"""

import pytest
from playwright.sync_api import Locator, expect

from flowsim.defences import DEFENCES, ROWS
from flowsim.matrix import cell
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says

NOTEBOOK = "08-beyond-pkce.ipynb"
CALL = "attack_lab("


class AttackLab:
    """One lab in the notebook, by what one reads on it."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.attack = root.get_by_role("combobox", name="Attack")
        self.run = root.locator("button[type=submit]")
        self.outcome = root.get_by_test_id("outcome")
        self.score = root.get_by_test_id("score")
        self.player = root.get_by_test_id("player")
        self.defences = root.locator("input[type=checkbox]")

    def defence(self, name: str) -> Locator:
        return self.root.locator(f"input[type=checkbox][value='{name}']")

    def predict(self, words: str) -> None:
        self.root.get_by_role("radio", name=words, exact=True).check()

    def shows(self, attack: str, *defences: str) -> None:
        """The choices, the outcome and the player are those of this cell, and nothing is under way."""
        verdict = cell(attack, *defences).verdict
        expect(self.run).to_have_text("Run the attack")
        expect(self.attack).to_have_value(attack)
        expect(self.outcome).to_contain_text(verdict.sentence)
        expect(self.root.locator("input[type=checkbox]:checked")).to_have_count(len(defences))
        expect(self.player).to_have_attribute("data-branch", " + ".join(defences) or "no defence")


@pytest.fixture
def opened(lab: Lab) -> Lab:
    lab.open(NOTEBOOK)
    lab.hide_sidebar()
    lab.size(1280, 1900)
    lab.run_all(120)
    return lab


def the_lab(lab: Lab) -> AttackLab:
    found = AttackLab(cell_that_says(lab, NOTEBOOK, CALL).locator(".fs-task"))
    expect(found.player).to_be_visible()
    return found


def offered(attack: str) -> list[str]:
    return [name for name in DEFENCES if name not in ("none", *ROWS[attack].leaves_out)]


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
    expect(shown.player).to_have_attribute("data-branch", "nonce")
    expect(shown.defence("plain")).to_be_checked()
    shown.defence("plain").uncheck()
    shown.run.click()
    shown.shows("code-injection", "S256", "nonce")

    # Another attack has other defences.
    shown.attack.select_option("refresh-theft-late")
    assert [box.get_attribute("value") for box in shown.defences.all()] == offered("refresh-theft-late")
    shown.run.click()
    shown.shows("refresh-theft-late")

    # A cell of the matrix plays its run; what a defence stops leads there as well.
    shown.root.get_by_text("Or choose in the matrix").click()
    shown.root.locator("[data-cell='login-csrf|state']").click()
    shown.shows("login-csrf", "state")
    expect(shown.root.locator("[data-cell='login-csrf|state']")).to_have_attribute("aria-pressed", "true")
    expect(shown.root.locator("[data-cell='login-csrf|state']")).to_be_focused()
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
        spare = shown.root.evaluate("element => element.clientWidth - element.scrollWidth")
        assert spare >= -1, f"at {width} pixels the lab is {-spare} pixels wider than its place"
        shown.root.get_by_text("Or choose in the matrix").click()


def test_a_reader_does_the_same_with_the_keys_alone(opened: Lab) -> None:
    shown = the_lab(opened)
    press = opened.page.keyboard.press
    cells = opened.page.locator(".jp-Cell")
    count = cells.count()
    shown.attack.focus()
    press("ArrowDown")
    expect(shown.attack).not_to_have_value("code-injection")  # the next of the list
    chosen = shown.attack.input_value()
    press("Tab")
    expect(shown.defences.first).to_be_focused()
    first = offered(chosen)[0]
    press("Space")
    expect(shown.defence(first)).to_be_checked()
    expect(shown.root.get_by_role("note")).to_contain_text(f"{first}: {DEFENCES[first].title}")
    for _ in range(60):
        press("Tab")
        if shown.root.get_by_role("radio").first.evaluate("element => element === document.activeElement"):
            break
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
    assert cells.count() == count


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
    expect(second.outcome).to_contain_text("The kernel has not answered", timeout=20_000)
    expect(second.run).to_have_text("Run the attack")
