"""The notebook on public clients: what it finds in the apps, who gets a redirect; and the built page really works."""

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from flowsim import Simulation
from flowsim.lessons.app_package.strings import search
from flowsim.model.clients import CLIENTS, PROFILES
from flowsim.model.states import Act
from flowsim.views.text import narration
from tests.browser.lab import Lab
from tests.browser.test_later_notebooks import cell_that_says, number_of_cell, picture
from tests.browser.waiting import comes_true
from tests.test_app_files import APPS, secret_of_the_source

NAME = "03-public-clients.ipynb"
SPA = PROFILES["spa"]


# Neither this place nor a box in it is wider than what it shows.
FITS = "place => [place, ...place.querySelectorAll('div')].every(box => box.scrollWidth <= box.clientWidth)"


def test_the_notebook_finds_the_secret_and_shows_who_gets_a_redirect(lab: Lab) -> None:
    lab.size(1280, 1500)
    lab.ready(NAME)
    lab.hide_sidebar()
    in_page = picture(lab, NAME, '"clientsecret")', "secret-in-page")
    expect(in_page.locator("mark").first).to_have_text("clientSecret")
    in_app = picture(lab, NAME, "found = search(", "secret-in-app")
    expect(in_app.locator("mark")).to_have_text(secret_of_the_source())
    expect(in_app.get_by_role("rowheader")).to_have_text("classes.dex")
    claimed = picture(lab, NAME, "print(claims(", "claims")
    expect(claimed).to_contain_text("Photo Helper (com.example.helper) asks for com.example.app:")
    picture(lab, NAME, "sequence(taken)", "redirect-taken")


@pytest.mark.parametrize("width", [1280, 900])
def test_the_table_of_redirects_can_be_read_at_both_widths(lab: Lab, width: int) -> None:
    lab.size(width, 1500)
    lab.ready(NAME, number_of_cell(NAME, "redirects()"))
    lab.hide_sidebar()
    shown = picture(lab, NAME, "redirects()", f"redirects-{width}")
    expect(shown.locator("tbody tr")).to_have_count(len(CLIENTS))
    expect(shown.get_by_role("rowheader", name="loopback: http://127.0.0.1:51004/callback")).to_be_visible()
    comes_true(shown, FITS, "the table has to fit into its place")


def test_the_attacker_sends_in_the_player_what_was_found_in_the_package(lab: Lab) -> None:
    lab.size(1280, 1500)
    lab.ready(NAME, number_of_cell(NAME, "player(theft)"))
    lab.hide_sidebar()
    player = cell_that_says(lab, NAME, "player(theft)").get_by_test_id("player")
    theft = Simulation(client="native-scheme", attacker="decompiled-secret", pkce="none", seed=7).run()
    for telling in narration.told(theft):
        player.get_by_test_id("next").click()
        expect(player.get_by_test_id("title")).to_have_text(narration.title(telling))
        if telling.event.act in (Act.READ_APP, Act.SEND_CODE):
            for theme in ("dark", "light"):
                lab.theme("dark" if theme == "dark" else "light")
                lab.shot(f"shipped-secret-{telling.event.act.name.lower()}-{theme}", player)
    expect(player.get_by_test_id("verdict")).to_contain_text("The attacker reads the user's data.")


# The built page in a browser, with a stand-in for the network only.


@pytest.fixture
def photo_page(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """The built Photo Page at its own address, and the bodies of the token requests it has sent."""
    context, bodies = browser.new_context(), list[str]()

    def answer(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.netloc == "as.example" and route.request.method == "POST":
            bodies.append(route.request.post_data or "")
            route.fulfill(json={"access_token": "any"}, headers={"Access-Control-Allow-Origin": SPA.home})
        elif url.netloc == "as.example":
            route.fulfill(body="the login page")
        elif url.path == "/photo-page.js":
            route.fulfill(path=APPS / "photo-page.js", content_type="text/javascript")
        else:
            route.fulfill(path=APPS / "photo-page" / "index.html", content_type="text/html")

    context.route("**/*", answer)
    yield context.new_page(), bodies
    context.close()


def test_the_built_page_asks_and_answers_as_the_code_flow_says_and_sends_the_secret(
    photo_page: tuple[Page, list[str]],
) -> None:
    page, bodies = photo_page
    page.goto(SPA.home)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("https://as.example/**")
    asked = dict(parse_qsl(urlsplit(page.url).query))
    assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == (
        "code",
        SPA.client_id,
        SPA.redirect_uri,
    )
    page.goto(f"{SPA.redirect_uri}?code=abc&state={asked['state']}")
    expect(page.get_by_role("status")).to_have_text("You are logged in.")
    sent = dict(parse_qsl(bodies[0]))
    assert sent["code"] == "abc"
    assert sent["client_secret"] == search(APPS / "photo-app.apk", r"^[\w-]{32}$")[0].match


def test_the_built_page_believes_no_redirect_that_it_did_not_ask_for(photo_page: tuple[Page, list[str]]) -> None:
    page, bodies = photo_page
    page.goto(f"{SPA.redirect_uri}?code=abc&state=planted")
    expect(page.get_by_role("status")).to_have_text("This redirect belongs to no login of this tab.")
    assert not bodies
