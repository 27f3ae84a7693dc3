"""The desktop app of notebooks/apps/native, loaded, and somebody who sits before its browser."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import httpx

from flowsim.lessons.marked_lines import without_marked
from flowsim.live.transport import Door, WorldTransport
from flowsim.live.user import Decision, User, UserError
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import ISSUER, Scenario
from flowsim.model.world import RegisteredClient
from flowsim.simulation.verdict import Verdict

FOLDER = Path(__file__).parents[2] / "notebooks" / "apps" / "native"
SOURCE = (FOLDER / "app.py").read_text("utf-8")
CLIENT = RegisteredClient(
    client_id="my-desktop-app",
    name="My Desktop App",
    redirect_uris=("http://127.0.0.1/callback",),
    confidential=False,
    secret=None,
    scopes=("openid", "profile", "offline_access", "read:messages", "write:messages"),
)


@cache
def the_app() -> ModuleType:
    """The app's module."""
    return _run(SOURCE)


@cache
def without_pkce() -> ModuleType:
    """The same app less the lines that are there for PKCE."""
    return _run(without_marked(SOURCE, "PKCE"))


def _run(source: str) -> ModuleType:
    """A module of this text. It finds its neighbour `listener`, and nobody else finds that one afterwards."""
    made = ModuleType("app")
    sys.path.insert(0, str(FOLDER))
    try:
        exec(compile(source, "app.py", "exec"), made.__dict__)
    finally:
        sys.path.remove(str(FOLDER))
        sys.modules.pop("listener", None)
    return made


def person(world: Door | str, decision: Decision = "allow") -> Callable[[str], None]:
    """Opens an address as a browser does, logs in as alice, and goes on to the port that the app listens at."""

    def browse(address: str) -> None:
        assert "Back to the app" in httpx.get(User(world).log_in(address, decision)).text

    return lambda address: Thread(target=browse, args=(address,)).start()


def logged_in(world: Door, module: ModuleType | None = None, **more: str) -> Any:
    """The app, after alice has logged in to it at this world. Raises its `LoginFailed`."""
    app = (module or the_app()).App(httpx.Client(transport=WorldTransport(world)), ISSUER, CLIENT.client_id)
    app.log_in(person(world), **more)
    return app


def robbed(module: ModuleType) -> Verdict:
    """What comes of a login of this app where the server does not insist on PKCE and a thief gets the redirect."""
    world = LiveWorld(Scenario(pkce_required=False), clients=[CLIENT])
    world.attack = "code-interception"
    app = module.App(httpx.Client(transport=WorldTransport(world)), ISSUER, CLIENT.client_id)
    app.patience = 0.2  # seconds; the redirect will not come

    def open_browser(address: str) -> None:
        with suppress(UserError):  # the browser shows the page of the thief
            User(world).log_in(address)

    with suppress(module.NoAnswer):
        app.log_in(open_browser)
    (login,) = world.logins.values()
    return login.trace.verdict
