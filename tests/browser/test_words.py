"""Words of the glossary in the player: each can be pressed where it stands, and says what it means beside it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from flowsim import Simulation
from flowsim.front_end.page import player_page
from flowsim.views.text.explain import explain
from tests.browser.axe import barriers
from tests.browser.conftest import sealed
from tests.browser.exported import Opened, go
from tests.browser.lab import SCREENSHOTS

# What a newcomer meets in the first login and its theft, and where.
LEDGER: tuple[str, ...] = (
    "You",
    "App",
    "Server",
    "API",
    "Who knows what",
    "state",
    "nonce",
    "code_verifier",
    "code_challenge",
    "code",
)
LEDGER += ("access_token", "id_token")


def explained(page: Page, name: str) -> None:
    box = page.get_by_test_id("word")
    expect(box).to_be_visible()
    (entry, *_) = (one for one in explain(name) if one.kind == "term")
    expect(box.locator("b").first).to_have_text(entry.name)
    expect(box).to_contain_text(entry.text.replace("`", ""))


@pytest.mark.parametrize("name", LEDGER)
def test_a_party_and_a_secret_of_the_table_can_be_asked_about(opened: Opened, name: str) -> None:
    page = opened()
    go(page, 9)
    page.get_by_test_id("ledger").locator(f"[data-word='{name}']").click()
    explained(page, name)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("word")).to_be_hidden()


def test_words_of_a_step_can_be_asked_about_with_the_keys_alone(opened: Opened) -> None:
    page = opened()
    go(page, 6)
    word = page.get_by_test_id("text").get_by_test_id("term").filter(has_text="redirect").first
    word.press("Enter")
    explained(page, "redirect")
    expect(word).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("player")).to_have_attribute("data-position", "7")


@pytest.mark.parametrize(("position", "name"), [(6, "303"), (8, "a guess")])
def test_what_the_picture_abbreviates_can_be_asked_about_in_the_bar(opened: Opened, position: int, name: str) -> None:
    stolen = Simulation(seed=7, attacker="code-interception")
    page = opened(player_page(stolen))
    go(page, position)
    page.get_by_test_id("phrase").locator("[data-word]").filter(has_text=name).click()
    explained(page, name)


def test_a_check_that_is_not_applicable_says_what_that_means_and_an_opened_check_its_id(opened: Opened) -> None:
    page = opened()
    panel = go(page, 8, "checks")
    panel.locator("[data-status=none]").first.get_by_test_id("term").click()
    explained(page, "not applicable")
    page.keyboard.press("Escape")
    fits = panel.locator("[data-check='token.verifier_fits']")
    fits.locator(".fs-check-title").click()
    expect(fits.get_by_test_id("check-id")).to_have_text("token.verifier_fits")


def test_a_word_is_a_button_once_in_a_text(opened: Opened) -> None:
    page = opened()
    for position in range(1, 12):
        go(page, position)
        words = page.get_by_test_id("text").get_by_test_id("term").all_inner_texts()
        assert len({word.lower() for word in words}) == len(words)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_the_explanation_stays_inside_the_window_and_has_no_barriers(browser: Browser, width: int, scheme: str) -> None:
    with sealed(
        browser, color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.set_content(player_page(Simulation(seed=7)))
        go(page, 6)
        for place in ("text", "ledger"):
            page.get_by_test_id(place).get_by_test_id("term").last.click()
            box = page.get_by_test_id("word").bounding_box()
            assert box
            assert 0 <= box["x"] < box["x"] + box["width"] <= width
            assert 0 <= box["y"] < box["y"] + box["height"] <= 800
        page.screenshot(path=SCREENSHOTS / f"word-{width}-{scheme}.png")
        assert barriers(page) == []


def test_an_abbreviation_is_a_word_only_in_capitals(opened: Opened) -> None:
    page = opened()
    page.get_by_test_id("inject").click()
    said = []
    for _ in range(5):
        said += page.get_by_test_id("term").all_inner_texts()
        page.get_by_test_id("next").click()
    assert said
    assert not {"as", "op"} & {*said}
