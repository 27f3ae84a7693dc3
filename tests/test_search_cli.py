"""`flowsim search`: the last line is the answer. `flowsim.search` says in one sentence what is wrong with a question."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flowsim import Scenario, ScenarioError, minimal_defences, search
from flowsim.cli import main
from flowsim.explorer.idle import idle_positions
from flowsim.explorer.moves import LEFT_OUT
from flowsim.model.positions import POSITIONS
from flowsim.views.text import words_of_search as words
from tests.kit import ctrl_c
from tests.kit.pages import payload_in

Capture = pytest.CaptureFixture[str]
FOUND = ["search", "--defence", "fixed-algorithm", "--position", "A3", "--goal", "access-token", "--depth", "2"]
NONE = ["search", "--goal", "refresh-token", "--depth", "2"]
LONG = [sys.executable, "-m", "flowsim", "search", "--goal", "refresh-token", "--goal", "password"]


def test_the_last_line_says_which_attack_was_found(capsys: Capture) -> None:
    assert main(FOUND) == 0
    *before, last = capsys.readouterr().out.splitlines()
    found = search(defences=["fixed-algorithm"], positions="A3", goals="access-token", depth=2)
    assert last == found.sentence
    assert re.fullmatch(r"attack found in 2 moves: [^;]+; [^;]+", last)
    assert before[0] == "an attacker with A1, A3, after access-token, in at most 2 moves"


def test_the_last_line_says_that_none_was_found_and_how_much_was_seen(capsys: Capture) -> None:
    assert main(NONE) == 0
    *before, last = capsys.readouterr().out.splitlines()
    told = re.fullmatch(r"none found within 2 moves, ([\d,]+) worlds", last)
    assert told
    counts = [int(line.split()[2].replace(",", "")) for line in before if re.match(r" *\d+ moves? ", line)]
    assert len(counts) >= 2
    assert sum(counts) == int(told[1].replace(",", ""))


def test_it_says_what_is_left_out(capsys: Capture) -> None:
    main(NONE)
    told = " ".join(capsys.readouterr().out.split())
    assert len(LEFT_OUT) > 3
    assert [one for one in LEFT_OUT if one not in told] == []


def test_an_attack_that_was_found_plays_and_reaches_its_goal() -> None:
    found = search(pkce="none", positions="A3", goals="access-token", depth=2, without={"api.algorithm"})
    simulation = found.simulation()
    assert found.found is not None and simulation is not None
    assert simulation.run().verdict.attack_succeeded
    assert found.decisions == len(found.told)


def test_a_setting_and_a_check_that_is_off_reach_the_search(capsys: Capture) -> None:
    assert main([*NONE, "--client", "web", "--without", "token.code_fresh", "--no-state", "--json", "-"]) == 0
    scenario = json.loads(capsys.readouterr().out)["scenario"]
    assert (scenario["client"], scenario["without"], scenario["state"]) == ("web", ["token.code_fresh"], False)


def test_the_json_is_the_whole_result_and_nothing_else(capsys: Capture, tmp_path: Path) -> None:
    assert main([*FOUND, "--json", "-"]) == 0
    told = capsys.readouterr().out
    assert main([*FOUND, "--json", str(tmp_path / "found.json"), "--jobs", "2"]) == 0
    assert json.loads(told) == json.loads((tmp_path / "found.json").read_text("utf-8"))
    document = json.loads(told)
    assert document["sentence"] == capsys.readouterr().out.splitlines()[-1]
    assert document["found"]["decisions"] == 2 == len(document["found"]["told"])
    assert document["worlds"] == sum(document["by_depth"])
    assert document["left_out"] == list(LEFT_OUT)


def test_the_attack_is_written_into_a_page_with_the_player(capsys: Capture, tmp_path: Path) -> None:
    page = tmp_path / "attack.html"
    assert main([*FOUND, "--html", str(page)]) == 0
    payload = payload_in(page.read_text("utf-8"))
    (branch,) = payload["branches"]
    assert any(event["attack"] for event in branch["trace"]["events"])


def test_where_there_is_no_attack_no_page_is_written_and_that_is_said(capsys: Capture, tmp_path: Path) -> None:
    assert main([*NONE, "--html", str(tmp_path / "attack.html")]) == 0
    told = capsys.readouterr()
    assert "no attack was found" in told.err
    assert told.out.splitlines()[-1].startswith("none found within")
    assert [*tmp_path.iterdir()] == []


def test_where_nothing_can_be_written_that_is_said_before_the_search(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def searched(**asked: object) -> object:
        raise AssertionError("it was searched")

    monkeypatch.setattr("flowsim.cli.search.search", searched)
    monkeypatch.setattr("flowsim.cli.search.minimal_defences", searched)
    nowhere = str(tmp_path / "nowhere" / "x")
    for asked in (["--json", nowhere], ["--html", nowhere], ["--minimal-defences", "--json", nowhere]):
        assert main(["search", *asked]) == 2
        assert "No such file or directory" in capsys.readouterr().err


def test_a_file_that_cannot_be_kept_is_refused_before_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    def searched(*asked: object, **how: object) -> object:
        raise AssertionError("it was searched")

    def full(*asked: object, **how: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("flowsim.explorer.exploring.go_through", searched)
    monkeypatch.setattr("flowsim.explorer.resuming.NamedTemporaryFile", full)
    with pytest.raises(ScenarioError, match="No space left on device"):
        search(depth=0, checkpoint="kept")


def test_the_answer_is_told_where_a_file_cannot_be_written_after_all(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, octets: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert main([*NONE, "--json", str(tmp_path / "x")]) == 2
    told = capsys.readouterr()
    assert told.out.splitlines()[-1].startswith("none found within")
    assert "No space left on device" in told.err


def test_a_goal_that_nobody_need_attack_for_is_no_attack() -> None:
    found = search(goals=lambda world: len(world.log) > 3, depth=1)
    assert found.sentence == "no attack is needed: <lambda> is reached though the attacker does nothing"
    assert "says nothing of an attacker" in words.meaning(found)


def test_which_of_several_goals_is_reached_is_said(capsys: Capture) -> None:
    assert main([*FOUND, "--goal", "program"]) == 0
    assert "the goal that is reached: access-token" in capsys.readouterr().out


def test_only_worlds_that_were_looked_at_are_said_to_hold_no_attack() -> None:
    looks = iter([False] * 5)
    found = search(depth=3, cancel=lambda: next(looks, True))
    assert not found.finished
    assert 0 < found.done < found.worlds
    assert found.sentence == f"ended before all was tried: none found in {found.done} worlds"


IDLE = [
    ("native-scheme", {"A2", "web_view", "script"}, {}),
    ("spa", {"A2", "web_view"}, {}),
    ("web", {"web_view"}, {"cleartext": "API"}),
    ("native-scheme", {"A2", "script"}, {"web_view": True}),
]


@pytest.mark.parametrize(("client", "idle", "settings"), IDLE, ids=["scheme", "spa", "cleartext", "web-view"])
def test_a_position_that_is_of_no_use_is_named(client: str, idle: set[str], settings: dict[str, Any]) -> None:
    assert {*idle_positions(Scenario(client=client, seed=7, **settings), POSITIONS)} == idle


@pytest.mark.parametrize("position", sorted(POSITIONS))
def test_with_a_position_that_is_of_no_use_the_same_worlds_are_met(position: str) -> None:
    scenario = Scenario(client="native-scheme", seed=7)
    asked: dict[str, Any] = {"goals": lambda world: False, "depth": 1}
    alone = search(scenario, **asked).worlds
    idle = position == "A1" or bool(idle_positions(scenario, [position]))
    assert (search(scenario, positions=position, **asked).worlds == alone) == idle


def test_the_command_names_positions_that_are_of_no_use(capsys: Capture) -> None:
    assert main([*NONE, "--position", "script", "--position", "A3", "--position", "A3"]) == 0
    told = capsys.readouterr().out
    assert "an attacker with A1, script, A3, after" in told
    assert "script gives the attacker nothing to do here while nobody disturbs the login." in told


WRONG = [
    ({"positions": "A9"}, "there is no position 'A9'"),
    ({"positions": 3}, "there is no position 3"),
    ({"goals": "everything"}, "unknown goal 'everything'"),
    ({"goals": []}, "a search needs a goal"),
    ({"goals": 3}, "goals are names, or functions of a world"),
    ({"goals": lambda world: "yes"}, "must say True or False of a world, not 'yes'"),
    ({"goals": lambda world: 1 // 0}, "failed with ZeroDivisionError"),
    ({"depth": -1}, "depth must be a whole number of moves from 0 to 60, not -1"),
    ({"depth": True}, "depth must be a whole number"),
    ({"depth": "3"}, "depth must be a whole number"),
    ({"jobs": 0}, "jobs must be a whole number from 1"),
    ({"jobs": 1.5}, "jobs must be a whole number"),
    ({"executor": "two"}, "executor must be one of concurrent.futures"),
    ({"progress": 1}, "progress must be a function"),
    ({"cancel": True}, "cancel must be a function"),
    ({"cancel": lambda: 1 // 0}, "the function cancel failed with ZeroDivisionError"),
    ({"cancel": lambda: "no"}, "the function cancel must say True or False, not 'no'"),
    ({"progress": lambda now: 1 // 0}, "the function progress failed with ZeroDivisionError"),
    ({"positions": "a3"}, "there is no position 'a3'; did you mean A3?"),
    ({"positions": "A3,web_view"}, "give each by itself: A3 and web_view"),
    ({"pkce": "S512"}, "did you mean S256"),
    ({"pkcee": "S256"}, "unknown setting 'pkcee'"),
    ({"without": ["token.nothing"]}, "token.nothing"),
    ({"defences": "S256"}, "defences must be a list of names"),
    ({"defences": ["S257"]}, "unknown defence 'S257'; did you mean S256?"),
    ({"defences": ["S256", "plain"]}, "cannot be had together"),
    ({"defences": ["S256"], "pkce": "none"}, "the app begins with pkce 'none'"),
    ({"attacker": "code-interception"}, "leave attacker out"),
    ({"scenario": "web"}, "expected a Scenario"),
    ({"scenario": Scenario(seed=7), "defences": ["S256"]}, "do not go with a Scenario"),
]


@pytest.mark.parametrize(("asked", "told"), WRONG)
def test_what_makes_no_sense_is_said_in_one_sentence(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        search(**{"depth": 0, **asked})
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "typed",
    [
        "--position A9",
        "--goal everything",
        "--depth x",
        "--jobs 0",
        "--defence nothing",
        "--without nothing",
        "--largest 2",
        "--minimal-defences --html x",
        "--minimal-defences --resume x",
        "--minimal-defences --largest 99",
        "--json - --html x",
        "--resume nowhere/x",
        "--resume /dev/zero",
        "--json nowhere/x",
        "--html nowhere/x",
        "--json folder/",
        "--json .",
        "--nothing",
        "--attack code-interception",
    ],
)
def test_a_command_that_makes_no_sense_ends_with_one_line_and_status_2(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status = main(["search", "--depth", "0", *typed.split()])
    except SystemExit as ended:
        status = int(str(ended.code))
    told = capsys.readouterr()
    assert (status, told.out, told.err.count("\n")) == (2, "", 1)
    assert "search --help" in told.err or "(" not in told.err
    assert [*tmp_path.iterdir()] == []


def test_a_goal_that_never_comes_to_an_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(world: object) -> bool:
        while True:
            pass

    monkeypatch.setattr("flowsim.model.own_code.SECONDS", 0.2)
    with pytest.raises(ScenarioError, match="the goal endless took more than"):
        search(goals=endless, depth=0)


@pytest.mark.skipif(os.name != "posix", reason="needs a group of processes")
def test_processes_that_hear_ctrl_c_while_they_start_complain_of_nothing() -> None:
    """A terminal sends it to all processes of a command, and those that have just been started are at their imports."""
    script = (
        "import os, signal, flowsim\n"
        "pressed = iter([False, False, True])\n"
        "def cancel():\n"
        "    if next(pressed, False):\n"
        "        os.killpg(0, signal.SIGINT)\n"
        "    return False\n"
        "print(flowsim.search(goals=['refresh-token', 'password'], depth=9, jobs=2, cancel=cancel).sentence)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=120,
        preexec_fn=ctrl_c.heard,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    assert ended.stdout.startswith("ended before all was tried")


def number(text: str) -> int:
    return int(text.replace(",", ""))


def interrupted(command: list[str], known: int = 0) -> tuple[int, str, str]:
    """What this command says when somebody presses Ctrl-C once more worlds are done than are known already."""
    reader, writer = pty.openpty()
    begun = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=writer,
        text=True,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "160"},
        preexec_fn=ctrl_c.heard,
    )
    os.close(writer)
    seen = b""
    said = re.compile(r"([\d,]+) worlds, [\d,]+ a second, ([\d,]+) wait")
    while not any(number(met) - number(wait) > known for met, wait in said.findall(seen.decode(errors="replace"))):
        seen += os.read(reader, 4096)  # fails where the command ends before
    begun.send_signal(signal.SIGINT)
    assert begun.stdout is not None
    told = begun.stdout.read()
    status = begun.wait(120)
    os.close(reader)
    return status, told, seen.decode(errors="replace")


@pytest.mark.skipif(os.name != "posix", reason="needs a terminal of its own")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_it_with_what_is_known_and_it_can_be_gone_on_with(tmp_path: Path, jobs: str) -> None:
    command = [*LONG, "--depth", "9", "--jobs", jobs, "--resume", str(tmp_path / "kept")]
    status, told, seen = interrupted(command)
    assert status == 130
    *_, last = told.splitlines()
    first = re.fullmatch(r"ended before all was tried: none found in ([\d,]+) worlds?", last)
    assert first, told
    assert re.search(r"searching: [\d,]+ worlds, [\d,]+ a second, [\d,]+ wait, move \d of 9, ", seen)
    status, told, _ = interrupted(command, number(first[1]))
    second = re.fullmatch(r"ended before all was tried: none found in ([\d,]+) worlds?", told.splitlines()[-1])
    assert status == 130 and second
    assert number(second[1]) > number(first[1])
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


# ---- The smallest sets of defences

AMONG = ["S256", "state", "single-use-code", "exact-redirect-uri", "par"]


def test_every_smallest_set_is_enough_and_none_of_its_defences_is_too_many() -> None:
    asked: dict[str, Any] = {"positions": "A3", "goals": "access-token", "depth": 2, "client": "native-scheme"}
    found = minimal_defences(**asked, defences=["fixed-algorithm"], among=AMONG, largest=3)
    assert found.finished and found.sets
    for names in found.sets:
        assert search(**asked, defences=["fixed-algorithm", *names]).found is None
        for left in names:
            fewer = [name for name in names if name != left]
            assert search(**asked, defences=["fixed-algorithm", *fewer]).found is not None, (names, left)


def test_every_set_that_is_not_said_to_be_enough_is_not() -> None:
    from itertools import combinations

    asked: dict[str, Any] = {"positions": "A3", "goals": "access-token", "depth": 2, "client": "native-scheme"}
    found = minimal_defences(**asked, defences=["fixed-algorithm"], among=AMONG, largest=2)
    assert found.refuted > found.searches, "most sets take no search"
    for size in range(3):
        for names in combinations(found.among, size):
            enough = search(**asked, defences=["fixed-algorithm", *names]).found is None
            assert enough == any({*some} <= {*names} for some in found.sets), names


def test_the_command_says_which_sets_are_enough(capsys: Capture) -> None:
    command = "search --minimal-defences --defence fixed-algorithm --defence S256 --depth 1 --largest 1 --goal password"
    assert main(command.split()) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "1 smallest set under which no attack was found within 1 move: none at all"
    assert "always there: S256, fixed-algorithm" in told
    assert main([*command.split(), "--json", "-"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["sets"] == [[]] and document["sentence"] == told[-1]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"among": ["nothing"]}, "unknown defence 'nothing'"),
        ({"among": "S256"}, "among must be a list of names"),
        ({"among": ["secret"], "client": "spa"}, "the app begins with client 'spa'"),
        ({"largest": -1}, "largest must be a number of defences"),
        ({"defences": ["nothing"]}, "unknown defence 'nothing'"),
        ({"goals": "nothing"}, "unknown goal 'nothing'"),
        ({"nothing": 1}, "unknown setting 'nothing'"),
    ],
)
def test_a_wrong_question_for_the_smallest_sets_is_refused_in_one_sentence(asked: dict[str, Any], told: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        minimal_defences(**asked)
    assert told in str(refused.value) and "\n" not in str(refused.value)
