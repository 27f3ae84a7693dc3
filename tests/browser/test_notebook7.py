"""The same notebook in Notebook 7, whose server is the same one."""

import filecmp
import re
import shutil
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.jupyter import TOKEN, restore
from tests.browser.lab import LOAD_MS, Lab

NOTEBOOK = "00-start.ipynb"
HONEST = 7  # the cell with a login that nobody attacks


def test_the_first_notebook_works_in_notebook_7(lab: Lab) -> None:
    page = lab.page
    page.goto(f"{lab.url}/notebooks/notebooks/{NOTEBOOK}?token={TOKEN}")
    expect(page.locator(".jp-Notebook")).to_be_visible(timeout=LOAD_MS)
    kernel = page.locator(".jp-Notebook-ExecutionIndicator")
    # The indicator says "idle" before there is a kernel, too, and who runs a cell then is asked which one to take.
    expect(page.get_by_role("button", name="Python 3 (ipykernel)")).to_be_visible(timeout=LOAD_MS)
    expect(kernel).to_have_attribute("data-status", "idle", timeout=LOAD_MS)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    player = lab.cell(HONEST).get_by_test_id("player")
    for patience in (LOAD_MS / 8, LOAD_MS):  # what is asked while the page still connects to the kernel may be lost
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        with suppress(AssertionError):
            lab.cell(HONEST)
            expect(player).to_be_visible(timeout=patience)
            break
    expect(player).to_be_visible()
    for _ in range(6):
        player.get_by_test_id("next").click()
    expect(player.get_by_test_id("where")).to_contain_text("Step 6 of 11")
    player.get_by_test_id("inject").click()
    player.focus()
    page.keyboard.press("End")
    expect(player.get_by_test_id("verdict")).to_contain_text(re.compile("attacker", re.IGNORECASE))
    lab.shot("notebook-7")


def test_a_notebook_is_opened_in_jupyterlab_whatever_page_a_test_has_left_in_the_window(lab: Lab) -> None:
    lab.ready(NOTEBOOK)
    lab.page.goto(f"{lab.url}/notebooks/notebooks/{NOTEBOOK}?token={TOKEN}")
    expect(lab.page.locator(".jp-Notebook")).to_be_visible(timeout=LOAD_MS)
    lab.ready(NOTEBOOK)
    expect(lab.cell(HONEST).get_by_test_id("player")).to_be_visible()

    # Neither does a question that nobody answers stay in the way, nor a theme, nor what stands beside the notebook.
    page = lab.page
    lab.theme("dark")
    lab.hide_sidebar()
    page.evaluate("() => { window.jupyterapp.commands.execute('help:about') }")
    expect(page.locator(".jp-Dialog")).to_be_visible()
    lab.ready(NOTEBOOK)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Light")
    expect(page.locator(".jp-FileBrowser").first).to_be_visible()
    expect(lab.cell(HONEST).get_by_test_id("player")).to_be_visible()


def test_the_notebooks_are_as_at_first_whatever_a_test_has_written_among_them(tmp_path: Path, notebooks: Path) -> None:
    copy = tmp_path / "notebooks"
    shutil.copytree(notebooks, copy)
    for name, text in ((NOTEBOOK, "{}"), ("solutions/new.ipynb", "{}"), ("flowsim-progress.jsonl", "{}\n")):
        (copy / name).write_text(text, "utf-8")
    (copy / "conftest.py").unlink()
    restore(copy, notebooks)
    compared = filecmp.dircmp(notebooks, copy)
    assert not (compared.diff_files or compared.left_only or compared.right_only)
    assert not (copy / "solutions" / "new.ipynb").exists()
