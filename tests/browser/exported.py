"""What a browser test of an exported page says: open it, go to a place in it, read what it holds."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page

from flowsim import Simulation
from flowsim.front_end.packed import packed
from flowsim.front_end.page import player_page
from flowsim.front_end.pool import Pool
from tests.kit.pages import payload_in

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
    payload: dict[str, Any] = payload_in(text)
    return payload


def with_payload(payload: dict[str, Any]) -> str:
    """An exported page with this trace in it."""
    text = player_page(Simulation(seed=7))
    pool = Pool()
    pool.add(payload)
    start = text.index('id="packed-data">') + len('id="packed-data">')
    return text[:start] + packed(pool.text()) + text[text.index("</script>", start) :]
