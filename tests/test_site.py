"""The site: every lesson has its pages, every link inside leads somewhere, and nothing is loaded from elsewhere."""

import gzip
import json
import re
from base64 import b64decode
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

import pytest

from flowsim import Simulation, bench
from flowsim.exercises.kinds import NOT_ANSWERED
from flowsim.front_end.page import NEEDS_A_KERNEL, NO_ANSWER_KEPT
from flowsim.front_end.site.lesson_page import UNANSWERED, LessonPage, place
from flowsim.front_end.site.links import Links
from flowsim.front_end.site.search_index import TAKER
from flowsim.front_end.site.stored import Part, cut
from flowsim.lessons.course import LESSONS
from flowsim.views.formats.player_payload import player_payload
from flowsim.views.text.explain import ENTRIES
from tests.kit.pages import unpacked
from tests.kit.site import NOTEBOOKS, Page, small_site

HERE = "https://github.com/somebody/flowsim"
RUN = "lite/lab/index.html"
# Both ways in which a site is built: on a host that knows its repository, and from a copy that knows of none.
WAYS: Mapping[str, tuple[str | None, bool]] = {"known": (HERE, True), "unknown": (None, False)}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both sites."""
    folders = {name: tmp_path_factory.mktemp(name) for name in WAYS}
    for name, (repository, run) in WAYS.items():
        small_site(folders[name], repository=repository, run=run)
    return folders


@pytest.fixture(params=WAYS)
def site(sites: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    """One of them."""
    return sites[request.param]


def pages_of(site: Path) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}


def notebook(name: str) -> Any:
    return json.loads((NOTEBOOKS / f"{name}.ipynb").read_text("utf-8"))


def test_every_lesson_has_a_page_and_its_solutions_one_where_there_are_any(site: Path) -> None:
    pages = pages_of(site)
    for lesson in LESSONS:
        assert place(lesson) in pages
        solved = (NOTEBOOKS / "solutions" / f"{lesson.name}.ipynb").exists()
        assert (place(lesson, solutions=True) in pages) is solved
    assert sum(name.startswith("read/") for name in pages) == len([*NOTEBOOKS.rglob("[0-9]*.ipynb")])


def test_every_link_inside_leads_to_a_file_and_a_place_that_exist(site: Path) -> None:
    pages = pages_of(site)
    wrong = []
    for name, page in pages.items():
        for link in page.links:
            if re.match(r"https?://|mailto:", link):
                continue
            file, _, at = link.partition("#")
            file, _, query = file.partition("?")
            target = normpath(join(dirname(name), file)) if file else name
            if target == RUN:
                found = re.fullmatch(r"path=(.+)", query)
                right = bool(found and (NOTEBOOKS / unquote(found[1])).is_file())
            elif at and target in pages and not target.startswith("class/matrix"):
                right = unquote(at) in pages[target].places
            else:
                right = (site / target).is_file()
            wrong += [] if right else [f"{name}: {link}"]
    assert wrong == []


def test_no_page_loads_anything_but_the_files_beside_it(site: Path) -> None:
    for name, page in pages_of(site).items():
        inside = [one for one in page.loaded if one != "data:,"]
        assert all((site / normpath(join(dirname(name), one))).is_file() for one in inside), name
    styles = (site / "site/site.css").read_text("utf-8")
    assert "url(" not in styles
    assert "@import" not in styles


def test_no_two_places_of_a_page_have_one_name_and_each_has_one_title_and_one_content(site: Path) -> None:
    for name, page in pages_of(site).items():
        assert len(page.places) == len(set(page.places)), name
        if not name.startswith("class/"):
            assert page.headings.count("h1") == 1, name
            assert page.mains == 1, name


def test_nothing_that_is_built_has_a_placeholder(site: Path) -> None:
    for path in (one for one in site.rglob("*") if one.is_file()):
        found = re.search(
            r"\bOWNER\b|YOUR[-_ ]?(?:NAME|ACCOUNT|ORG)\b|\bTODO\b|example\.com/(?:owner|user)", path.read_text("utf-8")
        )
        assert not found, (path.name, found)


def test_links_to_the_repository_and_to_binder_are_there_only_where_its_address_is_known(
    sites: dict[str, Path],
) -> None:
    everywhere = {
        name: {link for page in pages_of(site).values() for link in page.links} for name, site in sites.items()
    }
    theirs = re.compile(r"https://(?:github\.com|mybinder\.org)/")
    assert {one for one in everywhere["unknown"] if theirs.match(one)} == set()
    known = {one for one in everywhere["known"] if theirs.match(one)}
    assert HERE in known
    assert f"{HERE}/blob/HEAD/docs/your-app.md" in known
    assert any(one.startswith("https://mybinder.org/v2/gh/somebody/flowsim/HEAD?urlpath=lab%2Ftree") for one in known)
    assert all(one.startswith((HERE, "https://mybinder.org/v2/gh/somebody/flowsim/")) for one in known)


def test_on_a_site_where_nothing_runs_no_page_links_to_what_is_not_there(sites: dict[str, Path]) -> None:
    running = {
        name: [one for one in Page((site / "index.html").read_text("utf-8")).links if RUN in one]
        for name, site in sites.items()
    }
    assert running["unknown"] == []
    assert {f"{RUN}?path={lesson.name}.ipynb" for lesson in LESSONS} == set(running["known"])


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_every_stored_player_and_question_of_a_lesson_is_on_its_page_as_data(lesson: Any) -> None:
    stored = notebook(lesson.name)
    html = [
        "".join(one.get("data", {}).get("text/html", "")) for cell in stored["cells"] for one in cell.get("outputs", [])
    ]
    page = LessonPage(lesson, stored, Links(place(lesson), HERE, True))
    text = page.html()
    assert (
        len(page.parts) == sum(one.count('class="flowsim-player"') for one in html) == text.count('<div class="part ')
    )
    assert "<iframe" not in text
    assert NEEDS_A_KERNEL not in text
    assert NO_ANSWER_KEPT not in text
    needing = sum(one.count(NEEDS_A_KERNEL) + one.count(NO_ANSWER_KEPT) + one.count(UNANSWERED) for one in html)
    assert text.count('<p class="needs">') == needing
    (data,) = re.findall(r'<script type="application/json" id="parts">(.*?)</script>', text) or ['{"parts": []}']
    listed = json.loads(data)["parts"]
    assert [one["kind"] for one in listed] == [part.kind for part in page.parts]
    for cell in stored["cells"]:
        if cell["cell_type"] == "markdown":
            for folded in re.findall(r"<summary>(.*?)</summary>", "".join(cell["source"])):
                assert f"<summary>{folded}</summary>" in text


def test_what_a_page_mounts_is_the_same_payload_that_the_widget_has(sites: dict[str, Path]) -> None:
    login = Simulation(pkce="S256", seed=7)
    text = (sites["known"] / "index.html").read_text("utf-8")
    (data,) = re.findall(r'<script type="application/json" id="parts">(.*?)</script>', text)
    held = json.loads(data)
    (payload,) = unpacked(gzip.decompress(b64decode(held["packed"])).decode(), [one["place"] for one in held["parts"]])
    assert payload == json.loads(json.dumps(player_payload(login)))


def test_a_stored_output_is_cut_into_its_html_and_its_parts() -> None:
    stored = bench(seed=7)._repr_mimebundle_()["text/html"]
    before, part, after = cut(stored)
    assert isinstance(part, Part)
    assert part.kind == "player"
    assert [one["name"] for one in part.data["branches"] if not one["hidden"]] == ["login"]
    assert "The controls of this bench" in str(before)
    assert (after, "<script" in f"{before}{after}") == ("</div>", False)


def test_what_is_no_frame_of_ours_stays_as_it_is() -> None:
    for html in (
        "<p>4</p>",
        '<iframe src="a.html"></iframe>',
        '<iframe class="flowsim-player" srcdoc="&lt;p&gt;"></iframe>',
    ):
        assert cut(html) == [html]


def test_the_sentence_of_an_exercise_without_an_answer_is_known() -> None:
    assert NOT_ANSWERED.startswith(UNANSWERED)


def cells(*sources: str, kind: str = "markdown") -> dict[str, Any]:
    return {"cells": [{"cell_type": kind, "source": [source], "outputs": []} for source in sources]}


def shown(made: dict[str, Any], repository: str | None = HERE, run: bool = True) -> str:
    return LessonPage(LESSONS[0], made, Links(place(LESSONS[0]), repository, run)).html()


def test_code_and_what_it_printed_are_escaped() -> None:
    made = cells('print("<script>alert(1)</script>")', kind="code")
    printed = "<img src=x onerror=alert(2)>\x1b[31mred\x1b[0m"
    made["cells"][0]["outputs"] = [
        {"output_type": "stream", "text": [printed]},
        {"output_type": "execute_result", "data": {"text/plain": [printed]}},
        {"output_type": "error", "traceback": [printed]},
    ]
    text = shown(made)
    assert "<script>alert" not in text
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=alert(2)&gt;red") == 3


def test_two_headings_with_the_same_words_have_two_places_and_the_list_names_both() -> None:
    text = shown(cells("# One", "## Why?", "## Why?", "## Why?", "## Why 2", "## `x`", "## ?"))
    places = re.findall(r'<h2 id="([^"]*)"', text)
    assert len(set(places)) == len(places) == 6
    assert re.findall(r'<li><a href="#([^"]*)">', text) == places


@pytest.mark.parametrize(
    ("source", "repository", "link"),
    [
        ("[a](02-eleven-steps.ipynb#why)", None, "02-eleven-steps.html#why"),
        ("[a](solutions/00-start.ipynb)", None, "solutions/00-start.html"),
        ("[a](../docs/glossary.md#id-token)", None, "../class/glossary.html#id-token"),
        ("[a](apps/photo-page.js)", HERE, f"{HERE}/blob/HEAD/notebooks/apps/photo-page.js"),
        ("[a](apps/photo-page.js)", None, None),
        ("[*a* `b`](../../elsewhere)", HERE, None),
        ("[a](#why)", None, "#why"),
        ("[a](https://www.rfc-editor.org/rfc/rfc7636)", None, "https://www.rfc-editor.org/rfc/rfc7636"),
    ],
)
def test_a_link_of_a_notebook_leads_to_its_place_on_the_site_or_is_only_its_words(
    source: str, repository: str | None, link: str | None
) -> None:
    (told,) = re.findall(r"<article>(.*)</article>", shown(cells(source), repository), re.DOTALL)
    assert re.findall(r'href="([^"]*)"', told) == ([link] if link else [])
    assert "a" in told


def test_the_solutions_are_linked_after_the_exercises_and_nowhere_before(site: Path) -> None:
    for lesson in LESSONS:
        text = (site / place(lesson)).read_text("utf-8")
        first = text.find(f"solutions/{lesson.name}.html")
        last_exercise = max((found.start() for found in re.finditer(r"<b>Exercise ", text)), default=-1)
        assert first == -1 or first > last_exercise, lesson.name


def index_of(site: Path) -> list[list[str]]:
    text = (site / "site/index.js").read_text("utf-8")
    assert text.startswith(f"{TAKER}(")
    rows: list[list[str]] = json.loads(text.removeprefix(f"{TAKER}(").removesuffix(");\n"))
    return rows


def test_the_search_knows_every_heading_every_name_of_the_glossary_and_where_they_are(site: Path) -> None:
    rows = index_of(site)
    pages = pages_of(site)
    for title, _kind, path, _text in rows:
        file, _, at = path.partition("#")
        assert file in pages, title
        assert not at or at in pages[file].places, path
    headings = {path for _, kind, path, _ in rows if kind.startswith("lesson")}
    for lesson in LESSONS:
        shown_places = re.findall(r'<h[23] id="([^"]+)"', (site / place(lesson)).read_text("utf-8"))
        assert {f"{place(lesson)}#{at}" for at in shown_places} <= headings
    named = {(title, kind) for title, kind, _, _ in rows}
    assert {(one.name, one.kind) for one in ENTRIES} <= named
    assert len(rows) == len({(title, kind, path) for title, kind, path, _ in rows})


def test_the_words_of_a_lesson_stand_in_the_index_below_their_heading_and_no_solution_does(site: Path) -> None:
    rows = index_of(site)
    (found,) = [text for title, kind, _, text in rows if title == "Who takes part" and kind.startswith("lesson 00")]
    assert "short-lived code" in found
    assert "<" not in unescape(found)
    assert not [path for _, _, path, _ in rows if "solutions" in path]


def test_a_site_is_the_same_when_it_is_built_again(sites: dict[str, Path]) -> None:
    site = sites["unknown"]
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    names = small_site(site, repository=None, run=False)
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before
    assert {site / name for name in names} | {site / "class/.flowsim-lesson.json"} == {*before}


def test_the_front_page_says_what_of_a_lesson_does_not_run_in_a_browser(sites: dict[str, Path]) -> None:
    page = unescape((sites["known"] / "index.html").read_text("utf-8"))
    lacking = [one.in_a_browser.replace("`", "") for one in LESSONS if one.in_a_browser]
    assert lacking
    assert re.findall("<p>In your own browser, (.*?)</p>", page) == lacking
