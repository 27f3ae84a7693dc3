"""The player as a whole, in an exported page: keys, branches, comparison, presenting, links, paper, text.

What it must show is asked of the simulator in this process; the page holds what another call of it has computed.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from flowsim import Simulation
from flowsim.actors.authorization_server.pages import page as server_page
from flowsim.analysis.matrix import cell
from flowsim.front_end.page import player_page
from flowsim.model.steps import STEPS
from flowsim.views.text import narration
from tests.browser.conftest import sealed
from tests.browser.exported import Opened
from tests.browser.lab import SCREENSHOTS
from tests.browser.waiting import comes_true

STOLEN, TITLE = "code-interception", "the code is stolen"
SIZES = ((900, 900), (1280, 800), (1920, 1080))


def login(**settings: Any) -> Simulation:
    simulation = Simulation(seed=7, **settings)
    simulation.run()
    return simulation


def theft(at: int = 6, **settings: Any) -> Simulation:
    simulation = Simulation(seed=7, **settings)
    simulation.goto(at)
    stolen = simulation.inject("code-interception")
    stolen.run()
    return stolen


def player(page: Page) -> Locator:
    return page.get_by_test_id("player")


def expect_at(page: Page, position: int, branch: str = "login") -> None:
    expect(player(page)).to_have_attribute("data-position", str(position))
    expect(player(page)).to_have_attribute("data-branch", branch)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


@pytest.mark.parametrize(("scheme", "paper"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 22, 28)")])
def test_an_exported_page_is_as_dark_as_the_reader_prefers(opened: Opened, scheme: Any, paper: str) -> None:
    page = opened()
    page.emulate_media(color_scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", paper)
    expect(player(page)).to_have_css("background-color", paper)


# ---- Steering


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("client", ["native-scheme", "mcp"])
def test_the_name_of_a_step_stands_in_one_line_of_the_timeline(opened: Opened, client: str, width: int) -> None:
    """The eleven steps are in one row everywhere; what does not fit beside them on a phone stands in another row."""
    page = opened(client=client)
    page.set_viewport_size({"width": width, "height": 800})
    names = page.locator(".fs-segment > span")
    lines, rows = names.evaluate_all(
        "all => [all.map((one) => one.getClientRects().length), new Set(all.map((one) => one.offsetTop)).size]"
    )
    words = names.evaluate_all(
        """all => all.map((one) => {
          const range = document.createRange();
          range.selectNodeContents(one);
          return new Set([...range.getClientRects()].map((box) => box.top)).size;
        })"""
    )
    assert len(lines) == len(login(client=client).trace.events)
    assert {*lines, *words} == {1}
    assert rows == (2 if client == "mcp" and width < 1000 else 1)
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_keys_do_what_the_list_of_keys_says(opened: Opened) -> None:
    page = opened()
    player(page).focus()
    press(page, "ArrowRight", "ArrowRight", "ArrowLeft")
    expect_at(page, 1)
    press(page, "End")
    expect_at(page, 11)
    press(page, "Home")
    expect_at(page, 0)
    press(page, "h")
    expect(page.get_by_test_id("hide-future")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("diagram")).to_have_class(re.compile("fs-hide-future"))
    press(page, "h", "?")
    keys = page.get_by_test_id("keys")
    expect(keys).to_be_visible()
    for words in ("one step on", "inject the attacker now", "blank the screen", "stop presenting"):
        expect(keys).to_contain_text(words)
    press(page, "ArrowRight", "Escape")
    expect(keys).to_be_hidden()
    expect_at(page, 0)
    press(page, "Control+ArrowRight", "Alt+a")
    expect_at(page, 0)


@pytest.mark.parametrize(("typed", "position"), [("1", 1), ("8", 8), ("10", 10), ("11", 11), ("0", 0)])
def test_digits_lead_to_a_step(opened: Opened, typed: str, position: int) -> None:
    page = opened()
    player(page).focus()
    press(page, "ArrowRight", *typed)
    expect_at(page, position)


def test_with_an_attacker_a_digit_is_still_the_number_of_a_step(opened: Opened) -> None:
    page = opened()
    player(page).focus()
    press(page, "6", "a", "8")
    checked = next(telling for telling in narration.told(theft().trace) if telling.event.step == 8)
    expect_at(page, checked.event.index, STOLEN)
    expect(page.get_by_test_id("title")).to_have_text(narration.title(checked))


def test_it_plays_by_itself_and_stops_at_the_end(opened: Opened) -> None:
    page = opened()
    page.clock.install()
    page.get_by_test_id("speed").select_option("4")
    play = page.get_by_test_id("play")
    play.click()
    expect(play).to_have_attribute("aria-label", re.compile("^Pause"))
    for position in range(1, 4):
        expect_at(page, position)
        page.clock.run_for(1000)
    press(page, "ArrowLeft")
    expect(play).to_have_attribute("aria-label", re.compile("^Play"))
    expect_at(page, 3)
    page.clock.run_for(20_000)
    expect_at(page, 3)
    page.get_by_test_id("last").click()
    page.get_by_test_id("back").click()
    player(page).focus()
    press(page, " ")
    expect_at(page, 11)
    expect(play).to_have_attribute("aria-label", re.compile("^Play"))


def test_a_click_on_an_arrow_or_on_the_timeline_goes_there(opened: Opened) -> None:
    page = opened()
    page.get_by_test_id("diagram").locator("svg .event-5.band").click()
    expect_at(page, 5)
    page.locator("[data-testid=segment][data-position='9']").click()
    expect_at(page, 9)
    expect(page.locator("[aria-current=step]").first).to_have_attribute("data-position", "9")


def test_the_message_travels_along_its_arrow_only_forwards_and_only_where_motion_is_welcome(browser: Browser) -> None:
    for motion, travellers in (("no-preference", 1), ("reduce", 0)):
        with sealed(browser, reduced_motion=motion) as context:
            page = context.new_page()
            page.set_content(player_page(login()).replace("0.9s", "60s"))
            moving = "() => document.getAnimations().filter((one) => one.animationName === 'fs-travel').length"
            page.get_by_test_id("first").click()
            page.get_by_test_id("next").click()
            assert page.evaluate(moving) == travellers
            page.get_by_test_id("next").click()
            page.get_by_test_id("back").click()
            assert page.evaluate(moving) == 0


def test_each_step_is_announced(opened: Opened) -> None:
    page = opened()
    live = page.get_by_test_id("live")
    for telling in narration.told(login().trace):
        page.get_by_test_id("next").click()
        expect(live).to_contain_text(f"Step {telling.event.step} of {len(STEPS)}: {narration.title(telling)}.")
    expect(live).to_contain_text("Verdict: ")
    page.get_by_test_id("inject").click()
    expect(live).to_contain_text("Attacker. After step 6")


def test_every_control_is_reached_with_the_tab_key_and_has_a_name(opened: Opened) -> None:
    page = opened()
    page.get_by_test_id("last").click()
    page.get_by_test_id("inject").click()
    player(page).focus()
    reached = []
    for _ in range(60):
        press(page, "Tab")
        place, name = page.evaluate(
            """() => { const one = document.activeElement;
               return [one.dataset.testid ?? one.className, (one.getAttribute('aria-label') || one.title
                 || one.textContent || one.labels?.[0]?.textContent || '').trim()] }"""
        )
        if place == "player" or not name:
            break
        reached.append(place)
    assert {"first", "back", "next", "last", "play", "speed", "hide-future", "present", "help"} <= {*reached}
    assert {"branch", "tab-message", "panel", "segment"} <= {*reached}
    order = [reached.index(name) for name in ("first", "next", "branch", "tab-message", "panel", "segment")]
    assert order == sorted(order)


# ---- Branches


@pytest.mark.parametrize("position", [0, 3, 6, 7, 11])
def test_the_attacker_can_be_injected_from_anywhere(opened: Opened, position: int) -> None:
    page = opened()
    player(page).focus()
    if position:
        page.locator(f"[data-testid=segment][data-position='{position}']").click()
    page.get_by_test_id("inject").click()
    expect_at(page, position if position < 6 else 7, STOLEN)
    notice = page.get_by_test_id("notice")
    if position < 6:
        expect(notice).to_contain_text("strikes after step 6")
    elif position > 6:
        expect(notice).to_contain_text("Taken back to the moment after step 6")
    else:
        expect(notice).to_be_hidden()
    expect(page.get_by_test_id("inject")).to_be_hidden()
    page.get_by_test_id("branch").filter(has_text="login").click()
    expect_at(page, position if position < 6 else 7)
    expect(page.get_by_test_id("inject")).to_be_visible()


@pytest.mark.parametrize("pkce", ["none", "plain", "S256"])
def test_the_verdict_is_the_simulators_and_the_ledger_fills_in(opened: Opened, pkce: str) -> None:
    stolen = theft(pkce=pkce)
    page = opened(pkce=pkce)
    page.get_by_test_id("inject").click()
    page.get_by_test_id("last").click()
    verdict = page.get_by_test_id("verdict")
    assert " ".join(stolen.verdict.sentence.replace("`", "").split()) in " ".join(verdict.inner_text().split())
    expect(verdict).to_be_in_viewport()
    cells = page.get_by_test_id("ledger").locator("td[data-lane=attacker]")
    knows = {cell.get_attribute("data-kind") for cell in cells.all() if cell.get_attribute("data-state") == "knows"}
    assert {*stolen.verdict.attacker_holds} <= {str(kind) for kind in knows}
    assert ("access_token" in knows) == (pkce == "none")


def test_two_branches_are_compared_and_the_first_difference_is_lit(opened: Opened) -> None:
    with_pkce, without = login(), Simulation(seed=7, pkce="none", name="without PKCE")
    page = opened(player_page(with_pkce, without, theft()))
    player(page).focus()
    press(page, "c")
    page.get_by_test_id("compare-left").select_option("login")
    page.get_by_test_id("compare-right").select_option("without PKCE")
    rows = page.get_by_test_id("compare-row")
    expect(rows).to_have_count(11)
    first = page.locator("[data-testid=compare-row][data-first=true]")
    expect(first).to_have_count(1)
    expect(first.get_by_role("rowheader")).to_have_text("2")
    expect(first).to_contain_text("code_verifier")
    differ = [number for number, row in enumerate(rows.all(), 1) if row.get_attribute("data-differs") == "true"]
    pairs = zip(narration.told(with_pkce.trace), narration.told(without.played()), strict=True)
    unlike = [ours.event.step for ours, theirs in pairs if narration.title(ours) != narration.title(theirs)]
    assert {*unlike} <= {*differ}
    assert 4 not in differ
    page.get_by_test_id("compare-right").select_option(STOLEN)
    expect(first).to_contain_text(f"only in “{TITLE}”")
    expect(first.get_by_role("rowheader")).to_have_text("after 6")
    expect(page.get_by_test_id("comparison")).to_contain_text("the verifier fits the challenge”: passed / failed")
    first.get_by_role("button").click()
    expect_at(page, 7, STOLEN)
    expect(page.get_by_test_id("comparison")).to_be_hidden()


def test_the_same_branch_twice_has_no_difference(opened: Opened) -> None:
    page = opened(player_page(login(), Simulation(seed=7, name="the same again")))
    player(page).focus()
    press(page, "c")
    expect(page.get_by_test_id("compare-summary")).to_contain_text("Nothing differs.")
    expect(page.locator("[data-testid=compare-row][data-differs=true]")).to_have_count(0)


# ---- Presenting


def test_a_clicker_leads_through_the_presentation(opened: Opened) -> None:
    page = opened()
    page.get_by_test_id("present").click()
    expect(player(page)).to_have_class(re.compile("fs-presenting"))
    page.wait_for_function("() => document.fullscreenElement?.dataset.testid === 'player'")
    press(page, "PageDown", "PageDown", "ArrowDown", "PageUp")
    expect_at(page, 2)
    press(page, ".")
    expect(page.get_by_test_id("blank")).to_be_visible()
    press(page, "PageDown")
    expect(page.get_by_test_id("blank")).to_be_hidden()
    expect_at(page, 2)
    press(page, "6", "a")
    expect_at(page, 7, STOLEN)
    press(page, "8")
    expect(page.get_by_test_id("decision").first).to_contain_text("the verifier fits the challenge")
    expect(page.get_by_test_id("panel")).to_be_hidden()
    press(page, "d")
    expect(page.get_by_test_id("panel")).to_be_visible()
    expect(page.get_by_test_id("ledger")).to_be_hidden()
    press(page, "Escape")
    expect(player(page)).not_to_have_class(re.compile("fs-presenting"))
    page.wait_for_function("() => document.fullscreenElement === null")


def test_where_the_full_screen_is_forbidden_it_presents_in_the_window(opened: Opened) -> None:
    page = opened()
    page.evaluate("() => { Element.prototype.requestFullscreen = () => Promise.reject(new Error('no')) }")
    page.get_by_test_id("present").click()
    press(page, "PageDown")
    expect_at(page, 1)
    comes_true(
        player(page), "one => [1280, 900].join() === [one.offsetWidth, one.offsetHeight].join()", "it fills the window"
    )
    press(page, "Escape")
    expect(page.get_by_test_id("panel")).to_be_visible()


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=str)
def test_what_a_room_needs_can_be_read_in_the_back_row(opened: Opened, size: tuple[int, int]) -> None:
    """A line of the card and of the ledger is at least a fortieth of the picture high; nothing is cut off."""
    page = opened()
    page.set_viewport_size({"width": size[0], "height": size[1]})
    player(page).focus()
    press(page, "6", "a", "8", "f")
    expect(player(page)).to_have_class(re.compile("fs-presenting"))
    page.wait_for_function("() => document.fullscreenElement?.dataset.testid === 'player'")
    comes_true(player(page), f"one => one.offsetHeight === {size[1]}", "it fills the screen")
    letters = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert page.get_by_test_id("title").evaluate(letters) >= size[1] / 25
    assert page.get_by_test_id("ledger").locator("th").first.evaluate(letters) >= size[1] / 55
    for part in ("diagram", "card", "ledger", "timeline"):
        box = page.get_by_test_id(part).bounding_box()
        assert box, part
        assert box["x"] >= 0, part
        assert box["y"] >= 0, part
        assert box["x"] + box["width"] <= size[0] + 1, part
        assert box["y"] + box["height"] <= size[1] + 1, part


# ---- Links, paper, text


def test_a_link_leads_to_the_branch_and_the_step(opened: Opened) -> None:
    page = opened()
    address = page.url
    player(page).focus()
    press(page, "6", "a", "8")
    linked = f"{address}#branch=code-interception&step=8"
    expect(page).to_have_url(linked)
    other = page.context.new_page()
    other.goto(linked)
    event = next(event for event in theft().trace.events if event.step == 8)
    expect_at(other, event.index, STOLEN)
    other.evaluate("location.hash = '#branch=code-interception&step=6.1'")
    expect_at(other, 7, STOLEN)
    other.evaluate("location.hash = '#branch=login&step=0'")
    expect_at(other, 0)


@pytest.mark.parametrize("wrong", ["#branch=none&step=99", "#step=x", "#%E0%A4%A", "#branch=__proto__&step=-1"])
def test_a_link_to_nowhere_leads_to_the_start(opened: Opened, wrong: str) -> None:
    page = opened()
    other = page.context.new_page()
    other.goto(page.url + wrong)
    expect_at(other, 0)


def test_on_paper_it_is_a_document_of_the_whole_branch(opened: Opened) -> None:
    page = opened()
    page.get_by_test_id("inject").click()
    page.emulate_media(media="print")
    printed = page.get_by_test_id("print-view")
    stolen = theft()
    for telling in narration.told(stolen.trace):
        expect(printed).to_contain_text(narration.title(telling))
    expect(printed).to_contain_text(stolen.verdict.sentence.partition(".")[0])
    expect(page.get_by_test_id("next")).to_be_hidden()
    assert len(page.pdf()) > 10_000
    page.emulate_media(media="screen")
    expect(printed).to_be_empty()


def test_the_text_says_what_the_picture_says(opened: Opened) -> None:
    page = opened()
    page.get_by_test_id("inject").click()
    text = page.get_by_test_id("transcript")
    text.locator("summary").click()
    stolen = theft()
    lines = text.get_by_role("listitem").all_inner_texts()
    labels = page.get_by_test_id("diagram").locator("svg .msg").count()
    assert len(lines) == len(stolen.trace.events) == labels
    for telling, line in zip(narration.told(stolen.trace), lines, strict=True):
        event = telling.event
        assert narration.title(telling) in line
        assert ("Refused." in line) == narration.failed(event)
        assert ("attacker" in line.partition(".")[0].lower()) == event.by_attacker or "6" in line.partition(".")[0]
    expect(text).to_contain_text(stolen.verdict.sentence.replace("`", ""))


# ---- Looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_every_width_and_has_its_pictures_taken(browser: Browser, scheme: Any) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sealed(browser, color_scheme=scheme, reduced_motion="reduce") as context:
        page = context.new_page()
        page.set_content(player_page(login()))
        player(page).focus()
        press(page, "6", "a", "8")
        for width, height in ((450, 900), *SIZES):
            page.set_viewport_size({"width": width, "height": height})
            spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
            assert spare >= 0, f"at {width} pixels the page is {-spare} pixels wider than the window"
            page.screenshot(path=SCREENSHOTS / f"page-{scheme}-{width}.png", animations="disabled")
        press(page, "c")
        page.screenshot(path=SCREENSHOTS / f"compare-{scheme}.png", animations="disabled")
        press(page, "c", "f")
        expect(player(page)).to_have_class(re.compile("fs-presenting"))
        page.screenshot(path=SCREENSHOTS / f"presenter-{scheme}.png", animations="disabled")


# ---- Heads of the ledger, and pages of the server, in narrow windows


CUT = """heads => heads.filter((head) => head.scrollWidth > head.clientWidth + 1).map((head) => head.textContent.trim())"""


@pytest.mark.parametrize("width", [390, 768, 1000, 1280, 1600])
@pytest.mark.parametrize("attack", ["code-interception", "confused-deputy", "token-passthrough"])
def test_the_name_of_every_lane_is_there_whole_above_who_knows_what(opened: Opened, attack: str, width: int) -> None:
    page = opened(player_page(cell(attack, "none").simulation()))
    page.set_viewport_size({"width": width, "height": 900})
    ledger = page.get_by_test_id("ledger")
    heads = ledger.locator("thead :is(th, td)")
    assert heads.count() == 2 + {"code-interception": 4, "confused-deputy": 5, "token-passthrough": 6}[attack]
    assert heads.evaluate_all(CUT) == []
    for head in heads.all():
        box, around = head.bounding_box(), ledger.bounding_box()
        assert box and around
        assert box["x"] + box["width"] <= around["x"] + around["width"] + 1
    ledger.screenshot(path=SCREENSHOTS / f"ledger-{attack}-{width}.png")


@pytest.mark.parametrize("name", ["login.html", "consent.html", "allowed.html"])
def test_a_page_of_the_server_breaks_an_apps_name_that_is_wider_than_a_phone(opened: Opened, name: str) -> None:
    values: dict[str, Any] = {
        "issuer": "https://as.example",
        "client": "W" * 120,
        "options": ("password",),
        "failed": False,
    }
    values |= {"below": "", "query": "", "username": "", "user": "U" * 90, "behind": "", "scopes": ("see your name",)}
    shown = server_page(name, **values, redirect_to="https://app.example/callback", stranger=None)
    page = opened("<!doctype html>")
    page.set_viewport_size({"width": 390, "height": 800})
    page.set_content(shown.body)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.screenshot(path=SCREENSHOTS / f"long-name-{name}.png")
