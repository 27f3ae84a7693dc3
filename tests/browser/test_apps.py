"""The single-page apps of notebooks/apps log in, in Chromium, at a server on a port."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from threading import Thread
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from flowsim.live.faults import FAULTS, Faulty
from flowsim.live.login import LiveLogin
from flowsim.live.port.server import served
from flowsim.live.world import Alter, LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.server_settings import Remembered
from flowsim.model.steps import CLIENT
from flowsim.model.world import RegisteredClient
from flowsim.protocol.messages import Request, Response
from tests.browser.axe import violations
from tests.browser.conftest import sealed
from tests.browser.jupyter import ROOT
from tests.browser.lab import SCREENSHOTS

APPS = ROOT / "notebooks" / "apps"
LIBRARIES = ROOT / "tests" / "clients"  # the same versions, which a test below compares
NAMES = ("spa", "spa-oidc-client-ts", "spa-auth0")
MESSAGES = ["Dinner at eight?", "The key is under the blue pot."]


class Files(SimpleHTTPRequestHandler):
    """`python -m http.server` in the folder of the apps, after `npm ci`."""

    def translate_path(self, path: str) -> str:
        if path.startswith("/node_modules/"):
            return str(LIBRARIES / urlsplit(path).path.lstrip("/"))
        return super().translate_path(path)

    def log_message(self, *_: object) -> None:
        """Nothing is written."""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The origin of the apps' pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=str(APPS)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Opened:
    """The page of one of the apps, and the world that it logs in at."""

    def __init__(self, page: Page, address: str, world: "WorldWithFault") -> None:
        self.page, self.address, self.world = page, address, world

    def log_in(self) -> None:
        """Press the button, and do what alice does."""
        self.page.get_by_role("button", name="Log in").click()
        self.page.get_by_label("User name").first.fill("alice")
        self.page.get_by_label("Password").fill("correct horse battery staple")
        self.page.get_by_role("button", name="Log in", exact=True).click()
        self.page.get_by_role("button", name="Allow").click()

    def expect_messages(self) -> None:
        expect(self.page.get_by_role("listitem")).to_have_text(MESSAGES)

    @property
    def login(self) -> LiveLogin:
        return [*self.world.logins.values()][-1]

    def sent(self, path: str) -> list[dict[str, str]]:
        """What each request to this path held, in its address or in its form."""
        messages = [sent.message for event in self.login.trace.events for sent in event.messages]
        asked = [one for one in messages if isinstance(one, Request) and one.method != "OPTIONS" and one.path == path]
        return [dict(one.form or one.query) for one in asked]


class WorldWithFault(LiveWorld):
    """A live world with the fault of this name, if it is one's."""

    fault = ""

    def handle(self, request: Request, *, by: str = CLIENT, alter: Alter | None = None) -> Response:
        if self.fault and alter is None:
            return Faulty(self, self.fault).handle(request, by=by)
        return super().handle(request, by=by, alter=alter)


@contextmanager
def opened(browser: Browser, pages: str, name: str, remembered: Remembered = "nothing") -> Iterator[Opened]:
    """The page of this app in a new window, and its server, which knows so much of the user."""

    def world_at(issuer: str) -> WorldWithFault:
        app = RegisteredClient(
            client_id="my-page",
            name="Message Page",
            redirect_uris=(f"{pages}/{name}/",),
            confidential=False,
            secret=None,
            scopes=("openid", "profile", "offline_access", "read:messages"),
        )
        slash = "/" if name == "spa-auth0" else ""
        scenario = Scenario(remembered=remembered)
        return WorldWithFault(scenario, issuer=f"{issuer}{slash}", apis={"messages": f"{issuer}/api"}, clients=[app])

    with served(world_at) as there, sealed(browser) as context:
        config = {
            "issuer": there.world.issuer,
            "client_id": "my-page",
            "api": f"{there.address}/api",
            "scope": "openid profile offline_access read:messages",
        }
        text = f"export const config = {json.dumps(config)};"
        context.route("**/config.js", lambda route: route.fulfill(body=text, content_type="text/javascript"))
        page = context.new_page()
        page.goto(f"{pages}/{name}/")
        assert isinstance(there.world, WorldWithFault)
        yield Opened(page, f"{pages}/{name}/", there.world)


@pytest.mark.parametrize("name", NAMES)
def test_it_logs_in_calls_the_api_refreshes_and_logs_out(browser: Browser, pages: str, name: str) -> None:
    with opened(browser, pages, name) as app:
        expect(app.page.get_by_role("status")).to_have_text("You are not logged in.")
        app.log_in()
        app.expect_messages()
        expect(app.page.get_by_role("status")).to_have_text("You are logged in as Alice Example.")
        expect(app.page).to_have_url(app.address)  # the code is not left in it
        (request,) = app.sent("/authorize")
        assert request["code_challenge_method"] == "S256" and request["state"] and request["nonce"]
        app.page.get_by_role("button", name="Refresh the tokens").click()
        expect(app.page.get_by_role("status")).to_have_text("The tokens are new, and the API takes them.")
        first, second = app.sent("/oauth/token")
        assert first["grant_type"] == "authorization_code" and first["code_verifier"]
        assert second["grant_type"] == "refresh_token"
        app.page.get_by_role("button", name="Log out").click()
        expect(app.page.get_by_role("status")).to_have_text("You have logged out of this page.")
        app.page.reload()
        expect(app.page.get_by_role("status")).to_have_text("You are not logged in.")


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_to_a_login_that_it_did_not_begin_is_refused(browser: Browser, pages: str, name: str) -> None:
    with opened(browser, pages, name) as app:
        app.page.goto(f"{app.address}?code=planted&state=theirs")
        expect(app.page.get_by_role("alert")).not_to_be_empty()
        expect(app.page.get_by_role("button", name="Log in")).to_be_visible()
        expect(app.page).to_have_url(app.address)
        assert not app.world.logins or not app.sent("/oauth/token")


@pytest.mark.parametrize("name", NAMES)
def test_it_keeps_no_token_where_a_later_page_would_find_it(browser: Browser, pages: str, name: str) -> None:
    with opened(browser, pages, name) as app:
        app.log_in()
        app.expect_messages()
        kept = app.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
        tokens = {one.value for event in app.login.trace.events for one in event.made if one.kind.endswith("_token")}
        verifiers = {form["code_verifier"] for form in app.sent("/oauth/token")}
        assert tokens and not any(one in kept for one in tokens | verifiers)


def test_where_the_user_denies_it_says_so(browser: Browser, pages: str) -> None:
    with opened(browser, pages, "spa") as app:
        app.page.get_by_role("button", name="Log in").click()
        app.page.get_by_label("User name").first.fill("alice")
        app.page.get_by_label("Password").fill("correct horse battery staple")
        app.page.get_by_role("button", name="Log in", exact=True).click()
        app.page.get_by_role("button", name="Deny").click()
        expect(app.page.get_by_role("alert")).to_contain_text("No code came")
        expect(app.page.get_by_role("status")).to_have_text("You are not logged in.")


def test_the_page_without_a_library_refuses_what_a_client_must_refuse(browser: Browser, pages: str) -> None:
    passed = []
    with opened(browser, pages, "spa", remembered="from-now") as app:
        app.log_in()
        app.expect_messages()
        for name, fault in FAULTS.items():
            if fault.place == "userinfo" or name == "at-hash-wrong":
                continue  # what this page makes no use of
            app.world.fault = "" if fault.place == "refresh" else name
            app.page.goto(app.address)
            app.page.get_by_role("button", name="Log in").click()  # the server knows alice by now
            goes_on = app.page.get_by_role("listitem").first
            if fault.place == "refresh":
                app.expect_messages()
                app.world.fault = name
                app.page.get_by_role("button", name="Refresh the tokens").click()
                goes_on = app.page.get_by_text("The tokens are new")
            expect(app.page.get_by_role("alert").or_(goes_on).first).to_be_visible()
            if goes_on.is_visible() and app.page.get_by_role("alert").is_hidden():
                passed.append(name)
    assert not passed


def test_it_keeps_nobody_out_and_fits_every_window(browser: Browser, pages: str) -> None:
    with opened(browser, pages, "spa") as app:
        expect(app.page.get_by_role("button", name="Log in")).to_be_visible()
        assert not violations(app.page)
        app.log_in()
        app.expect_messages()
        for scheme, width in product(("light", "dark"), (390, 1280, 1920)):
            app.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            app.page.set_viewport_size({"width": width, "height": 800})
            assert not violations(app.page), (scheme, width)
            assert app.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
            app.page.screenshot(path=SCREENSHOTS / f"spa-{scheme}-{width}.png")


@pytest.mark.parametrize("library", ["oidc-client-ts", "@auth0/auth0-spa-js"])
def test_what_is_tested_is_what_a_reader_installs(library: str) -> None:
    locks = (APPS / "package-lock.json", LIBRARIES / "package-lock.json")
    found = [json.loads(one.read_text("utf-8"))["packages"][f"node_modules/{library}"] for one in locks]
    assert found[0]["version"] == found[1]["version"]
    assert found[0]["integrity"] == found[1]["integrity"]
