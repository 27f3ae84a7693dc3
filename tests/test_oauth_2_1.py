"""The page on OAuth 2.1: what it says comes of its commands does, and its clauses are those of the table."""

import re
import shlex
from pathlib import Path

import pytest

from flowsim.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "oauth-2.1.md").read_text("utf-8")
ROWS = re.findall(r"^\| [^|]* \| `python -m flowsim (run [^`]*)` \| ([^|]*) \|$", PAGE, re.MULTILINE)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("command", "outcome"), ROWS)
def test_a_command_of_the_page_comes_to_what_it_says(
    command: str, outcome: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*shlex.split(command), "--short"]) == 0
    assert outcome in flat(capsys.readouterr().out)


def test_the_page_has_a_run_for_each_thing_that_it_plays() -> None:
    assert len(ROWS) == PAGE.count("| `python -m flowsim run")
    assert len(ROWS) >= 9


@pytest.mark.parametrize("check", re.findall(r"`python -m flowsim why ([\w.]+)`", PAGE))
def test_a_check_of_the_page_is_there(check: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", check]) == 0
    assert capsys.readouterr().out


def test_flowsims_app_still_sends_the_redirect_uri_to_the_token_endpoint(capsys: pytest.CaptureFixture[str]) -> None:
    assert "flowsim's app follows OAuth 2.0 there and still sends it" in flat(PAGE)
    assert main(["run"]) == 0
    _, _, token_request = capsys.readouterr().out.partition("POST /oauth/token")
    assert "redirect_uri" in token_request.partition("HTTP/1.1 200")[0]
