"""The hub of a class, without starting one: what its configuration names exists, and what it makes for each learner.

`python -m benchmarks.hub` starts it, and does the first lesson with a class.
"""

import builtins
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from nbformat.sign import NotebookNotary
from traitlets.config import Config

from flowsim.exercises.overview import hand_in
from flowsim.exercises.record import judged_and_kept
from flowsim.exercises.start import EXERCISES
from flowsim.model.scenario import ScenarioError

ROOT = Path(__file__).parents[1]
HUB = ROOT / "binder" / "hub"
SOURCE = (HUB / "jupyterhub_config.py").read_text("utf-8")
PASSWORD = "a class of one day"


class Hub(NamedTuple):
    """The configuration as JupyterHub gets it, the names that its file has made, and the folder of the class."""

    config: Any
    names: dict[str, Any]
    folder: Path


def load(**environment: str) -> tuple[Any, dict[str, Any]]:
    """Run the file as JupyterHub does, with these variables of the environment."""
    config = Config()
    names: dict[str, Any] = {"__file__": str(HUB / "jupyterhub_config.py"), "get_config": lambda: config}
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("FLOWSIM_")]:
            patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        builtins.exec(compile(SOURCE, "jupyterhub_config.py", "exec"), names)
    return config, names


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    folder = tmp_path_factory.mktemp("hub") / "class"
    config, names = load(FLOWSIM_CLASS=str(folder), FLOWSIM_CLASS_PASSWORD=PASSWORD)
    return Hub(config, names, folder)


def lessons(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.ipynb"))


def test_the_class_gets_the_lessons_of_the_course_and_no_solutions(hub: Hub) -> None:
    given = hub.folder / "notebooks"
    assert lessons(given) == lessons(ROOT / "notebooks")
    assert not (given / "solutions").exists()
    assert (given / "apps" / "photo-app.apk").is_file()
    for path in hub.names["files_of"](given):
        assert path.stat().st_mode & 0o222 == 0, f"{path} can be written"


def test_each_learner_gets_a_copy_of_their_own_that_can_be_written(hub: Hub) -> None:
    ada, zoe = (hub.names["make_learner"](hub.folder, name) for name in ("ada lovelace", "zoë o'neil-2"))
    assert ada == hub.folder / "learners" / "ada lovelace"
    for home in (ada, zoe):
        assert lessons(home / "notebooks") == lessons(ROOT / "notebooks")
        for path in (home / "notebooks").rglob("*.ipynb"):
            assert path.stat().st_mode & 0o200
            assert path.read_bytes() == (ROOT / "notebooks" / path.name).read_bytes()


def test_what_a_learner_has_written_stays_and_a_new_lesson_comes(hub: Hub) -> None:
    home = hub.names["make_learner"](hub.folder, "grace")
    (home / "notebooks" / "00-start.ipynb").write_text("my own", "utf-8")
    (hub.folder / "notebooks" / "of-today.ipynb").write_text('{"cells": []}', "utf-8")
    try:
        hub.names["make_learner"](hub.folder, "grace")
    finally:
        (hub.folder / "notebooks" / "of-today.ipynb").unlink()
    assert (home / "notebooks" / "00-start.ipynb").read_text("utf-8") == "my own"
    assert (home / "notebooks" / "of-today.ipynb").is_file()


def test_a_learner_need_not_trust_the_notebooks_to_see_their_players(hub: Hub) -> None:
    home = hub.names["make_learner"](hub.folder, "edsger")
    notary = NotebookNotary(data_dir=str(home / ".local" / "share" / "jupyter"))
    for path in (home / "notebooks").glob("*.ipynb"):
        assert notary.check_signature(nbformat.read(path, as_version=4)), path.name
    notary.store.close()


@pytest.mark.parametrize(
    "name", ["../x", "..", ".", "", ".hidden", "a/b", "/etc", "a\\b", "a\n", "a\0b", " a", "a.", "{username}", "x" * 41]
)
def test_a_name_that_is_no_name_is_refused_before_anything_is_made(hub: Hub, name: str) -> None:
    assert re.match(hub.config.Authenticator.username_pattern, name) is None
    there = sorted((hub.folder / "learners").iterdir())
    with pytest.raises(ValueError, match="is no name for a learner"):
        hub.names["make_learner"](hub.folder, name)
    assert sorted((hub.folder / "learners").iterdir()) == there


class User:
    name = "alan"


class Spawner:
    user = User()
    home_dir = notebook_dir = ""
    environment: dict[str, str] = {}  # noqa: RUF012 – as JupyterHub's has it


def test_what_a_learner_hands_in_lies_where_results_looks(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    spawner = Spawner()
    hub.config.Spawner.pre_spawn_hook(spawner)
    assert spawner.home_dir == spawner.notebook_dir == str(hub.folder / "learners" / "alan")
    assert json.loads((Path(spawner.environment["JUPYTER_CONFIG_PATH"]) / "jupyter_lab_config.json").read_text())
    monkeypatch.delenv("FLOWSIM_PROGRESS", raising=False)
    for name, value in spawner.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(Path(spawner.home_dir) / "notebooks")
    assert judged_and_kept(EXERCISES[0], "token.verifier_fits").right
    assert (Path.cwd() / "flowsim-progress.jsonl").is_file()
    hand_in("Alan T.")
    said = subprocess.run(
        [sys.executable, "-m", "flowsim", "results", str(hub.folder / "handed-in")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Alan T." in said
    hand_in("Alan T.", Path.cwd())
    assert (Path.cwd() / "answers-of-alan-t.json").is_file(), "a folder that is named comes before that of the hub"


def test_where_the_folder_to_hand_in_is_missing_one_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWSIM_HAND_IN", str(tmp_path / "gone"))
    with pytest.raises(ScenarioError, match="choose another folder"):
        hand_in("Ada")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "has 0 characters"),
        ({"FLOWSIM_CLASS_PASSWORD": "short"}, "has 5 characters"),
        ({"FLOWSIM_CLASS_PASSWORD": PASSWORD, "FLOWSIM_LEARNER_MB": "lots"}, "is 'lots'; expected megabytes"),
        ({"FLOWSIM_CLASS_PASSWORD": PASSWORD, "FLOWSIM_LEARNER_MB": "0"}, "is '0'; expected megabytes"),
    ],
)
def test_a_bad_setting_ends_in_one_sentence_before_anything_is_made(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    with pytest.raises(SystemExit, match=re.escape(said)):
        load(FLOWSIM_CLASS=str(tmp_path / "class"), **environment)
    assert not (tmp_path / "class").exists()


def test_the_configuration_names_programs_and_files_that_exist(hub: Hub) -> None:
    config = hub.config
    assert all(shutil.which(word) for word in ("nice", config.Spawner.cmd[-3]))
    assert config.Spawner.cmd[-2:] == ["-m", "jupyterhub.singleuser"]
    assert (ROOT / config.Spawner.default_url.removeprefix("/lab/tree/")).is_file()
    for place in (config.JupyterHub.cookie_secret_file, config.ConfigurableHTTPProxy.pid_file):
        assert Path(place).parent == hub.folder / "hub"
    assert (hub.folder / "hub").stat().st_mode & 0o077 == 0
    assert config.JupyterHub.services[0]["name"] in config.JupyterHub.load_roles[0]["services"]
    assert config.SharedPasswordAuthenticator.user_password == PASSWORD


@pytest.mark.skipif(not shutil.which("prlimit"), reason="prlimit, of Linux, is not installed")
def test_a_learner_who_asks_for_too_much_memory_is_refused_it(hub: Hub) -> None:
    program = "try: bytearray(2**31)\nexcept MemoryError: print('refused')\nprint(len(bytearray(2**26)))"
    limited = [*hub.names["limits"](1024), sys.executable, "-c", program]
    assert subprocess.run(limited, capture_output=True, text=True, check=True).stdout.split() == ["refused", str(2**26)]


def test_the_page_on_the_hub_names_every_setting_and_the_packages() -> None:
    page = (ROOT / "docs" / "hub.md").read_text("utf-8")
    assert set(re.findall(r"FLOWSIM_[A-Z_]+", SOURCE)) <= set(re.findall(r"FLOWSIM_[A-Z_]+", page))
    assert "binder/hub/requirements.txt" in page
    assert "python -m benchmarks.hub" in page
