"""The matrix of attacks and defences is the one of the literature: what works, and what stops the rest, and where."""

import csv
import json
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html import escape, unescape
from pathlib import Path

import pytest

from flowsim.analysis.defences import DEFENCES, ROWS, offered, possible, scenario_of
from flowsim.analysis.matrix import Cell, Matrix, cell, matrix, whole_matrix
from flowsim.attacks import ATTACKERS, known_attacker
from flowsim.cli import main
from flowsim.cli.terminal import PIPED
from flowsim.explorer.other_ways import other_way, stored, told_of
from flowsim.model.scenario import Scenario, ScenarioError
from flowsim.simulation.simulation import Simulation
from flowsim.views.formats.matrix_html import matrix_html, matrix_style
from flowsim.views.formats.player_payload import player_payload
from tests.kit.pages import unpack, unpacked


@pytest.fixture(scope="module")
def whole() -> Matrix:
    return whole_matrix()


def test_every_attack_is_stopped_by_something_and_every_defence_stops_something(whole: Matrix) -> None:
    stopped = {(attack, defence) for (attack, defence), one in whole.cells.items() if not one.works}
    # To an app that the user wants to use, no check has anything to object.
    assert {attack for attack, _ in stopped} == set(ROWS) - {"malicious-client"}
    # That the address is compared once more helps where there is a secret as well, and is no defence alone.
    assert {defence for _, defence in stopped} == set(DEFENCES) - {"none", "redirect-uri-at-token"}
    assert (
        cell("redirect-manipulation", "secret", "redirect-uri-at-token").verdict.stopped_by == "token.redirect_uri_same"
    )


@pytest.mark.parametrize("attack", ROWS)
def test_a_second_defence_never_helps_the_attacker(whole: Matrix, attack: str) -> None:
    alone = {defence for name, defence in whole.cells if name == attack and not whole.cells[name, defence].works}
    found = set()
    works: dict[Scenario, bool] = {}  # most pairs are the same run whichever of the two comes first
    for first in alone:
        for second in possible(attack):
            with suppress(ScenarioError):  # two that set the same thing
                scenario = scenario_of(attack, first, second)
                if scenario not in works:
                    verdict = Simulation(scenario, attackers=[known_attacker(attack)]).run().verdict
                    works[scenario] = verdict.attack_succeeded
                found |= {(first, second)} if works[scenario] else set()
    assert found == set()


@pytest.mark.parametrize("attack", ROWS)
def test_whatever_can_be_had_alone_is_offered_and_takes_nothing_from_the_attack(attack: str) -> None:
    assert set(offered(attack)) <= set(possible(attack))
    for name in set(DEFENCES) - {"none", *possible(attack)}:
        with pytest.raises(ScenarioError):
            scenario_of(attack, name)


def test_two_defences_that_set_the_same_are_refused() -> None:
    with pytest.raises(ScenarioError, match="plain and S256 cannot be had together: both set pkce"):
        cell("code-interception", "plain", "S256")
    assert cell("code-injection", "secret", "nonce").verdict.stopped_by == "id_token.nonce"
    assert cell("code-injection").works


def test_a_cell_can_be_played_again_and_comes_to_the_same() -> None:
    one = cell("code-injection", "nonce")
    assert one.text == "✓ 9 id_token.nonce"
    again = one.simulation()
    assert again.position == 0
    assert again.run().verdict == one.verdict


def test_an_executor_computes_the_same_cells(whole: Matrix) -> None:
    with ThreadPoolExecutor(2) as executor:
        assert matrix(executor).to_csv() == whole.to_csv()


def test_text_page_and_csv_say_the_same(whole: Matrix) -> None:
    lines, page = repr(whole).splitlines(), matrix_html(whole)
    rows = [*csv.DictReader(whole.to_csv().splitlines())]
    assert len(rows) == len(whole.cells)
    marks = [line for line in lines if line.split(" ")[0] in ROWS]
    assert {line.split()[0] for line in marks} == {*ROWS}
    assert sum(line.count("✗") for line in marks) == sum(row["works"] == "True" for row in rows)
    assert page.count('<span class="fs-works">✗<') == sum(row["works"] == "True" for row in rows)
    for row in rows:
        one = whole.cells[row["attack"], row["defence"]]
        told = ("", "") if one.works else (one.verdict.stopped_by or "", one.verdict.error or "")
        if one.login_refused:
            told = (one.login_refused.id, "")
        assert (row["stopped_by"], row["error"]) == told
        assert escape(one.verdict.sentence) in page


def test_a_notebook_shows_the_tables_and_a_button_for_each_cell_only_where_it_can_be_pressed(whole: Matrix) -> None:
    page = matrix_html(whole)
    assert whole._repr_mimebundle_() == {"text/html": page, "text/plain": repr(whole)}
    assert "<button" not in page
    pressed = matrix_html(whole, buttons=True)
    assert {tuple(unescape(place).split("|")) for place in re.findall('data-cell="(.*?)"', pressed)} == set(whole.cells)
    looks = ["fs-works" if one.works else "fs-stops" if one.stopped else "fs-no-login" for one in whole.cells.values()]
    for look in ("fs-works", "fs-stops", "fs-no-login"):
        count = looks.count(look)
        assert (page.count(f'<span class="{look}">'), pressed.count(f'<button type="button" class="{look}" ')) == (
            count,
            count,
        )


def test_the_legend_explains_every_mark_there_is(whole: Matrix) -> None:
    """One step of the login stands for all of them; each later step has a line of its own."""
    shown = {whole.mark(attack, name) for _, names, attacks in whole.tables() for attack in attacks for name in names}
    legend = dict(whole.legend)
    in_login = {mark for mark in shown if mark[1:].isdigit()}
    explained = [mark for mark in legend if mark in in_login]
    assert len(explained) == 1
    assert f"step {explained[0][1:]} " in legend[explained[0]]
    assert set(legend) - {*explained} == shown - in_login
    text, page = repr(whole), matrix_html(whole)
    for mark, meaning in legend.items():
        assert meaning in text
        assert f"<b>{mark}</b> {escape(meaning)}" in page


def test_what_happened_in_each_cell_is_told_without_a_mouse(whole: Matrix) -> None:
    """The titles of cells are for the mouse; the fold says the same as text, each sentence of a row once."""
    fold = matrix_html(whole).partition("What happened in each cell")[2].partition("</details>")[0]
    rows = dict(zip(whole.attacks, fold.split("<dt>")[1:], strict=True))
    for (attack, defence), one in whole.cells.items():
        told = [(names, text) for names, text in whole.sentences(attack) if defence in names]
        assert [text for _, text in told] == [one.verdict.sentence]
        assert f"<b>{escape('; '.join(told[0][0]))}</b>: {escape(one.verdict.sentence)}" in rows[attack]
    for name in whole.defences:
        assert escape(DEFENCES[name].title) in matrix_html(whole)


def test_the_tables_run_no_script_and_their_style_touches_nothing_else(whole: Matrix) -> None:
    assert "<script" not in matrix_html(whole)
    style = re.sub(r"/\*.*?\*/", "", matrix_style(), flags=re.DOTALL)
    rules = [line for line in style.splitlines() if line.endswith("{") and not line.strip().startswith("@")]
    assert rules
    assert [line for line in rules if ".fs-matrix" not in line] == []


@pytest.mark.parametrize(
    ("attack", "defence", "problem"),
    [
        ("code-injektion", "S256", "did you mean code-injection?"),
        ("code-injection", "S265", "did you mean S256?"),
        ("web-view", "secret", "web-view begins with client 'native-scheme', and secret would change that"),
        ("pkce-downgrade", "plain", "pkce-downgrade begins with pkce 'S256', and plain would change that"),
    ],
)
def test_a_cell_there_is_not_is_explained(attack: str, defence: str, problem: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        cell(attack, defence)
    assert problem in str(caught.value)


def test_every_row_names_an_attacker() -> None:
    assert set(ROWS) <= set(ATTACKERS)


def test_the_command_line_prints_it_writes_it_and_tells_one_cell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, whole: Matrix
) -> None:
    assert main(["matrix"]) == 0
    others = sum(whole.mark(*place).startswith("✓") for place in stored())
    table, _, below = capsys.readouterr().out.partition(f"{whole.told(PIPED)}\n")
    assert table == ""
    assert f"in {others} cells with a ✓ the search has found another way" in " ".join(below.split())
    monkeypatch.setattr("flowsim.cli.matrix.matrix", lambda tick: whole)  # the same one again
    assert main(["matrix", "--csv", str(tmp_path / "m.csv")]) == 0
    assert (tmp_path / "m.csv").read_text("utf-8") == whole.to_csv()
    capsys.readouterr()
    assert main(["matrix", "login-csrf", "state"]) == 0
    assert whole.cells["login-csrf", "state"].verdict.sentence in capsys.readouterr().out
    assert main(["matrix", "code-interception", "S256"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    other = other_way(whole.cells["code-interception", "S256"])
    assert other is not None
    assert told.endswith(told_of(other.played()))
    assert main(["matrix", "login-csrf"]) == 2
    assert "against which defence?" in capsys.readouterr().err
    assert main(["matrix", "login-csrf", "state", "--html", str(tmp_path / "c.html")]) == 0
    assert (tmp_path / "c.html").read_text("utf-8").startswith("<!doctype html>")


def test_a_page_of_the_matrix_holds_the_run_of_every_cell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole: Matrix
) -> None:
    """Two rows of it here, one of a theft and one with steps that come later: all of it takes a while."""
    rows = ("code-interception", "refresh-theft-late")
    part = Matrix(cells={place: one for place, one in whole.cells.items() if place[0] in rows})
    monkeypatch.setattr("flowsim.cli.matrix.matrix", lambda tick: part)
    assert main(["matrix", "--html", str(tmp_path / "m.html")]) == 0
    page = (tmp_path / "m.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    held = json.loads(unpack(page, "packed-data"))
    others = {place: run["other"]["told"] for place in part.cells if "other" in (run := held["runs"]["|".join(place)])}
    assert set(others) == {place for place, one in part.cells.items() if other_way(one)} != set()
    assert matrix_html(part, buttons=True, others=others) in page
    assert {tuple(key.split("|")) for key in held["runs"]} == set(part.cells)
    places = [run["part"] for run in held["runs"].values()]
    branches = dict(zip(held["runs"], unpacked(unpack(page, "packed-runs"), places), strict=True))
    for (attack, defence), one in part.cells.items():
        run, branch = held["runs"][f"{attack}|{defence}"], branches[f"{attack}|{defence}"]
        simulation = one.simulation()
        simulation.title = "no defence" if defence == "none" else defence
        (alone,) = player_payload(simulation)["branches"]
        assert branch == json.loads(json.dumps(alone))
        assert run["told"] == branch["trace"]["verdict"]["sentence"] == one.verdict.sentence
        assert 0 < run["position"] <= len(branch["trace"]["events"])
    numbers = [step["number"] for step in held["common"]["steps"]]
    assert numbers == sorted(numbers)
    assert {14, 11} <= set(numbers)
    assert {"authorization request", "token request"} <= set(held["common"]["fields"])


def test_the_page_with_all_runs_can_be_mailed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, whole: Matrix) -> None:
    monkeypatch.setattr("flowsim.cli.matrix.matrix", lambda tick: whole)
    assert main(["matrix", "--html", str(tmp_path / "m.html")]) == 0
    page = (tmp_path / "m.html").read_text("utf-8")
    runs = json.loads(unpack(page, "packed-data"))["runs"]
    assert len(runs) == len(whole.cells)
    # So much a run, other ways among them, and no more than a mail may well hold, however many runs there are.
    assert len(page.encode()) <= min(1_500 * sum(1 + ("other" in run) for run in runs.values()), 1_500_000)


def test_a_cell_is_played_when_somebody_looks_at_it_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[str, ...]] = []

    def noted(*place: str) -> Cell:
        played.append(place)
        return cell(*place)

    monkeypatch.setattr("flowsim.analysis.matrix.cell", noted)
    of_the_session = whole_matrix.__wrapped__()
    assert "code-interception" in of_the_session.attacks
    assert len(of_the_session.cells) > len(of_the_session.attacks)
    assert ("code-interception", "S256") in of_the_session.cells
    assert not played
    assert {of_the_session.mark("code-interception", "S256") for _ in range(2)} == {"✓8"}
    assert of_the_session.title_of("code-interception")
    assert played == [("code-interception", "S256"), ("code-interception", "none")]
