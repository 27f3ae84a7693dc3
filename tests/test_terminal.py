"""The command line in a terminal: no line wider than it, colours where they are wanted, progress where it takes long."""

import fcntl
import io
import os
import pty
import re
import shlex
import struct
import sys
import termios
import time
import tomllib
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from subprocess import Popen

import pytest
from rich.cells import cell_len

from flowsim import __version__, cli
from flowsim.cli import terminal
from flowsim.cli.run import add_options
from tests.test_cli import flowsim

ROOT = Path(__file__).parents[1]
CODES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
LISTS = [
    "steps",
    "checks",
    "run --seed 7 --attack code-injection",
    "run --seed 7 --short",
    "why token.one_authentication",
]
HELPS = ["--help", *(f"{name} --help" for name in cli.COMMANDS)]


class Tty(io.StringIO):
    """A terminal that takes what is written."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that the tests run on plays a part."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def written(monkeypatch: pytest.MonkeyPatch, typed: str, out: io.StringIO, **environment: str) -> str:
    """What this command writes there, under this environment."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", out)
        for name, value in environment.items():
            patch.setenv(name, value)
        with suppress(SystemExit):  # after a help text
            assert cli.main(shlex.split(typed)) == 0
    return out.getvalue()


@pytest.mark.parametrize("columns", [40, 80, 113])
@pytest.mark.parametrize("typed", [*LISTS, *HELPS])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(
    monkeypatch: pytest.MonkeyPatch, typed: str, columns: int
) -> None:
    shown = CODES.sub("", written(monkeypatch, typed, Tty(), COLUMNS=str(columns)))
    assert max(cell_len(line) for line in shown.splitlines()) <= columns
    if "--help" not in typed:
        piped = written(monkeypatch, typed, io.StringIO()).partition("Who knows what")[0]
        assert "".join(shown.split()).startswith("".join(piped.split()))


@pytest.mark.parametrize("columns", [40, 80, 225])
def test_the_tables_of_the_matrix_are_cut_to_the_terminal_with_every_mark_in_them(columns: int) -> None:
    from flowsim.analysis.matrix import whole_matrix

    whole = whole_matrix()
    told = whole.told(columns)
    assert max(map(cell_len, told.partition("✗    ")[0].splitlines())) <= columns
    legend = "\n".join(f"{mark.ljust(4)} {meaning}" for mark, meaning in whole.legend)
    tables, _, end = told.rpartition(legend)
    assert (end, whole.told(10_000)) == ("", repr(whole))
    for attack in whole.attacks:
        marks = [word for line in tables.splitlines() if line.split()[:1] == [attack] for word in line.split()[1:]]
        wanted = [whole.mark(row, one) for _, names, rows in whole.tables() for row in rows for one in names]
        at = [row for _, names, rows in whole.tables() for row in rows for one in names]
        assert marks == [mark for mark, row in zip(wanted, at, strict=True) if row == attack]


def test_who_knows_what_is_said_in_words_where_the_table_is_too_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = written(monkeypatch, "run --seed 7", Tty(), COLUMNS="50", NO_COLOR="1")
    assert "\n  code_verifier: App, Server\n" in narrow
    assert "●" not in narrow
    assert "●" in written(monkeypatch, "run --seed 7", Tty(), COLUMNS="80")


@pytest.mark.parametrize(
    ("out", "environment", "coloured"),
    [
        (Tty, {}, True),
        (Tty, {"NO_COLOR": "1"}, False),
        (Tty, {"NO_COLOR": ""}, True),
        (Tty, {"TERM": "dumb"}, False),
        (Tty, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (io.StringIO, {}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, True),
        (io.StringIO, {"FORCE_COLOR": ""}, False),
    ],
)
def test_there_are_colours_where_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch, out: type[io.StringIO], environment: dict[str, str], coloured: bool
) -> None:
    for typed in ("run --short --attack code-interception", "run --help"):
        shown = written(monkeypatch, typed, out(), **environment)
        assert bool(CODES.search(shown)) is coloured
        assert CODES.sub("", shown) == written(monkeypatch, typed, io.StringIO())


def test_the_verdict_is_red_where_the_attacker_wins_and_green_where_not(monkeypatch: pytest.MonkeyPatch) -> None:
    stolen = "run --short --attack code-interception --seed 7"
    assert written(monkeypatch, f"{stolen} --pkce none", Tty()).splitlines()[-1].startswith("\x1b[1;31m")
    last = written(monkeypatch, stolen, Tty(), COLUMNS="200").splitlines()[-1]
    assert last.startswith("\x1b[1;32mPKCE held")


def test_what_others_chose_steers_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = written(monkeypatch, "run --seed '[red]x[/red]\x1b[31m' --short", Tty(), NO_COLOR="1")
    assert "\x1b" not in shown
    assert "[red]" in written(monkeypatch, "run --seed '[red]x[/red]'", io.StringIO())


def test_a_real_terminal_says_how_wide_it_is() -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 47, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")}
    begun = Popen([sys.executable, "-m", "flowsim", "steps"], cwd=ROOT, stdout=theirs, env=environment)
    os.close(theirs)
    octets = b""
    try:
        while part := os.read(ours, 65536):
            octets += part
    except OSError:  # the other end has been closed
        pass
    assert begun.wait(120) == 0
    lines = CODES.sub("", octets.decode()).splitlines()
    assert 40 < max(map(cell_len, lines)) <= 47


@pytest.mark.parametrize("columns", ["0", "-5", "x", "", "9" * 50])
def test_a_width_that_is_none_does_no_harm(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    assert "The login worked" in written(monkeypatch, "run --short", io.StringIO(), COLUMNS=columns)


def test_what_takes_long_says_so_on_a_terminal_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "PATIENCE", 0.05)
    for screen, seen in ((Tty(), ("counting", "3/8")), (io.StringIO(), ())):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", screen)
            with terminal.task("counting") as tick:
                tick(3, 8)
                time.sleep(0.3)
                while not all(text in screen.getvalue() for text in seen):
                    time.sleep(0.05)
            assert bool(screen.getvalue()) == bool(seen)


def test_what_is_done_at_once_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Tty()
    monkeypatch.setattr(terminal, "PATIENCE", 60)
    monkeypatch.setattr(sys, "stderr", screen)
    with terminal.task("blinking"):
        pass
    assert screen.getvalue() == ""


def test_every_command_has_a_group_and_examples_that_its_parser_takes() -> None:
    assert set(cli.COMMANDS) == {path.stem for path in (ROOT / "flowsim/cli").glob("*.py")} - {
        "__init__",
        "compare",
        "files",
        "serve_exam",
        "terminal",
    }
    for name in cli.COMMANDS:
        examples = import_module(f"flowsim.cli.{name}").EXAMPLES
        assert examples
        for typed, _ in examples:
            first, command, *arguments = shlex.split(re.split(r" [>|] ", typed)[0])
            assert (first, command) == ("flowsim", name)
            parser = cli.Command(command, prog=name)
            assert parser.parse_args(arguments).execute


def test_the_version_is_that_of_the_package_and_the_command_is_installed_with_it() -> None:
    assert flowsim("--version").stdout.decode() == f"flowsim {__version__}\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    module, _, name = project["scripts"]["flowsim"].partition(":")
    assert getattr(import_module(module), name) is cli.main


def test_the_options_of_a_run_stand_in_groups_by_whose_they_are() -> None:
    parser = cli.Parser(prog="run")
    add_options(parser)
    titles = [group.title for group in parser._action_groups if group._group_actions]
    assert len(titles) > 3
    assert max(len(group._group_actions) for group in parser._action_groups) < 40
