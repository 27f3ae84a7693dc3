"""What axe-core finds in a page, or in a part of one, that would keep somebody out."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def barriers(page: Page, part: str | None = None) -> list[str]:
    """What is serious or critical; `part` is a selector."""
    found = Axe().run(page, context=part).response["violations"]
    return [
        f"{one['id']} {one['impact']}: {node['target']}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
