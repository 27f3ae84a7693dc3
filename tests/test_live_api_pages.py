"""Which pages may read what the API of a live world answers: those of the apps that are registered at that moment."""

import httpx
import pytest

from flowsim.live.transport import WorldTransport
from flowsim.live.world import LiveWorld
from flowsim.model.scenario import Scenario
from flowsim.model.world import RegisteredClient

PAGE = "http://127.0.0.1:5173"
APP = RegisteredClient(
    client_id="my-page",
    name="My Page",
    redirect_uris=(f"{PAGE}/spa/",),
    confidential=False,
    secret=None,
    scopes=("openid", "read:messages"),
)


def asked(world: LiveWorld, origin: str) -> str | None:
    """The origin that the API names when a page of this origin calls it."""
    with httpx.Client(transport=WorldTransport(world)) as browser:
        answer = browser.get("https://api.example/messages", headers={"Origin": origin})
    allowed: str | None = answer.headers.get("Access-Control-Allow-Origin")
    return allowed


def test_the_page_of_an_app_reads_the_answer_from_the_moment_it_is_registered() -> None:
    world = LiveWorld(clients=[])
    assert asked(world, PAGE) is None
    world.register(APP)
    assert asked(world, PAGE) == PAGE
    assert asked(world, "http://127.0.0.1:5174") != "http://127.0.0.1:5174"
    assert asked(world, "https://evil.example") != "https://evil.example"


@pytest.mark.parametrize(("setting", "named"), [("none", None), ("any", "*")])
def test_a_setting_of_the_api_stands_above_what_is_registered(setting: str, named: str | None) -> None:
    world = LiveWorld(Scenario(api_cors=setting), clients=[APP])  # type: ignore[arg-type]
    assert asked(world, PAGE) == named
