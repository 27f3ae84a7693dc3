"""A live world is watched in Chromium while logins happen: on the page of a real port, by a real browser and an app."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from flowsim.engine.initial_world import ALICE
from flowsim.live.port.server import Served, served
from flowsim.live.user import User, UserError
from flowsim.live.world import LiveWorld
from tests.browser.axe import violations
from tests.browser.conftest import sealed
from tests.browser.lab import SCREENSHOTS, Lab
from tests.kit.live_login import CALLBACK, authorization_url, login, redeem

FOLLOWS, STAYS = "true", "false"
HOSTILE = "</script><img src=x onerror='document.title=1'>"


@pytest.fixture
def there() -> Iterator[Served]:
    with served(lambda issuer: LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"})) as there:
        yield there


@pytest.fixture
def window(browser: Browser) -> Iterator[BrowserContext]:
    with sealed(browser, viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        yield context


@pytest.fixture
def page(there: Served, window: BrowserContext) -> Page:
    """The page on which the world is watched; nothing may go wrong in it."""
    page = window.new_page()
    page.goto(there.watch)
    expect(page.get_by_test_id("waiting")).to_be_visible()
    return page


def player(page: Page) -> Locator:
    return page.get_by_test_id("player")


def expect_at(page: Page, branch: str, position: int) -> None:
    expect(player(page)).to_have_attribute("data-branch", branch)
    expect(player(page)).to_have_attribute("data-position", str(position))


def expect_at_end(page: Page, there: Served, branch: str) -> None:
    expect_at(page, branch, length(there, branch))


def length(there: Served, branch: str) -> int:
    return len(there.world.logins[branch].trace.events)


def following(page: Page) -> Locator:
    return page.get_by_test_id("follow")


def segments(page: Page) -> Locator:
    return page.get_by_test_id("segment")


def test_a_real_login_is_watched_while_it_happens(there: Served, window: BrowserContext, page: Page) -> None:
    expect(page.get_by_test_id("waiting")).to_contain_text(there.address)
    user = window.new_page()
    user.route(f"{CALLBACK}**", lambda route: route.fulfill(body="back in the app"))
    user.goto(authorization_url(there.address))
    expect_at_end(page, there, "login-1")
    expect(page.get_by_test_id("waiting")).to_be_hidden()
    at_login_page = length(there, "login-1")

    user.get_by_label("username").or_(user.locator("[name=username]")).first.fill(ALICE.username)
    user.locator("[name=password]").fill(ALICE.password)
    user.locator("[type=submit], button").first.click()
    user.locator("button[value=allow], [name=decision][value=allow]").first.click()
    expect(user.locator("body")).to_have_text("back in the app")
    expect_at_end(page, there, "login-1")
    assert length(there, "login-1") > at_login_page
    expect(player(page)).to_contain_text("code")

    with httpx.Client(trust_env=False) as app:
        for _ in redeem(app, there.address, f"{there.address}/api", user.url):
            expect_at_end(page, there, "login-1")
    verdict = there.world.logins["login-1"].trace.verdict
    expect(page.get_by_test_id("verdict")).to_contain_text(verdict.sentence)
    expect(segments(page)).to_have_count(length(there, "login-1"))


def test_who_steps_back_stays_there_while_more_comes_in_and_hears_how_much(there: Served, page: Page) -> None:
    going = login(there.world)
    next(going)
    expect_at_end(page, there, "login-1")
    expect(following(page)).to_have_attribute("aria-pressed", FOLLOWS)
    was = length(there, "login-1")
    page.get_by_test_id("back").click()
    expect_at(page, "login-1", was - 1)
    expect(following(page)).to_have_attribute("aria-pressed", STAYS)
    card = page.get_by_test_id("card").inner_html()
    for _ in going:
        expect(segments(page)).to_have_count(length(there, "login-1"))
        expect_at(page, "login-1", was - 1)
        came = length(there, "login-1") - was
        expect(page.get_by_test_id("news")).to_have_text(f"{came} new events since you stopped following.")
    assert page.get_by_test_id("card").inner_html() == card
    following(page).click()
    expect_at_end(page, there, "login-1")
    expect(page.get_by_test_id("news")).to_have_text("")


def test_the_keyboard_alone_follows_steps_back_and_stays_with_a_login(there: Served, page: Page) -> None:
    first = login(there.world)
    next(first)
    expect_at_end(page, there, "login-1")
    was = length(there, "login-1")
    page.keyboard.press("ArrowLeft")
    expect_at(page, "login-1", was - 1)
    page.keyboard.press("l")
    expect_at(page, "login-1", was)
    expect(following(page)).to_have_attribute("aria-pressed", FOLLOWS)
    player(page).focus()
    page.keyboard.press("l")
    expect(following(page)).to_have_attribute("aria-pressed", STAYS)
    page.keyboard.press("l")
    page.keyboard.press("s")
    expect(page.get_by_test_id("pin")).to_have_attribute("aria-pressed", "true")
    next(login(there.world))
    expect(page.get_by_test_id("branch")).to_have_count(2)
    expect_at(page, "login-1", was)
    expect(page.get_by_test_id("news")).to_have_text(f"{length(there, 'login-2')} new events in other logins.")
    next(first)
    expect_at_end(page, there, "login-1")
    page.keyboard.press("s")
    next(login(there.world))
    expect_at_end(page, there, "login-3")
    page.keyboard.press("?")
    for words in ("follow what comes in", "stay with this login"):
        expect(page.get_by_test_id("keys")).to_contain_text(words)


def test_several_logins_at_once_are_branches_and_the_reader_goes_where_something_happens(
    there: Served, page: Page
) -> None:
    one, other = login(there.world), login(there.world)
    next(one)
    expect_at_end(page, there, "login-1")
    next(other)
    expect_at_end(page, there, "login-2")
    next(one)
    expect_at_end(page, there, "login-1")
    # Who opens another login stays in it.
    page.get_by_test_id("branch").nth(1).click()
    expect(following(page)).to_have_attribute("aria-pressed", STAYS)
    next(one)
    expect(page.get_by_test_id("news")).not_to_have_text("")
    expect(player(page)).to_have_attribute("data-branch", "login-2")


def test_what_the_wire_does_not_show_is_drawn_as_unknown(there: Served, page: Page) -> None:
    list(login(there.world))
    expect_at_end(page, there, "login-1")
    ledger = page.get_by_test_id("ledger")
    trace = there.world.logins["login-1"].trace
    table = trace.ledger.table()
    for kind, knowing in table.items():
        for lane in ("browser", "client", "authorization_server"):
            cell = ledger.locator(f"[data-kind={kind}][data-lane={lane}]")
            if not cell.count():
                continue
            expected = "knows" if lane in knowing else "unknown" if lane in trace.unseen else None
            if expected and knowing:
                expect(cell).to_have_attribute("data-state", expected)
    unknown = ledger.locator("[data-state=unknown]")
    assert unknown.count()
    expect(unknown.first).to_have_text("unknown: the wire does not show it")
    expect(unknown.first).to_have_attribute("title", "unknown: the wire does not show it")
    expect(page.get_by_test_id("legend")).to_be_visible()
    unseen = next(event.index for event in trace.events if event.unseen)
    arrow = page.locator(f".fs-svg .msg.event-{unseen} path").first
    assert arrow.evaluate("node => getComputedStyle(node).strokeDasharray") != "none"
    seen = next(event.index for event in trace.events if event.messages)
    assert page.locator(f".fs-svg .msg.event-{seen} path").first.get_attribute("stroke-dasharray") is None
    received = next(event for event in trace.events if any(check.unknown for check in event.checks))
    page.locator(f"[data-testid=segment][data-position='{received.index}']").click()
    page.get_by_test_id("tab-checks").click()
    assert page.locator("[data-testid=check][data-status=unknown]").count() == sum(
        check.unknown for check in received.checks
    )


def test_whoever_watches_sees_which_attacker_is_loose_and_the_next_login_shows_it(
    there: Served, window: BrowserContext, page: Page
) -> None:
    other = window.new_page()
    other.goto(there.watch)
    expect(other.get_by_test_id("waiting")).to_be_visible()
    page.get_by_test_id("attack").select_option("code-interception")
    for one in (page, other):
        expect(one.get_by_test_id("attack")).to_have_value("code-interception")
    assert there.world.attack == "code-interception"
    with pytest.raises(UserError, match="Taken"):  # the redirect never comes to the app
        list(login(there.world))
    for one in (page, other):
        expect_at_end(one, there, "login-1")
        expect(one.get_by_test_id("verdict")).to_contain_text(there.world.logins["login-1"].trace.verdict.sentence)
    assert page.locator("[data-testid=segment].fs-attacker").count()
    page.screenshot(path=SCREENSHOTS / "live-attack.png", full_page=True)
    page.get_by_test_id("attack").select_option("nobody")
    expect(other.get_by_test_id("attack")).to_have_value("")
    assert there.world.attack is None


def test_nothing_an_app_sends_runs_in_the_page(there: Served, page: Page) -> None:
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    title = page.title()
    list(login(there.world, state=HOSTILE, nonce=HOSTILE, scope=f"openid read:messages {HOSTILE.replace(' ', '')}"))
    expect_at_end(page, there, "login-1")
    for event in there.world.logins["login-1"].trace.events:
        page.locator(f"[data-testid=segment][data-position='{event.index}']").click()
        for tab in ("message", "checks", "knows", "memory"):
            page.get_by_test_id(f"tab-{tab}").click()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == title
    assert wrong == []


def test_what_was_sent_stays_when_the_server_stops(window: BrowserContext) -> None:
    with served(lambda issuer: LiveWorld(issuer=issuer, apis={"messages": f"{issuer}/api"})) as there:
        page = window.new_page()
        page.goto(there.watch)
        expect(page.get_by_test_id("waiting")).to_be_visible()
        expect(page.locator("#lost")).to_be_hidden()
        list(login(there.world))
        expect_at_end(page, there, "login-1")
    expect(page.locator("#lost")).to_be_visible()
    page.get_by_test_id("back").click()
    expect_at(page, "login-1", length(there, "login-1") - 1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_to_mend_and_nothing_is_cut_off_at_any_width(there: Served, page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    found = [f"waiting: {one}" for one in violations(page)]
    going = login(there.world)
    next(going)
    expect_at_end(page, there, "login-1")
    next(login(there.world))
    expect_at_end(page, there, "login-2")
    page.get_by_test_id("back").click()
    list(going)
    expect(page.get_by_test_id("news")).not_to_have_text("")
    found += [f"going: {one}" for one in violations(page)]
    following(page).click()
    expect_at_end(page, there, "login-1")
    for tab in ("checks", "knows"):
        page.get_by_test_id(f"tab-{tab}").click()
        found += [f"{tab}: {one}" for one in violations(page)]
    for width in (390, 768, 1280, 1920, 3840):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width}")
        page.screenshot(path=SCREENSHOTS / f"live-{scheme}-{width}.png", full_page=True)
    assert found == []


NOTEBOOK = """\
import threading
from flowsim.live.user import User
from flowsim.live.world import LiveWorld
from flowsim.widgets import watch

world = LiveWorld(issuer={issuer!r}, apis={{"messages": {issuer!r} + "/api"}})
watch(world)"""
ISSUER = "http://127.0.0.1:9000"
IN_KERNEL = """code => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
    .requestExecute({ code, store_history: false }).done.then(answer => answer.content.status)"""


def test_in_a_notebook_the_player_follows_what_another_thread_does(lab: Lab, jupyter_folder: Path) -> None:
    world = LiveWorld(issuer=ISSUER, apis={"messages": f"{ISSUER}/api"})
    User(world).open(authorization_url(ISSUER))
    was = len(world.logins["login-1"].trace.events)
    cell: dict[str, Any] = {"cell_type": "code", "id": "watch", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    told = {
        "cells": [cell | {"source": NOTEBOOK.format(issuer=ISSUER)}],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (jupyter_folder / "work" / "notebooks" / "watching.ipynb").write_text(json.dumps(told), "utf-8")
    lab.open("watching.ipynb")
    lab.run_all()
    page = lab.page
    expect(page.get_by_test_id("waiting")).to_contain_text(ISSUER)
    begun = f"threading.Thread(target=lambda: User(world).open({authorization_url(ISSUER)!r})).start()"
    assert page.evaluate(IN_KERNEL, begun) == "ok"
    expect_at(page, "login-1", was)
    page.get_by_test_id("back").click()
    expect_at(page, "login-1", was - 1)
    assert page.evaluate(IN_KERNEL, begun) == "ok"
    expect(page.get_by_test_id("branch")).to_have_count(2)
    expect(page.get_by_test_id("news")).not_to_have_text("")
    expect_at(page, "login-1", was - 1)
    player(page).focus()
    page.keyboard.press("l")
    expect_at(page, "login-2", was)
