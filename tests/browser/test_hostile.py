"""No attacker gets anything to run or to be fetched, whatever text he chooses and wherever it is shown.

This is proved, not argued: a trace in which every text is hostile is walked from end to end.
"""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from flowsim import Simulation
from flowsim.front_end.page import player_page
from tests.browser.exported import TABS, Opened, go, payload_of, with_payload

MARK = "window.hit = 1"
AWAY = "https://evil.example/"
HOSTILE = (
    f"<img src=x onerror='{MARK}'>",
    f'"><script>{MARK}</script>',
    f"</script></style></textarea></title><svg onload='{MARK}'>",
    f"javascript:{MARK}//",
    f"<a href='javascript:{MARK}'>x</a><link rel=stylesheet href='{AWAY}a.css'>",
    f"url({AWAY}b.png) ${{{MARK}}} {{{{{MARK}}}}} `<b>`",
    "__proto__",
    "constructor",
)
HOSTILE_PAGE = (
    f"<!doctype html><html><head><base href='{AWAY}'><meta http-equiv=refresh content='0;url={AWAY}refresh'>"
    f"<link rel=stylesheet href='{AWAY}c.css'><style>body {{ background: url({AWAY}d.png) }}</style></head>"
    f"<body onload='top.hit = 1'><script>top.hit = 1; parent.hit = 1</script><img src='{AWAY}e.png' onerror='top.hit = 1'>"
    f"<iframe src='{AWAY}f'></iframe><form action='{AWAY}g'><input autofocus onfocus='top.hit = 1'></form>"
    f"<video src='{AWAY}h'></video><object data='{AWAY}i'></object></body></html>"
)
# What the player is steered by; the rest of an event is text that somebody may have chosen.
STEERING = {"index", "step", "run", "attack", "before", "after", "outcome", "lane", "on", "passed", "decides", "tone"}
STEERING |= {"name", "branches", "inject", "view", "lanes", "version", "hidden", "shared", "inject_at", "svg", "actor"}


def hostile(value: Any, numbers: Iterator[str], key: str = "") -> Any:
    """The same value with every text in it replaced by a hostile one."""
    if isinstance(value, dict):
        if value.get("kind") in ("request", "response", "opening"):
            return hostile_message(value, numbers)
        names = {name: next(numbers) if key == "memory party" else name for name in value}
        inner = {"memory_changes": "memory lanes", "memory lanes": "memory party"}
        return {
            names[name]: one if name in STEERING else hostile(one, numbers, inner.get(key) or name)
            for name, one in value.items()
        }
    if isinstance(value, list):
        return [hostile(one, numbers, key) for one in value]
    return next(numbers) if isinstance(value, str) and key not in ("kind", "from", "to", "id") else value


def hostile_message(message: dict[str, Any], numbers: Iterator[str]) -> dict[str, Any]:
    page = any("text/html" in value for _, value in message.get("headers", []))
    json_body = json.dumps({next(numbers): next(numbers), "access_token": {next(numbers): [next(numbers)]}})
    return message | {
        "url": f"https://as.example/authorize?{next(numbers)}={next(numbers)}&state={next(numbers)}",
        "method": next(numbers),
        "reason": next(numbers),
        "status": next(numbers),
        "headers": [[name, next(numbers)] for name, _ in message.get("headers", []) if name != "Content-Type"]
        + [[next(numbers), next(numbers)], ["Content-Type", "text/html" if page else next(numbers)]],
        "body": HOSTILE_PAGE if page else json_body,
    }


def endless() -> Iterator[str]:
    while True:
        yield from HOSTILE


@pytest.mark.parametrize("policy", [True, False], ids=["as exported", "without the page's own policy"])
def test_hostile_texts_are_inert_wherever_they_are_shown(opened: Opened, policy: bool) -> None:
    """In a notebook there is no Content-Security-Policy to help, so the player has to do without."""
    payload = payload_of(player_page(Simulation(seed=7)))
    numbers = endless()
    for branch in payload["branches"]:
        branch["trace"]["events"] = hostile(branch["trace"]["events"], numbers)
        branch["trace"]["secrets"] = [one | {"value": next(numbers)} for one in branch["trace"]["secrets"]]
        branch["trace"]["verdict"] |= {"sentence": next(numbers), "stopped_by_title": next(numbers)}
        branch["title"] = next(numbers)
    payload["fields"] = {
        place: {name: [f"{next(numbers)} `{next(numbers)}`", next(numbers), f"javascript:{MARK}"] for name in names}
        for place, names in payload["fields"].items()
    }
    payload["steps"] = [step | {"title": next(numbers), "text": next(numbers)} for step in payload["steps"]]
    text = with_payload(payload)
    if not policy:
        text = re.sub(r'<meta http-equiv="Content-Security-Policy".*?>', "", text, count=1, flags=re.DOTALL)
    page = opened(text)
    walked = walk(page, range(len(payload["branches"][0]["trace"]["events"]) + 1))
    page.get_by_test_id("inject").click()
    walked += walk(page, range(6, len(payload["branches"][1]["trace"]["events"]) + 1))
    page.wait_for_timeout(500)
    assert page.evaluate("window.hit") is None
    assert (
        page.evaluate(
            "document.querySelectorAll('[href^=\"javascript:\" i], .fs-player img, .fs-player script').length"
        )
        == 0
    )
    assert len(page.context.pages) == 1
    assert page.url.startswith("file:")
    for one in HOSTILE[:3]:
        assert one in walked


def test_a_hostile_page_does_not_even_open_a_connection(opened: Opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(1.5)
        away = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        reaching = (
            f"<iframe src='{away}a'></iframe><link rel=preconnect href='{away}'><link rel=prefetch href='{away}b'>"
            f"<object data='{away}c'></object><embed src='{away}d'><img src='{away}e'><svg><image href='{away}f'/></svg>"
            f"<div><template shadowrootmode=open><iframe src='{away}g'></iframe></template></div>"
            f"<noscript><iframe src='{away}h'></iframe></noscript><style>@import '{away}i'; p {{background:url({away}j)}}"
            f"</style><p>x<video src='{away}k' poster='{away}l'></video><meta http-equiv=refresh content='0;url={away}m'>"
        )
        payload = payload_of(player_page(Simulation(seed=7)))
        for event in payload["branches"][0]["trace"]["events"]:
            for message in event["http"]:
                if message["kind"] == "response":
                    message |= {"headers": [["Content-Type", "text/html"]], "body": reaching}
        page = opened(with_payload(payload))
        go(page, 4, "page")
        assert page.get_by_test_id("page").count()
        with pytest.raises(TimeoutError):
            listening.accept()


def walk(page: Page, positions: range) -> str:
    """Look at everything there is at these positions, open all that opens, and return what is written there."""
    seen = []
    for position in positions:
        go(page, position)
        for tab in TABS:
            if not page.get_by_test_id(f"tab-{tab}").count():
                continue
            panel = go(page, 0, tab)
            panel.evaluate(
                "node => { for (const one of node.querySelectorAll('[aria-expanded], summary')) { one.click(); } }"
            )
            seen.append(panel.evaluate("node => node.textContent"))
    return "\n".join(seen)
