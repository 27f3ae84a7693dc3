"""The notebooks as a reader meets them: in JupyterLab, run from the menu, stepped through with the mouse and the keys.

What the player must show is asked of the simulator, in this process; the kernel of the notebook computes it again.
Opening a notebook takes long, so it is opened and run once, and each test has what it uses run again.
"""

from playwright.sync_api import Locator, expect

from flowsim import Simulation
from flowsim.model.scenario import PkceMethod
from flowsim.model.steps import STEPS
from flowsim.views.text import narration
from tests.browser.lab import Lab
from tests.browser.waiting import fits

THEFTS, WITH_PKCE = 3, 7
THEMES = ("light", "dark")
WIDTHS = (1280, 900)


def player_in(lab: Lab, cell: int) -> Locator:
    player = lab.cell(cell).get_by_test_id("player")
    expect(player).to_be_visible()
    return player


def login_and_theft(pkce: PkceMethod) -> tuple[Simulation, Simulation]:
    login = Simulation(pkce=pkce, seed=7)
    login.goto(6)
    stolen = login.inject("code-interception")
    login.run()
    stolen.run()
    return login, stolen


def words(text: str) -> str:
    return " ".join(text.split())


def step_through_login_and_theft(player: Locator, pkce: PkceMethod) -> None:
    """Click through all eleven steps, go back to step 6, inject the attacker, and click on to the verdict."""
    login, stolen = login_and_theft(pkce)
    where, title, verdict = (player.get_by_test_id(name) for name in ("where", "title", "verdict"))
    for telling in narration.told(login.trace):
        player.get_by_test_id("next").click()
        expect(where).to_contain_text(f"Step {telling.event.step} of {len(STEPS)}")
        expect(title).to_have_text(narration.title(telling))
    assert words(login.verdict.sentence) in words(verdict.inner_text())
    for _ in range(len(STEPS) - 6):
        player.get_by_test_id("back").click()
    expect(where).to_contain_text("Step 6 of 11")
    player.get_by_test_id("inject").click()
    for telling in narration.told(stolen.trace)[6:]:
        expect(title).to_have_text(narration.title(telling))
        if telling.event is not stolen.trace.events[-1]:
            player.get_by_test_id("next").click()
    assert words(stolen.verdict.sentence) in words(verdict.inner_text())


def ledger_cell(player: Locator, kind: str, lane: str) -> Locator:
    return player.get_by_test_id("ledger").locator(f"td[data-kind='{kind}'][data-lane='{lane}']")


def test_a_reader_steps_through_the_login_and_the_theft_with_the_mouse(lab: Lab) -> None:
    lab.ready("00-start.ipynb", THEFTS, WITH_PKCE)
    lab.shot("notebook-00-start")
    thefts = player_in(lab, THEFTS)
    thefts.get_by_test_id("choice").first.click()
    expect(thefts.get_by_test_id("predicted")).to_contain_text("You said: Yes. What came: Yes.")
    player = player_in(lab, WITH_PKCE)
    step_through_login_and_theft(player, "S256")
    expect(ledger_cell(player, "code", "attacker")).to_have_attribute("data-state", "knows")
    expect(ledger_cell(player, "access_token", "attacker")).to_have_attribute("data-state", "nothing")
    assert ledger_cell(player, "code_verifier", "attacker").get_attribute("data-state") != "knows"

    lab.hide_sidebar()
    player.get_by_test_id("back").click()
    for theme in THEMES:
        lab.theme("dark" if theme == "dark" else "light")
        for width in WIDTHS:
            lab.size(width, 1000)
            lab.shot(f"player-{theme}-{width}", player_in(lab, WITH_PKCE))
            fits(player, f"{width} pixels")


def test_a_reader_does_the_same_with_the_keys_alone(lab: Lab) -> None:
    _, stolen = login_and_theft("S256")
    lab.ready("00-start.ipynb", WITH_PKCE)
    player = player_in(lab, WITH_PKCE)
    where = player.get_by_test_id("where")
    press = lab.page.keyboard.press
    player.focus()
    for _ in range(6):
        press("ArrowRight")
    expect(where).to_contain_text("Step 6 of 11")
    press("a")
    expect(player.get_by_test_id("title")).to_have_text(narration.title(narration.told(stolen.trace)[6]))
    press("End")
    expect(player.get_by_test_id("verdict")).to_contain_text(stolen.verdict.sentence.partition(".")[0])
    press("Home")
    press("3")
    expect(where).to_contain_text("Step 3 of 11")
    press("ArrowLeft")
    expect(where).to_contain_text("Step 2 of 11")


def test_the_second_notebook_runs_to_its_end_and_shows_its_player(lab: Lab) -> None:
    lab.ready("02-eleven-steps.ipynb", 1)
    step_through_login_and_theft(player_in(lab, 1), "S256")
    lab.shot("notebook-01-eleven-steps")
