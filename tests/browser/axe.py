"""What axe-core finds in a page, or in a part of one, that would keep somebody out."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# The rules of WCAG 2.0 to 2.2, A and AA, and what axe holds to be the best practice besides.
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def barriers(page: Page, part: str | None = None) -> list[str]:
    """What is serious or critical; `part` is a selector."""
    return [one for one in _found(page, part, {}) if one.split()[1].rstrip(":") in ("serious", "critical")]


def violations(page: Page, part: str | None = None) -> list[str]:
    """Whatever violates a rule or a best practice; `part` is a selector, and a part needs no landmarks of its own."""
    return _found(page, part, {"runOnly": {"type": "tag", "values": _TAGS}})


def _found(page: Page, part: str | None, options: dict[str, object]) -> list[str]:
    found = Axe().run(page, context=part, options=options).response["violations"]
    return [f"{one['id']} {one['impact']}: {node['target']}" for one in found for node in one["nodes"]]
