"""The notebooks as a reader meets them: in JupyterLab, run from the menu, stepped through with the mouse and the keys.

What the player must show is asked of the simulator, in this process; the kernel of the notebook computes it again.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from flowsim import Simulation
from flowsim.views import story
from flowsim.world import Event
from tests.browser.lab import Lab

NOTEBOOKS = ("00-start.ipynb", "01-eleven-steps.ipynb")
FIRST_PLAYER, SECOND_PLAYER = 4, 7


def player_in(lab: Lab, index: int) -> Locator:
    player = lab.cell(index).get_by_test_id("player")
    expect(player).to_be_visible()
    return player


def titles(events: tuple[Event, ...]) -> Iterator[str]:
    return (story.title(event) for event in events)


def login_and_theft(pkce: str) -> tuple[Simulation, Simulation]:
    login = Simulation(pkce=pkce, seed=7)
    login.goto(6)
    stolen = login.inject("code-interception")
    login.run()
    stolen.run()
    return login, stolen


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_opens_without_a_question_and_runs_to_its_end(lab: Lab, name: str) -> None:
    lab.open(name)
    lab.run_all(120)
    lab.cell(0)
    lab.shot(f"notebook-{name.removesuffix('.ipynb')}")


@pytest.mark.parametrize(("pkce", "cell"), [("none", FIRST_PLAYER), ("S256", SECOND_PLAYER)])
def test_a_reader_clicks_through_the_login_and_then_through_the_theft(lab: Lab, pkce: str, cell: int) -> None:
    login, stolen = login_and_theft(pkce)
    lab.open("00-start.ipynb")
    lab.run_all()
    player = player_in(lab, cell)
    for number, title in enumerate(titles(login.trace.events), 1):
        player.get_by_test_id("next").click()
        expect(player.get_by_test_id("where")).to_contain_text(f"Step {number} of 11")
        expect(player.get_by_test_id("title")).to_have_text(title)
    expect(player.get_by_test_id("verdict")).to_contain_text("The login worked")
    for _ in range(5):
        player.get_by_test_id("back").click()
    expect(player.get_by_test_id("where")).to_contain_text("Step 6 of 11")
    player.get_by_test_id("inject").click()
    for title in titles(stolen.trace.events[6:]):
        expect(player.get_by_test_id("title")).to_have_text(title)
        player.get_by_test_id("next").click(force=True)
    told = player.get_by_test_id("verdict").inner_text().replace("\n", " ")
    assert " ".join(stolen.verdict.sentence.split()) in " ".join(told.split())
    lab.shot(f"theft-{pkce}", player)


def test_the_keyboard_alone_does_it_too(lab: Lab) -> None:
    _, stolen = login_and_theft("S256")
    lab.open("00-start.ipynb")
    lab.run_all()
    player = player_in(lab, SECOND_PLAYER)
    player.focus()
    for _ in range(6):
        lab.page.keyboard.press("ArrowRight")
    expect(player.get_by_test_id("where")).to_contain_text("Step 6 of 11")
    lab.page.keyboard.press("a")
    expect(player.get_by_test_id("title")).to_have_text(story.title(stolen.trace.events[6]))
    lab.page.keyboard.press("End")
    expect(player.get_by_test_id("verdict")).to_contain_text("PKCE held.")
    lab.page.keyboard.press("Home")
    expect(player.get_by_test_id("where")).to_contain_text("Start")


def test_the_thief_has_the_code_and_lacks_the_verifier_in_the_ledger(lab: Lab) -> None:
    lab.open("00-start.ipynb")
    lab.run_all()
    player = player_in(lab, SECOND_PLAYER)
    player.get_by_test_id("inject").click()
    player.get_by_test_id("last").click()
    row = player.get_by_test_id("ledger").first.get_by_role("row")
    expect(row.filter(has_text="code_verifier").get_by_role("cell").last).to_contain_text("does not know")
    expect(row.filter(has=lab.page.get_by_text("code", exact=True)).get_by_role("cell").last).to_contain_text("knows")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 900])
def test_the_player_is_photographed_in_both_themes_and_widths(lab: Lab, theme: str, width: int) -> None:
    lab.size(width, 1000)
    lab.open("00-start.ipynb")
    lab.theme("dark" if theme == "dark" else "light")
    lab.hide_sidebar()
    lab.run_all()
    player = player_in(lab, SECOND_PLAYER)
    player.get_by_test_id("inject").click()
    for _ in range(20):
        if "Step 8" in player.get_by_test_id("where").inner_text():
            break
        player.get_by_test_id("next").click()
    lab.shot(f"player-{theme}-{width}", player)
    overflow = player.evaluate("element => element.scrollWidth - element.clientWidth")
    assert overflow <= 1, f"the player is {overflow} pixels wider than its place"
