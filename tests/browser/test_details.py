"""The tabs of a step in an exported page: explanations, copies, filters, pages."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from flowsim import Simulation
from flowsim.front_end.page import player_page
from flowsim.views.text.fields import explain, occurring
from tests.browser.exported import TABS, Opened, clipboard, go, payload_of, with_payload

# ---- Messages


@pytest.mark.parametrize("settings", [{}, {"client": "web", "user": "wrong-password"}], ids=["app", "web app"])
def test_every_name_in_every_message_explains_itself(opened: Opened, settings: dict[str, Any]) -> None:
    page = opened(**settings)
    for event in Simulation(seed=7, **settings).run().events:
        if not event.messages:
            continue
        panel = go(page, event.index, "message")
        for card, sent in zip(panel.get_by_test_id("message").all(), event.messages, strict=True):
            names = [value.name for value in occurring(sent.message) if explain(value.place, value.name)]
            shown = [text.strip('"').lower() for text in card.get_by_test_id("ask").all_inner_texts()]
            assert sorted(shown) == sorted(name.lower() for name in names), f"step {event.step}"


def test_a_name_opens_and_closes_its_explanation_by_pointer_and_by_keyboard(opened: Opened) -> None:
    page = opened()
    panel = go(page, 3, "message")
    challenge = panel.get_by_test_id("ask").filter(has_text=re.compile("^code_challenge$")).first
    method = panel.get_by_test_id("ask").filter(has_text="code_challenge_method").first
    explanation = panel.get_by_test_id("explanation")
    field = explain("authorization request", "code_challenge")
    assert field
    challenge.click()
    expect(explanation).to_contain_text(field.text.replace("`", "")[:30])
    expect(explanation.get_by_role("link")).to_have_attribute("href", re.compile(r"^https://.*rfc7636#section-4\.3$"))
    expect(challenge).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_test_id("announced")).to_contain_text("code_challenge.")
    for key in ("Enter", "Space"):
        method.press(key)
        expect(explanation).to_have_count(1)
        expect(explanation).to_contain_text("S256")
        expect(challenge).to_have_attribute("aria-expanded", "false")
        expect(method).to_be_focused()
        method.press(key)
        expect(explanation).to_have_count(0)
    expect(page.get_by_test_id("player")).to_have_attribute("data-position", "3")


def test_the_same_name_means_something_else_in_another_place(opened: Opened) -> None:
    page = opened()
    panel = go(page, 9, "message")
    told = []
    for token in panel.get_by_test_id("jwt").all():
        token.get_by_test_id("ask").filter(has_text=re.compile("^aud$")).click()
        told.append(panel.get_by_test_id("explanation").inner_text())
    assert [("API" in text, "app" in text) for text in told] == [(True, False), (False, True)]


def test_a_value_and_a_message_can_be_copied(opened: Opened) -> None:
    page = opened()
    panel = go(page, 7, "message")
    request = panel.locator("[data-kind=request]")
    trace = Simulation(seed=7).run()
    verifier = next(secret.value for secret in trace.ledger.secrets if secret.kind == "code_verifier")
    copy = request.get_by_role("button", name="Copy code_verifier")
    copy.focus()
    copy.press("Enter")
    expect(page.get_by_test_id("announced")).to_have_text("Copy code_verifier: copied")
    assert clipboard(page) == verifier
    request.get_by_role("button", name="Copy", exact=True).click()
    expect(request.get_by_role("button", name="copied")).to_be_visible()
    lines = clipboard(page).splitlines()
    assert lines[0] == "POST /oauth/token HTTP/1.1"
    assert "Host: as.example" in lines
    assert f"code_verifier={verifier}" in lines[-1]


def test_without_the_interface_of_the_clipboard_a_value_is_copied_all_the_same(opened: Opened) -> None:
    page = opened()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    copy = go(page, 2, "memory").get_by_role("button", name="Copy code_verifier")
    copy.focus()
    copy.press("Enter")
    expect(page.get_by_test_id("announced")).to_have_text("Copy code_verifier: copied")
    assert len(clipboard(page)) >= 43
    expect(copy).to_be_focused()


def test_a_long_value_is_shortened_and_opens(opened: Opened) -> None:
    chip = go(opened(), 9, "message").locator(".fs-wire .fs-value").first
    assert len(chip.inner_text()) < 60
    chip.click()
    assert len(chip.inner_text()) > 600


def curl_arguments(command: str) -> list[str]:
    """What curl would be handed: the command goes through a real shell, in which `curl` only tells its arguments."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}\n"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=20)
    assert not done.stderr
    return done.stdout.decode().split("\0")[:-1]


def test_a_request_can_be_copied_as_a_command(opened: Opened) -> None:
    page = opened()
    go(page, 7, "message").get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_test_id("announced")).to_have_text("Copy as curl: copied")
    arguments = curl_arguments(clipboard(page))
    assert arguments[:3] == ["--globoff", "--url", "https://as.example/oauth/token"]
    assert "Content-Type: application/x-www-form-urlencoded" in arguments
    assert not any(re.match("(host|content-length):", argument, re.IGNORECASE) for argument in arguments)
    assert arguments[-2] == "--data-raw"
    assert arguments[-1].startswith("grant_type=authorization_code&code=")


def test_a_command_from_an_attacker_runs_nothing(opened: Opened, tmp_path: Path) -> None:
    """Quotes, expansions, options, files, and characters that a terminal obeys: all of it arrives at curl as text."""
    marker = tmp_path / "ran"
    evil = (
        f"'; touch {marker}; echo '$(touch {marker})`touch {marker}`\\'!! "
        f"\x1b[201~\n touch {marker}\n\x00\x85\u202e{{a,b}}[1-2]"
    )
    payload = payload_of(player_page(Simulation(seed=7)))
    payload["branches"][0]["trace"]["events"][6]["http"][1] |= {
        "url": f"https://as.example/{evil}",
        "headers": [["X", evil], ["@/etc/passwd", "x"], ["Empty", ""], ["-o", "x"]],
        "body": f"@/etc/passwd{evil}",
    }
    page = opened(with_payload(payload))
    go(page, 7, "message").get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_test_id("announced")).to_have_text("Copy as curl: copied")
    command = clipboard(page)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", command)
    said = evil.replace("\x00", "")
    assert curl_arguments(command) == [
        *("--globoff", "--url", f"https://as.example/{said}"),
        *("--header", f"X: {said}", "--header", "Empty;", "--header", "-o: x"),
        *("--data-raw", f"@/etc/passwd{said}"),
    ]
    assert not marker.exists()


def test_a_token_is_shown_in_three_parts(opened: Opened) -> None:
    token = go(opened(), 9, "message").get_by_test_id("jwt").first
    styles = token.locator(".fs-jwt-part").evaluate_all(
        "nodes => nodes.map((n) => getComputedStyle(n).borderLeftStyle)"
    )
    assert styles == ["solid", "dashed", "dotted"]
    assert token.locator(".fs-jwt-part b").all_inner_texts() == ["Header", "Claims", "Signature"]


def test_the_credentials_of_a_web_app_are_decoded(opened: Opened) -> None:
    credentials = go(opened(client="web"), 7, "message").get_by_test_id("credentials")
    expect(credentials).to_contain_text("client_secret")
    credentials.get_by_test_id("ask").first.click()
    expect(credentials.get_by_test_id("explanation")).to_be_visible()


# ---- Checks, holdings, memories, pages


def test_checks_can_be_filtered_and_say_what_they_compared(opened: Opened) -> None:
    page = opened(attacker="code-interception", without=frozenset({"token.code_fresh"}))
    panel = go(page, 9, "checks")
    expect(panel.get_by_test_id("decision")).to_contain_text("This one decides: “the verifier fits the challenge”")
    checks = panel.locator("[data-testid=check]:visible")
    everything = checks.count()
    for name, status in (("failed", "failed"), ("off", "off")):
        panel.get_by_test_id(f"filter-{name}").click()
        assert {check.get_attribute("data-status") for check in checks.all()} == {status}
    panel.get_by_test_id("filter-all").click()
    expect(checks).to_have_count(everything)
    expect(panel.locator(".fs-compare:visible")).to_have_count(1)
    title = checks.first.get_by_role("button").first
    title.press("Enter")
    expect(checks.first.locator("dt")).to_have_text(["expected", "received", "id"])
    expect(title).to_have_attribute("aria-expanded", "true")
    panel.get_by_test_id("all-values").click()
    expect(panel.locator(".fs-compare:visible")).to_have_count(everything)


def test_what_changed_is_said_in_words(opened: Opened) -> None:
    page = opened(attacker="code-interception")
    panel = go(page, 2, "memory")
    expect(panel.get_by_test_id("changes")).to_contain_text("App:")
    expect(panel.get_by_test_id("memory-client")).to_contain_text("new")
    panel = go(page, 9, "knows")
    expect(panel.get_by_test_id("lacks")).to_contain_text("code_verifier")


def test_a_page_stands_in_a_frame_that_can_do_nothing(opened: Opened) -> None:
    page = opened()
    frame = go(page, 4, "page").get_by_test_id("page")
    assert frame.get_attribute("sandbox") == ""
    expect(frame.content_frame.get_by_role("heading")).to_contain_text("Log in")
    frame = go(page, 5, "page").get_by_test_id("page")
    expect(frame.content_frame.get_by_role("heading")).to_contain_text("would like to")


@pytest.mark.parametrize("width", [450, 900], ids=["900 at 200 %", "900"])
def test_no_tab_needs_sideways_scrolling(opened: Opened, width: int) -> None:
    page = opened(client="web")
    page.set_viewport_size({"width": width, "height": 900})
    for position in (3, 5, 8, 9):
        for tab in TABS:
            if not page.get_by_test_id(f"tab-{tab}").count():
                continue
            panel = go(page, position, tab)
            hidden = panel.evaluate("node => node.scrollWidth - node.clientWidth")
            assert hidden <= 0, (position, tab)
