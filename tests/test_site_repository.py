"""Where the repository is: what a remote or a workflow says of it, and nothing that is secret in it."""

import subprocess
from pathlib import Path

import pytest

from flowsim.front_end.site.repository import binder, page_of, repository

PAGE = "https://github.com/somebody/flowsim"


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/somebody/flowsim.git", PAGE),
        ("https://github.com/somebody/flowsim", PAGE),
        ("https://github.com/somebody/flowsim/", PAGE),
        ("https://someone:a-password@github.com/somebody/flowsim.git", PAGE),
        ("git@github.com:somebody/flowsim.git", PAGE),
        ("github.com:somebody/flowsim", PAGE),
        ("ssh://git@github.com/somebody/flowsim.git", PAGE),
        ("ssh://git@ssh.example.org:2222/somebody/flowsim.git", "https://ssh.example.org/somebody/flowsim"),
        ("https://git.example.org:8443/a/b/flowsim.git", "https://git.example.org:8443/a/b/flowsim"),
        ("git://git.example.org/a/flowsim.git", "https://git.example.org/a/flowsim"),
    ],
)
def test_a_remote_on_another_machine_has_a_page_without_who_may_write_there(remote: str, page: str) -> None:
    assert page_of(remote) == page


@pytest.mark.parametrize(
    "remote",
    [
        "",
        "/srv/flowsim.git",
        "../flowsim",
        "file:///srv/flowsim.git",
        "C:\\flowsim",
        "https://github.com/",
        "https://x:y/z",
        "https://[::1/a/b",
        "https://github.com/a/<b>",
        "git@github.com:a b/c",
        "javascript://x.y/a/b",
    ],
)
def test_what_names_no_page_of_another_machine_is_not_known(remote: str) -> None:
    assert page_of(remote) is None


def test_the_workflow_that_builds_says_it_first(tmp_path: Path) -> None:
    assert repository(tmp_path, {"GITHUB_REPOSITORY": "somebody/flowsim"}) == PAGE
    told = {"GITHUB_REPOSITORY": "a/b", "GITHUB_SERVER_URL": "https://git.example.org"}
    assert repository(tmp_path, told) == "https://git.example.org/a/b"


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def test_a_copy_knows_it_from_its_remote(tmp_path: Path) -> None:
    git(tmp_path, "init")
    assert repository(tmp_path, {}) is None
    git(tmp_path, "remote", "add", "origin", "git@github.com:somebody/flowsim.git")
    assert repository(tmp_path, {}) == PAGE


def test_a_folder_that_is_no_copy_of_one_knows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "deep").mkdir()
    assert repository(tmp_path / "deep", {}) is None
    monkeypatch.setenv("PATH", "")  # and there is no git
    assert repository(tmp_path, {}) is None


def test_binder_opens_what_it_has_a_short_name_for() -> None:
    assert binder(PAGE, "00-start") == (
        "https://mybinder.org/v2/gh/somebody/flowsim/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2F00-start.ipynb"
    )
    assert binder("https://git.example.org/a/b", "00-start") is None
    assert binder(None, "00-start") is None
