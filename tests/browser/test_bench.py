"""The bench as a reader meets it: in JupyterLab, with the mouse, with the keys alone, in both themes.

What it must show is asked of the model, in this process; the kernel of the notebook computes it again.
"""

import pytest
from playwright.sync_api import Locator, expect

from flowsim.analysis.counterexamples import attacks_that_end_at
from flowsim.checks import CHECKS
from flowsim.model.steps import STEPS
from flowsim.session.session import BenchSession
from flowsim.views.text.experiment import experiment
from tests.browser.axe import barriers
from tests.browser.lab import Lab
from tests.browser.waiting import fits

CELL = 17
TITLE = "the code is stolen"


class Bench:
    """The bench in the notebook, by what one reads on it."""

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.line = root.get_by_role("status").first
        self.player = root.get_by_test_id("player")

    def field(self, name: str) -> Locator:
        return self.root.get_by_label(name, exact=True)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def method(self, name: str) -> Locator:
        return self.root.get_by_role("radio", name=name, exact=True)

    def check(self, title: str) -> Locator:
        return self.root.get_by_role("checkbox", name=title)

    def answer(self, attack: str) -> Locator:
        return self.root.get_by_test_id("answers").get_by_role("button", name=attack, exact=True)

    def branch(self, name: str) -> Locator:
        return self.player.get_by_test_id("branch").filter(has_text=name)

    def is_in_view(self, session: BenchSession) -> None:
        """The line, the branch, its experiment and the settings are those of this model.

        A control shows at once what was chosen, and the player only what the kernel has played: that is waited for.
        """
        played = experiment(session.trace.scenario, session.trace.attacker)
        expect(self.player.get_by_test_id("experiment")).to_have_text(played)
        expect(self.player.get_by_test_id("segment")).to_have_count(len(session.trace.events))
        said = session.problem or session.hint or session.about
        expect(self.line).to_contain_text(said)
        expect(self.player).to_have_attribute("data-branch", session.branch)
        expect(self.player).to_have_attribute("data-position", str(session.position))
        expect(self.player.get_by_test_id("branch")).to_have_count(max(len(session.branches), 1))
        expect(self.method(session.settings.pkce)).to_be_checked()
        expect(self.field("Attacker").locator(":checked")).to_have_text(session.settings.attacker or "nobody")


@pytest.fixture
def bench(lab: Lab) -> Bench:
    """The bench of the first notebook, at its start."""
    lab.ready("00-start.ipynb", CELL)
    lab.hide_sidebar()
    found = Bench(lab.cell(CELL).locator(".fs-bench"))
    expect(found.player).to_be_visible()
    expect(found.line).to_contain_text(BenchSession(seed=7).about)
    return found


def test_a_reader_changes_the_experiment_with_the_mouse(lab: Lab, bench: Bench) -> None:
    model = BenchSession(pkce="S256", seed=7)
    for _ in range(6):
        bench.player.get_by_test_id("next").click()
    model.show(position=6)
    bench.button("Inject the attacker here").click()
    model.inject_here()
    expect(bench.branch(TITLE)).to_have_attribute("aria-selected", "true")
    bench.is_in_view(model)

    bench.button("Checks").click()
    bench.field("Find a check").fill("verifier fits")
    expect(bench.root.get_by_text(f"1 of {len(CHECKS)} checks")).to_be_visible()
    bench.check("the verifier fits the challenge").click()
    model.change(without={"token.verifier_fits"})
    expect(bench.button("Checks: 1 off")).to_be_visible()
    bench.is_in_view(model)

    # The switch says which attacks it answers, and each is a button.
    for attack in attacks_that_end_at("token.verifier_fits"):
        expect(bench.answer(attack)).to_be_visible()
    bench.answer("code-replay").click()
    model.make_ready("code-replay")
    expect(bench.field("Attacker to inject").locator(":checked")).to_have_text("code-replay")
    expect(bench.answer("code-replay")).to_have_attribute("aria-pressed", "true")
    lab.shot("bench-answers", bench.root)
    bench.player.get_by_test_id("last").click()
    model.show(position=len(model.trace.events))
    assert model.trace.verdict.attacker_reads_data
    expect(bench.player.get_by_test_id("verdict")).to_contain_text(model.trace.verdict.sentence.partition(".")[0])
    bench.is_in_view(model)

    # The controls follow the player, and a fork goes its own way.
    bench.branch("login").click()
    model.show("login", 11)
    bench.is_in_view(model)
    expect(bench.button("Checks")).to_be_visible()
    bench.player.get_by_test_id("back").click()
    model.show(position=10)
    bench.field("New branch").fill("without PKCE")
    bench.button("Fork here").click()
    model.fork_here("without PKCE")
    bench.method("none").click()
    model.change(pkce="none")
    bench.field("Client").select_option("web (website)")
    model.change(client="web")
    bench.is_in_view(model)
    expect(bench.field("New branch")).to_have_value("")

    # What makes no sense is explained, and the control goes back.
    bench.field("Attacker").select_option("decompiled-secret")
    assert not model.change(attacker="decompiled-secret")
    bench.is_in_view(model)
    expect(bench.line).to_contain_text("Not possible.")
    bench.button("Inject the attacker here").click()
    assert not model.inject_here()
    bench.is_in_view(model)
    bench.branch("login").click()
    expect(bench.line).not_to_contain_text("Not possible.")

    bench.branch(TITLE).click()
    bench.button("More settings").click()
    assert barriers(lab.page, ".fs-bench") == []
    bench.button("More settings").click()
    bench.button("Checks: 1 off").click()
    for theme, width in (("light", 1280), ("dark", 1280), ("dark", 900), ("light", 900)):
        lab.theme("dark" if theme == "dark" else "light")
        lab.size(width, 1300 if width > 1000 else 3000)
        lab.cell(CELL)
        lab.shot(f"bench-{theme}-{width}", bench.root)
        fits(bench.root, f"{width} pixels")


def test_a_reader_changes_the_experiment_with_the_keys_alone(lab: Lab, bench: Bench) -> None:
    model = BenchSession(pkce="S256", seed=7)
    press = lab.page.keyboard.press
    cells = lab.page.locator(".jp-Cell")
    count = lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length")

    def tab_to(control: Locator) -> None:
        for _ in range(40):
            if control.evaluate("element => element === document.activeElement"):
                return
            press("Tab")
        raise AssertionError(f"the Tab key does not reach {control}")

    bench.field("Client").focus()
    press("ArrowDown")
    model.change(client="native-https")
    expect(bench.field("Client").locator(":checked")).to_have_text("native-https (phone)")
    tab_to(bench.method("none"))
    press("Space")
    model.change(pkce="none")
    bench.is_in_view(model)
    tab_to(bench.button("Fork here"))
    press("Enter")
    model.fork_here()
    bench.is_in_view(model)
    tab_to(bench.button("Checks"))
    press("Space")
    expect(bench.field("Find a check")).to_be_visible()
    tab_to(bench.field("Find a check"))
    lab.page.keyboard.type("api.audience")
    tab_to(bench.check("it was made for this API"))
    press("Space")
    model.change(without={"api.audience"})
    bench.is_in_view(model)
    tab_to(bench.answer("api-replay"))
    press("Enter")
    expect(bench.field("Attacker to inject").locator(":checked")).to_have_text("api-replay")
    tab_to(bench.player)
    for step in STEPS[:3]:
        press("ArrowRight")
        expect(bench.player.get_by_test_id("where")).to_contain_text(f"Step {step.number} of 11")
    press("a")
    expect(bench.field("Attacker").locator(":checked")).to_have_text("api-replay")
    expect(cells.first).to_be_attached()
    assert lab.page.evaluate("window.jupyterapp.shell.currentWidget.content.widgets.length") == count


def test_what_the_reader_chose_stays_while_the_kernel_is_at_work_for_long(lab: Lab, bench: Bench) -> None:
    model = BenchSession(pkce="S256", seed=7)
    busy = "import time; time.sleep(9)"  # longer than the bench waits for a kernel that may not be there
    lab.page.evaluate(
        "code => { window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code }) }", busy
    )
    bench.method("none").check()
    model.change(pkce="none")
    bench.is_in_view(model)
    expect(bench.line).to_have_attribute("data-kind", "about")
