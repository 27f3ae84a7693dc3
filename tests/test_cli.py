"""The command line: what it prints, what it returns, and one clear line for whatever it cannot do.

The golden transcripts are renewed with `python -m flowsim run --seed 7 > tests/golden/run-seed-7.txt`, and so on.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flowsim.analysis.counterexamples.edits import played
from flowsim.checks import CHECKS
from flowsim.cli import main
from flowsim.model.steps import STEPS
from flowsim.views.formats.har import har
from flowsim.views.formats.mermaid import mermaid
from flowsim.views.formats.trace_json import trace_json
from flowsim.views.pictures.picture import sequence, sequence_png
from tests.kit import ctrl_c
from tests.kit.pages import payload_in

ROOT = Path(__file__).parents[1]
GOLDEN = Path(__file__).parent / "golden"

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("options", "golden"),
    [
        ([], "run-seed-7.txt"),
        (["--attack", "code-interception"], "run-seed-7-code-interception.txt"),
        (["--attack", "code-interception", "--pkce", "none"], "run-seed-7-code-interception-none.txt"),
    ],
)
def test_a_seeded_run_prints_the_transcript_we_know(capsys: Capture, options: list[str], golden: str) -> None:
    assert main(["run", "--seed", "7", *options]) == 0
    told = capsys.readouterr()
    assert told.out == (GOLDEN / golden).read_text("utf-8")
    assert told.err == ""


def test_the_json_is_that_of_the_trace(capsys: Capture) -> None:
    assert main(["run", "--seed", "7", "--json", "--client", "spa", "--pkce", "plain", "--user", "denies"]) == 0
    document = json.loads(capsys.readouterr().out)
    expected = trace_json(played(client="spa", pkce="plain", user="denies", seed="7"))
    assert document == json.loads(json.dumps(expected))
    assert {"scenario", "events", "verdict"} <= document.keys()


def test_every_option_reaches_the_scenario(capsys: Capture) -> None:
    options = "--client native-https --pkce none --no-pkce-required --login one-time-code --scope openid --json"
    switched = "--without token.code_fresh --without api.scope --seed x --attack code-and-request"
    assert main(["run", *options.split(), *switched.split()]) == 0
    scenario = json.loads(capsys.readouterr().out)["scenario"]
    expected = {
        "client": "native-https",
        "pkce": "none",
        "pkce_required": False,
        "login": "one-time-code",
        "scope": "openid",
        "seed": "x",
        "without": ["api.scope", "token.code_fresh"],
        "attacker": "code-and-request",
    }
    assert {name: scenario[name] for name in expected} == expected


def test_what_comes_later_is_done_in_the_order_of_the_options_and_gets_the_scope_it_needs(capsys: Capture) -> None:
    assert main(["run", "--json", "--advance", "1h", "--refresh", "--later", "2m call", "--api", "photos"]) == 0
    scenario = json.loads(capsys.readouterr().out)["scenario"]
    assert scenario["later"] == "1h refresh call 2m call"
    assert scenario["scope"] == "openid profile read:photos offline_access"


def test_the_short_names_of_options_and_those_of_the_settings_are_the_same(capsys: Capture) -> None:
    for short, whole in (("--attack", "--attacker"), ("--no-consent", "--no-asks-consent"), ("--action", "--actions")):
        named = {"--attack": ["code-interception"], "--action": ["add-role"]}.get(short, [])
        for name in (short, whole):
            assert main(["run", "--seed", "7", "--json", name, *named]) == 0
        told = capsys.readouterr().out
        assert told[: len(told) // 2] == told[len(told) // 2 :]


def test_the_page_is_written_into_the_file(capsys: Capture, tmp_path: Path) -> None:
    target = tmp_path / "login.html"
    assert main(["run", "--seed", "7", "--html", str(target)]) == 0
    assert capsys.readouterr().out.startswith(f"wrote {target}")
    login, theft = payload_in(target.read_text("utf-8"))["branches"]
    assert login["trace"] == json.loads(json.dumps(trace_json(played(seed="7"))))
    assert theft["attack"]


def test_each_export_is_what_the_library_makes(capsys: Capture, tmp_path: Path) -> None:
    trace = played(seed="7", attacker="code-interception")
    run = ["run", "--seed", "7", "--attack", "code-interception"]
    expected = {
        "--har": json.dumps(har(trace), indent=1).encode(),
        "--svg": sequence(trace).svg.encode(),
        "--png": sequence_png(trace),
    }
    for option, octets in expected.items():
        target = tmp_path / f"login{option}"
        assert main([*run, option, str(target)]) == 0
        assert capsys.readouterr().out.startswith(f"wrote {target}: ")
        assert target.read_bytes() == octets
    assert main([*run, "--mermaid"]) == 0
    assert capsys.readouterr().out == f"{mermaid(trace)}\n"


def test_a_written_trace_is_played_again_and_a_changed_one_is_found_out(capsys: Capture, tmp_path: Path) -> None:
    assert main(["run", "--attack", "code-interception", "--json"]) == 0
    text = capsys.readouterr().out
    target = tmp_path / "login.json"
    target.write_text(text, "utf-8")
    assert main(["replay", str(target)]) == 0
    assert capsys.readouterr().out == "no difference: every value in the file was computed again\n"
    document = json.loads(text)
    document["verdict"]["stopped_at_step"] = 9
    target.write_text(json.dumps(document), "utf-8")
    assert main(["replay", str(target)]) == 1
    told = capsys.readouterr().out
    assert "stopped_at_step" in told
    assert told.count("\n") == 1


def test_every_check_and_every_step_is_listed(capsys: Capture) -> None:
    assert main(["checks"]) == 0
    listed = capsys.readouterr().out
    assert all(check_id in listed for check_id in CHECKS)
    assert main(["steps"]) == 0
    listed = capsys.readouterr().out
    assert all(step.title in listed for step in STEPS)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["run", "--fly"], "unrecognized arguments: --fly"),
        (["run", "--client"], "--client: expected one argument"),
        (["run", "--client", "nativ-scheme"], "did you mean native-scheme?"),
        (["run", "--pkce", "S512"], "did you mean S256?"),
        (["run", "--attack", "interception"], "unknown attack 'interception'"),
        (["run", "--without", "token.verifier"], "did you mean token.verifier_fits?"),
        (["run", "--without", "???"], "unknown check '???'; expected one of: "),
        (["run", "--user", "maybe"], "unknown user behaviour 'maybe'"),
        (["run", "--login", "face"], "unknown login option 'face'"),
        (["run", "--par", "requird"], "unknown use of pushed requests 'requird'; did you mean required?"),
        (["run", "--redirect-status", "301"], "redirect_status must be 302, 303 or 307, not '301'"),
        (["run", "--redirect-status", "often"], "redirect_status must be 302, 303 or 307, not 'often'"),
        (["run", "--code-lifetime", "11m"], "code_lifetime must be 1 to 600 seconds (RFC 6749 §4.1.2), not 660"),
        (["run", "--code-lifetime", "60"], "a time is a number and s, m, h or d, for example 90s, 10m, 1h or 30d"),
        (["run", "--overlap", "31d"], "overlap must be 0 to 2592000 seconds, not 2678400"),
        (["run", "--advance", "soon"], "--advance: a time is a number and s, m, h or d"),
        (["run", "--start", "noon"], "--start: invalid int value: 'noon'"),
        (["run", "--action", "add-roll"], "unknown action 'add-roll'; did you mean add-role?"),
        (["run", "--later", "nap"], "later: a plan is made of times such as"),
        (["run", "--client", "web", "--attack", "decompiled-secret"], "Choose a native client or spa"),
        (["run", "--json", "--html", "x.html"], "not allowed with argument --json"),
        (["run", "--html", "{tmp}/missing/x.html"], "No such file or directory; choose another file"),
        (["run", "--html", "{tmp}"], "Is a directory; choose another file"),
        (["run", "--svg", "{tmp}"], "Is a directory; choose another file"),
        (["replay", "{tmp}/none.json"], "cannot read {tmp}/none.json: No such file or directory"),
        (["replay", str(GOLDEN / "run-seed-7.txt")], "expected the JSON of a trace; this is no JSON"),
        (["run", "--scope", "\udcff"], "scope must be text that UTF-8 can write"),
        (["run", "--seed", "\udcff"], "seed must be text that UTF-8 can write"),
        (["run", "--later=--"], "not '--'"),
        (["run", "--advance=--"], "not '--'"),
        (["run", "--client=--"], "unknown client '--'"),
        (["run", "--start", "9" * 100_000], "--start: invalid int value: '999"),
        (["run", "--seed", "x" * 100_000], "seed must be at most 2000 characters, not 100000"),
        (["run", "--scope", "x " * 100_000], "scope must be at most"),
        (["run", "--later", "x" * 100_000], "later must be at most 2000 characters, not 100000"),
        (["run", "--attack", "x" * 100_000], "attacker must be at most 2000 characters"),
        (["run", "x" * 100_000], "unrecognized arguments: xxx"),
        (["run", "\x1b[31m\n"], "unrecognized arguments: \\u001b[31m\\u000a"),
        (["run", "--html", "\n\x1b/x"], "cannot write \\u000a\\u001b/x: No such file"),
        (["run", "--html", "x\0"], "cannot write x\\u0000: embedded null byte"),
        (["run", "--png", "x" * 100_000], "xxx: File name too long"),
        (["replay", "\n"], "cannot read \\u000a: No such file"),
        (["replay", "x\0"], "cannot read x\\u0000: embedded null byte"),
        (["replay", "{tmp}"], "Is a directory"),
        (
            ["replay", "/dev/zero"],
            "/dev/zero is too long; expected one written with --json, at most 4000000 characters",
        ),
        (["replay", "{tmp}/\udcff"], "cannot read "),
        (["why", "\x1b"], "unknown check '\\x1b'"),
        (["why", "{tmp}/x.json"], "No such file or directory"),
        (["matrix", "\x1b", "\n"], "unknown attack '\\x1b'"),
        (["matrix", "--csv", "x", "--html", "y"], "not allowed with argument --csv"),
        (["matrix", "code-interception", "S256", "--csv", "x"], "--csv writes all cells"),
    ],
    ids=lambda value: ascii(value)[:80],
)
def test_what_cannot_be_done_is_said_in_one_line(
    capsys: Capture, tmp_path: Path, arguments: list[str], reason: str
) -> None:
    filled = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    try:
        status = main(filled)
    except SystemExit as left:
        status = int(str(left.code))
    told = capsys.readouterr()
    assert status == 2
    assert told.out == ""
    assert told.err.startswith("flowsim: ")
    assert told.err.removesuffix("\n").isprintable()
    assert len(told.err) < 1200 + len(str(tmp_path))
    assert reason.replace("{tmp}", str(tmp_path)) in told.err


def flowsim(*arguments: str, stdout: int = subprocess.PIPE, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "flowsim", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
    )


def test_the_module_runs_as_a_program() -> None:
    good, bad = flowsim("steps"), flowsim("run", "--pkce", "x")
    assert (good.returncode, good.stderr) == (0, b"")
    assert good.stdout.decode().startswith(" 1  The user clicks")
    assert (bad.returncode, bad.stdout, bad.stderr.count(b"\n")) == (2, b"", 1)


def test_a_terminal_without_our_characters_gets_their_codes() -> None:
    told = flowsim("run", "--seed", "7", PYTHONIOENCODING="ascii")
    assert (told.returncode, told.stderr) == (0, b"")
    assert b"\\u2713 the verifier fits the challenge" in told.stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    told = flowsim("run", "--json", stdout=theirs)
    os.close(theirs)
    assert (told.returncode, told.stderr) == (0, b"")


COMMANDS = [
    ["--help"],
    ["run", "--help"],
    ["run", "--seed", "7"],
    ["run", "--json"],
    ["run", "--mermaid"],
    ["run", "--html", "{tmp}/x.html"],
    ["checks"],
    ["steps"],
    ["why", "api.scope"],
    ["why", "{tmp}/login.json"],
    ["matrix", "code-interception", "S256"],
    ["replay", "{tmp}/login.json"],
]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the trace of a login in it."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "login.json").write_text(json.dumps(trace_json(played(seed="7"))), "utf-8")
    return folder


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", COMMANDS, ids=str)
def test_an_output_that_takes_nothing_is_said_in_one_line(arguments: list[str], written: Path) -> None:
    with open("/dev/full", "wb") as full:
        told = flowsim(*(one.replace("{tmp}", str(written)) for one in arguments), stdout=full.fileno())
    assert told.returncode == 2
    assert told.stderr == b"flowsim: cannot write to the standard output: No space left on device\n"


@pytest.mark.skipif(os.name != "posix", reason="needs a shell that can close an output")
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_a_program_without_an_output_does_what_it_can(closed: str, written: Path) -> None:
    run = f'"$0" -m flowsim run --seed 7 --svg "$1" {closed}'
    target = written / "closed.svg"
    told = subprocess.run(
        ["/bin/sh", "-c", run, sys.executable, str(target)], cwd=ROOT, capture_output=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, b"")
    assert target.read_bytes().startswith(b"<svg")
    target.unlink()


@pytest.mark.parametrize("encoding", ["ascii", "ascii:strict", "latin-1", "cp1252", "utf-16", "utf-8:strict"])
def test_any_encoding_of_a_terminal_will_do(encoding: str) -> None:
    for arguments in (["run", "--seed", "\u2713"], ["steps"], ["run", "--client", "\u2713\u202e"]):
        told = flowsim(*arguments, PYTHONIOENCODING=encoding)
        assert told.returncode == (2 if "--client" in arguments else 0)
        assert b"Traceback" not in told.stderr
        assert len(told.stdout + told.stderr) > 50


def test_a_terminal_of_the_c_locale_will_do() -> None:
    assert b"Traceback" not in flowsim("steps", LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0").stderr


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("after", [0.1, 0.5])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_program_that_is_told_to_stop_stops_without_a_traceback(after: float, number: int, status: int) -> None:
    begun = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "flowsim", "matrix"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=ctrl_c.heard,
    )
    assert begun.stderr
    # Before Python has begun with flowsim at all, its status is its own; it tells each module that it has loaded.
    assert any(line.split()[-1:] == [b"flowsim"] for line in begun.stderr)
    time.sleep(after)
    begun.send_signal(number)
    _, said = begun.communicate(timeout=120)
    told = b"".join(line for line in said.splitlines() if not line.startswith(b"import time:"))
    # What Python says of how it loads a module is its own as well.
    assert b"Traceback" not in told or b"flowsim" not in told
    assert begun.returncode in (status, -number)


@pytest.mark.skipif(os.name != "posix", reason="needs a named pipe")
def test_a_pipe_that_never_ends_is_read_no_further_than_a_trace_can_be_long(tmp_path: Path) -> None:
    limited = 'ulimit -v 1500000; yes | "$0" -m flowsim replay /dev/stdin'
    told = subprocess.run(["/bin/sh", "-c", limited, sys.executable], cwd=ROOT, capture_output=True, check=False)
    assert (told.returncode, told.stdout) == (2, b"")
    assert told.stderr.startswith(b"flowsim: /dev/stdin is too long; expected one written with --json")


def test_a_file_of_windows_with_its_mark_in_front_is_read(written: Path, capsys: Capture) -> None:
    marked = written / "marked.json"
    marked.write_bytes(b"\xef\xbb\xbf" + (written / "login.json").read_bytes())
    assert main(["replay", str(marked)]) == 0
    assert capsys.readouterr().out.startswith("no difference")


def test_two_dashes_are_a_value_like_any_other(capsys: Capture) -> None:
    assert main(["run", "--seed=--", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scenario"]["seed"] == "--"


@pytest.mark.parametrize(
    ("options", "idle"),
    [
        (["--client", "native-scheme", "--quirk", "basic-only"], "way of the server basic-only"),
        (["--client", "spa", "--quirk", "secrets-with-signs"], "way of the server secrets-with-signs"),
        (["--pkce", "none", "--mistake", "verifier-left-out"], "mistake verifier-left-out"),
        (["--mistake", "verifier-left-out"], ""),
        ([], ""),
    ],
)
def test_what_has_changed_nothing_in_a_run_is_named(capsys: Capture, options: list[str], idle: str) -> None:
    assert main(["run", "--short", "--seed", "7", *options]) == 0
    told = f"flowsim: the {idle} changed nothing in this run: without it the very same happens\n" if idle else ""
    assert capsys.readouterr().err == told
