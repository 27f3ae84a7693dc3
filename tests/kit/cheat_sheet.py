"""docs/cheat-sheet.pdf: the cheat sheet, printed by Chromium on one side of A4; `make map` writes it.

The title in the file holds a digest of the page, so that a test sees whether the file is of today's page.
"""

import hashlib
import re
from pathlib import Path

from playwright.sync_api import sync_playwright

from flowsim.lessons.cheat_sheet import TITLE, cheat_sheet
from tests.browser import installed

PDF = Path(__file__).parents[2] / "docs" / "cheat-sheet.pdf"


def titled() -> str:
    """The page with a digest of itself in its title."""
    page = cheat_sheet()
    digest = hashlib.sha256(page.encode()).hexdigest()[:12]
    return page.replace(f"<title>{TITLE}</title>", f"<title>{TITLE} ({digest})</title>")


def title_of(pdf: bytes) -> str:
    """The title that stands in this file."""
    found = re.search(rb"/Title \(((?:[^()\\]|\\.)*)\)", pdf)
    return found[1].decode().replace("\\(", "(").replace("\\)", ")") if found else ""


def pages_of(pdf: bytes) -> int:
    """How many pages this file has."""
    return len(re.findall(rb"/Type /Page\b(?!s)", pdf))


def printed() -> bytes:
    """The page as Chromium prints it."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=installed.find(installed.CHROMIUM)) as browser,
    ):
        page = browser.new_page()
        page.set_content(titled())
        return page.pdf(prefer_css_page_size=True)


if __name__ == "__main__":
    PDF.write_bytes(printed())
    print(f"{PDF.name}: {pages_of(PDF.read_bytes())} page")
