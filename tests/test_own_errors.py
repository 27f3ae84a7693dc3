"""An error in a learner's own code is one sentence and their own line, and no traceback of a library."""

import linecache
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from flowsim import zoo
from flowsim.model.own_line import own_line
from flowsim.model.scenario import ScenarioError

ATTACKER = """from flowsim import Attacker, Simulation, redeem_the_code, steal_the_redirect


class Mine(Attacker):
    def next_move(self, view):
        {rule}


Simulation(seed=7).inject(Mine(name="mine", title="mine", positions={positions!r})).run()
"""


@pytest.fixture(scope="module")
def shell() -> InteractiveShell:
    shell: InteractiveShell = InteractiveShell.instance()
    return shell


def shown_by(shell: InteractiveShell, cell: str) -> list[str]:
    """The lines that a notebook shows of the error in this cell."""
    with capture_output() as captured:
        shell.run_cell(cell)  # type: ignore[no-untyped-call]
    return [line for line in (captured.stdout + captured.stderr).splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("rule", "said", "line"),
    [
        (
            'return redeem_the_code(view, view.loot["code_verifier"])',
            "looks for 'code_verifier'",
            "line 6, `return redeem",
        ),
        ("return 1 / 0", "failed in next_move at line 6 with ZeroDivisionError", "line 6, `return 1 / 0`"),
        ("return view.lot", "AttributeError", "line 6, `return view.lot`"),
        ('return "steal"', "must give a Move, or None to wait, not 'steal'", "line 9, `Simulation(seed=7)"),
        ("return None", "its rule gives None in every view here. A first move is", "line 9, `Simulation(seed=7)"),
        ("return redeem_the_code(view, None)", "its rule gives None in every view here", "line 9, `Simulation"),
        ("raise SystemExit(3)", "SystemExit", "line 6, `raise SystemExit(3)`"),
    ],
)
def test_an_attacker_that_fails_is_told_in_two_lines(shell: InteractiveShell, rule: str, said: str, line: str) -> None:
    sentence, own = shown_by(shell, ATTACKER.format(rule=rule, positions=("A3",)))
    assert sentence.startswith("ScenarioError: ") and said in sentence
    assert own.startswith(f"Your line: {line}")


def test_one_that_reaches_too_far_is_told_which_position_that_takes(shell: InteractiveShell) -> None:
    sentence, own = shown_by(shell, ATTACKER.format(rule="return steal_the_redirect(view)", positions=("A1",)))
    assert sentence.startswith("PositionError: ") and "takes position A3" in sentence
    assert own.startswith("Your line: line 9, ")


def test_one_position_may_be_written_as_a_text(shell: InteractiveShell) -> None:
    cell = ATTACKER.format(rule="return steal_the_redirect(view)", positions="A3")
    assert not [line for line in shown_by(shell, cell) if "Error" in line]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ('from flowsim import Simulation\nSimulation(pkce="S255")', "did you mean S256?"),
        ("from flowsim import Simulation\nSimulation(seed=7).goto(99)", "Error"),
        ('from flowsim import zoo\nzoo.grade(print, "server")', "did you mean servers?"),
        ('from flowsim.widgets import exercise\nexercise("start.99")', "did you mean start."),
        (
            "from flowsim import Act, Move, Simulation, apply\napply(Simulation(seed=7).world, Move('x', Act.STEP_2))",
            "IllegalMove: ",
        ),
    ],
)
def test_a_setting_or_a_name_that_there_is_not_is_told_in_two_lines(
    shell: InteractiveShell, cell: str, said: str
) -> None:
    sentence, own = shown_by(shell, cell)
    assert said in sentence
    assert own == f"Your line: line 2, `{cell.splitlines()[1]}`"


def test_an_error_that_is_not_flowsims_keeps_its_traceback(shell: InteractiveShell) -> None:
    assert any("ZeroDivisionError" in line for line in shown_by(shell, "def f():\n    return 1 / 0\n\nf()"))
    assert own_line(None) == ""


def detector(source: str) -> Callable[[Any], Any]:
    """A detector out of a cell, whose lines can be looked up."""
    name = f"<cell {hash(source)}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names: dict[str, Any] = {}
    exec(compile(source, name, "exec"), names)
    made: Callable[[Any], Any] = names["detector"]
    return made


def test_a_detector_that_fails_everywhere_is_told_so_once_with_its_line() -> None:
    graded = zoo.grade(detector("def detector(server):\n    return server.tokn()\n"))
    told = [row[2] for row in graded.table().rows]
    assert told[0].startswith("✗ says nothing: AttributeError: ")
    assert told[0].endswith("at line 2, `return server.tokn()`")
    assert {*told[1:]} == {"✗ says nothing, as before"}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('server.token(code=server.code(), verifier="x" * 43)', "'verifier' (did you mean code_verifier?)"),
        ('server.code(redirect_url="https://x.example/")', "'redirect_url' (did you mean redirect_uri?)"),
        ("server.authorize(zzzzzzzz='1')", "'zzzzzzzz'"),
    ],
)
def test_a_parameter_that_no_specification_knows_is_named(call: str, said: str) -> None:
    graded = zoo.grade(detector(f"def detector(server):\n    {call}\n    return False\n"))
    assert f"It sent what servers ignore, because no specification knows it: {said}" in repr(graded)
    assert repr(graded).count("no specification knows") == 1


def test_one_that_sends_what_there_is_is_told_nothing() -> None:
    call = "server.token(code=server.code(nonce='n', prompt='login'), code_verifier='x' * 43)"
    source = f"def detector(server):\n    {call}\n"
    assert "no specification knows" not in repr(zoo.grade(detector(source + "    return False\n")))
    apps = zoo.grade(lambda app: bool(app.redirect_for(app.begin(), sate="x")) and False, "apps")
    assert "'sate' (did you mean state?)" in repr(apps)


def test_a_ScenarioError_is_still_a_ValueError() -> None:  # noqa: N802
    assert issubclass(ScenarioError, ValueError)
