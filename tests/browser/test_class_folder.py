"""The folder of a class, opened as files in a window that reaches no network: click through it as a learner would."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from flowsim.analysis.defences import columns
from flowsim.analysis.matrix import Matrix, cell
from flowsim.analysis.statements import STATEMENTS
from flowsim.front_end.class_folder import folder as class_folder
from tests.browser.axe import barriers
from tests.browser.conftest import sealed
from tests.browser.lab import SCREENSHOTS

ROW = "code-interception"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder; of the matrix one row, because all of it would take a quarter of a minute."""
    target = tmp_path_factory.mktemp("class")
    row = {(ROW, one): cell(ROW, *(() if one == "none" else (one,))) for one in columns(ROW)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_folder, "whole_matrix", lambda: Matrix(cells=row))
        class_folder.write_folder(target, class_folder.makers())
    return target


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_learner_clicks_through_the_folder(browser: Browser, written: Path, theme: str, width: int) -> None:
    with sealed(browser, viewport={"width": width, "height": 800}, color_scheme=theme, offline=True) as context:
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto((written / "index.html").as_uri())
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert barriers(page) == []
        page.screenshot(path=SCREENSHOTS / f"class-{theme}-{width}.png", full_page=True)
        for link, shown in (("Step through it", "player"), ("All attacks", None), ("Trainer's guide", None)):
            page.get_by_role("link", name=re.compile(f"^{link}")).click()
            if shown:
                expect(page.get_by_test_id(shown)).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") or link == "All attacks"
            page.go_back()
        page.get_by_role("link", name=re.compile("^True or false")).click()
        first = page.locator("section.statement").first
        first.get_by_role("button", name="True" if STATEMENTS[0].decide().holds else "False", exact=True).click()
        expect(page.get_by_role("status").first).to_have_text(f"1 of {len(STATEMENTS)} answered, 1 right")
        expect(first).to_contain_text("You were right")
        first.get_by_role("button", name="Step through the run").click()
        expect(first.get_by_test_id("player")).to_be_visible()
        expect(page.locator("section.statement").nth(1).get_by_role("status")).to_be_empty()
        page.screenshot(path=SCREENSHOTS / f"class-quiz-{theme}-{width}.png")
        page.get_by_role("link", name="All pages of this class").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert problems == []
