"""The reference can be written, says everything that is public, and loads nothing from elsewhere."""

import re
import warnings
from html import unescape
from pathlib import Path

import pytest

import flowsim
from flowsim import Simulation
from flowsim.model.scenario import SETTINGS
from tests.kit import reference
from tests.kit.readme_map import LAYERS


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reference")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reference.write(folder)
    return folder


def test_the_first_page_is_that_of_the_public_names(pages: Path) -> None:
    assert "url=./flowsim.html" in (pages / "index.html").read_text("utf-8")
    told = (pages / "flowsim.html").read_text("utf-8")
    modules = {"pkce": "flowsim/protocol/pkce.html", "zoo": "flowsim/mutants.html"}
    missing = [
        name
        for name in flowsim.__all__
        if (f'href="{modules[name]}"' if name in modules else f'<section id="{name}"') not in told
    ]
    assert missing == []


def in_words(html: str) -> str:
    """The text of a page, without its tags, with one space between two words and none of the quotes that Markdown turns."""
    return " ".join(re.sub(r"['‘’`]", "", unescape(re.sub(r"<[^>]+>", "", html))).split())


def test_it_has_every_setting_and_every_method_of_a_simulation(pages: Path) -> None:
    told = (pages / "flowsim.html").read_text("utf-8")
    methods = [f"Simulation.{name}" for name in vars(Simulation) if not name.startswith("_")]
    assert [name for name in methods if f'id="{name}"' not in told] == []
    words = in_words(told)
    for setting in SETTINGS.values():
        assert in_words(f"{setting.name} = {setting.default!r}") in words
        assert all(in_words(text) in words for text in (setting.title, setting.help, *setting.choices.values()))


def test_it_has_every_folder(pages: Path) -> None:
    told = (pages / "flowsim.html").read_text("utf-8")
    for layer in LAYERS:
        assert f'href="./flowsim/{layer}.html"' in told
        assert (pages / "flowsim" / f"{layer}.html").is_file()


def test_it_needs_no_network_and_leads_to_no_page_that_is_not_there(pages: Path) -> None:
    written = sorted(pages.rglob("*.html"))
    assert len(written) > len(LAYERS)
    for page in written:
        text = page.read_text("utf-8")
        assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text), page
        assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//", text), page
        for target in re.findall(r'href="([^"#:$]+)(?:#[^"]*)?"', text):
            assert (page.parent / target).is_file(), f"{page}: {target}"
