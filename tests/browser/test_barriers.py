"""No barrier: axe-core looks at the player in both themes, at every kind of tab."""

from typing import Any

import pytest

from tests.browser.axe import barriers
from tests.browser.exported import Opened, go


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(opened: Opened, scheme: Any) -> None:
    page = opened()
    page.emulate_media(color_scheme=scheme)
    found = [f"start: {one}" for one in barriers(page)]
    stops = [(3, "message"), (3, "checks"), (5, "page"), (8, "checks"), (9, "memory"), (11, "knows")]
    for position, tab in stops:
        panel = go(page, position, tab)
        for more in ("ask", "all-values"):
            if panel.get_by_test_id(more).count():
                panel.get_by_test_id(more).first.click()
        found += [f"{position} {tab}: {one}" for one in barriers(page)]
    page.get_by_test_id("inject").click()
    for position, tab in [(7, "message"), (9, "checks"), (9, "knows"), (10, "message")]:
        go(page, position, tab)
        found += [f"attack {position} {tab}: {one}" for one in barriers(page)]
    assert found == []
