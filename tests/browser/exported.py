"""What a browser test of an exported page says: open it, go to a place in it, read what it holds."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

from flowsim import Simulation
from flowsim.front_end.page import player_page

Opened = Callable[..., Page]
TABS = ("message", "checks", "knows", "memory", "page")


def go(page: Page, position: int, tab: str = "") -> Locator:
    """The panel at this position, with this tab in front."""
    if position:
        page.locator(f"[data-testid=segment][data-position='{position}']").click()
    if tab:
        page.get_by_test_id(f"tab-{tab}").click()
    return page.get_by_test_id("panel")


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def payload_of(text: str) -> dict[str, Any]:
    """The trace in an exported page."""
    found = re.search(r'<script type="application/json" id="trace">(.*?)</script>', text, re.DOTALL)
    assert found
    payload: dict[str, Any] = json.loads(found[1])
    return payload


def with_payload(payload: dict[str, Any]) -> str:
    """An exported page with this trace in it."""
    text = player_page(Simulation(seed=7))
    data = json.dumps(payload).replace("<", "\\u003c")
    start = text.index('id="trace">') + len('id="trace">')
    return text[:start] + data + text[text.index("</script>", start) :]
