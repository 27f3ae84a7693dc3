"""In the browser's Python a run says the same as elsewhere, to the byte, and nothing there waits for ever."""

from pathlib import Path

import pytest

from flowsim.cli import main
from tests.pyodide.kernel import browser

GOLDEN = Path(__file__).parents[1] / "golden"
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("options", "golden"),
    [
        ([], "run-seed-7.txt"),
        (["--attack", "code-interception"], "run-seed-7-code-interception.txt"),
        (["--attack", "code-interception", "--pkce", "none"], "run-seed-7-code-interception-none.txt"),
    ],
)
def test_a_seeded_run_prints_the_transcript_we_know(options: list[str], golden: str) -> None:
    told = browser().ask("command", "run", "--seed", "7", *options)
    assert told == {"code": 0, "out": (GOLDEN / golden).read_text("utf-8"), "err": ""}


@pytest.mark.parametrize("command", [["run", "--json", "--seed", "7"], ["matrix"]], ids=" ".join)
def test_a_command_prints_what_it_prints_on_a_machine(command: list[str], capsys: Capture) -> None:
    assert main(command) == 0
    assert browser().ask("command", *command) == {"code": 0, "out": capsys.readouterr().out, "err": ""}


ENDLESS = {
    "a loop": "while True:\n        pass",
    "a loop that catches all": "while True:\n        try: mine()\n        except BaseException: pass",
    "a sum": "return sum(1 for _ in iter(int, 1))",
    "a call in a library": "return list(map(lambda one: one, iter(int, 1)))",
}


@pytest.mark.parametrize("body", ENDLESS.values(), ids=ENDLESS)
def test_what_never_ends_is_stopped_and_the_next_one_runs(body: str) -> None:
    code = f"""
from flowsim.model import own_code
names = {{}}
exec(compile({f"def mine():{chr(10)}    {body}"!r}, "<a cell>", "exec"), names)
usual, own_code.SECONDS = own_code.SECONDS, 0.2
try:
    own_code.result_of("the action mine", names["mine"])
except own_code.TookTooLong as error:
    said = str(error)
finally:
    own_code.SECONDS = usual
answer = [said, own_code.result_of("the next", lambda: 3)]
"""
    said, after = browser().ask("value", code)
    assert said == "the action mine took more than 0.2 seconds and was stopped; look for a loop that never ends"
    assert after == 3


def test_what_is_no_dot_gives_one_line_and_what_is_gives_a_picture_that_can_be_embedded() -> None:
    code = """
from flowsim.views.pictures.svg import DrawingError, svg
answer = [svg('digraph "A small graph" { graph [pad=0] a [width=1 height=0.5 shape=box] }', "dot")]
try:
    svg("digraph { a -> ", "dot")
except DrawingError as error:
    answer.append(str(error))
"""
    picture, said = browser().ask("value", code)
    assert picture.startswith("<svg ")
    assert 'viewBox="0.00 0.00 72.00 36.00"' in picture
    assert 'aria-label="A small graph"' in picture
    assert said.startswith("Graphviz could not draw the picture: ")
    assert "\n" not in said
