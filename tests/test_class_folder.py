"""The folder of a class: what is in it, what it says, and that nothing of anybody else's is harmed."""

import json
import os
import re
import zipfile
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest

from flowsim.analysis.statements import STATEMENTS
from flowsim.cli import main
from flowsim.front_end.class_folder import folder as class_folder
from flowsim.front_end.class_folder.guide import guide
from flowsim.lessons.class_test import forms
from flowsim.model.settings import ScenarioError
from flowsim.model.steps import STEPS
from tests.browser.exported import payload_of
from tests.kit.pages import unpack, unpacked
from tests.kit.site import one_cell
from tests.kit.trainers_guide import PAGE

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all there is, but of the matrix one cell."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_folder, "whole_matrix", one_cell)
        target = tmp_path_factory.mktemp("class") / "deep" / "class"
        class_folder.write_folder(target, class_folder.makers(scorm=True))
        again = target.parent / "again"
        class_folder.write_folder(again, class_folder.makers(scorm=True))
    return target


class Addresses(HTMLParser):
    """Every address in a page that a browser would load or go to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "href" and tag == "a":
                self.linked.append(value or "")
            elif name in ("src", "href", "srcset", "action", "data"):
                self.loaded.append(value or "")


def test_no_page_loads_anything_and_every_link_inside_leads_to_a_file(written: Path) -> None:
    pages = sorted(written.glob("*.html"))
    assert len(pages) == 10
    for page in pages:
        found = Addresses(page.read_text("utf-8"))
        assert found.loaded == [], page.name
        inside = [one for one in found.linked if not one.startswith(("http", "#"))]
        assert all((written / one.partition("#")[0]).is_file() for one in inside), page.name
    front = Addresses((written / "index.html").read_text("utf-8")).linked
    assert {*front} | {"index.html"} == {page.name for page in pages}


def test_it_is_the_same_when_it_is_written_again(written: Path) -> None:
    again = written.parent / "again"
    names = {path.name for path in written.iterdir()}
    assert names == {path.name for path in again.iterdir()}
    assert [name for name in names if (written / name).read_bytes() != (again / name).read_bytes()] == []


def test_one_file_holds_the_login_with_and_without_pkce_each_with_its_thief(written: Path) -> None:
    branches = payload_of((written / "players.html").read_text("utf-8"))["branches"]
    shown = [one for one in branches if not one["hidden"]]
    played = [(one["trace"]["scenario"]["pkce"], one["trace"]["scenario"]["attacker"]) for one in shown]
    assert played == [("S256", None), ("S256", "code-interception"), ("none", None), ("none", "code-interception")]
    assert [one["trace"]["verdict"]["attack_succeeded"] for one in shown] == [False, False, False, True]


def test_the_quiz_holds_each_statement_with_its_answer_and_the_runs_that_decide_it(written: Path) -> None:
    text = (written / "quiz.html").read_text("utf-8")
    held = json.loads(unpack(text, "packed-data"))
    assert [one["name"] for one in held["statements"]] == [statement.name for statement in STATEMENTS]
    payloads = unpacked(unpack(text, "packed-runs"), [one["part"] for one in held["statements"]])
    for statement, one, payload in zip(STATEMENTS, held["statements"], payloads, strict=True):
        decision = statement.decide()
        assert (one["holds"], one["answer"]) == (decision.holds, decision.answer)
        shown = [branch["trace"]["verdict"]["sentence"] for branch in payload["branches"] if not branch["hidden"]]
        assert shown[0] == decision.deciding.verdict.sentence
        assert payload["view"]["branch"] == payload["branches"][0]["name"]


def test_a_test_sheet_holds_its_questions_and_no_answer_and_the_key_holds_all(written: Path) -> None:
    key = (written / "answer-key.html").read_text("utf-8")
    for form in forms():
        sheet = (written / f"test-{form.name.lower()}.html").read_text("utf-8")
        assert sheet.count("☐ I do not know") == len(form.questions) == sheet.count('class="boxes"')
        assert "RFC" not in sheet
        assert all(question.why.partition("'")[0] not in sheet for question in form.questions)
    answers = re.findall(r"<p><b>(.*?)\.</b>", key)
    assert answers == [question.answer for form in forms() for question in form.questions]


def test_the_guide_has_three_plans_whose_minutes_are_right_and_all_notes_of_the_steps(written: Path) -> None:
    text = guide()
    plans = dict(re.findall(r"^## (\d+) minutes.*?\n\n(.*?)\n\n", text, re.MULTILINE | re.DOTALL))
    assert {
        int(name): sum(map(int, re.findall(r"^\| (\d+) \|", plan, re.MULTILINE))) for name, plan in plans.items()
    } == {
        45: 45,
        90: 90,
        180: 180,
    }
    assert all(step.notes in text for step in STEPS)
    assert not re.search(r"\{[\w-]+\}", text)
    assert PAGE.read_text("utf-8") == text, "make map writes it anew"
    assert "<table>" in (written / "trainer.html").read_text("utf-8")


def test_each_branch_that_the_guide_names_is_in_the_player(written: Path) -> None:
    titles = {one["title"] for one in payload_of((written / "players.html").read_text("utf-8"))["branches"]}
    named = set(re.findall(r"branch “(.*?)”", guide()))
    assert len(named) == 3
    assert named <= titles


def test_the_package_for_a_platform_is_whole(written: Path) -> None:
    package = zipfile.ZipFile(BytesIO((written / "scorm12.zip").read_bytes()))
    manifest = ElementTree.fromstring(package.read("imsmanifest.xml"))
    cp, adl = "{http://www.imsproject.org/xsd/imscp_rootv1p1p2}", "{http://www.adlnet.org/xsd/adlcp_rootv1p2}"
    assert manifest.tag == f"{cp}manifest"
    assert [one.text for one in manifest.findall(f"{cp}metadata/*")] == ["ADL SCORM", "1.2"]
    organizations = manifest.find(f"{cp}organizations")
    assert organizations is not None
    assert organizations.get("default") == organizations[0].get("identifier")
    (item,), (resource,) = manifest.iter(f"{cp}item"), manifest.iter(f"{cp}resource")
    assert item.get("identifierref") == resource.get("identifier")
    assert (resource.get("type"), resource.get(f"{adl}scormtype")) == ("webcontent", "sco")
    files = [one.get("href") for one in resource.iter(f"{cp}file")]
    assert resource.get("href") in files
    assert sorted(package.namelist()) == sorted(["imsmanifest.xml", *(str(one) for one in files)])
    identifiers = [one.get("identifier") for one in manifest.iter() if one.get("identifier")]
    assert len(identifiers) == len(set(identifiers)) == 4
    assert json.loads(unpack(package.read("quiz.html").decode(), "packed-data"))["alone"] is True


MADE: class_folder.Makers = {"index.html": lambda: "<p>one</p>", "quiz.html": lambda: b"two"}


def test_files_of_others_stay_and_its_own_are_written_anew(tmp_path: Path) -> None:
    class_folder.write_folder(tmp_path, MADE)
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    class_folder.write_folder(tmp_path, {**MADE, "quiz.html": lambda: "new"})
    assert {path.name: path.read_text("utf-8") for path in tmp_path.glob("[a-z]*")} == {
        "index.html": "<p>one</p>",
        "quiz.html": "new",
        "notes.txt": "mine",
    }


@pytest.mark.parametrize("foreign", ["index.html", "quiz.html"])
@pytest.mark.parametrize("changed", [True, False])
def test_a_file_that_somebody_else_has_put_there_or_changed_is_not_overwritten(
    tmp_path: Path, foreign: str, changed: bool
) -> None:
    if changed:
        class_folder.write_folder(tmp_path, MADE)
    (tmp_path / foreign).write_text("mine", "utf-8")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ScenarioError, match="not as flowsim has left it"):
        class_folder.write_folder(tmp_path, {**MADE, "players.html": lambda: "three"})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_link_is_not_followed_to_a_file_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.html"
    elsewhere.write_text("mine", "utf-8")
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "index.html").symlink_to(elsewhere)
    with pytest.raises(ScenarioError, match="not as flowsim has left it"):
        class_folder.write_folder(folder, MADE)
    assert elsewhere.read_text("utf-8") == "mine"


def test_writing_that_was_interrupted_can_be_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class_folder.write_folder(tmp_path, MADE)
    put, writes = class_folder._put, 0

    def fails_once(path: Path, content: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == 3:
            raise OSError(28, "No space left on device")
        put(path, content)

    newer: class_folder.Makers = {name: lambda: "newer" for name in MADE}
    monkeypatch.setattr(class_folder, "_put", fails_once)
    with pytest.raises(ScenarioError, match="No space left on device; choose another folder"):
        class_folder.write_folder(tmp_path, newer)
    class_folder.write_folder(tmp_path, newer)
    assert {path.read_text("utf-8") for path in tmp_path.glob("*.html")} == {"newer"}


@pytest.mark.parametrize("list_text", ["[]", "{", "x"])
def test_a_list_that_is_none_of_ours_is_no_licence(tmp_path: Path, list_text: str) -> None:
    (tmp_path / class_folder.LIST).write_text(list_text, "utf-8")
    with pytest.raises(ScenarioError, match="not as flowsim has left it"):
        class_folder.write_folder(tmp_path, MADE)


@pytest.mark.parametrize(
    ("name", "reason"), [("file", "is a file; name a folder"), ("x\0", "null"), ("file/in", "cannot")]
)
def test_what_is_no_folder_is_said_in_one_line(tmp_path: Path, capsys: Capture, name: str, reason: str) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    assert main(["lesson", os.path.join(tmp_path, name)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert reason in told.err


def test_the_command_says_what_it_has_written(monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path) -> None:
    monkeypatch.setattr(
        class_folder, "makers", lambda scorm: {**MADE, **({"scorm12.zip": lambda: b"zip"} if scorm else {})}
    )
    assert main(["lesson", str(tmp_path / "class"), "--scorm"]) == 0
    assert "wrote 3 files into" in capsys.readouterr().out
    assert (tmp_path / "class" / "scorm12.zip").read_bytes() == b"zip"
