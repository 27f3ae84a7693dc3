"""Predict, then see, in an exported page: nothing of what comes is anywhere in it before the answer; then all of it is."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from flowsim import Simulation
from flowsim.front_end.page import frame, player_page
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text.predictions import asked
from tests.browser.axe import barriers
from tests.browser.conftest import sealed
from tests.browser.exported import Opened, payload_of
from tests.browser.lab import SCREENSHOTS

STOLEN = "code-interception"


def asking_page(ask: str = "where-stopped") -> str:
    """An honest login, and the theft of its code, which the reader is asked about, behind the button."""
    login = Simulation(seed=7)
    login.goto(6)
    return player_page(login, ask=ask)


def coming(text: str) -> list[str]:
    """What nobody may read before the answer: words and values that only the theft's later events have."""
    payload = payload_of(text)
    (whole,) = (branch for branch in payload["branches"] if branch["name"] == STOLEN)
    (login,) = (branch for branch in payload["branches"] if branch["name"] == "login")
    known = json.dumps([login, payload["asks"][0]["before"]], ensure_ascii=False)
    late = [event for event in whole["trace"]["events"] if event["index"] > payload["asks"][0]["at"]]
    words = {text for event in late for text in (event["title"], event["label"], event["text"])}
    words |= {check["received"] for event in late for check in event["checks"] if len(check["received"]) > 12}
    words |= {whole["trace"]["verdict"]["sentence"], payload["asks"][0]["why"]}
    return [word for word in words if word not in known]


def everything(page: Page) -> str:
    """All that the page holds: its text, its attributes, what it reads aloud, what it would print, its address."""
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    held: str = page.evaluate(
        """() => [document.body.innerHTML, document.body.textContent, document.title, location.href].join('\\n')"""
    )
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    return re.sub(r'<script type="module">.*?</script>', "", held, flags=re.DOTALL)


def test_before_the_answer_nothing_of_what_comes_is_in_the_page(opened: Opened) -> None:
    text = asking_page()
    page = opened(text)
    secret = coming(text)
    assert len(secret) > 5
    page.get_by_test_id("inject").click()
    page.get_by_test_id("transcript").locator("summary").click()
    for keys in (
        [],
        ["ArrowRight"],
        ["End"],
        ["1", "0"],
        ["h"],
        ["c"],
        ["Escape"],
        ["c", "f"],
        ["n"],
        ["d"],
        ["Escape"],
    ):
        for key in keys:
            page.keyboard.press(key)
        held = everything(page)
        assert not [word for word in secret if word in held], f"after {keys}"
    page.get_by_test_id("prediction").is_visible()
    expect(page.get_by_test_id("segment")).to_have_count(6)
    expect(page.get_by_test_id("verdict")).to_be_hidden()


def test_an_address_leads_no_further_than_the_question(opened: Opened) -> None:
    page = opened(asking_page())
    page.evaluate("location.hash = '#branch=code-interception&step=9'")
    expect(page.get_by_test_id("player")).to_have_attribute("data-branch", STOLEN)
    page.evaluate("location.hash = '#branch=code-interception&step=8'")
    assert int(page.get_by_test_id("player").get_attribute("data-position") or 99) <= 6


def test_the_copied_text_of_the_last_message_is_all_there_is_to_copy(opened: Opened) -> None:
    text = asking_page()
    page = opened(text)
    page.get_by_test_id("inject").click()
    for tab in ("message", "knows", "memory"):
        page.get_by_test_id(f"tab-{tab}").click()
        for copy in page.get_by_test_id("panel").get_by_test_id("copy").all():
            copy.click()
            copied = page.evaluate("navigator.clipboard.readText()")
            assert not [word for word in coming(text) if word in copied]


def test_with_the_keys_alone_one_predicts_and_then_sees_what_came_and_why(opened: Opened) -> None:
    text = asking_page()
    page = opened(text)
    login = Simulation(seed=7)
    login.goto(6)
    trace = login.inject(STOLEN).run()
    ask = asked("where-stopped", trace, 6)
    page.get_by_test_id("player").focus()
    page.keyboard.press("a")
    expect(page.get_by_test_id("question")).to_have_text(ask.question)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("choice").first).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    outcome = page.get_by_test_id("predicted")
    expect(outcome).to_contain_text(f"You said: {ask.choices[1]}. What came: {ask.choices[ask.right]}.")
    expect(outcome).to_contain_text(trace.verdict.sentence)
    expect(outcome).to_have_attribute("data-kind", "wrong")
    expect(page.get_by_test_id("decided")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("player")).to_have_attribute("data-position", str(ask.decided_at))
    expect(page.get_by_test_id("segment")).to_have_count(len(trace.events))
    page.keyboard.press("End")
    expect(page.get_by_test_id("verdict")).to_contain_text("PKCE held")
    held = everything(page)
    assert [word for word in coming(text) if word in held], "what was hidden can be found where it is shown"


def test_one_may_look_without_an_answer_and_the_player_says_so(opened: Opened) -> None:
    page = opened(asking_page("who-wins"))
    page.get_by_test_id("inject").click()
    page.get_by_test_id("skip").click()
    expect(page.get_by_test_id("predicted")).to_contain_text("You did not answer. What came: No.")
    expect(page.get_by_test_id("segment")).to_have_count(10)


def test_a_show_of_hands_is_taken_on_the_stage(opened: Opened) -> None:
    """The trainer picks what most say, and the player stays on the whole screen."""
    page = opened(asking_page("who-wins"))
    page.get_by_test_id("inject").click()
    page.get_by_test_id("player").focus()
    page.keyboard.press("f")
    expect(page.get_by_test_id("player")).to_have_class(re.compile("fs-presenting"))
    page.get_by_test_id("choice").last.click()
    expect(page.get_by_test_id("predicted")).to_have_attribute("data-kind", "right")
    expect(page.get_by_test_id("player")).to_have_class(re.compile("fs-presenting"))
    assert page.evaluate("document.fullscreenElement !== null || document.querySelector('[popover]') !== null")


def test_a_stored_output_asks_as_well(opened: Opened) -> None:
    """As in a notebook that no kernel runs: the player in a frame."""
    stolen = Simulation(seed=7, attacker=STOLEN)
    stolen.goto(6)
    page = opened(f"<!doctype html><title>Stored</title>{frame(player_payload(stolen, ask='which-check'))}")
    inside = page.frame_locator("iframe")
    inside.get_by_test_id("choice").filter(has_text="the verifier fits the challenge").click()
    expect(inside.get_by_test_id("predicted")).to_have_attribute("data-kind", "right")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_question_and_its_outcome_are_without_barriers(browser: Browser, scheme: str) -> None:
    with sealed(
        browser, color_scheme=scheme, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.set_content(asking_page())
        page.get_by_test_id("inject").click()
        page.screenshot(path=SCREENSHOTS / f"prediction-{scheme}.png")
        assert barriers(page) == []
        page.get_by_test_id("choice").first.click()
        page.screenshot(path=SCREENSHOTS / f"prediction-answered-{scheme}.png")
        assert barriers(page) == []


def test_on_a_phone_the_question_fits(browser: Browser) -> None:
    with sealed(browser, viewport={"width": 390, "height": 844}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_content(asking_page())
        page.get_by_test_id("inject").click()
        page.screenshot(path=SCREENSHOTS / "prediction-phone.png")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
