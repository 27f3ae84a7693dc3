"""What the README says to type works, and every file and notebook it names is there."""

import re
import shlex
from pathlib import Path

import pytest

from flowsim.cli import main
from flowsim.front_end.class_folder import folder as class_folder
from tests.kit.readme_map import written
from tests.kit.site import one_cell

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("flowsim ")
]
COMMENTED = {
    line.partition("#")[0].strip(): line.partition("#")[2].strip()
    for line in README.splitlines()
    if line.startswith("flowsim ") and "#" in line
}
# What a command's comment says of an attack, and the words of the verdict that bear it out.
OUTCOMES = {
    "the attacker wins": r"The attacker reads the user's data",
    "the attacker has the code and no token": r"has the code but no token: stopped at step 8",
    "what if that check is off?": r"The attacker reads the user's data",
    "a stolen refresh token, and nobody notices": r"with the stolen refresh token, and nobody has noticed",
    "a stolen token that is bound to a key": r"gets no data for it: stopped at step 11",
}
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_every_command_can_be_typed_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one cell of the matrix; tests/test_matrix.py prints it whole and draws its page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("flowsim.cli.matrix.matrix", lambda tick: one_cell())
    monkeypatch.setattr(class_folder, "whole_matrix", one_cell)
    assert len(COMMANDS) > 8
    for command in COMMANDS:
        typed, _, file = command.partition(">")
        assert main(shlex.split(typed)[1:]) == 0, command
        told = capsys.readouterr().out
        assert told
        if file:
            Path(file.strip()).write_text(told, "utf-8")


def test_the_commands_begin_with_what_puts_flowsim_on_the_path_of_the_shell() -> None:
    """`make lab` has made the environment that the first line of the block activates."""
    first = re.search(r"## In the terminal\n.*?```sh\n(.*?)\n", README, re.DOTALL)
    folder = re.search(r"^BIN := (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert first is not None and folder is not None
    assert first[1] == f". {folder[1]}/activate"


@pytest.mark.parametrize("command", [one for one in COMMENTED if "--attack" in one and "--html" not in one])
def test_a_comment_on_an_attack_says_what_comes_of_it(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(command)[1:]) == 0
    assert re.search(OUTCOMES[COMMENTED[command]], " ".join(capsys.readouterr().out.split()))


def test_every_example_runs_one_after_the_other(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for example in EXAMPLES:
        exec(example, names)
        assert capsys.readouterr().out


@pytest.mark.parametrize("target", sorted(set(re.findall(r'(?:\]\(|src="|srcset=")([^)":#]+)[)"]', README))))
def test_what_it_links_to_is_there(target: str) -> None:
    assert (ROOT / target).exists(), target


def test_every_notebook_has_its_line() -> None:
    notebooks = [path.name for path in (ROOT / "notebooks").glob("*.ipynb")]
    assert [name for name in notebooks if f"(notebooks/{name})" not in README] == []


def test_the_map_of_the_code_says_what_the_folders_say() -> None:
    assert written(README) == README, "make map writes it anew"
