"""The player for pages of others, as files: what is written, and that docs/players-in-your-page.md names all there is."""

import json
import re
from pathlib import Path

import pytest

from flowsim import Simulation
from flowsim.cli import main
from flowsim.front_end.any_page import player_files, player_module
from flowsim.front_end.bundle import STATIC
from flowsim.views.formats.player_payload import player_payload

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "players-in-your-page.md").read_text("utf-8")
PROGRAM = (STATIC / "any_page.js").read_text("utf-8")


def listed(name: str) -> list[str]:
    """The names in this list of the program."""
    found = re.search(rf"^const {name} = (\[.*?\]);", PROGRAM, re.MULTILINE)
    assert found
    names: list[str] = json.loads(found[1])
    return names


def test_the_module_is_one_file_that_reaches_out_to_nothing() -> None:
    module = player_module()
    assert not re.search(r"^\s*import\b|\bimport\(", module, re.MULTILINE)
    assert re.findall(r"^export (?:default )?(?:function )?(\W?\s?\w+)", module, re.MULTILINE) == ["play", "{ render"]
    assert "@import" not in re.search(r"^const PLAYER_STYLES = (.*);$", module, re.MULTILINE)[1]  # type: ignore[index]


def test_the_trace_is_the_payload_and_the_example_names_both_files() -> None:
    payload = player_payload(Simulation(seed=7))
    files = player_files(payload)
    assert json.loads(files["trace.json"]) == json.loads(json.dumps(payload))
    assert 'src="flowsim-player.mjs"' in files["index.html"] and 'src="trace.json"' in files["index.html"]


def test_the_documentation_names_every_option_theme_and_part() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", DOCS, re.MULTILINE))
    assert [*table] == listed("OPTIONS")
    assert all(f"`{theme}`" in table["theme"] for theme in listed("THEMES"))
    assert re.findall(r"`(\w+)`", table["hide"]) == listed("PARTS")


def test_the_command_of_the_documentation_writes_the_files_and_the_branches_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (command,) = re.findall(r"^flowsim (run .* --player) my-page/$", DOCS, re.MULTILINE)
    folder = tmp_path / "my-page"
    assert main([*command.split(), str(folder)]) == 0
    told = capsys.readouterr().out
    names = {"flowsim-player.mjs", "trace.json", "index.html"}
    assert names <= {path.name for path in folder.iterdir()}
    assert all(name in told for name in names)
    branches = {branch["name"] for branch in json.loads((folder / "trace.json").read_text("utf-8"))["branches"]}
    named = re.findall(r'branch(?:=|": )"?([\w:-]+)', DOCS)
    assert {name for name in named if name != "login"} <= branches


def test_a_page_that_the_reader_has_made_of_the_example_stays(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", "utf-8")
    for seed in ("7", "8"):
        assert main(["run", "--seed", seed, "--player", str(tmp_path)]) == 0
    assert (tmp_path / "index.html").read_text("utf-8") == "mine"


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert main(["run", "--player", str(tmp_path / "file")]) == 2
    assert "is a file; name a folder" in capsys.readouterr().err
