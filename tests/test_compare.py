"""`run --html FILE --compare SETTINGS`: the same experiment with other settings, as further branches of one player."""

from pathlib import Path
from typing import Any

import pytest

from flowsim.cli import main
from flowsim.model.scenario import SETTINGS
from tests.browser.exported import payload_of

Capture = pytest.CaptureFixture[str]


def compared(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """The branches of the page that is written."""
    target = folder / "page.html"
    assert main(["run", "--seed", "7", "--html", str(target), *arguments]) == 0
    return [one for one in payload_of(target.read_text("utf-8"))["branches"] if not one["hidden"]]


def differing(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    """The settings that two branches do not have in common."""
    return {name for name in SETTINGS if one["trace"]["scenario"][name] != other["trace"]["scenario"][name]}


def test_each_login_stands_beside_its_theft_and_each_is_named_by_what_differs(tmp_path: Path) -> None:
    branches = compared(tmp_path, "--attack", "code-interception", "--compare", "pkce=none")
    titles = ["PKCE S256", "PKCE S256: the code is stolen", "without PKCE", "without PKCE: the code is stolen"]
    assert [one["title"] for one in branches] == titles
    protected, refused, open_, stolen = branches
    assert differing(protected, refused) == differing(open_, stolen) == {"attacker"}
    assert differing(protected, open_) == differing(refused, stolen) == {"pkce"}
    won = [one["trace"]["verdict"]["attack_succeeded"] for one in branches]
    assert won == [False, False, False, True]


@pytest.mark.parametrize(
    ("arguments", "titles", "settings"),
    [
        (["--compare", "pkce=none"], ["PKCE S256", "without PKCE"], {"pkce"}),
        (["--compare", "rotation=no", "--refresh"], ["rotation", "no rotation"], {"rotation"}),
        (["--compare", "no-rotation"], ["rotation", "no rotation"], {"rotation"}),
        (["--no-state", "--compare", "state"], ["no state", "state"], {"state"}),
        (["--compare", "state=YES", "--no-state"], ["no state", "state"], {"state"}),
        (["--compare", "attack=code-interception"], ["no attacker", "the code is stolen"], {"attacker"}),
        (["--compare", "code-lifetime=2m"], ["code lifetime 1 minute", "code lifetime 2 minutes"], {"code_lifetime"}),
        (
            ["--compare", "code_lifetime=2m client=spa"],
            ["client native-scheme, code lifetime 1 minute", "client spa, code lifetime 2 minutes"],
            {"client", "code_lifetime"},
        ),
        (
            ["--compare", "without=token.verifier_fits"],
            ["no checks switched off", "checks switched off token.verifier_fits"],
            {"without"},
        ),
        (
            ["--compare", "later='1h call'"],
            ["no plan for later", "plan for later 1h call"],
            {"later"},
        ),
    ],
)
def test_settings_are_given_as_the_options_name_them(
    tmp_path: Path, arguments: list[str], titles: list[str], settings: set[str]
) -> None:
    one, other = compared(tmp_path, *arguments)
    assert [one["title"], other["title"]] == titles
    assert differing(one, other) == settings


def test_several_comparisons_make_a_branch_each(tmp_path: Path) -> None:
    branches = compared(tmp_path, "--compare", "pkce=none", "--compare", "pkce=plain no-pkce-required")
    assert len({one["title"] for one in branches}) == len({one["name"] for one in branches}) == 3


def test_without_a_seed_all_branches_draw_the_same_values(tmp_path: Path, capsys: Capture) -> None:
    target = tmp_path / "page.html"
    assert main(["run", "--html", str(target), "--compare", "pkce=none"]) == 0
    one, other = (branch for branch in payload_of(target.read_text("utf-8"))["branches"] if not branch["hidden"])
    assert differing(one, other) == {"pkce"}


def test_the_page_of_an_attack_is_called_after_it(tmp_path: Path) -> None:
    (branch,) = compared(tmp_path, "--attack", "code-interception")
    assert branch["title"] == "the code is stolen"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--compare", "pkce=none"], "name the file for it with --html"),
        (["--html", "{}", "--compare", "pkc=none"], "unknown setting to compare 'pkc'; did you mean pkce?"),
        (["--html", "{}", "--compare", "pkce=nine"], "unknown PKCE method 'nine'"),
        (["--html", "{}", "--compare", "pkce"], "takes settings such as pkce=none"),
        (["--html", "{}", "--compare", ""], "takes settings such as pkce=none"),
        (["--html", "{}", "--compare", "'"], "No closing quotation"),
        (["--html", "{}", "--compare", "html=x"], "unknown setting to compare 'html'"),
        (["--html", "{}", "--compare", "rotation=maybe"], "rotation is yes or no, not 'maybe'"),
        (["--html", "{}", "--compare", "code-lifetime=soon"], "a time is a number and s, m, h or d"),
        (["--html", "{}", "--compare", "pkce=S256"], "two of the experiments to compare are the same"),
        (["--html", "{}", "--compare", "pkce=none", "--compare", "pkce=none"], "are the same"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: Capture, arguments: list[str], reason: str
) -> None:
    target = tmp_path / "page.html"
    assert main(["run", *(one.replace("{}", str(target)) for one in arguments)]) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n"), target.exists()) == ("", 1, False)
    assert reason in told.err
