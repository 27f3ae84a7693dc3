"""The clinic: each case fails as its report says, its repair is the proof, and nothing gives the cause away before."""

import json
import re
from pathlib import Path

import pytest

from flowsim.cli import main
from flowsim.clinic.case import PARTIES, Case, played, repaired, works
from flowsim.clinic.cases import CASES, case_named
from flowsim.clinic.evidence import ASKED, case_har, evidence, evidence_payload, repaired_payload
from flowsim.clinic.repairs import WITHOUT, offered, tried
from flowsim.diagnosis.diagnosis import diagnose
from flowsim.model.scenario import SETTINGS, ScenarioError
from flowsim.model.steps import ALL_STEPS, clause_url
from flowsim.views.formats.trace_json import trace_json

each_case = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


@each_case
def test_the_login_fails_and_nobody_attacks(case: Case) -> None:
    trace = played(case)
    assert trace.over
    assert not works(trace)
    assert not any(event.by_attacker for event in trace.events)
    assert any(one.passed is False and one.on for event in trace.events for one in event.checks)


@each_case
def test_with_its_repair_the_same_login_works(case: Case) -> None:
    assert case.repair
    assert all(case.settings.get(name, SETTINGS[name].default) != value for name, value in case.repair.items())
    assert works(repaired(case)), repaired(case).verdict.sentence


@each_case
def test_step_and_party_are_those_of_a_login_and_the_mistake_is_made_before_it_shows(case: Case) -> None:
    trace = played(case)
    assert case.party in PARTIES
    steps = [event.step for event in trace.events if event.step]
    assert case.step in {one.number for one in ALL_STEPS}
    assert case.step in steps
    refused = next(event.index for event in trace.events if any(one.decides for one in event.checks))
    first = next(event.index for event in trace.events if event.step == case.step)
    assert first <= refused


@each_case
def test_the_diagnosis_finds_the_cause_from_checks_and_messages_alone(case: Case) -> None:
    said = diagnose(played(case))
    assert said.cause == case.cause, said.sentence
    assert played(case).events[said.event - 1].checks


def given_away(case: Case, text: str) -> list[str]:
    """What of the solution stands in a text that is shown before it."""
    solution = [
        case.cause,
        case.remedy,
        case.remedy.rstrip("."),
        played(case).verdict.sentence,
        diagnose(played(case)).sentence,
    ]
    return [one for one in solution if one.lower() in text.lower()]


@each_case
def test_name_title_symptom_and_evidence_do_not_give_the_cause_away(case: Case) -> None:
    shown = "\n".join([case.name, case.title, case.symptom, evidence(played(case)), case_har(case)])
    assert given_away(case, shown) == []
    payload = json.dumps(evidence_payload(case), ensure_ascii=False)
    told = json.loads(payload)["branches"][0]
    assert (
        given_away(case, json.dumps([told["title"], told["experiment"], told["notes"], told["trace"]["verdict"]])) == []
    )
    assert (told["trace"]["scenario"], told["trace"]["verdict"]["sentence"]) == ({}, ASKED)
    assert "mistakes" not in payload and "went_wrong" not in payload
    assert f'"Sequence diagram: {told["experiment"]}"' in told["svg"]
    assert told["trace"]["events"] == trace_json(played(case))["events"]


@each_case
def test_the_hints_are_two_or_three_and_do_not_say_the_repair(case: Case) -> None:
    assert len(case.hints) in (2, 3)
    assert len({*case.hints}) == len(case.hints)
    assert not any(case.remedy.rstrip(".") in hint or case.cause in hint for hint in case.hints)


@each_case
def test_a_clause_can_be_read_and_a_public_report_found(case: Case) -> None:
    assert clause_url(case.clause).startswith("https://")
    assert re.fullmatch(r"(|[\w.-]+/[\w.-]+#\d+)", case.seen)


def test_there_are_enough_of_them_and_no_two_have_a_name_a_title_or_a_symptom_in_common() -> None:
    for name in ("name", "title", "symptom", "remedy"):
        values = [getattr(case, name) for case in CASES.values()]
        assert len(values) == len({*values}), name
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) and len(name) <= 24 for name in CASES)


@each_case
def test_of_the_repairs_that_are_offered_exactly_the_right_one_helps(case: Case) -> None:
    repairs = offered(case)
    assert len(repairs) == len({one.key for one in repairs}) == len({one.words for one in repairs}) >= 4
    assert repairs == offered(case)
    came = {one.key: tried(case, one).kind for one in repairs}
    assert [key for key, kind in came.items() if kind == "works"] == [case.name]
    assert {kind for key, kind in came.items() if key == WITHOUT} <= {"unsafe", "fails"}
    assert {kind for key, kind in came.items() if key not in (case.name, WITHOUT)} == {"fails"}


def test_the_right_repair_does_not_always_stand_at_the_same_place() -> None:
    places = {[one.key for one in offered(case)].index(case.name) for case in CASES.values()}
    assert len(places) > 3


@each_case
def test_a_har_has_what_passed_through_the_device_and_nothing_else(case: Case) -> None:
    log = json.loads(case_har(case))["log"]
    assert log["version"] == "1.2"
    assert "comment" not in case_har(case)
    sent = {entry["request"]["url"].split("?")[0] for entry in log["entries"]}
    website = played(case).scenario.profile.kind == "website"
    assert not website or not any(url.endswith(("/oauth/token", "/messages")) for url in sent)
    for entry in log["entries"]:
        assert entry["pageref"] in {page["id"] for page in log["pages"]}


def test_the_player_of_a_repaired_case_has_both_logins() -> None:
    case = CASES["open-in-app"]
    shown = repaired_payload(case, {**case.repair})
    assert [branch["title"] for branch in shown["branches"]] == ["with the repair", "as it was"]
    sentences = [branch["trace"]["verdict"]["sentence"] for branch in shown["branches"]]
    assert sentences == [repaired(case).verdict.sentence, played(case).verdict.sentence]


def test_a_case_that_is_none_is_named_with_its_nearest() -> None:
    with pytest.raises(ScenarioError, match="unknown case 'open-in-ap'; did you mean open-in-app"):
        case_named("open-in-ap")
    with pytest.raises(ScenarioError, match="unknown case 3"):
        case_named(3)


# ---- The command line


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["clinic", *arguments]) == 0
    return capsys.readouterr().out


def test_the_list_has_a_line_for_each_its_name_first(capsys: pytest.CaptureFixture[str]) -> None:
    lines = typed(capsys).splitlines()
    assert [line.split()[0] for line in lines] == list(CASES)
    assert [line.split(maxsplit=1)[1] for line in lines] == [case.title for case in CASES.values()]


@each_case
def test_a_case_is_told_without_its_cause_and_solved_with_it(
    case: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    told = typed(capsys, case.name)
    assert case.symptom in told
    assert given_away(case, told) == []
    solved = typed(capsys, case.name, "--solve")
    assert all(one in solved for one in (case.cause, case.remedy, case.clause))
    assert all(one in solved for one in (diagnose(played(case)).sentence, repaired(case).verdict.sentence))
    hints = typed(capsys, case.name, "--hint", str(len(case.hints)))
    assert all(hint in hints for hint in case.hints)
    assert typed(capsys, case.name, "--hint", "1").splitlines() == [f"1. {case.hints[0]}"]


def test_a_case_goes_into_a_file_for_other_programs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = CASES["open-in-app"]
    typed(capsys, case.name, "--har", str(tmp_path / "login.har"))
    assert (tmp_path / "login.har").read_text("utf-8") == case_har(case)
    assert json.loads(typed(capsys, case.name, "--json")) == json.loads(json.dumps(trace_json(played(case))))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["spiner-after-login"], "unknown case 'spiner-after-login'; did you mean spinner-after-login?"),
        (["open-in-app", "--hint", "0"], "open-in-app has hints 1 to 2, not 0"),
        (["--solve"], "of which case? name one of those that `flowsim clinic` lists"),
        (["open-in-app", "--har", "/nowhere/x.har"], "cannot write /nowhere/x.har"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["clinic", *arguments]) == 2
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
