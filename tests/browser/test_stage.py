"""On the stage: what a room can read, what a clicker sends, what the speaker sees in a second window."""

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from benchmarks import legibility
from flowsim import Simulation
from flowsim.analysis.matrix import cell
from flowsim.front_end.page import player_page
from flowsim.model.steps import STEPS
from flowsim.views.text import narration
from tests.browser.conftest import sealed
from tests.browser.exported import Opened

PRESENTING = re.compile("fs-presenting")
# All cells are measured by `python -m benchmarks.legibility`; a long story is the hardest.
LONGEST, REFUSED = ("refresh-theft", "none"), ("code-injection", "S256")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def expect_at(page: Page, position: int, branch: str = "login") -> None:
    expect(page.get_by_test_id("player")).to_have_attribute("data-position", str(position))
    expect(page.get_by_test_id("player")).to_have_attribute("data-branch", branch)


def test_at_every_size_every_step_can_be_read_and_nothing_is_cut_off(browser: Browser, tmp_path: Path) -> None:
    with sealed(browser) as context:
        page = context.new_page()
        legibility.open_meter(page, tmp_path)
        found = legibility.measure(page, [legibility.of_cell(LONGEST)])
    assert list(found) == list(legibility.SIZES)
    for size, legible in found.items():
        assert legible.steps > 2 * 11, size
        assert legible.fine, f"{size}: {legible}"


def test_what_cannot_be_read_is_noticed(browser: Browser, tmp_path: Path) -> None:
    with sealed(browser) as context:
        page = context.new_page()
        legibility.open_meter(page, tmp_path)
        page.add_style_tag(
            content=".fs-svg .badge text { font-size: 9px !important } .fs-decision { height: 0.4em; overflow: hidden }"
        )
        (found,) = legibility.measure(page, [legibility.of_cell(REFUSED)], [(1280, 720)]).values()
    assert found.share < legibility.LEAST_SHARE
    assert any("fs-" in text for text in found.cut)
    assert not found.fine


def test_the_keys_work_as_soon_as_the_page_is_there_and_a_clicker_never_ends_the_talk(opened: Opened) -> None:
    page = opened()
    press(page, "ArrowRight")
    expect_at(page, 1)
    page.reload()
    expect_at(page, 1)  # the script runs when the page has been unpacked
    press(page, "ArrowRight", "f")
    expect(page.get_by_test_id("player")).to_have_class(PRESENTING)
    page.evaluate("window.still = true")
    press(page, "F5", "Shift+F5", "PageDown", "F5")
    expect_at(page, 3)
    expect(page.get_by_test_id("player")).to_have_class(PRESENTING)
    press(page, "Escape")
    expect(page.get_by_test_id("player")).not_to_have_class(PRESENTING)
    expect(page).not_to_have_url(re.compile("present"))
    press(page, "F5")
    expect(page.get_by_test_id("player")).to_have_class(PRESENTING)
    assert page.evaluate("window.still")
    expect(page).to_have_url(re.compile("step=3&present$"))
    page.reload()
    expect(page.get_by_test_id("player")).to_have_class(PRESENTING)
    press(page, "PageDown")
    expect_at(page, 4)


def test_a_number_that_is_no_step_of_the_branch_leads_nowhere(opened: Opened) -> None:
    page = opened()
    press(page, "6", "a", "End")
    last = len(Simulation(seed=7, attacker="code-interception").played().events)
    expect_at(page, last, "code-interception")
    for typed in ("10", "11", "99"):
        press(page, "ArrowLeft", *typed)
        expect_at(page, last - 1, "code-interception")
        notice = page.get_by_test_id("notice")
        expect(notice).to_have_text(f"There is no step {typed} in this branch: it ends with step 9.")
        press(page, "ArrowRight")
        expect(notice).to_be_hidden()


def test_the_type_of_a_presentation_can_be_sized(opened: Opened) -> None:
    page = opened()
    size = "() => parseFloat(getComputedStyle(document.querySelector('[data-testid=text]')).fontSize)"
    press(page, "3", "f")
    expect(page.get_by_test_id("player")).to_have_class(PRESENTING)
    page.wait_for_function("() => document.fullscreenElement?.dataset.testid === 'player'")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    usual = page.evaluate(size)
    press(page, "+", "+")
    page.wait_for_function(f"usual => ({size})() > 1.15 * usual", arg=usual)
    press(page, "-", "-", "-")
    page.wait_for_function(f"usual => ({size})() < usual", arg=usual)
    page.wait_for_timeout(750)  # by now the 0 is no second digit of the number of a step
    press(page, "0")
    page.wait_for_function(f"usual => Math.abs(({size})() - usual) < 0.1", arg=usual)
    expect_at(page, 3)


def test_the_notes_are_a_window_of_their_own_that_follows_and_leads(opened: Opened) -> None:
    page = opened()
    press(page, "2")
    with page.context.expect_page() as expected:
        press(page, "n")
    notes = expected.value
    expect(notes.get_by_test_id("notes-said")).to_contain_text(STEPS[1].notes.split("`")[0][:60])
    told = narration.told(Simulation(seed=7).played())
    expect(notes.get_by_test_id("notes-next")).to_have_text(f"Next: {narration.title(told[2])}")
    expect(notes.get_by_test_id("notes-clock")).to_have_text(re.compile(r"^\d+:\d\d$"))
    assert STEPS[1].notes[:40] not in page.locator("body").inner_text()
    press(notes, "PageDown", "End", "PageUp")
    expect_at(page, 10)
    press(page, "6", "a")
    stolen = narration.told(Simulation(seed=7, attacker="code-interception").played())[6]
    expect(notes.get_by_test_id("notes-title")).to_contain_text(narration.title(stolen))
    expect(notes.get_by_test_id("notes-said")).to_contain_text(narration.notes(stolen)[:60])
    # A page that was loaded again is found again.
    page.reload()
    expect_at(page, 7, "code-interception")  # the script runs when the page has been unpacked
    press(page, "ArrowLeft")
    expect_at(page, 6, "code-interception")
    expect(notes.get_by_test_id("notes-title")).to_contain_text(narration.title(told[5]))
    press(notes, "ArrowLeft")
    expect_at(page, 5, "code-interception")


def test_each_page_says_which_experiment_it_shows_and_each_button_attacks_that_one(opened: Opened) -> None:
    page = opened(
        player_page(Simulation(seed=7, pkce="none", name="without PKCE"), Simulation(seed=7, name="with PKCE"))
    )
    for branch, said, held in (("without PKCE", "no PKCE", False), ("with PKCE", "PKCE S256", True)):
        page.get_by_test_id("branch").get_by_text(branch, exact=True).click()
        expect(page).to_have_title(f"Phone app · {said} – flowsim")
        press(page, "6", "a", "End")
        expect(page).to_have_title(f"Phone app · {said} · the code is stolen – flowsim")
        expect(page.get_by_test_id("experiment")).to_have_text(f"Phone app · {said} · the code is stolen")
        expect(page.get_by_test_id("verdict")).to_have_attribute("data-tone", "good" if held else "bad")


def test_in_a_comparison_on_the_stage_it_stays_in_view_which_branch_is_where(opened: Opened) -> None:
    page = opened(
        player_page(Simulation(seed=7, pkce="none", name="without PKCE"), Simulation(seed=7, name="with PKCE"))
    )
    page.set_viewport_size({"width": 1280, "height": 720})
    press(page, "f", "c", "End")
    for _ in range(9):
        for name in ("without PKCE", "with PKCE"):
            expect(page.get_by_role("columnheader", name=name, exact=True)).to_be_in_viewport(ratio=1)
        head = page.get_by_role("columnheader", name="with PKCE", exact=True).bounding_box()
        row = page.locator("tr.is-now").bounding_box()
        assert head
        assert row
        assert row["y"] >= head["y"] + head["height"] - 1
        press(page, "ArrowLeft")


def test_on_paper_a_long_picture_is_cut_between_rows_and_each_part_has_its_heads(opened: Opened) -> None:
    page = opened(player_page(cell("refresh-theft").simulation()))
    press(page, "End", "f")
    page.emulate_media(media="print")
    parts = page.locator(".fs-print-picture svg")
    expect(parts).to_have_count(2)
    for part in parts.all():
        box = part.bounding_box()
        first = part.locator(".lane text").first.bounding_box()
        assert box
        assert first
        assert box["y"] <= first["y"] < box["y"] + box["height"] / 10
