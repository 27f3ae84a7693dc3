"""The notebooks about attacks, about tokens and about what comes after the login: their pictures, and their players."""

import nbformat
from playwright.sync_api import Locator, expect

from flowsim import Simulation
from flowsim.analysis.defences import ROWS
from flowsim.analysis.forged_tokens import FORGERIES
from flowsim.lessons.token_storage import STORAGES
from flowsim.model.states import Act
from flowsim.views.text import narration
from tests.browser.jupyter import ROOT
from tests.browser.lab import Lab
from tests.browser.waiting import comes_true

IS_SHOWN = "place => place.offsetHeight > 0 && !place.textContent.includes('Loading widget')"
OFFLINE = "openid profile read:messages offline_access"


def cell_that_says(lab: Lab, notebook: str, text: str) -> Locator:
    """The first cell of this notebook with this text in its source, scrolled to."""
    return lab.cell(number_of_cell(notebook, text))


def number_of_cell(notebook: str, text: str) -> int:
    """Which cell is the first of this notebook with this text in its source, counted from 0."""
    cells = nbformat.read(ROOT / "notebooks" / notebook, as_version=4).cells
    return next(number for number, cell in enumerate(cells) if text in cell.source)


def without_answering(place: Locator) -> None:
    """Where a question stands before what is to be seen here, see it without an answer.

    Whether there is one is known only when what stands here has come: a widget comes after its cell has run.
    """
    comes_true(place, IS_SHOWN)
    for button in place.get_by_role("button", name="See it without answering").all():
        if button.is_visible():
            button.click()


def picture(lab: Lab, notebook: str, text: str, name: str) -> Locator:
    """The picture that this cell shows, in both themes on file; it must not be wider than its place."""
    for theme in ("dark", "light"):
        lab.theme("dark" if theme == "dark" else "light")
        shown = cell_that_says(lab, notebook, text).locator(".jp-OutputArea-output").last
        without_answering(shown)
        lab.shot(f"{name}-{theme}", shown)
    return shown


def test_the_notebook_on_refresh_tokens_shows_a_refresh_step_by_step_and_its_pictures(lab: Lab) -> None:
    name = "07-refresh-token-rotation.ipynb"
    lab.size(1280, 1500)
    lab.ready(name, number_of_cell(name, 'later="1h call refresh call"'))
    lab.hide_sidebar()
    player = cell_that_says(lab, name, 'later="1h call refresh call"').get_by_test_id("player")
    expect(player).to_be_visible()
    trace = Simulation(scope=OFFLINE, later="1h call refresh call", seed=7).run()
    for telling in narration.told(trace):
        without_answering(player)
        player.get_by_test_id("next").click()
        expect(player.get_by_test_id("title")).to_have_text(narration.title(telling))
        if telling.event.act is Act.STEP_R2:
            expect(player.get_by_test_id("where")).to_contain_text("Step R2")
            heads = player.locator(".fs-heads .lane").first.bounding_box()
            box = player.get_by_test_id("diagram").bounding_box()
            assert heads is not None
            assert box is not None
            assert 0 <= heads["y"] - box["y"] < 20, "the names of the lanes have scrolled out of view"
            lab.shot("refresh-light", player)
    expect(player.get_by_test_id("verdict")).to_contain_text("Later the app got new tokens once.")
    for text, shot in (("family_tree(weeks)", "family-tree"), ("lifetimes(weeks)", "lifetimes")):
        shown = picture(lab, name, text, shot)
        drawn = shown.locator("img, svg").first
        expect(drawn).to_be_visible()


def test_the_notebook_on_attacks_shows_the_matrix_and_a_login_that_is_mixed_with_another(lab: Lab) -> None:
    name = "04-steal-the-code.ipynb"
    lab.size(1280, 1500)
    lab.ready(name, number_of_cell(name, 'attacker="code-injection"'))
    lab.hide_sidebar()
    player = cell_that_says(lab, name, 'attacker="code-injection"').get_by_test_id("player")
    stolen = Simulation(client="web", attacker="code-injection", pkce="none", nonce=False, iss=False, seed=7).run()
    for telling in narration.told(stolen):
        without_answering(player)
        player.get_by_test_id("next").click()
        expect(player.get_by_test_id("title")).to_have_text(narration.title(telling))
        if telling.event.act is Act.INJECT_CODE:
            lab.shot("injection-light", player)
    expect(player.get_by_test_id("verdict")).to_contain_text(stolen.verdict.sentence.partition(":")[0])
    shown = picture(lab, name, "matrix()", "matrix")
    expect(shown.locator("table").first.locator("tbody tr")).to_have_count(len(ROWS))
    expect(shown.get_by_role("columnheader", name="S256")).to_be_visible()


def test_the_notebook_on_tokens_takes_them_apart(lab: Lab) -> None:
    name = "06-tokens.ipynb"
    lab.size(1280, 1500)
    lab.ready(name, number_of_cell(name, 'attacker="api-replay"'))
    lab.hide_sidebar()
    for kind in ("id_token", "access_token"):
        shown = picture(lab, name, f'anatomy(login, "{kind}")', f"anatomy-{kind.replace('_', '-')}")
        expect(shown.locator("table")).to_be_visible()
        expect(shown.get_by_role("rowheader", name="aud", exact=True)).to_be_visible()
    forged = picture(lab, name, "forgeries()", "forgeries")
    expect(forged.locator("tbody tr")).to_have_count(len(FORGERIES))
    kept = picture(lab, name, "storages(offline)", "storages")
    expect(kept.locator("tbody tr")).to_have_count(len(STORAGES))
    player = cell_that_says(lab, name, 'attacker="api-replay"').get_by_test_id("player")
    without_answering(player)
    player.get_by_test_id("last").click()
    expect(player.get_by_test_id("verdict")).to_contain_text("it was made for this API")
    expect(player.get_by_role("tab", name="Checks")).to_be_visible()
